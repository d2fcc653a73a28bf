"""A buffer round the held-out rows: whatever lies within it is not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from placeprint.errors import InputError
from placeprint.evaluation.sphere import chord, lonlat, unit_vectors
from placeprint.typing import FloatArray, IntArray

__all__ = ["buffered"]

_ROUNDING = 1e-15
"""Unit vectors are that exact (6 nm on the ground): in doubt a row is dropped, not kept."""


def buffered(
    folds: Iterable[tuple[IntArray, IntArray]], X: Any, buffer_km: float
) -> Iterator[tuple[IntArray, IntArray]]:
    """Drop from each fold the training rows that lie near a test row.

    A row is dropped if the great-circle distance to *any* test row is ``buffer_km`` or less. A
    row without a position might lie anywhere, and so is never trained on; it may be tested, and
    has then no buffer of its own.

    Args:
        folds: (training rows, test rows) of each fold.
        X: (n, 2) longitude and latitude of all rows in degrees, NaN where there is no position;
            not looked at without a buffer.
        buffer_km: Width of the buffer in km; 0 for none.

    Yields:
        (Training rows outside the buffer, test rows) of each fold.

    Raises:
        InputError: If the width is not 0 or more, the positions are no longitudes and latitudes,
            or a fold is left with no training row.

    Example:
        >>> X = np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]])
        >>> fold = (np.array([1, 2]), np.array([0]))
        >>> next(buffered([fold], X, buffer_km=200))[0].tolist()
        [2]
    """
    if not buffer_km >= 0:
        raise InputError(f"a buffer of {buffer_km} km, expected 0 or more")
    if not buffer_km:
        yield from folds
        return
    points = unit_vectors(*lonlat(X))
    for train, test in folds:
        far = _far(points[train], points[test], chord(buffer_km) + _ROUNDING)
        if not far.any():
            raise InputError(
                f"a buffer of {buffer_km:g} km round {len(test)} test rows leaves none of the "
                f"{len(train)} training rows with a position",
                hint="choose a narrower buffer, or smaller blocks",
            )
        yield train[far], test


def _far(points: FloatArray, others: FloatArray, limit: float) -> IntArray:
    """Which points have a position, and no other within the limit: (n,) bool."""
    far = ~np.isnan(points[:, 0])
    known = others[~np.isnan(others[:, 0])]
    if len(known):
        distance, _ = cKDTree(known).query(points[far], distance_upper_bound=limit)
        far[far] = np.isinf(distance)
    return far
