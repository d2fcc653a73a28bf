"""Counts of what is tagged in a region and round it: what Hex2Vec is fed with."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

__all__ = ["own_counts", "tag_counts"]

_AROUND: Final = " around"


def tag_counts(
    entities: pd.DataFrame, neighbours: pd.DataFrame, *, min_regions: int = 5
) -> pd.DataFrame:
    """Logarithms of the counts of each category, of a region beside the mean of its neighbours.

    Args:
        entities: Columns region_id and category; rows without a region or a category are left
            out.
        neighbours: Pairs of regions that touch, each once: columns source and target, as
            :meth:`placeprint.regions.Regions.neighbours` gives them.
        min_regions: A category found in fewer regions than this is counted as ``other``.

    Returns:
        float32, indexed by region id: columns ``category`` and ``category around``. A region with
        nothing tagged in it nor around it has no row.

    Source: Woźniak & Szymański 2021, Hex2Vec, §4.

    Example:
        >>> entities = pd.DataFrame({"region_id": ["a", "b"], "category": ["cafe", "cafe"]})
        >>> pairs = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]})
        >>> tag_counts(entities, pairs, min_regions=1).round(2)
        feature_id  cafe  cafe around
        region_id
        a           0.69         0.69
        b           0.69         0.35
        c           0.00         0.69
    """
    from placeprint.encoders.points import count_categories

    said = entities["category"].fillna("").astype(str).str.len() > 0
    known = entities[entities["region_id"].notna() & said]
    counts = count_categories(known["region_id"], known["category"], min_regions=min_regions)
    ids = pd.Index(sorted({*counts.index, *neighbours["source"], *neighbours["target"]}))
    own = counts.reindex(ids, fill_value=0.0)
    source, target = (ids.get_indexer(pd.Index(neighbours[end])) for end in ("source", "target"))
    ends = (np.concatenate([source, target]), np.concatenate([target, source]))
    tied = csr_array((np.ones(len(ends[0]), dtype=np.float32), ends), shape=(len(ids), len(ids)))
    degree = np.asarray(tied.sum(axis=1)).clip(min=1)
    around = pd.DataFrame(
        (tied @ own.to_numpy()) / degree[:, None], index=ids, columns=own.columns + _AROUND
    )
    table = pd.concat([own, around], axis=1).astype(np.float32)
    table = table[(table != 0).any(axis=1)]
    return table.rename_axis(index="region_id", columns="feature_id")


def own_counts(table: pd.DataFrame) -> pd.DataFrame:
    """The counts of the regions themselves, without their neighbours, of :func:`tag_counts`.

    Example:
        >>> own_counts(pd.DataFrame({"cafe": [0.0, 1.0], "cafe around": [1.0, 0.0]}, ["a", "b"]))
           cafe
        b   1.0
    """
    own = table[[name for name in table if not str(name).endswith(_AROUND)]]
    return own[(own != 0).any(axis=1)]
