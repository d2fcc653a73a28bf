"""Regions: H3 cells, polygons, blocks between roads; or centres alone, or ids alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from placeprint.building.extracts import ExtractSpec
from placeprint.building.layer import BuildContext, FileSpec, LayerSpec, Provenance, Where
from placeprint.errors import InputError, closest
from placeprint.regions import Regions
from placeprint.regions.blocks import BOUNDING_ROADS, road_blocks
from placeprint.sources import Coverage, Table, read_area
from placeprint.sources.ids import identifiers

__all__ = ["BlockRegions", "H3Regions", "PointRegions", "PolygonRegions", "TableRegions"]


class _Regions(LayerSpec):
    """What all kinds of regions share."""

    section: ClassVar[str] = "regions"

    def parts(self, name: str) -> dict[str, LayerSpec]:
        """One layer, which has no name of its own."""
        return {"regions": self}

    def encode(self, context: BuildContext, name: str, found: Regions, path: Path) -> Provenance:
        """Write ids, areas, names and outlines, as far as they are known."""
        columns: dict[str, Any] = {"region_id": found.ids}
        if len(found.names):
            columns["name"] = found.names.reindex(found.ids).to_numpy(object)
        if found.has_outlines:
            columns["area_km2"] = found.areas_km2().to_numpy()
        if found.has_coordinates:
            columns["geometry"] = found.geometry.to_numpy()
        account = self.account(context)
        read = pd.DataFrame(columns), account.pop("coverage", None), account
        return super().encode(context, name, read, path)

    def account(self, context: BuildContext) -> Provenance:
        """What else the provenance says."""
        return {}


class H3Regions(_Regions):
    """H3 cells whose centres lie in an outline.

    Attributes:
        resolution: 0 to 15; 6 makes cells of about 36 km².
        cover: A vector file with the outline; several polygons are joined.
        layer: Which of its layers.
    """

    kept: ClassVar[bool] = True
    kind: Literal["h3"]
    resolution: int = Field(ge=0, le=15)
    cover: str
    layer: str | None = None

    def read(self, context: BuildContext, name: str) -> Regions:
        """Cover the outline with cells."""
        table = Table.open(context.data / self.cover, self.layer)
        return Regions.from_h3(read_area(table), self.resolution, table.path)


class _FileRegions(_Regions, FileSpec):
    """Regions of a table, one row per region.

    Attributes:
        region: Column of the region id.
        name: Column with what people call the regions.
        where: Conditions on rows; regions that do not meet them are outside the study area.
    """

    keys: ClassVar[tuple[str, ...]] = ("region", "name")
    region: str
    name: str | None = None
    where: Where = Field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """The columns that are text."""
        return [self.region, *([self.name] if self.name else [])]

    def read(self, context: BuildContext, name: str) -> Regions:
        """Read the table, and what people call its regions."""
        table = self.table(context.data)
        everyone = identifiers(table.read([], as_text=[self.region])[self.region], table.path)
        rows = self.rows(table)
        ids = everyone.rename(None)[rows.index]
        outside = frozenset(everyone) - frozenset(ids)
        regions = self.regions(ids, rows, outside=outside, source=table.path)
        context.opened["regions notes"] = table.notes
        if self.name is None:
            return regions
        names = pd.Series(rows[self.name].to_numpy(), index=ids.rename("region_id"), name="name")
        return replace(regions, names=names.dropna().sort_index())

    def rows(self, table: Table) -> Any:
        """The rows that meet the conditions."""
        return table.read([], self.where, self.texts)

    def regions(self, ids: pd.Index, rows: pd.DataFrame, **about: Any) -> Regions:
        """The regions of rows; ``about`` says their source, and which ids lie outside."""
        return Regions.from_ids(ids, **about)

    def account(self, context: BuildContext) -> Provenance:
        """How the table was read."""
        notes, count = context.opened.get("regions notes"), len(context.regions)
        covered = Coverage(count, count, notes=notes or []).finish(count, count)
        return {"coverage": covered} if notes else {}


class PolygonRegions(_FileRegions):
    """The polygons of a vector file in any known CRS.

    Attributes:
        overlaps: Whether to ``refuse``, ``warn`` of, or ``keep`` polygons that overlap.

    Raises:
        InputError: If the file, a column or the CRS is wrong, an id occurs twice, or outlines are
            of no use.
    """

    kind: Literal["polygons"]
    overlaps: Literal["refuse", "warn", "keep"] = "refuse"

    def rows(self, table: Table) -> Any:
        """The rows that meet the conditions, and their geometries."""
        return table.geometries([], self.where, self.texts)

    def regions(self, ids: pd.Index, rows: pd.DataFrame, **about: Any) -> Regions:
        """The regions whose outlines rows are."""
        shapes = rows["geometry"].to_numpy()
        return Regions.from_polygons(ids, shapes, overlaps=self.overlaps, **about)


class PointRegions(_FileRegions):
    """Regions of which only the centres are known, from columns of degrees or point geometries.

    Attributes:
        lon: Column of longitudes in degrees.
        lat: Column of latitudes in degrees.

    Raises:
        InputError: If a column is wrong, an id occurs twice, or a coordinate is impossible.
    """

    keys: ClassVar[tuple[str, ...]] = ("region", "name", "lon", "lat")
    kind: Literal["points"]
    lon: str = "lon"
    lat: str = "lat"

    def rows(self, table: Table) -> Any:
        """The rows that meet the conditions, and where they are."""
        return table.lonlat(self.lon, self.lat, self.texts, where=self.where, as_text=self.texts)

    def regions(self, ids: pd.Index, rows: pd.DataFrame, **about: Any) -> Regions:
        """The regions whose centres rows are."""
        lon, lat = rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)
        return Regions.from_points(ids, lon, lat, **about)


class TableRegions(_FileRegions):
    """Regions of which only the ids are known: no map, no blocks, no spatial baselines."""

    kind: Literal["table"]


class BlockRegions(ExtractSpec, _Regions):
    """The blocks that the roads of an OpenStreetMap extract bound.

    Attributes:
        file: The extract.
        within: A vector file with the outline of the study area; None: the hull of the roads.
        layer: Which layer of that file.
        min_area_m2: Smaller blocks are merged into a neighbour.
        roads: The values of ``highway`` that bound blocks; None: streets down to residential ones.
    """

    kept: ClassVar[bool] = True
    kind: Literal["blocks"]
    within: str | None = None
    layer: str | None = None
    min_area_m2: float = Field(default=5000.0, ge=0, allow_inf_nan=False)
    roads: list[str] | None = Field(default=None, min_length=1)

    def read(self, context: BuildContext, name: str) -> Regions:
        """Cut the area into blocks."""
        source, within, classes = context.data / self.file, None, BOUNDING_ROADS
        ways = self.extract(context).ways
        if self.roads is not None:
            classes = tuple(f"highway={road}" for road in self.roads)
            known = ways["category"].str.removeprefix("highway=").unique()
            for road in self.roads:
                if road not in known:
                    problem = f"it has no road with highway={road}"
                    raise InputError(problem, source=source, hint=closest(road, known))
        if self.within is not None:
            within = read_area(Table.open(context.data / self.within, self.layer))
        lines = ways.loc[ways["category"].isin(classes), "geometry"].to_numpy()
        try:
            return road_blocks(lines, within=within, min_area_m2=self.min_area_m2)
        except InputError as error:
            raise InputError(str(error), source=source) from None
