"""The variants of a model that an ablation compares: the whole, and each part left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from placeprint.models import MobCLIPConfig, UrbanMFMConfig
from placeprint.models.urbanmfm.config import SCALES

if TYPE_CHECKING:
    from placeprint.atlas import Atlas
    from placeprint.models.registry import ModelConfig

__all__ = ["WHOLE", "variants_of"]

WHOLE = "all"
"""The variant that nothing is left out of."""


def variants_of(config: ModelConfig, atlas: Atlas) -> dict[str, ModelConfig]:
    """The variants of a configuration that an atlas allows.

    Of UrbanMFM, in this order:

    * ``without micro``, ``local``, ``macro``, ``global``: the objectives of a scale are not
      trained, and nothing that is said of it is part of a fused embedding;
    * ``not trained``: no objective is; the network keeps its initial weights;
    * ``published``, ``published not trained``: the readouts alone are the embedding;
    * ``jointly trained``: all objectives at once;
    * ``points and outlines only``: images take no part;
    * ``with mobility``, or any graph of the atlas that takes no part yet: it joins the regions'.

    Of MobCLIP each modality is left out and the nodes of the graph start at random.

    What a configuration asks for stays in all of its variants, and those that would be no different
    from an earlier one are left out.

    Args:
        config: The whole.
        atlas: The atlas it is trained on.

    Returns:
        Name → configuration, :data:`WHOLE` first.

    Source:
        UrbanMFM, Table III ("– micro" … "– global", POI and polygon only), its comparison of
        staged with joint training and its study of trajectories; MobCLIP, ablations.
    """
    if isinstance(config, UrbanMFMConfig):
        changes = _of_urbanmfm(config, atlas)
    else:
        changes = _of_mobclip(config, atlas)
    variants: dict[str, ModelConfig] = {WHOLE: config}
    for name, change in changes.items():
        variant = config.model_copy(update=change)
        if variant not in variants.values():
            variants[name] = variant
    return variants


def _of_urbanmfm(config: UrbanMFMConfig, atlas: Atlas) -> dict[str, dict[str, Any]]:
    shown = {config.street_views, config.satellite} if config.images else set()
    images = shown & set(atlas.entity_names)
    left_out, published = set(config.without), config.embedding == "published"
    changes: dict[str, dict[str, Any]] = {}
    for scale in SCALES:
        idle = scale == "macro" and published and config.satellite not in images
        if scale not in left_out and len(left_out) < len(SCALES) - 1 and not idle:
            without = [each for each in SCALES if each in left_out | {scale}]
            changes[f"without {scale}"] = {"without": without}
    changes["not trained"] = {"stages": []}
    changes["published"] = {"embedding": "published"}
    changes["published not trained"] = {"embedding": "published", "stages": []}
    if len(config.objectives()) > 1:
        changes["jointly trained"] = {"joint": True}
    if images:
        changes["points and outlines only"] = {"images": False}
    for graph in atlas.graph_names:
        if graph not in config.city.graphs and not _of_neighbours(atlas, graph):
            joined = {"graphs": [*config.city.graphs, graph]}
            changes[f"with {graph}"] = {"city": config.city.model_copy(update=joined)}
    return changes


def _of_neighbours(atlas: Atlas, graph: str) -> bool:
    """Whether a graph is that of adjacent regions, which the model starts from anyway."""
    request = atlas.layer(f"graphs/{graph}")["request"]
    return bool(request["settings"].get("kind") == "adjacency")


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
