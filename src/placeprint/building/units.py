"""Units above regions as layers."""

from __future__ import annotations

from functools import partial

import pandas as pd

from placeprint import sources
from placeprint.atlas.specs import UnitSpec
from placeprint.building.layer import Layer, Make, save_table
from placeprint.building.workshop import Workshop
from placeprint.sources import Coverage

__all__ = ["read_units", "unit_layer"]


def unit_layer(shop: Workshop, level: str, spec: UnitSpec) -> Layer:
    """The layer that says which unit of a level each region is in."""

    def read() -> Make:
        table, coverage = read_units(shop, spec)
        units = table["unit_id"].nunique()
        return partial(save_table, table=table, coverage=coverage, units=units)

    return shop.layer(f"units/{level}", spec, read)


def read_units(shop: Workshop, spec: UnitSpec) -> tuple[pd.DataFrame, Coverage]:
    """Columns region_id, unit_id; and the coverage."""
    return sources.read_units(
        shop.data / spec.file, shop.regions, region=spec.region, unit=spec.unit
    )
