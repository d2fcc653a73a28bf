"""What each file of a folder can be in the recipe of a study area; each choice is tried."""

from __future__ import annotations

from placeprint.building.drafting.joining import candidates
from placeprint.building.drafting.labels import some_feature, some_label, tables, unit_labels
from placeprint.building.drafting.looking import LAT, LON, Sheet, tokens
from placeprint.building.drafting.pairs import flows_and_visits
from placeprint.building.drafting.places import extracts, points, rasters
from placeprint.building.drafting.plan import Entry, Plan
from placeprint.building.drafting.regions import choose_regions
from placeprint.building.drafting.tables import units
from placeprint.errors import listing
from placeprint.sources.osm import ATTRIBUTION

__all__ = ["licence", "place"]


def place(plan: Plan) -> None:
    """Find the regions, and what every file says of them."""
    plan.left |= plan.look.left
    options = candidates(plan.look.sheets)
    if not choose_regions(plan, options):
        for sheet in plan.look.sheets:
            plan.left.setdefault(sheet.title, _nothing(sheet))
        for name in [*plan.look.rasters, *plan.look.extracts]:
            plan.left.setdefault(name, "there are no regions to cut it to")
        return
    units(plan)
    flows_and_visits(plan)
    if plan.context.regions.has_outlines:
        why = ["the regions have outlines: those that touch are tied"]
        plan.add(Entry("graphs", "neighbourhood", {"kind": "adjacency"}, why))
    points(plan)
    tables(plan)
    extracts(plan)
    rasters(plan)
    unit_labels(plan)
    some_feature(plan)
    some_label(plan)
    for sheet in plan.look.sheets:
        if sheet.title not in plan.placed:
            plan.left.setdefault(sheet.title, _why_not(plan, sheet))


def _why_not(plan: Plan, sheet: Sheet) -> str:
    if sheet.why_no_shape:
        return sheet.why_no_shape
    links = plan.links(sheet)
    if links:
        ids = sheet.texts(links[0].column)
        if ids.duplicated().any():
            return (
                f"{links[0].column} names regions in several rows each, and no second column "
                "does: keep one row a region, or give pairs, or people and times"
            )
    lonely = {*(w for n in sheet.columns for w in tokens(n))} & (LON | LAT)
    if lonely and not sheet.coordinates():
        return "its coordinates are not degrees, and no CRS is told: write it as GeoPackage"
    if sheet.shape == "polygons":
        return "outlines that no chosen table names: they could be other regions"
    if plan.regions is None:
        return "the regions are blocks, whose ids no table can know"
    return (
        f"no column names {plan.regions.column} of {plan.regions.sheet.title}; it has "
        f"{listing(sheet.columns, limit=6)}"
    )


def _nothing(sheet: Sheet) -> str:
    if sheet.why_no_shape:
        return sheet.why_no_shape
    return f"{len(sheet.rows):,} rows; no column tells regions apart that other files name"


def licence(plan: Plan) -> str:
    """What must be said of what comes from OpenStreetMap."""
    osm = any(str(e.keys.get("kind", "")).startswith("osm_") for e in plan.entries)
    return ATTRIBUTION if osm else ""
