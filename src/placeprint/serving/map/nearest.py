"""The nearest places of every region at once, and how far each modality's view agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from placeprint.lookup import Similarity
from placeprint.progress import track
from placeprint.typing import FloatArray, IntArray

__all__ = ["NEAREST", "agreements", "nearest_table"]

NEAREST: Final = 10
"""Nearest places that a page without a service knows of each place."""

_AT_ONCE: Final = 2048
_PER_CENT: Final = 100


def nearest_table(
    embeddings: pd.DataFrame, views: Mapping[str, pd.DataFrame], ids: pd.Index
) -> dict[str, Any]:
    """The nearest places of every place, in whole numbers, for a page that has no service.

    Args:
        embeddings: One row per region that has a vector.
        views: The vectors of the regions in each modality's own view.
        ids: The regions of the page, in its order.

    Returns:
        ``k``; ``who``: n × k positions among ``ids``, −1 where there are fewer; ``similarity``
        and, by modality, ``agreement``: n × k cosines in hundredths, None where there is none.

    Example:
        >>> table = pd.DataFrame([[1.0, 0.0], [0.8, 0.6]], index=["a", "b"])
        >>> found = nearest_table(table, {}, pd.Index(["a", "b"]))
        >>> found["who"][:2], found["similarity"][:2]
        ([1, -1], [80, None])
    """
    who = np.full((len(ids), NEAREST), -1, dtype=np.int64)
    cosine = np.full((len(ids), NEAREST), np.nan)
    search = Similarity(embeddings)
    known = search.region_ids[search.region_ids.isin(ids)]
    with track("nearest places", len(known)) as tracker:
        for start in range(0, len(known), _AT_ONCE):
            some = known[start : start + _AT_ONCE].tolist()
            found = search.nearest_each(some, NEAREST)
            row = ids.get_indexer(pd.Index(found["place"]))
            rank = found.groupby("place").cumcount().to_numpy()
            who[row, rank] = ids.get_indexer(pd.Index(found["region_id"]))
            cosine[row, rank] = found["similarity"]
            tracker.advance(len(some))
    units = {name: _unit_rows(vectors, ids) for name, vectors in views.items()}
    agree = {name: _hundredths(values) for name, values in agreements(units, who).items()}
    return {
        "k": NEAREST,
        "who": who.ravel().tolist(),
        "similarity": _hundredths(cosine),
        "agreement": agree,
    }


def agreements(views: Mapping[str, FloatArray], who: IntArray) -> dict[str, FloatArray]:
    """The cosine of each place with its nearest places in every modality's own view.

    Args:
        views: Of each modality (n, d) vectors of length 1; NaN where a place lacks it.
        who: (n, k) positions, −1 where there is none.

    Returns:
        Of each modality (n, k) cosines, NaN where one of the two lacks it.

    Example:
        >>> unit = np.array([[1.0, 0.0], [0.6, 0.8], [np.nan, np.nan]])
        >>> agreements({"poi": unit}, np.array([[1, 2], [0, -1], [0, 1]]))["poi"].tolist()
        [[0.6, nan], [0.6, nan], [nan, nan]]
    """
    found = {}
    for name, unit in views.items():
        columns = [np.einsum("nd,nd->n", unit, unit[column]) for column in who.T]
        cosine = np.stack(columns, axis=1)
        cosine[who < 0] = np.nan
        found[name] = cosine
    return found


def _unit_rows(vectors: pd.DataFrame, ids: pd.Index) -> FloatArray:
    """Vectors of length 1 in the order of ids, (n, d); NaN where an id has no direction."""
    values = vectors.reindex(ids).to_numpy(dtype=np.float32)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    unit: FloatArray = values / np.where(length > 0, length, np.nan)
    return unit


def _hundredths(cosine: FloatArray) -> list[int | None]:
    known = ~np.isnan(cosine.ravel())
    listed = np.rint(np.nan_to_num(cosine.ravel()) * _PER_CENT).astype(np.int64).astype(object)
    listed[~known] = None
    found: list[int | None] = listed.tolist()
    return found
