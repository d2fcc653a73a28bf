"""A set of regions: what every table of an atlas is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from placeprint.errors import InputError
from placeprint.regions import cells, metric, polygons
from placeprint.regions.antimeridian import crossing, unwrapped, wrapped
from placeprint.regions.coordinates import check_lonlat
from placeprint.typing import AnyArray, FloatArray, PathLike

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Regions"]


@dataclass(frozen=True)
class Regions:
    """Regions of a study area, sorted by id.

    Attributes:
        geometry: GeoSeries of polygons, EPSG:4326, index ``region_id`` (sorted, unique); of points
            where only the centres of regions are known, of None where only their ids are.
        resolution: The H3 resolution, or None for given polygons.
        outside: Ids that are known but outside the study area, so that rows about them are
            left out without complaint, while an id that nobody knows is an error.
        names: What people call the regions, index ``region_id``; those without a name are absent.

    Example:
        >>> import shapely
        >>> regions = Regions.from_h3(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=5)
        >>> len(regions), int(regions.areas_km2().mean())
        (35, 181)
    """

    geometry: gpd.GeoSeries
    resolution: int | None = None
    outside: frozenset[str] = field(default_factory=frozenset)
    names: pd.Series = field(default_factory=lambda: pd.Series(dtype=object))

    @classmethod
    def from_h3(cls, area: Any, resolution: int, source: PathLike | None = None) -> Regions:
        """Cover an area with H3 cells: those whose centres lie in it.

        Args:
            area: A shapely (Multi)Polygon or an array of them, EPSG:4326, as
                :func:`placeprint.regions.polygons.outline_of` takes them.
            resolution: H3 resolution, 0 to 15.
            source: The file it comes from, for messages.

        Raises:
            InputError: See :func:`placeprint.regions.cells.cover`.
        """
        import geopandas as gpd

        ids = cells.cover(area, resolution, source)
        return cls(gpd.GeoSeries(cells.cell_polygons(ids), index=ids, crs=4326), resolution)

    @classmethod
    def from_polygons(
        cls,
        ids: pd.Index,
        outlines: AnyArray,
        outside: frozenset[str] = frozenset(),
        source: PathLike | None = None,
        overlaps: polygons.Overlaps = "refuse",
    ) -> Regions:
        """Use given polygons (shapely, longitude first) as regions.

        Args:
            ids: (n,) region ids.
            outlines: (n,) shapely polygons, longitudes from −180 to 360.
            outside: Ids outside the study area.
            source: The file they come from, for messages.
            overlaps: What to do about regions that overlap, see
                :func:`placeprint.regions.polygons.check_overlaps`.

        Raises:
            InputError: See :func:`placeprint.regions.polygons.check_polygons`; or if regions
                overlap that must not.
        """
        import geopandas as gpd

        index = pd.Index(ids.astype(str), name="region_id", dtype=object)
        checked = polygons.check_polygons(index, np.asarray(outlines), source)
        if overlaps != "keep":
            polygons.check_overlaps(index, checked, source, refuse=overlaps == "refuse")
        return cls(gpd.GeoSeries(checked, index=index, crs=4326).sort_index(), None, outside)

    @classmethod
    def from_points(
        cls,
        ids: pd.Index,
        lon: FloatArray,
        lat: FloatArray,
        outside: frozenset[str] = frozenset(),
        source: PathLike | None = None,
    ) -> Regions:
        """Regions of which only the centres are known, in degrees.

        Raises:
            InputError: If there are none, an id occurs twice, or a coordinate is impossible.
        """
        import geopandas as gpd

        check_lonlat(lon, lat, source)
        polygons.check_ids(ids, source)
        index = pd.Index(ids.astype(str), name="region_id", dtype=object)
        points = gpd.GeoSeries.from_xy(lon, lat, index=index, crs=4326)
        return cls(points.sort_index(), None, outside)

    @classmethod
    def from_ids(
        cls,
        ids: pd.Index,
        outside: frozenset[str] = frozenset(),
        source: PathLike | None = None,
    ) -> Regions:
        """Regions of which nothing is known but their ids.

        Raises:
            InputError: If there are none, or one occurs twice.
        """
        import geopandas as gpd

        polygons.check_ids(ids, source)
        index = pd.Index(ids.astype(str), name="region_id", dtype=object)
        return cls(
            gpd.GeoSeries([None] * len(ids), index=index, crs=4326).sort_index(), None, outside
        )

    @property
    def has_outlines(self) -> bool:
        """Whether the outlines of regions are known, not their centres or ids alone."""
        return self.resolution is not None or (
            bool((self.geometry.geom_type != "Point").all()) and self.has_coordinates
        )

    @property
    def has_coordinates(self) -> bool:
        """Whether it is known where regions are."""
        return bool(self.geometry.notna().all())

    def _need(self, known: bool, what: str) -> None:
        if not known:
            have = "centres and no outlines" if self.has_coordinates else "ids and no coordinates"
            raise InputError(
                f"the regions have {have}, so {what}",
                hint="give the regions a file of outlines (`kind: polygons`)",
            )

    def __len__(self) -> int:
        return len(self.geometry)

    @property
    def ids(self) -> pd.Index:
        """The region ids, sorted."""
        ids: pd.Index = self.geometry.index
        return ids

    def centroids(self) -> pd.DataFrame:
        """The centre of each region: columns lon and lat in degrees.

        A region with parts on both sides of the antimeridian is put together before its centre is
        found; the centre of one that holds a pole is that of its equal-area map around the pole.

        Raises:
            InputError: If only the ids of regions are known.
        """
        import shapely

        self._need(self.has_coordinates, "nobody knows where they are")
        shapes = self.geometry.to_numpy()
        onwards = unwrapped(shapes)
        centres = shapely.centroid(onwards)
        lon = shapely.get_x(centres)
        centroids = pd.DataFrame(
            {"lon": np.where(crossing(shapes), wrapped(lon), lon), "lat": shapely.get_y(centres)},
            index=self.ids,
        )
        for pole in (-90, 90):
            holds = polygons.hold_pole(onwards, pole)
            if holds.any():
                divided = self.geometry[holds].segmentize(1.0)
                around = divided.to_crs(f"+proj=laea +lat_0={pole} +datum=WGS84").centroid
                found = around.to_crs(4326)
                centroids[holds] = np.column_stack([found.x, found.y])
        return centroids

    def areas_km2(self) -> pd.Series:
        """The area of each region in km²; NaN where the outlines are not known."""
        if not self.has_outlines:
            return pd.Series(np.nan, index=self.ids, name="area_km2")
        return metric.areas_km2(self.geometry)

    def locate(self, lon: FloatArray, lat: FloatArray, source: PathLike | None = None) -> AnyArray:
        """The position of the region that each point is in, −1 where there is none.

        Args:
            lon: (n,) longitudes in degrees.
            lat: (n,) latitudes in degrees.
            source: The file they come from, for messages.

        Raises:
            InputError: If a coordinate is missing or out of range, or the outlines are not known.
        """
        self._need(self.has_outlines, "no point can be said to lie in one")
        check_lonlat(lon, lat, source)
        if self.resolution is None:
            return polygons.points_in_polygons(self.geometry.to_numpy(), lon, lat)
        keys = cells.to_integers(self.ids)
        order = np.argsort(keys)
        points = cells.cells_of_points(lon, lat, self.resolution)
        found = order[np.searchsorted(keys[order], points).clip(max=len(keys) - 1)]
        return np.where(keys[found] == points, found, -1)

    def neighbours(self) -> pd.DataFrame:
        """Pairs of regions that touch: columns source, target, weight (1), source < target.

        Raises:
            InputError: If the outlines are not known.
        """
        self._need(self.has_outlines, "nobody knows which of them touch")
        if self.resolution is None:
            left, right = polygons.touching(self.geometry.to_numpy())
        else:
            left, right = cells.cell_neighbours(self.ids)
        pairs = {"source": self.ids[left], "target": self.ids[right], "weight": 1.0}
        return pd.DataFrame(pairs).sort_values(["source", "target"], ignore_index=True)

    def knows(self, ids: pd.Series) -> pd.Series:
        """Whether each id is a region, or is known to lie outside the study area."""
        inside = ids.isin(self.ids) | ids.isin(self.outside)
        if self.resolution is None:
            return inside
        return inside | cells.are_cells(ids, self.resolution)
