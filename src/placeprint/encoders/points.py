"""Points of interest → one vector per region: the mean of their texts, or counts of categories."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp

from placeprint.encoders.text import TextEncoder, encode_distinct, text_encoder
from placeprint.errors import InputError
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["OTHER", "POINT_ENCODERS", "count_categories", "encode_points", "mean_by_region"]

POINT_ENCODERS = ("static", "minilm", "counts")
OTHER = "other"
COLUMNS_PER_BLOCK = 32


def encode_points(
    region_id: pd.Series,
    *,
    name: pd.Series | None = None,
    category: pd.Series | None = None,
    encoder: str = "static",
) -> pd.DataFrame:
    """Turn points of interest into one vector per region.

        x_r = (1 / |P_r|) Σ_{p in P_r} f(name_p + " " + category_p)

    with f a text encoder; or, with ``counts``, the table of :func:`count_categories`.

    Args:
        region_id: The region of each point; missing where a point is in none, which leaves the
            point out.
        name: The points' names; some may be missing.
        category: The points' categories; some may be missing.
        encoder: ``static``, ``minilm``, ``counts``, or the path or hub id of a checkpoint (see
            :func:`~placeprint.encoders.text.text_encoder`).

    Returns:
        float32 frame, index ``region_id`` (sorted). A region without a point that has a name or
        a category has no row.

    Raises:
        InputError: If there is nothing to encode, the columns differ in length, or there is no
            such encoder.
        MissingExtraError: If the libraries of the extra ``text`` are not installed.

    Source: MobCLIP §3 (name and category of each POI, mean over a cell's POIs).

    Example:
        >>> region_id = pd.Series(["a", "a", "b"])
        >>> kinds = pd.Series(["cafe", "cafe", "school"])
        >>> encode_points(region_id, category=kinds, encoder="counts").round(2)
        feature_id  other
        region_id
        a            1.10
        b            0.69
    """
    given = [column for column in (name, category) if column is not None]
    if not given:
        raise InputError("points with neither a name nor a category", hint="name one of them")
    for column in given:
        if len(column) != len(region_id):
            raise InputError(f"{len(region_id)} region ids, but {len(column)} values beside them")
    if encoder == "counts":
        if category is None:
            raise InputError(
                "encoder 'counts' counts categories, and there are none",
                hint="name the category column, or choose encoder 'static'",
            )
        return count_categories(region_id, category)
    encode = text_encoder(encoder)
    text = _joined(given)
    kept = region_id.notna().to_numpy(dtype=bool) & (text != "").to_numpy(dtype=bool)
    region, regions = _positions(region_id[kept])
    return _frame(region, regions, text[kept], encode)


def mean_by_region(
    region: IntArray, item: IntArray, vectors: FloatArray, n_regions: int
) -> tuple[IntArray, FloatArray]:
    """Mean, over each region's points, of the vectors of the items that the points are.

        x_r = (1 / |P_r|) Σ_{p in P_r} v_{item(p)}

    as a sparse product (regions × items) · (items × d), accumulated in double precision.

    Args:
        region: Position of each point's region, (p,), in 0 … n_regions − 1.
        item: Position of each point's vector, (p,).
        vectors: (items, d).
        n_regions: How many regions there are.

    Returns:
        Positions of the k regions that have points, ascending, (k,); their means, float32 (k, d).

    Example:
        >>> points = np.array([2, 2, 0]), np.array([0, 1, 1])
        >>> present, means = mean_by_region(*points, np.array([[1.0], [3.0]]), n_regions=3)
        >>> present.tolist(), means.tolist()
        ([0, 2], [[3.0], [2.0]])
    """
    ones = np.ones(len(region))
    counts = sp.coo_matrix((ones, (region, item)), shape=(n_regions, len(vectors))).tocsr()
    totals = np.asarray(counts.sum(axis=1)).ravel()
    present = np.flatnonzero(totals)
    counts, totals = counts[present], totals[present, None]
    means = np.empty((len(present), vectors.shape[1]), dtype=np.float32)
    for start in range(0, vectors.shape[1], COLUMNS_PER_BLOCK):
        block = slice(start, start + COLUMNS_PER_BLOCK)
        means[:, block] = (counts @ vectors[:, block].astype(np.float64)) / totals
    return present, means


def count_categories(
    region_id: pd.Series, category: pd.Series, *, min_regions: int = 5
) -> pd.DataFrame:
    """Count each region's points by category: log(1 + count).

    Args:
        region_id: The region of each point; missing where it is in none.
        category: The category of each point; missing is counted as ``other``.
        min_regions: A category found in fewer regions than this is counted as ``other``.

    Returns:
        float32 frame, index ``region_id`` (sorted), one column per category (sorted, ``other``
        last, if there is any). A region without points has no row.

    Example:
        >>> region_id, kinds = pd.Series(["a", "b", "b"]), pd.Series(["cafe", "cafe", "inn"])
        >>> count_categories(region_id, kinds, min_regions=2).round(2)
        feature_id  cafe  other
        region_id
        a           0.69   0.00
        b           0.69   0.69
    """
    kept = region_id.notna().to_numpy(dtype=bool)
    region, regions = _positions(region_id[kept])
    kinds = category[kept].astype(object).fillna(OTHER).astype(str)
    pairs = pd.DataFrame({"region": region, "kind": kinds.to_numpy()})
    reach = pairs.drop_duplicates()["kind"].value_counts()
    common = reach.index[reach >= min_regions]
    pairs["kind"] = pairs["kind"].where(pairs["kind"].isin(common), OTHER)
    column, columns = pd.factorize(pairs["kind"], sort=True)
    counts = np.zeros((len(regions), len(columns)), dtype=np.float32)
    np.add.at(counts, (region, column), 1.0)
    order = sorted(columns, key=lambda kind: (kind == OTHER, kind))
    frame = pd.DataFrame(np.log1p(counts), index=regions, columns=columns)[order]
    return frame.rename_axis(columns="feature_id")


def _joined(columns: list[pd.Series]) -> pd.Series:
    """The texts of several columns, trimmed and joined by a space; missing ones leave no gap."""
    parts = [column.astype(object).fillna("").astype(str).str.strip() for column in columns]
    text = parts[0].reset_index(drop=True)
    for part in parts[1:]:
        text = (text + " " + part.reset_index(drop=True)).str.strip()
    return text


def _positions(region_id: pd.Series) -> tuple[IntArray, pd.Index]:
    region, regions = pd.factorize(region_id.astype(str).to_numpy(dtype=object), sort=True)
    return region, pd.Index(regions, name="region_id")


def _frame(
    region: IntArray, regions: pd.Index, text: pd.Series, encoder: TextEncoder
) -> pd.DataFrame:
    item, vectors = encode_distinct(text, encoder)
    _, means = mean_by_region(region, item, vectors, len(regions))
    names: AnyArray = np.array([f"text_{i:04d}" for i in range(means.shape[1])], dtype=object)
    return pd.DataFrame(means, index=regions, columns=pd.Index(names, name="feature_id"))
