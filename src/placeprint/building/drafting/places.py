"""What has a place of its own: points, OpenStreetMap extracts, rasters."""

from __future__ import annotations

import re
from typing import Any, Final

import pandas as pd

from placeprint.building.drafting.looking import Sheet, tokens
from placeprint.building.drafting.plan import Entry, Plan
from placeprint.building.drafting.tables import rows_about
from placeprint.building.layers.labels import tag_values, typed

__all__ = ["extracts", "points", "rasters"]

CLASSES: Final = frozenset(
    "class klasse classe clase type typ tipo category kategorie categorie categoria kind cluster "
    "fclass amenity art gruppe group subcategory branche nutzung usage use".split()
)
NAMES: Final = frozenset("name nom nombre nome title titel bezeichnung label libelle namn".split())
HEADINGS: Final = frozenset("heading compass bearing azimuth direction angle".split())
CLASS_SIZE: Final = 12


def points(plan: Plan) -> None:
    """Make features, or labels, of points that lie in the regions."""
    if not plan.context.regions.has_outlines:
        return
    for sheet in sorted(plan.look.sheets, key=lambda one: -len(one.rows)):
        known = sheet.title in plan.placed or sheet.title in plan.left
        pointed = sheet.shape == "points" or (not sheet.shape and sheet.coordinates())
        if known or not pointed or rows_about(plan, sheet):
            continue
        pictures = next(filter(sheet.pictures, sheet.columns), None)
        trouble = _views(plan, sheet, pictures) if pictures else _points_of(plan, sheet)
        if trouble:
            plan.left[sheet.title] = trouble


def _points_of(plan: Plan, sheet: Sheet) -> str:
    pair = None if sheet.shape == "points" else sheet.coordinates()
    names = [n for n in sheet.columns if sheet.words(n) and n not in (pair or ())]
    linked = [link.column for link in plan.links(sheet)]
    names = [n for n in names if n not in linked]
    distinct = {n: sheet.texts(n).nunique() for n in names}
    kinds = [n for n in names if 2 <= distinct[n] <= min(1000, max(2, len(sheet.rows) / 2))]
    kinds.sort(key=lambda n: not {*tokens(n)} & CLASSES)
    titles = [n for n in names if n not in kinds[:1] and distinct[n] > len(sheet.rows) / 3]
    titles.sort(key=lambda n: not {*tokens(n)} & NAMES)
    called = next((n for n in titles if {*tokens(n)} & NAMES), None)
    numbers = [n for n in sheet.columns if plan.is_value(sheet, n) and n not in linked]
    coordinates: dict[str, Any] = {"lon": pair[0], "lat": pair[1]} if pair else {}
    values: dict[str, Any] = {"kind": "points", "file": sheet.file, **sheet.keys}
    base = {"file": sheet.file, **sheet.keys}
    where = "point geometries" if not pair else f"degrees in {pair[0]} and {pair[1]}"
    labelled = numbers and re.search("label|target", sheet.stem.lower())
    if kinds and not labelled:
        values |= {"name": called, "category": kinds[0], **coordinates, "encoder": "counts"}
        kind = f"{kinds[0]} has {distinct[kinds[0]]:,} values in {len(sheet.rows):,} rows"
        why = [where, kind]
        others = [f"or category: {n}  ({distinct[n]:,} values)" for n in kinds[1:4]]
        others.append("or encoder: static, which reads the words (English) instead of counting")
        others += [f"{n} could be labels at points (lon, lat under labels)" for n in numbers[:3]]
        entry = Entry("features", plan.free("features", "pois"), values, why, others)
        return _either_way(plan, entry, sheet)
    if not numbers:
        return "its points have neither a column of categories nor numbers"
    columns = coordinates or {"lon": "lon", "lat": "lat"}
    tasks = {}
    for n in numbers:
        tasks[plan.free("labels", n)] = {"column": n}
    told = "its name says labels" if labelled else "no text tells what each point is"
    why = [where, f"{told}: its numbers are labels at points"]
    return _either_way(
        plan, Entry("labels", sheet.stem, {**base, **columns, "tasks": tasks}, why), sheet
    )


