"""Which file holds the regions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd
import shapely

from placeprint.building.drafting.joining import Candidate
from placeprint.building.drafting.looking import Sheet, tokens
from placeprint.building.drafting.plan import Entry, Plan
from placeprint.errors import optional_import
from placeprint.sources import centroids_of_cells
from placeprint.sources.ids import h3_spelt

__all__ = ["choose_regions"]

NAMES: Final = frozenset("name nom nombre nome title titel bezeichnung label libelle namn".split())


def choose_regions(plan: Plan, options: list[Candidate]) -> bool:
    """Take what joins most files as the regions; whether anything could be taken."""
    joined = [one for one in options if one.links]
    outlined = [one for one in options if one.kind == "polygons" and not one.links]
    extracts = plan.look.extracts
    if extracts:  # outlines that nothing names are worth more than blocks if they tell of more
        outlined = [
            one
            for one in outlined
            if len(one.ids) > 10 and plan.values(one.sheet, one.column) and _shown(plan, one)
        ]
    cells = [one for one in options if one.kind != "polygons" and one.cells]
    lists = [one for one in options if one.kind == "points" or len(one.sheet.columns) > 1]
    lists = [one for one in lists if plan.values(one.sheet, one.column)]
    order = [*dict.fromkeys([*joined, *outlined, *cells, *([] if extracts else lists)])]
    for one in order:
        alike = [c for c in order if c.sheet is one.sheet and c is not one and c.links]
        others = [c for c in order if c.sheet is not one.sheet and c.kind == "polygons"]
        if _take(plan, one, alike, list({c.sheet.title: c for c in others}.values())[:3]):
            return True
    return any(_take_blocks(plan, name) for name in extracts)


def _shown(plan: Plan, one: Candidate) -> bool:
    """Whether an extract shows most of some polygons."""
    box = box_of(plan.look.folder / plan.look.extracts[0])
    assert one.sheet.places is not None
    centres = one.sheet.places.representative_point()
    return box is None or bool(shapely.intersects(centres.to_numpy(), box).mean() > 0.5)


def _take(plan: Plan, one: Candidate, alike: list[Candidate], others: list[Candidate]) -> bool:
    sheet = one.sheet
    if one.cells and one.kind != "polygons" and _take_cells(plan, one):
        return True
    values: dict[str, Any] = {"kind": one.kind, "file": sheet.file, **sheet.keys}
    values["region"] = one.column
    reasons = [link.words(one.sheet.title, one.column) for link in one.links.values()]
    why = [f"{title}: {text}" for title, text in zip(one.links, reasons, strict=True)]
    why = why or [f"{one.column} is different in each of the {len(one.ids):,} rows"]
    if one.kind == "points" and sheet.shape != "points":
        values["lon"], values["lat"] = sheet.coordinates() or ("", "")
    if one.kind == "points":
        why.append("only the centres are known: there is no neighbourhood graph")
    if one.kind == "table":
        more = "add a file of their outlines for maps, neighbours and blocked scores"
        why.append(f"nothing tells where the regions are: {more}")
    spare = [name for name in sheet.columns if name != one.column and sheet.words(name)]
    named = [n for n in spare if _apart(sheet, n) >= (0.5 if {*tokens(n)} & NAMES else 0.8)]
    named = [n for n in named if sheet.texts(n).str.contains(r"[^\W\d_]{2}").mean() > 0.5]
    named.sort(key=lambda name: not {*tokens(name)} & NAMES)
    if named:
        values["name"] = named[0]
        why.append(f"column {named[0]} tells them apart for people")
    notes = [f"or region: {c.column}  ({len(c.links)} files name it)" for c in alike]
    notes += [f"or name: {name}" for name in named[1:4]]
    for name in sheet.columns:
        if pd.api.types.is_bool_dtype(sheet.rows[name]):
            true = int(sheet.rows[name].sum())
            notes.append(f"or where: {{{name}: true}}, which keeps {true:,} regions")
    notes += [f"or {c.kind} of {c.sheet.title}, region: {c.column}" for c in others]
    entry = Entry("regions", "", values, why, notes)
    trouble = plan.add(entry, sheet.title)
    if "overlap" in trouble or "inside others" in trouble:
        entry.keys["overlaps"] = "warn"
        why.append(f"overlaps are told and not refused: {trouble[:160]}")
        trouble = plan.add(entry, sheet.title)
    if trouble:
        plan.left[sheet.title] = trouble
        return False
    plan.regions = one
    return True


def _take_cells(plan: Plan, cells: Candidate) -> bool:
    """Take H3 cells within an outline that holds most of those that tables name."""
    import h3.api.basic_str as h3

    spelt = h3_spelt(cells.ids)
    resolution = h3.get_resolution(spelt[0])
    centres = centroids_of_cells(spelt)
    for sheet in plan.look.sheets:
        if sheet.shape != "polygons" or sheet.places is None:
            continue
        outline = sheet.places.union_all()
        inside = int(shapely.intersects_xy(outline, centres["lon"], centres["lat"]).sum())
        if inside < 0.9 * len(centres):
            continue
        values = {"kind": "h3", "resolution": resolution, "cover": sheet.file, **sheet.keys}
        why = [
            f"{cells.column} of {cells.sheet.title} holds H3 cells of resolution {resolution}",
            f"{inside:,} of {len(centres):,} of them lie within {sheet.title}",
        ]
        if not plan.add(Entry("regions", "", values, why), sheet.title):
            plan.regions = cells
            return True
    return False


def _take_blocks(plan: Plan, name: str) -> bool:
    values = {"kind": "blocks", "file": name}
    why = ["no table tells of regions: blocks between the roads of the extract are taken"]
    others = [f"or file: {other}, another extract" for other in plan.look.extracts if other != name]
    if others:
        why.append("it is the largest of the extracts")
    for sheet in plan.look.sheets:
        if sheet.shape == "polygons" and len(sheet.rows) == 1 and _within(plan, sheet, name):
            entry = Entry(
                "regions", "", {**values, "within": sheet.file, **sheet.keys}, why, others
            )
            entry.why = [*why, f"{sheet.title} is one outline, most of which it shows"]
            if not plan.add(entry, name, sheet.title):
                return True
    trouble = plan.add(Entry("regions", "", values, why, others), name)
    if trouble:
        plan.left[name] = trouble
    return not trouble


def _within(plan: Plan, sheet: Sheet, name: str) -> bool:
    box = box_of(plan.look.folder / name)
    assert sheet.places is not None
    outline = sheet.places.iloc[0]
    return box is None or bool(outline.intersection(box).area > 0.5 * outline.area)


def _apart(sheet: Sheet, name: str) -> float:
    known = sheet.texts(name).dropna()
    return float(known.nunique() / max(len(known), 1))


def box_of(path: Path) -> Any:
    """The bounding box that an extract tells of itself; None if it does not."""
    osmium: Any = optional_import("osmium", "osm")
    box = osmium.io.Reader(str(path)).header().box()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    return shapely.box(low.lon, low.lat, high.lon, high.lat)
