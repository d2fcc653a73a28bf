"""Ablation: what each part of a model is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from placeprint.studies.comparing import compare_variants
from placeprint.studies.variants import variants_of
from placeprint.typing import PathLike

if TYPE_CHECKING:
    import pandas as pd

    from placeprint.atlas import Atlas
    from placeprint.models.registry import ModelConfig

__all__ = ["ablate"]


def ablate(
    atlas: Atlas,
    config: ModelConfig,
    out: PathLike,
    *,
    tasks: Sequence[str] | None = None,
    seeds: int = 10,
) -> pd.DataFrame:
    """Train a model with each of its parts left out, and score them side by side.

    Args:
        atlas: The atlas to train on, with labels.
        config: The whole model.
        out: The folder of the study.
        tasks: Which labels; all of them if None.
        seeds: How many splits of each kind.

    Returns:
        See :func:`~placeprint.studies.comparing.compare_variants`; the whole first.

    Raises:
        InputError: If the atlas has no labels, or ``out`` holds runs of something else.

    Source:
        UrbanMFM, Table III; MobCLIP, ablations.
    """
    return compare_variants(atlas, variants_of(config, atlas), out, tasks=tasks, seeds=seeds)
