"""The variants of a model that an ablation compares: the whole, and each part left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from placeprint.models import MobCLIPConfig, UrbanMFMConfig

if TYPE_CHECKING:
    from placeprint.atlas import Atlas
    from placeprint.models.registry import ModelConfig

__all__ = ["WHOLE", "variants_of"]

WHOLE = "all"
"""The variant that nothing is left out of."""


def variants_of(config: ModelConfig, atlas: Atlas) -> dict[str, ModelConfig]:
    """The variants of a configuration that an atlas allows.

    Of UrbanMFM each scale is left out, all stages are trained at once, and images take no part;
    of MobCLIP each modality is left out and the nodes of the graph start at random.

    Args:
        config: The whole.
        atlas: The atlas it is trained on.

    Returns:
        Name → configuration, :data:`WHOLE` first.

    Source:
        UrbanMFM, Table III ("– micro" … "– global", POI and polygon only) and its comparison of
        staged with joint training; MobCLIP, ablations.
    """
    if isinstance(config, UrbanMFMConfig):
        changes = _of_urbanmfm(config, atlas)
    else:
        changes = _of_mobclip(config, atlas)
    return {WHOLE: config, **{name: config.model_copy(update=x) for name, x in changes.items()}}


def _of_urbanmfm(config: UrbanMFMConfig, atlas: Atlas) -> dict[str, dict[str, Any]]:
    images = {config.street_views, config.satellite} & set(atlas.entity_names)
    scales = ["micro", "local", *(["macro"] if config.satellite in images else []), "global"]
    changes: dict[str, dict[str, Any]] = {
        f"without {scale}": {"without": [scale]} for scale in scales
    }
    changes["jointly trained"] = {"joint": True}
    if images:
        changes["points and outlines only"] = {"images": False}
    return changes


def _of_mobclip(config: MobCLIPConfig, atlas: Atlas) -> dict[str, dict[str, Any]]:
    names = atlas.feature_names if config.modalities is None else config.modalities
    changes: dict[str, dict[str, Any]] = {}
    for left_out in names:
        if left_out != config.anchor and len(names) > 1:
            changes[f"without {left_out}"] = {"modalities": [n for n in names if n != left_out]}
    if config.graph is not None:
        random = config.graph.model_copy(update={"initialisation": "random"})
        changes["random initialisation"] = {"graph": random}
    return changes
