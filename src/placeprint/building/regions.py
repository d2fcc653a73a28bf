"""The regions of a study area: cells, given polygons, or blocks between roads."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from placeprint import sources
from placeprint.atlas.specs import BlockRegions, H3Regions, RegionSpec
from placeprint.building.extracts import Extracts
from placeprint.building.layer import Make, Provenance, save_table
from placeprint.errors import InputError, closest
from placeprint.regions import Regions
from placeprint.regions.blocks import BOUNDING_ROADS, road_blocks

__all__ = ["make_regions", "read_regions"]


def read_regions(spec: RegionSpec, data: Path, extracts: Extracts) -> Regions:
    """Read or make the regions.

    Args:
        spec: The recipe's ``regions``.
        data: The folder of the raw files.
        extracts: Reads OpenStreetMap extracts.

    Raises:
        InputError: If a file is wrong, or there are no regions.
    """
    if isinstance(spec, H3Regions):
        cover = data / spec.cover
        return Regions.from_h3(sources.read_area(cover), spec.resolution, cover)
    if isinstance(spec, BlockRegions):
        return _blocks(spec, data, extracts)
    return sources.read_polygons(data / spec.file, spec.region, spec.where)


def make_regions(regions: Regions, spec: RegionSpec, extracts: Extracts) -> Make:
    """What writes the regions."""

    def make(path: Path) -> Provenance:
        table = pd.DataFrame(
            {
                "region_id": regions.ids,
                "area_km2": regions.areas_km2().to_numpy(),
                "geometry": regions.geometry.to_numpy(),
            }
        )
        account = extracts.account(spec.file) if isinstance(spec, BlockRegions) else {}
        return save_table(path, table, **account)

    return make


def _blocks(spec: BlockRegions, data: Path, extracts: Extracts) -> Regions:
    ways = extracts.read(spec.file).ways
    classes = BOUNDING_ROADS
    if spec.roads is not None:
        classes = tuple(f"highway={name}" for name in spec.roads)
        for name in classes:
            if name not in set(ways["category"]):
                known = ways["category"].str.removeprefix("highway=").unique()
                raise InputError(
                    f"it has no road with {name}",
                    source=data / spec.file,
                    hint=closest(name.removeprefix("highway="), known),
                )
    chosen = ways["category"].isin(classes)
    within = sources.read_area(data / spec.within) if spec.within else None
    try:
        lines = ways.loc[chosen, "geometry"].to_numpy()
        return road_blocks(lines, within=within, min_area_m2=spec.min_area_m2)
    except InputError as error:
        raise InputError(str(error), source=data / spec.file) from None