def _views(plan: Plan, sheet: Sheet, column: str) -> str:
    """Add photographs that a table lists."""
    lon, lat = sheet.coordinates() or (None, None)
    heading = next((n for n in sheet.columns if {*tokens(n)} & HEADINGS), None)
    keys: dict[str, Any] = {
        "kind": "street_views",
        "file": sheet.file,
        **sheet.keys,
        "image": column,
    }
    keys |= {"lon": lon, "lat": lat, "heading": heading}
    why = [f"{column} names photographs", f"{lon} and {lat} hold degrees"]
    name = plan.free("entities", "street_views")
    return plan.add(Entry("entities", name, keys, why), sheet.title)


def _either_way(plan: Plan, entry: Entry, sheet: Sheet) -> str:
    """Add points; with longitude and latitude swapped if they lie in the regions then."""
    trouble = plan.add(entry, sheet.title)
    if "swapped" in trouble and "lon" in entry.keys:
        lon, lat = entry.keys["lon"], entry.keys["lat"]
        entry.keys |= {"lon": lat, "lat": lon}
        entry.why.append(f"{lat} is the longitude: only so do the points lie in the regions")
        trouble = plan.add(entry, sheet.title)
    return trouble


def extracts(plan: Plan) -> None:
    """Make entities, features and labels of the first extract that shows the regions."""
    if not plan.context.regions.has_outlines:
        plan.left |= dict.fromkeys(plan.look.extracts, "the regions have no outlines to cut it to")
        return
    used = [e.keys["file"] for e in plan.entries if e.keys.get("kind") == "blocks"]
    for name in used or plan.look.extracts:
        if _extract(plan, name):
            break
    for name in plan.look.extracts:
        if name not in plan.placed:
            plan.left.setdefault(name, "one extract is enough; see the comments on regions")


def _extract(plan: Plan, name: str) -> bool:
    taken = {entry.name for entry in plan.entries}
    if "pois" in taken:
        for entry in plan.entries:
            if entry.section == "features" and entry.name == "pois":
                entry.name = "places"
    why = ["what OpenStreetMap knows"]
    for kind in ("pois", "buildings", "ways"):
        values = {"kind": f"osm_{kind}", "file": name}
        trouble = plan.add(Entry("entities", kind, values, why), name)
        if trouble:
            plan.left[name] = trouble
            return False
        why = []
    values = {"kind": "entities", "entities": "pois", "encoder": "counts"}
    data = plan.context.opened[name]
    if len(data.pois):
        plan.add(Entry("features", "pois", values, ["how many of each kind"]), name)
    roads = {"kind": "roads", "file": name}
    plan.add(Entry("features", "roads", roads, ["length and intersections per km²"]), name)
    _building_labels(plan, data.buildings)
    return True


def _building_labels(plan: Plan, buildings: pd.DataFrame) -> None:
    if not len(buildings):
        return
    values = tag_values(buildings["tags"], "building")
    counts = values[typed(values)].value_counts()
    kept = counts[counts >= CLASS_SIZE].index[:12].tolist()
    if len(kept) < 3:
        return
    task = {"column": "building", "kind": "classification", "classes": sorted(kept)}
    task["scale"] = "point"
    shown = ", ".join(f"{kind} {counts[kind]:,}" for kind in kept)
    why = [f"types with {CLASS_SIZE} buildings or more: {shown}"]
    values_ = {"entities": "buildings", "tasks": {"building_function": task}}
    entry = Entry("labels", "building_function", values_, why)
    while plan.add(entry) and len(task["classes"]) > 2:
        task["classes"] = task["classes"][:-1]


def rasters(plan: Plan) -> None:
    """Make image features of the first raster that is an image of the regions."""
    for name in plan.look.rasters:
        taken = any(entry.keys.get("kind") == "image" for entry in plan.entries)
        values = {"kind": "image", "files": [name]}
        why = ["a raster of three 8-bit bands that knows where it is"]
        entry = Entry("features", plan.free("features", "image"), values, why)
        if taken:
            plan.left[name] = "another image is taken: add it to features in the same way"
        elif not plan.context.regions.has_outlines:
            plan.left[name] = "the regions have no outlines to cut it to"
        elif trouble := plan.add(entry, name):
            plan.left[name] = trouble
