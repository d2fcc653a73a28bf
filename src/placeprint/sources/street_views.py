"""Street views: photographs with a place and a heading, grouped by the point they were taken at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.regions.ids import as_ids
from placeprint.sources.ids import Coverage
from placeprint.sources.ids import match_points
from placeprint.sources.photograph_lists import list_photographs, mapped
from placeprint.sources.photographs import check_size, read_square
from placeprint.sources.view_groups import (
    DIRECTIONS,
    group_centres,
    group_points,
    joined_scenes,
    quarters,
)
from placeprint.typing import PathLike

__all__ = ["ViewCoverage", "read_street_views"]

COLUMNS: Final = [
    "group_id", "region_id", "lon", "lat", "heading", "direction", "scene", "image",
]  # fmt: skip


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
    path: PathLike,
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
    :func:`~placeprint.sources.view_groups.group_points`). Each faces the quarter of the horizon
    that its heading is in: east, south, west or north. Of several that face the same way the one
    nearest to the middle of the quarter is kept, between equals the one whose file comes first.
    Groups with fewer than four directions are normal. Only images that are kept are decoded, a few
    at a time.

    Args:
        path: A Parquet or CSV table, one row per photograph, or a folder of photographs.
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
    check_size(size)
    if not (np.isfinite(radius_m) and radius_m >= 0):
        raise InputError(f"radius_m is {radius_m}, expected metres, zero or more")
    photographs = list_photographs(
        path, image=image, lon=lon, lat=lat, heading=heading, group=group, scene=scene,
        folder=folder,
    )  # fmt: skip
    coverage = ViewCoverage(rows=len(photographs), of_regions=len(regions))
    photographs = _usable(photographs, coverage, path)
    photographs = _grouped(photographs, None if group else radius_m, path)
    place = photographs[["lon", "lat"]].to_numpy(float)
    positions = match_points(place[:, 0], place[:, 1], regions, coverage, path)
    photographs["region_id"] = regions.ids.to_numpy()[positions]
    views = _one_a_direction(photographs[positions >= 0], coverage)
    views["scene"] = joined_scenes(views["group_id"], views["scene"])
    read = partial(read_square, size=size)
    views["image"] = list(mapped("reading photographs", read, views["file"].tolist()))
    directions = views.groupby("group_id").size()
    coverage.groups, coverage.groups_of_two = len(directions), int((directions > 1).sum())
    coverage.finish(matched=len(views), regions=views["region_id"].nunique())
    return views[COLUMNS], coverage


def _usable(photographs: pd.DataFrame, coverage: ViewCoverage, path: PathLike) -> pd.DataFrame:
    """The photographs with a position and a heading."""
    placed = photographs["lon"].notna()
    facing = photographs["heading"].notna()
    if not (placed & facing).any():
        raise InputError(
            f"of {len(photographs)} photographs {int((~placed).sum())} have no position and "
            f"{int((~facing).sum())} no heading, neither in the table nor in EXIF (GPSLatitude, "
            "GPSLongitude, GPSImgDirection)",
            source=path,
            hint="give a table of files with the columns lon, lat and heading (the degrees "
            "clockwise from north that the camera faces)",
        )
    coverage.drop("without a position", int((~placed).sum()))
    coverage.drop("without a heading", int((placed & ~facing).sum()))
    return photographs[placed & facing].reset_index(drop=True)


def _grouped(photographs: pd.DataFrame, radius_m: float | None, path: PathLike) -> pd.DataFrame:
    """With group_id, and the group's centre in place of each photograph's own position."""
    lon, lat = photographs["lon"].to_numpy(float), photographs["lat"].to_numpy(float)
    given = photographs["group"]
    if radius_m is not None:
        centres = group_centres(lon, lat, group_points(lon, lat, radius_m))
        labels = centres["lon"].map("{:.6f}".format) + "_" + centres["lat"].map("{:.6f}".format)
        return photographs.assign(group_id="sv/" + labels, lon=centres["lon"], lat=centres["lat"])
    if given.isna().any():
        raise InputError(
            f"{int(given.isna().sum())} photographs name no group, among them "
            f"{photographs['file'][given.isna()].iloc[0]}",
            source=path,
            hint="fill the column, or leave it out to group photographs by distance",
        )
    ids = as_ids(given, path)
    centres = group_centres(lon, lat, np.unique(ids, return_inverse=True)[1])
    return photographs.assign(group_id=ids, lon=centres["lon"], lat=centres["lat"])


def _one_a_direction(photographs: pd.DataFrame, coverage: Coverage) -> pd.DataFrame:
    """One photograph per group and direction: the one nearest to the middle of the quarter."""
    quarter, off = quarters(photographs["heading"].to_numpy(float))
    photographs = photographs.assign(
        quarter=quarter,
        off=off.round(9),
        heading=photographs["heading"] % 360,
        direction=np.array(DIRECTIONS, dtype=object)[quarter],
        name=photographs["file"].astype(str),
    )
    ranked = photographs.sort_values(["group_id", "quarter", "off", "name"])
    kept = ranked.drop_duplicates(["group_id", "quarter"])
    coverage.drop("beside a better one in the same direction", len(ranked) - len(kept))
    return kept.reset_index(drop=True)
