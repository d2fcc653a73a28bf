"""Sensitivity: what one setting of a model changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from placeprint.models import changed
from placeprint.studies.comparing import compare_variants
from placeprint.typing import PathLike

if TYPE_CHECKING:
    import pandas as pd

    from placeprint.atlas import Atlas
    from placeprint.models.registry import ModelConfig

__all__ = ["sensitivity"]


def sensitivity(
    atlas: Atlas,
    config: ModelConfig,
    setting: str,
    values: Sequence[Any],
    out: PathLike,
    *,
    tasks: Sequence[str] | None = None,
    seeds: int = 10,
) -> pd.DataFrame:
    """Train a model with several values of one setting, and score them side by side.

    Args:
        atlas: The atlas to train on, with labels.
        config: The model otherwise.
        setting: Which setting; a dot goes one level down: ``local.max_distance_m``.
        values: Its values.
        out: The folder of the study.
        tasks: Which labels; all of them if None.
        seeds: How many splits of each kind.

    Returns:
        See :func:`~placeprint.studies.comparing.compare_variants`.

    Raises:
        InputError: If there is no such setting or a value is wrong, the atlas has no labels, or
            ``out`` holds runs of something else.

    Source:
        UrbanMFM studies max_dist, the threshold of the cosine, ε and the least points of DBSCAN;
        MobCLIP the dimensions, the share of links and the layers.
    """
    variants = {f"{setting}={value}": changed(config, setting, value) for value in values}
    return compare_variants(atlas, variants, out, tasks=tasks, seeds=seeds)
