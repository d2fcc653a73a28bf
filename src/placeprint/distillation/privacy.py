"""What vectors reveal of the graph: how well its edges are told from pairs that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import sparse

from placeprint.atlas.links import Links
from placeprint.regions import haversine_m
from placeprint.typing import BoolArray, FloatArray, IntArray

__all__ = ["edge_auc", "link_pairs"]

MOST_PAIRS: Final = 10_000
"""Edges that are looked at, and as many pairs that are none."""

TRIED: Final = 64
"""Regions drawn for each edge, of which the best match takes the place of its end."""

HEAVIEST: Final = 0.1
"""Where a graph ties most pairs, the heaviest share of each region's links counts as edges."""

DENSE: Final = 0.25


def link_pairs(
    links: Links, lon: FloatArray, lat: FloatArray, seed: int = 0
) -> tuple[IntArray, IntArray, IntArray]:
    """Edges of a graph, and for each a pair without one that is alike in distance and degree.

    For an edge (i, j), j is replaced by that of 64 regions drawn by their degrees, none of them
    tied to i, for which |Δ log distance| + |Δ log degree| is least. Where the graph ties more than
    a quarter of all pairs, only the heaviest tenth of each region's links are edges, and a pair
    that has any link is in neither group.

    Args:
        links: The graph.
        lon: (n,) longitudes of its regions in degrees.
        lat: (n,) latitudes.
        seed: Of the draw.

    Returns:
        (m,) first regions, (m,) ends of the edges, (m,) ends of the pairs that are none; m may
        be 0.
    """
    n = len(lon)
    tied = sparse.coo_array((links.weight, (links.source, links.target)), shape=(n, n)).tocsr()
    tied = (tied + tied.T).tocsr()
    tied.setdiag(0)
    tied.eliminate_zeros()
    tied.sort_indices()
    degree = np.diff(tied.indptr)
    strong = _heaviest(tied) if tied.nnz > DENSE * n * (n - 1) else tied
    upper = sparse.triu(strong, 1).tocoo()
    source, target = (np.asarray(each, dtype=np.int64) for each in upper.coords)
    generator = np.random.default_rng(seed)
    if len(source) > MOST_PAIRS:
        chosen = np.sort(generator.choice(len(source), MOST_PAIRS, replace=False))
        source, target = source[chosen], target[chosen]
    if not len(source):
        return source, target, target
    drawn = generator.choice(n, size=(len(source), TRIED), p=degree / degree.sum())
    keys = np.repeat(np.arange(n), degree) * n + tied.indices
    pairs = source[:, None] * n + drawn
    at = np.searchsorted(keys, pairs).clip(max=len(keys) - 1)
    free = (keys[at] != pairs) & (drawn != source[:, None])
    far = np.log(haversine_m(lon[source], lat[source], lon[target], lat[target]) + 1)
    away = np.log(
        haversine_m(lon[source][:, None], lat[source][:, None], lon[drawn], lat[drawn]) + 1
    )
    unlike = np.abs(away - far[:, None]) + np.abs(
        np.log(degree[drawn]) - np.log(degree[target])[:, None]
    )
    unlike[~free] = np.inf
    best = unlike.argmin(axis=1)
    rows = np.flatnonzero(np.isfinite(unlike[np.arange(len(best)), best]))
    return source[rows], target[rows], drawn[rows, best[rows]]


def edge_auc(
    links: Links,
    centroids: pd.DataFrame,
    vectors: Mapping[str, pd.DataFrame],
    seed: int = 0,
) -> dict[str, Any]:
    r"""How well edges that an attacker has not seen are told from pairs that are none.

    AUC of two attacks: ``cosine``, the cosine of the vectors of both ends, which needs nothing
    else; and ``learnt``, a ridge on :math:`|a - b|` and :math:`a \odot b` that has seen the other
    half of the edges and of the pairs that are none. 0.5 reveals nothing, 1 everything.

    Args:
        links: The graph.
        centroids: Columns lon and lat in degrees of all its regions.
        vectors: Name → vectors, indexed by region id; pairs count whose ends have all of them.
        seed: Of pairs and halves.

    Returns:
        For each name ``cosine`` and ``learnt``; and ``pairs``, how many edges. ``position`` is the
        attack that knows only where both ends are. Empty if there are fewer than 50 edges.
    """
    lon, lat = centroids["lon"].to_numpy(), centroids["lat"].to_numpy()
    source, target, other = link_pairs(links, lon, lat, seed)
    known = np.ones(len(centroids), dtype=bool)
    for each in vectors.values():
        known &= centroids.index.isin(each.index)
    both = known[source] & known[target] & known[other]
    source, target, other = source[both], target[both], other[both]
    if len(source) < 50:
        return {}
    first = np.concatenate([source, source])
    second = np.concatenate([target, other])
    edge = np.repeat([1, 0], len(source))
    half = np.tile(np.random.default_rng(seed).permutation(len(source)) % 2 == 0, 2)
    found: dict[str, Any] = {"pairs": len(source)}
    position = pd.DataFrame({"lon": lon, "lat": lat}, index=centroids.index)
    for name, table in {**vectors, "position": position}.items():
        values = table.reindex(centroids.index).to_numpy(np.float64)
        a, b = values[first], values[second]
        found[name] = {"learnt": _learnt(a, b, edge, half)}
        if name != "position":
            norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
            cosine = (a * b).sum(axis=1) / np.where(norms > 0, norms, 1)
            found[name]["cosine"] = _auc(edge[~half], cosine[~half])
    return found


def _learnt(a: FloatArray, b: FloatArray, edge: IntArray, seen: BoolArray) -> float:
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pairs = np.concatenate([np.abs(a - b), a * b], axis=1)
    attack = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 5, 7)))
    attack.fit(pairs[seen], edge[seen])
    return _auc(edge[~seen], attack.predict(pairs[~seen]))


def _auc(edge: IntArray, score: FloatArray) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(edge, score)), 4)


def _heaviest(tied: sparse.csr_array) -> sparse.csr_array:
    """The heaviest tenth of the links of each region, kept if either end keeps it."""
    counts = np.diff(tied.indptr)
    rows = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((-tied.data, rows))
    rank = np.arange(len(order)) - np.repeat(tied.indptr[:-1], counts)
    kept = order[rank < np.ceil(HEAVIEST * counts)[rows]]
    entries = (np.ones(len(kept)), (rows[kept], tied.indices[kept]))
    strong = sparse.coo_array(entries, shape=tied.shape).tocsr()
    return (strong + strong.T).tocsr()
