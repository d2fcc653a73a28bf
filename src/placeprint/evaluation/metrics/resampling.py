"""Resamples of places: which blocks of the map are drawn, and how often, under each of them.

Neighbouring places resemble each other, so that resampling single places would take a thousand
near-copies for a thousand facts. Whole blocks are drawn instead, and every model, split and seed is
scored on the same draws: what is uncertain about the places is then the same for two models, and
cancels in their difference.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.errors import InputError
from placeprint.typing import FloatArray

__all__ = ["RESAMPLES", "block_weights"]

RESAMPLES: Final = 200
"""How many resamples intervals rest on by default."""


def block_weights(n_blocks: int, resamples: int = RESAMPLES, seed: int = 0) -> FloatArray:
    """How often each block is drawn under each resample.

    ``n_blocks`` blocks are drawn with replacement out of ``n_blocks``. Any sum over places is then,
    under a resample, the weighted sum of the blocks' sums
    (:meth:`~placeprint.evaluation.metrics.RegressionSums.resampled`). To pair tasks as well as
    models, number the blocks of all places once, sorted by name, and use the same weights for
    every task.

    Args:
        n_blocks: How many blocks there are, 1 or more. With fewer than about ten, whatever is
            computed from the resamples is rough.
        resamples: How many resamples B.
        seed: The seed of the draws.

    Returns:
        (B, n_blocks) float64 whole numbers; each row sums to ``n_blocks``.

    Raises:
        InputError: If there are no blocks.

    Source:
        Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.8:
        hierarchical data, the upper level drawn with replacement.

    Example:
        >>> weights = block_weights(4, resamples=3)
        >>> weights.shape, weights.sum(axis=1).tolist()
        ((3, 4), [4.0, 4.0, 4.0])
    """
    if n_blocks < 1:
        raise InputError(f"cannot resample {n_blocks} blocks, expected at least 1")
    draws = np.random.default_rng(seed).multinomial(
        n_blocks, np.full(n_blocks, 1 / n_blocks), size=resamples
    )
    return draws.astype(np.float64)
