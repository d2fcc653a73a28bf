"""Street views: photographs with a place and a heading, grouped by the point they were taken at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.regions.ids import as_ids
from placeprint.regions.metric import EARTH_RADIUS_M
from placeprint.sources.ids import Coverage, match_points
from placeprint.sources.photographs import list_photographs, mapped, read_square
from placeprint.sources.table import Table
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray, PathLike

__all__ = ["DIRECTIONS", "ViewCoverage", "group_points", "joined_scenes", "read_street_views"]

COLUMNS: Final = ["group_id", "region_id", "lon", "lat", "heading", "direction", "scene", "image"]
DIRECTIONS: Final = ("E", "S", "W", "N")
QUARTER: Final = 90.0
DECIMALS: Final = 6
"""Of coordinates of groups, a tenth of a metre."""


@dataclass
class ViewCoverage(Coverage):
    """An account of photographs; rows are photographs.

    Attributes:
        groups: Sampling points that got at least one image.
        groups_of_two: Of these, the ones that are seen in two directions or more. Where there are
            none, nothing can be learnt from comparing directions.

    Example:
        >>> coverage = ViewCoverage(rows=5, of_regions=2, groups=3, groups_of_two=1)
        >>> coverage.finish(matched=5, regions=2).describe()
        '5 of 5 rows matched; 2 of 2 regions; 3 groups, 1 with two directions or more'
    """

    groups: int = 0
    groups_of_two: int = 0

    def describe(self) -> str:
        """One line for a person."""
        groups = f"{self.groups:,} groups, {self.groups_of_two:,} with two directions or more"
        return f"{super().describe()}; {groups}"


def read_street_views(
    source: PathLike | Table,
    regions: Regions,
    *,
    image: str = "file",
    lon: str | None = "lon",
    lat: str | None = "lat",
    heading: str | None = "heading",
    group: str | None = None,
    scene: str | None = None,
    radius_m: float = 10.0,
    size: int = 224,
    folder: PathLike | None = None,
) -> tuple[pd.DataFrame, ViewCoverage]:
    """Read photographs of streets: one image a sampling point and direction.

    Photographs of one point are a group (see
    :func:`~placeprint.sources.street_views.group_points`). Each faces the quarter of the horizon
    that its heading is in: east, south, west or north. Of several that face the same way the one
    nearest to the middle of the quarter is kept, between equals the one whose file comes first.
    Groups with fewer than four directions are normal. Only images that are kept are decoded, a few
    at a time.

    Args:
        source: A table, one row per photograph, or a folder of photographs.
        regions: The regions of the study area.
        image: Column of files.
        lon: Column of longitudes in degrees; None to read them from EXIF, as is also done for each
            row where the column is empty.
        lat: Column of latitudes in degrees; None as for ``lon``.
        heading: Column of degrees clockwise from north; None as for ``lon``.
        group: Column of ids of sampling points; None to group by distance.
        scene: Column of captions; None if there is none.
        radius_m: How far photographs of one sampling point may lie apart, in metres.
        size: Side of the images in pixels; their middle square is resized to it.
        folder: What the files are relative to; the folder of the table if None.

    Returns:
        Columns group_id, region_id, lon, lat (of the sampling point), heading (degrees clockwise
        from north, 0 to 360), direction (E, S, W or N), scene (the captions of the whole group;
        "" if there are none) and image (the bytes of a JPEG or PNG), sorted by group and
        direction; and the account, which counts the photographs without a position or heading.

    Raises:
        InputError: If a column or file is missing, a photograph cannot be read, a coordinate or
            heading is impossible, no photograph has both a position and a heading, or none of the
            points lies in a region.

    Source: UrbanMFM, data (street-view groups).
    """
    columns = {"lon": lon, "lat": lat, "heading": heading, "group": group, "scene": scene}
    photographs = list_photographs(source, image, columns, folder)
    path = source.path if isinstance(source, Table) else source
    coverage = ViewCoverage(rows=len(photographs), of_regions=len(regions))
    photographs = _usable(photographs, coverage, path)
    photographs = _grouped(photographs, None if group else radius_m, path)
    east, north = photographs[["lon", "lat"]].to_numpy(float).T
    positions = match_points(east, north, regions, coverage, path)
    photographs["region_id"] = regions.ids.to_numpy()[positions]
    views = _one_a_direction(photographs[positions >= 0], coverage)
    views["scene"] = joined_scenes(views["group_id"], views["scene"])
    read = partial(read_square, size=size)
    views["image"] = [*mapped("reading photographs", read, views["file"].tolist())]
    directions = views.groupby("group_id").size()
    coverage.groups, coverage.groups_of_two = len(directions), int((directions > 1).sum())
    coverage.finish(matched=len(views), regions=views["region_id"].nunique())
    return views[COLUMNS], coverage


def _usable(photographs: pd.DataFrame, coverage: ViewCoverage, path: PathLike) -> pd.DataFrame:
    """The photographs with a position and a heading."""
    placed, facing = photographs["lon"].notna(), photographs["heading"].notna()
    if not (placed & facing).any():
        found = f"{int((~placed).sum())} have no position and {int((~facing).sum())} no heading"
        exif = "neither in the table nor in EXIF (GPSLatitude, GPSLongitude, GPSImgDirection)"
        problem = f"of {len(photographs)} photographs {found}, {exif}"
        hint = "give a table with lon, lat and heading, degrees clockwise from north"
        raise InputError(problem, source=path, hint=hint)
    coverage.drop("without a position", int((~placed).sum()))
    coverage.drop("without a heading", int((placed & ~facing).sum()))
    return photographs[placed & facing].reset_index(drop=True)


def _grouped(photographs: pd.DataFrame, radius_m: float | None, path: PathLike) -> pd.DataFrame:
    """With group_id, and the group's centre in place of each photograph's own position."""
    lon, lat = photographs[["lon", "lat"]].to_numpy(float).T
    if radius_m is not None:
        centres = group_centres(lon, lat, group_points(lon, lat, radius_m))
        places = [centres[axis].map("{:.6f}".format) for axis in ("lon", "lat")]
        return photographs.assign(group_id="sv/" + places[0] + "_" + places[1], **centres)
    nameless = photographs["file"][photographs["group"].isna()]
    if len(nameless):
        problem = f"{len(nameless)} photographs name no group, among them {nameless.iloc[0]}"
        hint = "fill the column, or leave it out to group photographs by distance"
        raise InputError(problem, source=path, hint=hint)
    ids = as_ids(photographs["group"], path)
    centres = group_centres(lon, lat, np.unique(ids, return_inverse=True)[1])
    return photographs.assign(group_id=ids, **centres)


def _one_a_direction(photographs: pd.DataFrame, coverage: Coverage) -> pd.DataFrame:
    """One photograph per group and direction: the one nearest to the middle of the quarter."""
    quarter, off = quarters(photographs["heading"].to_numpy(float))
    photographs = photographs.assign(quarter=quarter, off=off.round(9))
    photographs["heading"] %= 360
    photographs["direction"] = np.array(DIRECTIONS, dtype=object)[quarter]
    photographs["name"] = photographs["file"].astype(str)
    ranked = photographs.sort_values(["group_id", "quarter", "off", "name"])
    kept = ranked.drop_duplicates(["group_id", "quarter"])
    coverage.drop("beside a better one in the same direction", len(ranked) - len(kept))
    return kept.reset_index(drop=True)


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
    turned = (heading - QUARTER / 2) % 360  # the first quarter begins half of one after north
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
    ties = coo_array((np.ones(len(pairs), dtype=bool), tuple(pairs.T)), (len(places),) * 2)
    group = connected_components(ties, directed=False)[1].astype(np.int64)
    centres = _mean_vectors(vectors, group)
    far = np.linalg.norm(vectors - centres[group], axis=1) > chord
    wide = np.isin(group, group[far])
    if wide.any():
        leaders = np.flatnonzero(_leaders(pairs, wide, places))
        _, nearest = cKDTree(vectors[leaders]).query(vectors[wide])
        group[wide] = group.max() + 1 + nearest
        group = np.unique(group, return_inverse=True)[1].ravel()
    return np.asarray(group[place])


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
    north = np.degrees(np.arctan2(z, np.hypot(x, y))).round(DECIMALS) + 0.0  # no negative zero
    east = np.where(east >= 180, -180.0, east) + 0.0
    return pd.DataFrame({"lon": east[group], "lat": north[group]})


def _on_sphere(degrees: FloatArray) -> FloatArray:
    """Unit vectors (n, 3) of longitudes and latitudes (n, 2)."""
    lon, lat = np.radians(degrees).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _mean_vectors(vectors: FloatArray, group: IntArray) -> FloatArray:
    totals = np.column_stack([np.bincount(group, weights=column) for column in vectors.T])
    return np.asarray(totals / np.bincount(group)[:, None])


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
