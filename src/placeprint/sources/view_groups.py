"""Street-view groups: photographs of one sampling point, at most one towards each quarter."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from placeprint.regions.metric import EARTH_RADIUS_M
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["DIRECTIONS", "group_centres", "group_points", "joined_scenes", "quarters"]

DIRECTIONS: Final = ("E", "S", "W", "N")
FIRST_CENTRE: Final = 90.0
QUARTER: Final = 90.0
DECIMALS: Final = 6
"""Of coordinates of groups, a tenth of a metre."""


def quarters(heading: FloatArray) -> tuple[IntArray, FloatArray]:
    """The quarter of the horizon that each camera faces, and how far from its middle.

    A heading halfway between two quarters belongs to the one clockwise of it.

    Args:
        heading: (n,) degrees clockwise from north.

    Returns:
        (n,) positions in :data:`DIRECTIONS` (east, south, west, north); and (n,) degrees from the
        middle of that quarter, 0 to 45.

    Source: UrbanMFM, data (four images facing east, south, west and north).

    Example:
        >>> quarter, off = quarters(np.array([80.0, 134.9, 135.0, -10.0]))
        >>> [DIRECTIONS[i] for i in quarter], off.round(1).tolist()
        (['E', 'E', 'S', 'N'], [10.0, 44.9, 45.0, 10.0])
    """
    turned = (heading - FIRST_CENTRE + QUARTER / 2) % 360
    quarter = (turned // QUARTER).astype(np.int64) % len(DIRECTIONS)
    return quarter, np.abs(turned % QUARTER - QUARTER / 2)


def group_points(lon: FloatArray, lat: FloatArray, radius_m: float) -> IntArray:
    """Put points that are close to each other into groups, whatever their order.

    Points within the radius of each other are of one group, and so are points that a chain of
    such points connects. A group that reaches further than the radius from its own centre, as
    photographs taken every few steps do, is then split: points become leaders in an order drawn
    from their coordinates unless a leader is within the radius already, and every point joins the
    nearest leader.

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.
        radius_m: In metres, on the sphere; 0 joins equal points only.

    Returns:
        (n,) numbers of groups, 0 to g − 1.

    Example:
        >>> lon = np.array([24.0, 24.00001, 24.1, 24.0])
        >>> group_points(lon, np.full(4, 60.0), radius_m=10).tolist()
        [0, 0, 1, 0]
    """
    places, place = np.unique(np.column_stack([lon, lat]), axis=0, return_inverse=True)
    place = place.ravel()
    vectors = _on_sphere(places)
    chord = 2 * np.sin(min(radius_m / EARTH_RADIUS_M, np.pi) / 2)
    pairs = cKDTree(vectors).query_pairs(chord, output_type="ndarray")
    group = _components(pairs, len(places))
    centres = _mean_vectors(vectors, group)
    far = np.linalg.norm(vectors - centres[group], axis=1) > chord
    wide = np.isin(group, group[far])
    if wide.any():
        leaders = np.flatnonzero(_leaders(pairs, wide, places))
        _, nearest = cKDTree(vectors[leaders]).query(vectors[wide])
        group[wide] = group.max() + 1 + nearest
        group = np.unique(group, return_inverse=True)[1].ravel()
    return np.asarray(group[place])


def _components(pairs: IntArray, count: int) -> IntArray:
    ties = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), (count, count))
    return np.asarray(connected_components(ties, directed=False)[1], dtype=np.int64)


def _leaders(pairs: IntArray, wide: BoolArray, places: FloatArray) -> BoolArray:
    """Points of which no two are within the radius, while every other has one within it."""
    # An order without any direction in space needs few rounds; a hash stays when others join.
    hashes = pd.util.hash_array(places[:, 0]) ^ (pd.util.hash_array(places[:, 1]) << np.uint64(1))
    rank = np.empty(len(places), dtype=np.int64)
    rank[np.argsort(hashes, kind="stable")] = np.arange(len(places))
    undecided, leader = wide.copy(), np.zeros(len(places), dtype=bool)
    ties = np.concatenate([pairs, pairs[:, ::-1]])
    while undecided.any():
        ties = ties[undecided[ties].all(axis=1)]
        first = rank.copy()
        np.minimum.at(first, ties[:, 0], rank[ties[:, 1]])
        chosen = undecided & (first == rank)
        leader |= chosen
        undecided &= ~chosen
        undecided[ties[chosen[ties[:, 0]], 1]] = False
    return leader


def group_centres(lon: FloatArray, lat: FloatArray, group: IntArray) -> pd.DataFrame:
    """The centre of each row's group, rounded to a tenth of a metre.

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.
        group: (n,) numbers of groups, 0 to g − 1.

    Returns:
        n rows, columns lon and lat.

    Example:
        >>> lon, lat = np.array([179.5, -179.5, 3.0]), np.zeros(3)
        >>> group_centres(lon, lat, np.array([0, 0, 1]))["lon"].tolist()
        [-180.0, -180.0, 3.0]
    """
    x, y, z = _mean_vectors(_on_sphere(np.column_stack([lon, lat])), group).T
    east = np.degrees(np.arctan2(y, x)).round(DECIMALS)
    north = np.degrees(np.arctan2(z, np.hypot(x, y))).round(DECIMALS)
    east = np.where(east >= 180, -180.0, east) + 0.0  # no negative zero
    return pd.DataFrame({"lon": east[group], "lat": (north + 0.0)[group]})


def _on_sphere(degrees: FloatArray) -> FloatArray:
    """Unit vectors (n, 3) of longitudes and latitudes (n, 2)."""
    lon, lat = np.radians(degrees).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _mean_vectors(vectors: FloatArray, group: IntArray) -> FloatArray:
    sizes = np.bincount(group)
    totals = np.column_stack([np.bincount(group, weights=column) for column in vectors.T])
    return np.asarray(totals / sizes[:, None])


def joined_scenes(groups: AnyArray | pd.Series, scenes: AnyArray | pd.Series) -> AnyArray:
    """What is seen at each row's group: its distinct texts, in the order of the rows.

    Args:
        groups: (n,) ids of groups.
        scenes: (n,) texts; missing and empty ones say nothing.

    Returns:
        (n,) texts joined by a semicolon, the same for all rows of a group, empty where nothing is
        said.

    Example:
        >>> joined_scenes(["a", "b", "a", "a"], ["shops", None, "a park", "shops"]).tolist()
        ['shops; a park', '', 'shops; a park', 'shops; a park']
    """
    table = pd.DataFrame({"group": np.asarray(groups), "scene": np.asarray(scenes, dtype=object)})
    table["scene"] = table["scene"].fillna("").astype(str).str.strip()
    said = table[table["scene"] != ""].drop_duplicates()
    texts = said.groupby("group", sort=False)["scene"].agg("; ".join)
    return np.asarray(texts.reindex(table["group"], fill_value="").to_numpy(dtype=object))
