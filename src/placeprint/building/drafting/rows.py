"""What rows of pairs, people, points and pixels can be: flows, visits, features and entities."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd

from placeprint.building.drafting.joining import PEOPLE
from placeprint.building.drafting.looking import Column, Sheet
from placeprint.building.drafting.plan import NAMES, Entry, Plan
from placeprint.building.drafting.tables import CLASSES, about
from placeprint.building.layers.labels import tag_values, typed
from placeprint.errors import listing

__all__ = ["extracts", "flows", "points", "rasters", "visits"]

FROM: Final = """origin orig origen origine origem o from source start pu von desde quelle home i
depart departure"""
TO: Final = "destination destino dest d to target end do nach hasta ziel work j arrivee arrival"
WEIGHTS: Final = """weight trips trip flow flows count counts volume people persons commuters total
anzahl n value fahrten viajes trajets pendler effectif gewicht number"""
SPANS: Final = """id code fips distance dist duration time hour month year week day date km minutes
jahr monat stunde tag datum annee mois jour heure lon lat pattern"""
MOVES: Final = "flow|mobil|trip|commut|od|pendl|fahrt|traj|viaj|flux"
CLASS_SIZE: Final = 12


def flows(plan: Plan) -> None:
    """Make graphs of flows and wide matrices; the best of them is ``mobility``."""
    found = [(*one, sheet) for sheet in plan.look.sheets for one in _flow(plan, sheet)]
    found += [(*one, sheet) for sheet in plan.look.sheets for one in _matrix(plan, sheet)]
    found.sort(key=lambda one: (one[0], one[2].file))
    for rank, entry, sheet in found:
        mobile = not rank[0] and not any(one.name == "mobility" for one in plan.entries)
        entry.name = "mobility" if mobile else plan.free("graphs", sheet.stem)
        plan.add(entry, sheet.title)


def _flow(plan: Plan, sheet: Sheet) -> list[tuple[Any, Entry]]:
    links = plan.links(sheet)
    named = {x.column for x in links}
    order = [n for n, c in sheet.columns.items() if n in named and c.texts.duplicated().any()]
    if len(order) < 2 or (sheet.coordinates and _people(sheet, order)):
        return []
    told = [n for n in order if sheet.columns[n].says(FROM)]
    origin = (told or order)[0]
    rest = [n for n in order if n != origin]
    ends = [origin, next((n for n in rest if sheet.columns[n].says(TO)), rest[0])]
    if not told and sheet.columns[origin].says(TO):
        ends.reverse()
    numbers = [c for c in sheet.columns.values() if c.name not in ends and _is_weight(c)]
    numbers.sort(key=lambda column: not column.says(WEIGHTS))
    keys: dict[str, Any] = {"kind": "flows", "file": sheet.file, **sheet.keys}
    keys |= {"origin": ends[0], "destination": ends[1]}
    keys["weight"] = numbers[0].name if numbers else None
    why = [x.words for end in ends for x in links if x.column == end]
    others = [f"or weight: {column.name}" for column in numbers[1:]]
    entry = Entry("graphs", "", keys, why, others)
    if not numbers:
        why.append("no column of sizes was found: each row counts one")
    elif sheet.rows[ends].duplicated().mean() >= 0.05:
        others.append("or weight: null, where each row counts one")
        _split(sheet, numbers[0], ends, entry)
    near = not numbers and sheet.called("neigh|adjac|contig|nachbar|voisin|border")
    return [((near, not numbers, not sheet.called(MOVES), "time" in keys), entry)]


def _is_weight(column: Column) -> bool:
    numbers = column.numbers
    if numbers is None or not (numbers >= 0).all():
        return False
    return bool(column.says(WEIGHTS) or (not column.says(SPANS) and numbers.min() < numbers.max()))


def _split(sheet: Sheet, weight: Column, ends: list[str], entry: Entry) -> None:
    """Find the column that tells kinds or times of flows apart."""
    most = sheet.rows[ends].duplicated().mean() / 20
    rest = [c for n, c in sheet.columns.items() if n not in {*ends, weight.name}]
    rest = [c for c in rest if 1 < c.count <= 1000]
    for one in [c for c in rest if sheet.rows[[*ends, c.name]].duplicated().mean() <= most][:1]:
        if not one.worded or weight.numbers is None:
            entry.keys["time"] = one.name
            entry.why.append(f"{one.name} tells rows of the same pair apart: snapshots")
            return
        totals = weight.numbers.groupby(one.texts).sum().sort_values(ascending=False)
        entry.keys["where"] = {one.name: str(totals.index[0])}
        entry.why.append(f"{one.name} tells kinds of flows apart; {totals.index[0]} weighs most")
        entry.others += [f"or where: {{{one.name}: {kind}}}" for kind in totals.index[1:6]]


def _matrix(plan: Plan, sheet: Sheet) -> list[tuple[Any, Entry]]:
    header = [x for x in plan.links(sheet) if not x.column]
    origins = [x for x in plan.links(sheet) if x.column and sheet.columns[x.column].texts.is_unique]
    if not header or not origins:
        return []
    origin = min(origins, key=lambda link: link.column != next(iter(sheet.columns)))
    keys = {"kind": "matrix", "file": sheet.file, **sheet.keys, "origin": origin.column}
    return [((False,) * 4, Entry("graphs", "", keys, [x.words for x in (origin, *header)]))]


def visits(plan: Plan) -> None:
    """Make graphs of visits, of one file or of several of the same columns."""
    groups: dict[Any, list[Sheet]] = {}
    for sheet in plan.look.sheets:
        free = sheet.title not in plan.placed and not sheet.keys
        if free and not sheet.shape:
            alike = (*sheet.columns, Path(sheet.file).suffix)
            groups.setdefault(alike, []).append(sheet)
    for sheets in groups.values():
        sheet, links = sheets[0], [x for x in plan.links(sheets[0]) if x.column]
        times = [name for name, column in sheet.columns.items() if column.time]
        people = _people(sheet, [*times, *sheet.coordinates, *(x.column for x in links)])
        if not times or not people or not (sheet.coordinates or links):
            continue
        files = [one.file for one in sheets]
        keys: dict[str, Any] = {"kind": "visits"}
        keys |= {"files": files} if len(files) > 1 else {"file": files[0]}
        keys |= {"user": people[0], "time": times[0]}
        count, rows = sheet.columns[people[0]].count, len(sheet.rows)
        why = [f"{people[0]} has {count:,} values in {rows:,} rows, people who come back"]
        why.append(f"{times[0]} holds dates or times")
        if sheet.coordinates:
            keys |= zip(("lon", "lat"), sheet.coordinates, strict=True)
            why.append("{} and {} hold degrees".format(*sheet.coordinates))
        else:
            keys["region"] = links[0].column
            why.append(links[0].words)
        others = [f"or user: {n}" for n in people[1:3]] + [f"or time: {n}" for n in times[1:]]
        others.append("before it is shared: min_users: 5, or epsilon with most_regions, most_weeks")
        taken = any(entry.name == "mobility" for entry in plan.entries)
        name = plan.free("graphs", "visits" if taken else "mobility")
        plan.add(Entry("graphs", name, keys, why, others), *(one.title for one in sheets))


def _people(sheet: Sheet, others: list[str]) -> list[str]:
    """Columns whose names may tell a person, and whose values come back."""
    called = [c for c in sheet.columns.values() if c.says(f"{PEOPLE} id") and c.name not in others]
    return [c.name for c in called if 3 <= c.count <= c.texts.count() / 2]


def points(plan: Plan) -> None:
    """Make features of points that lie in the regions, where a column tells what each is."""
    for sheet in sorted(plan.look.sheets, key=lambda one: -len(one.rows)):
        known = sheet.title in plan.placed or sheet.title in plan.look.left or about(plan, sheet)
        pointed = sheet.shape == "points" or (not sheet.shape and sheet.coordinates)
        if pointed and not known:
            _points_of(plan, sheet)


def _points_of(plan: Plan, sheet: Sheet) -> None:
    pair = () if sheet.shape else sheet.coordinates
    linked = {*pair, *(link.column for link in plan.links(sheet))}
    words = [c for c in sheet.columns.values() if c.worded and c.name not in linked]
    most = min(1000, max(2, len(sheet.rows) / 2))
    kinds = sorted((c for c in words if 2 <= c.count <= most), key=lambda c: not c.says(CLASSES))
    names = [c for c in words if c not in kinds[:1] and c.count > len(sheet.rows) / 3]
    called = next((c.name for c in names if c.says(NAMES)), None)
    numbers = [n for n in plan.values(sheet) if n not in linked]
    why = ["degrees in {} and {}".format(*pair) if pair else "point geometries"]
    if kinds and not (numbers and sheet.called("label|target")):
        keys: dict[str, Any] = {"kind": "points", "file": sheet.file, **sheet.keys}
        keys |= {"name": called, "category": kinds[0].name}
        keys |= {**dict(zip(("lon", "lat"), pair, strict=False)), "encoder": "counts"}
        why.append(f"{kinds[0].name} has {kinds[0].count:,} values in {len(sheet.rows):,} rows")
        others = [f"or category: {c.name} ({c.count:,} values)" for c in kinds[1:4]]
        others.append("or encoder: static, which reads the words (English) instead of counting")
        others += [f"{n} could be labels at points (lon, lat under labels)" for n in numbers[:3]]
        plan.add(Entry("features", plan.free("features", "pois"), keys, why, others), sheet.title)
    else:
        more = f": {listing(numbers)} could be labels at points" if numbers else ""
        plan.look.left[sheet.title] = f"its points have no column of categories{more}"


def extracts(plan: Plan) -> None:
    """Make entities, features and labels of the first extract that shows the regions."""
    blocks = [e.keys["file"] for e in plan.of("regions") if e.keys["kind"] == "blocks"]
    for name in blocks or plan.look.extracts:
        for entry in plan.of("features"):  # its own pois are to be called so
            entry.name = "places" if entry.name == "pois" else entry.name
        why = ["what OpenStreetMap knows"]
        kinds = ("pois", "buildings", "ways")
        parts = [Entry("entities", k, {"kind": f"osm_{k}", "file": name}, why) for k in kinds]
        if not all(plan.add(part, name) for part in parts):
            continue
        keys = {"kind": "entities", "entities": "pois", "encoder": "counts"}
        data = plan.context.opened[name]
        if len(data.pois):
            plan.add(Entry("features", "pois", keys, ["how many of each kind"]), name)
        roads = {"kind": "roads", "file": name}
        plan.add(Entry("features", "roads", roads, ["length and intersections per km²"]), name)
        if len(data.buildings):
            _building_labels(plan, data.buildings)
        break
    for name in plan.look.extracts:
        plan.look.left.setdefault(name, "one extract is enough; see the comments on regions")


def _building_labels(plan: Plan, buildings: pd.DataFrame) -> None:
    values = tag_values(buildings["tags"], "building")
    counts = values[typed(values)].value_counts()
    kept = counts[counts >= CLASS_SIZE].index[:12].tolist()
    if len(kept) < 3:
        return
    task = {"column": "building", "kind": "classification", "classes": sorted(kept)}
    shown = ", ".join(f"{kind} {counts[kind]:,}" for kind in kept)
    why = [f"types with {CLASS_SIZE} buildings or more: {shown}"]
    keys = {"entities": "buildings", "tasks": {"building_function": task | {"scale": "point"}}}
    plan.add(Entry("labels", "building_function", keys, why))


def rasters(plan: Plan) -> None:
    """Make image features of the first raster that is an image of the regions."""
    taken = False
    for name in plan.look.rasters:
        why = ["a raster of three 8-bit bands that knows where it is"]
        entry = Entry("features", "image", {"kind": "image", "files": [name]}, why)
        if taken:
            plan.look.left[name] = "another image is taken: add it to features in the same way"
        taken = taken or plan.add(entry, name)
