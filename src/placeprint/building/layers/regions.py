"""Regions: H3 cells, polygons, blocks between roads; or centres alone, or ids alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from placeprint.building.extracts import account_of, check_osmium, osm_data
from placeprint.building.layer import (
    BuildContext,
    FileSpec,
    LayerSpec,
    Provenance,
    Where,
    save_table,
)
from placeprint.errors import InputError, closest
from placeprint.regions import Regions
from placeprint.regions.blocks import BOUNDING_ROADS, road_blocks
from placeprint.sources import Coverage, Table, read_area, read_regions

__all__ = ["BlockRegions", "H3Regions", "PointRegions", "PolygonRegions", "TableRegions"]


class _Regions(LayerSpec):
    """What all kinds of regions share."""

    section: ClassVar[str] = "regions"

    def parts(self, name: str) -> dict[str, LayerSpec]:
        """One layer, which has no name of its own."""
        del name
        return {"regions": self}

    def encode(self, context: BuildContext, name: str, found: Regions, path: Path) -> Provenance:
        """Write ids, areas, names and outlines, as far as they are known."""
        del name
        columns: dict[str, Any] = {"region_id": found.ids}
        if len(found.names):
            columns["name"] = found.names.reindex(found.ids).to_numpy(object)
        if found.has_outlines:
            columns["area_km2"] = found.areas_km2().to_numpy()
        if found.has_coordinates:
            columns["geometry"] = found.geometry.to_numpy()
        return save_table(path, pd.DataFrame(columns), **self.account(context))

    def account(self, context: BuildContext) -> Provenance:
        """What else the provenance says."""
        del context
        return {}


class H3Regions(_Regions):
    """H3 cells whose centres lie in the outline of a vector file."""

    kept: ClassVar[bool] = True
    kind: Literal["h3"]
    resolution: int = Field(ge=0, le=15)
    cover: str
    layer: str | None = None

    def read(self, context: BuildContext, name: str) -> Regions:
        """Cover the outline with cells."""
        del name
        table = Table.open(context.data / self.cover, self.layer)
        return Regions.from_h3(read_area(table), self.resolution, table.path)


class _FileRegions(_Regions, FileSpec):
    """Regions of a table; ``where`` keeps some of them, ``name`` says what people call them."""

    region: str
    name: str | None = None
    where: Where = Field(default_factory=dict)

    def columns(self, data: Path) -> dict[str, list[str]]:
        """The id, the name, and what conditions are about."""
        del data
        return {self.file: [self.region, *([self.name] if self.name else []), *self.where]}

    def read(self, context: BuildContext, name: str) -> Regions:
        """Read the table."""
        del name
        table = self.table(context.data)
        regions = read_regions(table, self.region, self.where, name=self.name, **self._how())
        context.opened["regions notes"] = table.notes
        return regions

    def account(self, context: BuildContext) -> Provenance:
        """How the table was read."""
        notes, count = context.opened.get("regions notes"), len(context.regions)
        covered = Coverage(count, count, notes=notes or []).finish(count, count)
        return {"coverage": covered} if notes else {}

    def _how(self) -> dict[str, Any]:
        return {"kind": getattr(self, "kind")}  # noqa: B009 - the subclasses have it


class PolygonRegions(_FileRegions):
    """The polygons of a vector file."""

    kind: Literal["polygons"]
    overlaps: Literal["refuse", "warn", "keep"] = "refuse"

    def _how(self) -> dict[str, Any]:
        return {"kind": "polygons", "overlaps": self.overlaps}


class PointRegions(_FileRegions):
    """Regions of which only the centres are known, from columns of degrees or point geometries."""

    kind: Literal["points"]
    lon: str = "lon"
    lat: str = "lat"

    def _how(self) -> dict[str, Any]:
        return {"kind": "points", "lon": self.lon, "lat": self.lat}


class TableRegions(_FileRegions):
    """Regions of which only the ids are known: no map, no blocks, no spatial baselines."""

    kind: Literal["table"]


class BlockRegions(_Regions):
    """The blocks that the roads of an OpenStreetMap extract bound, ``within`` an outline."""

    kept: ClassVar[bool] = True
    kind: Literal["blocks"]
    file: str
    within: str | None = None
    layer: str | None = None
    min_area_m2: float = Field(default=5000.0, ge=0, allow_inf_nan=False)
    roads: list[str] | None = Field(default=None, min_length=1)

    def check(self, context: BuildContext) -> None:
        """Refuse to go on without osmium."""
        del context
        check_osmium()

    def account(self, context: BuildContext) -> Provenance:
        """What the extract held."""
        return account_of(context, self.file)

    def read(self, context: BuildContext, name: str) -> Regions:
        """Cut the area into blocks."""
        del name
        source = context.data / self.file
        ways = osm_data(context, self.file).ways
        classes = BOUNDING_ROADS
        if self.roads is not None:
            classes = tuple(f"highway={road}" for road in self.roads)
            known = ways["category"].str.removeprefix("highway=").unique()
            for road in self.roads:
                if road not in known:
                    raise InputError(
                        f"it has no road with highway={road}",
                        source=source,
                        hint=closest(road, known),
                    )
        within = None
        if self.within is not None:
            table = Table.open(context.data / self.within, self.layer)
            within = read_area(table)
        lines = ways.loc[ways["category"].isin(classes), "geometry"].to_numpy()
        try:
            return road_blocks(lines, within=within, min_area_m2=self.min_area_m2)
        except InputError as error:
            raise InputError(str(error), source=source) from None
