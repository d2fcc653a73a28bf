"""What lies round an entity: the entities near it, never the entity itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

from placeprint.errors import InputError
from placeprint.regions.metric import EARTH_RADIUS_M
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["DEFAULT_RADII_M", "neighbour_counts", "neighbour_text"]

DEFAULT_RADII_M: Final = (250.0, 1000.0)
"""Radii within which categories are counted: the next streets, and the quarter."""

_CHUNK: Final = 1024
"""Entities whose neighbours are held at a time."""

_SOFTENING_M: Final = 10.0
"""Added to distances, so that what lies at the very spot does not stand alone."""


def neighbour_text(
    targets: pd.DataFrame, others: pd.DataFrame, k: int = 32, *, encoder: str = "static"
) -> pd.DataFrame:
    r"""The mean text of the k nearest other entities, the nearer the more it counts.

    .. math::
        v_i = \frac{\sum_{j \in N_k(i)} w_{ij} f(t_j)}{\sum_j w_{ij}}, \qquad
        w_{ij} = \frac{1}{d_{ij} + 10\,\mathrm{m}}

    with f a text encoder. What knows nothing of an entity but the tags of those round it.

    Args:
        targets: Columns lon and lat in degrees, indexed by id.
        others: Columns lon, lat and text, indexed by id; those without a text are left out, and
            so is a target itself.
        k: How many neighbours; fewer where there are no more.
        encoder: See :func:`placeprint.encoders.text_encoder`.

    Returns:
        float32, a row per target.

    Raises:
        InputError: If no other entity has a text, or k is below 1.

    Source: UrbanMFM's text of POIs, without learning.

    Example:
        >>> place = pd.DataFrame({"lon": [5.0], "lat": [60.0]}, index=["way/1"])
        >>> cafe = pd.DataFrame({"lon": [5.0], "lat": [60.001], "text": ["amenity=cafe"]}, ["n/1"])
        >>> neighbour_text(place, cafe).shape
        (1, 256)
    """
    from placeprint.encoders.text import encode_distinct, text_encoder

    if k < 1:
        raise InputError(f"{k} neighbours, expected 1 or more")
    others = others[others["text"].fillna("").astype(str).str.len() > 0]
    item, texts = encode_distinct(others["text"].astype(str), text_encoder(encoder))
    own = others.index.get_indexer(targets.index)
    _refuse_none(others, own)
    points, tree = _on_the_ground(targets), cKDTree(_on_the_ground(others))
    found = np.empty((len(targets), texts.shape[1]), dtype=np.float32)
    for rows in _chunks(len(targets)):
        nearest = tree.query(points[rows], k=[*range(1, min(k + 1, len(others)) + 1)])
        distance, who = (np.asarray(each) for each in nearest)
        weights = 1 / (distance + _SOFTENING_M)
        itself = who == own[rows, None]
        weights[itself] = 0
        # One more was asked for, lest the entity itself is among them.
        weights[~itself.any(axis=1), k:] = 0
        weights /= weights.sum(axis=1, keepdims=True)
        at = np.repeat(np.arange(len(who)), who.shape[1])
        shape = (len(who), len(texts))
        found[rows] = sparse.csr_array((weights.ravel(), (at, item[who].ravel())), shape) @ texts
    names = [f"text_{number:04d}" for number in range(texts.shape[1])]
    return _frame(found, targets, names)


def neighbour_counts(
    targets: pd.DataFrame,
    others: pd.DataFrame,
    radii_m: Sequence[float] = DEFAULT_RADII_M,
    *,
    most: int = 128,
) -> pd.DataFrame:
    """How many entities of each category lie within each radius: log(1 + count).

    That is what Hex2Vec feeds on, about a disc in the place of a cell.

    Args:
        targets: Columns lon and lat in degrees, indexed by id.
        others: Columns lon, lat and category, indexed by id; those without a category are left
            out, and so is a target itself.
        radii_m: Radii in metres.
        most: Categories counted, the most frequent.

    Returns:
        float32, a row per target, columns ``category within radius``.

    Raises:
        InputError: If no other entity has a category, or a radius is not above 0.

    Source: Woźniak & Szymański 2021, Hex2Vec, the counts of tags.

    Example:
        >>> place = pd.DataFrame({"lon": [5.0], "lat": [60.0]}, index=["way/1"])
        >>> cafe = pd.DataFrame({"lon": [5.0], "lat": [60.005], "category": ["cafe"]}, ["n/1"])
        >>> neighbour_counts(place, cafe).round(2)
        feature_id  cafe within 250 m  cafe within 1000 m
        way/1                     0.0                0.69
    """
    if not radii_m or min(radii_m) <= 0:
        raise InputError(f"radii of {list(radii_m)} metres, expected some above 0")
    others = others[others["category"].fillna("").astype(str).str.len() > 0]
    counts = others["category"].astype(str).value_counts()
    order = (
        counts.rename_axis("category")
        .reset_index()
        .sort_values(["count", "category"], ascending=[False, True])
    )
    categories = pd.Index(sorted(order["category"].iloc[:most]))
    others = others[others["category"].isin(categories)]
    own = others.index.get_indexer(targets.index)
    _refuse_none(others, own)
    code = categories.get_indexer(pd.Index(others["category"].astype(str)))
    points, place = _on_the_ground(targets), _on_the_ground(others)
    tree, n = cKDTree(place), len(categories)
    found = np.zeros((len(targets), len(radii_m), n), dtype=np.float32)
    for rows in _chunks(len(targets)):
        near: Any = tree.query_ball_point(points[rows], max(radii_m))
        at = np.repeat(np.arange(len(near)), [len(each) for each in near])
        who = np.concatenate([np.asarray(each, dtype=np.int64) for each in near])
        kept = who != own[rows][at]
        at, who = at[kept], who[kept]
        distance = np.linalg.norm(points[rows][at] - place[who], axis=1)
        for number, radius in enumerate(radii_m):
            inside = distance <= radius
            cells = at[inside] * n + code[who[inside]]
            found[rows, number] = np.bincount(cells, minlength=len(near) * n).reshape(-1, n)
    names = [f"{category} within {radius:g} m" for radius in radii_m for category in categories]
    return _frame(np.log1p(found).reshape(len(targets), -1), targets, names)


def _refuse_none(others: pd.DataFrame, own: IntArray) -> None:
    if others.empty or (len(others) == 1 and (own >= 0).any()):
        raise InputError(
            "no other entity says anything about itself",
            source="entities",
            hint="add entities with tags to the atlas, such as points of interest",
        )


def _on_the_ground(table: pd.DataFrame) -> FloatArray:
    """Places as points on a sphere in metres, (n, 3): straight distances are those on the ground.

    At 1 km they differ by a micrometre.
    """
    lon, lat = (np.radians(table[name].to_numpy(dtype=np.float64)) for name in ("lon", "lat"))
    unit = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    return EARTH_RADIUS_M * np.column_stack(unit)


def _chunks(n: int) -> Iterator[slice]:
    return (slice(start, start + _CHUNK) for start in range(0, n, _CHUNK))


def _frame(values: AnyArray, targets: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    columns = pd.Index(names, name="feature_id")
    return pd.DataFrame(values, index=targets.index, columns=columns)
