"""Tables of pairs of regions and of people: flows, wide matrices, visits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from placeprint.building.drafting.joining import PEOPLE
from placeprint.building.drafting.looking import Sheet, tokens
from placeprint.building.drafting.plan import Entry, Plan
from placeprint.errors import listing

__all__ = ["flows_and_visits"]

FROM: Final = frozenset(
    "origin orig origen origine origem o from source start pu von desde quelle "
    "home i depart departure".split()
)
TO: Final = frozenset(
    "destination destino dest d to target end do nach hasta ziel work j arrivee arrival".split()
)
WEIGHTS: Final = frozenset(
    "weight trips trip flow flows count counts volume people persons commuters total anzahl n "
    "value fahrten viajes trajets pendler effectif gewicht number".split()
)
SPANS: Final = frozenset(
    "distance dist duration time hour month year week day date km minutes "
    "jahr monat stunde tag datum annee mois jour heure lon lat pattern".split()
)


def flows_and_visits(plan: Plan) -> None:
    """Make graphs of flows, wide matrices and visits; one of them is ``mobility``."""
    flows = [one for sheet in plan.look.sheets if (one := _flow(plan, sheet))]
    flows += [one for sheet in plan.look.sheets if (one := _matrix(plan, sheet))]
    flows.sort(key=lambda one: (one[0], one[1].keys["file"]))
    for rank, entry, title in flows:
        mobile = not rank[0]
        taken = {one.name for one in plan.entries}
        entry.name = "mobility" if mobile and "mobility" not in taken else entry.name
        entry.name = plan.free("graphs", entry.name)
        trouble = plan.add(entry, title)
        if trouble:
            plan.left[title] = trouble
    _visits(plan)


def _flow(plan: Plan, sheet: Sheet) -> tuple[Any, Entry, str] | None:
    links = [x for x in plan.links(sheet) if sheet.texts(x.column).duplicated().any()]
    if len(links) < 2 or (sheet.coordinates() and _person(sheet, [x.column for x in links])):
        return None
    order = [x for name in sheet.columns for x in links if x.column == name]
    origin = next((x for x in order if {*tokens(x.column)} & FROM), order[0])
    rest = [x for x in order if x is not origin]
    target = next((x for x in rest if {*tokens(x.column)} & TO), rest[0])
    ends = [origin.column, target.column]
    if next((x for x in order if {*tokens(x.column)} & TO), None) is origin:
        ends.reverse()
    values: dict[str, Any] = {"kind": "flows", "file": sheet.file, **sheet.keys}
    values |= {"origin": ends[0], "destination": ends[1]}
    numbers = [n for n in sheet.columns if n not in ends and _is_weight(sheet, n)]
    numbers.sort(key=lambda name: not {*tokens(name)} & WEIGHTS)
    values["weight"] = numbers[0] if numbers else None
    why = plan.because([origin, target])
    others = [f"or weight: {name}" for name in numbers[1:]]
    if numbers and sheet.rows[ends].duplicated().any():
        others.append("or weight: null, where each row counts one")
    if not numbers:
        why.append("no column of sizes was found: each row counts one")
    _split(sheet, ends, values, why, others)
    if origin.unknown or target.unknown:
        why.append("rows about ids that are no regions are left out (unknown: drop)")
        values["unknown"] = "drop"
    near = re.search("neigh|adjac|contig|nachbar|voisin|border", sheet.stem.lower())
    hinted = re.search("flow|mobil|trip|commut|od|pendl|fahrt|traj|viaj|flux", sheet.stem.lower())
    rank = (bool(near) and not numbers, not numbers, not hinted, "time" in values)
    return rank, Entry("graphs", sheet.stem, values, why, others), sheet.title


def _is_weight(sheet: Sheet, name: str) -> bool:
    numbers = sheet.numbers(name)
    words = {*tokens(name)}
    if numbers is None or numbers.isna().any() or (numbers < 0).any():
        return False
    if words & WEIGHTS:
        return True
    return not words & (SPANS | {"id", "code", "fips"}) and numbers.nunique() > 1


def _split(
    sheet: Sheet,
    ends: list[str],
    values: dict[str, Any],
    why: list[str],
    others: list[str],
) -> None:
    """Find the column that tells kinds or times of flows apart."""
    pairs = sheet.rows[ends].duplicated()
    if pairs.mean() < 0.05 or not values["weight"]:
        return
    for name in sheet.columns:
        if name in {*ends, values["weight"]} or not 1 < sheet.texts(name).nunique() <= 1000:
            continue
        if sheet.rows[[*ends, name]].duplicated().mean() > pairs.mean() / 20:
            continue
        if sheet.is_time(name) or not sheet.words(name):
            values["time"] = name
            why.append(f"{name} tells rows of the same pair apart: snapshots")
            return
        size = sheet.numbers(values["weight"])
        assert size is not None
        totals = size.groupby(sheet.texts(name)).sum().sort_values(ascending=False)
        values["where"] = {name: str(totals.index[0])}
        why.append(f"{name} tells kinds of flows apart; {totals.index[0]} weighs most")
        others += [f"or where: {{{name}: {kind}}}" for kind in totals.index[1:6]]
        return


def _matrix(plan: Plan, sheet: Sheet) -> tuple[Any, Entry, str] | None:
    if plan.regions is None or sheet is plan.regions.sheet:
        return None
    header = plan.regions.header(sheet)
    links = [x for x in plan.links(sheet) if not sheet.texts(x.column).duplicated().any()]
    if header is None:
        return None
    first = sheet.columns[0]
    if not links and plan.regions.header(sheet):
        return None
    origin = next((x for x in links if x.column == first), links[0])
    values: dict[str, Any] = {"kind": "matrix", "file": sheet.file, **sheet.keys}
    values["origin"] = origin.column
    why = plan.because([origin, header])
    ids = {*plan.regions.ids}
    extra = [n for n in sheet.columns if n != origin.column and n not in ids]
    if header.unknown and header.named == len(ids & {*sheet.columns}):
        values["destinations"] = [n for n in sheet.columns if n in ids and n != origin.column]
        why.append(f"columns that are no regions are left out: {listing(extra, limit=5)}")
    if origin.unknown:
        values["unknown"] = "drop"
        why.append(f"{origin.unknown} rows about ids that are no regions are left out")
    return (False, False, False, False), Entry("graphs", sheet.stem, values, why), sheet.title


def _visits(plan: Plan) -> None:
    groups: dict[Any, list[Sheet]] = {}
    for sheet in plan.look.sheets:
        if sheet.title in plan.placed or sheet.keys or sheet.shape:
            continue
        groups.setdefault((tuple(sheet.columns), Path(sheet.file).suffix), []).append(sheet)
    for sheets in groups.values():
        _visits_of(plan, sheets)


def _visits_of(plan: Plan, sheets: list[Sheet]) -> None:
    sheet = sheets[0]
    times = [name for name in sheet.columns if sheet.is_time(name)]
    places, links = sheet.coordinates(), plan.links(sheet)
    if not times or not (places or links):
        return
    spoken = [*times, *(places or ()), *(x.column for x in links)]
    people = _person(sheet, spoken)
    if not people:
        return
    files = [one.file for one in sheets]
    values: dict[str, Any] = {"kind": "visits"}
    values |= {"file": files[0]} if len(files) == 1 else {"files": files}
    values |= {"user": people[0], "time": times[0]}
    count, rows = sheet.texts(people[0]).nunique(), len(sheet.rows)
    why = [
        f"{people[0]} has {count:,} values in {rows:,} rows, people who come back",
        f"{times[0]} holds dates or times",
    ]
    if places:
        values |= {"lon": places[0], "lat": places[1]}
        why.append(f"{places[0]} and {places[1]} hold degrees")
    else:
        values["region"] = links[0].column
        why += plan.because(links[:1])
    others = [f"or user: {name}" for name in people[1:3]] + [f"or time: {t}" for t in times[1:]]
    others.append("before it is shared: min_users: 5, or epsilon with most_regions, most_weeks")
    taken = any(entry.name == "mobility" for entry in plan.entries)
    name = plan.free("graphs", "visits" if taken else "mobility")
    trouble = plan.add(Entry("graphs", name, values, why, others), *(s.title for s in sheets))
    if trouble:
        plan.left |= dict.fromkeys((one.title for one in sheets), trouble)


def _person(sheet: Sheet, others: list[str]) -> list[str]:
    """Columns that may tell a person: values that come back, by name or as codes."""
    found = []
    for name in sheet.columns:
        values = sheet.texts(name).dropna()
        distinct = values.nunique()
        if name in others or not 3 <= distinct <= len(values) / 2:
            continue
        told = {*tokens(name)} & (PEOPLE | {"id"})
        coded = distinct >= max(10, len(values) / 100) and sheet.words(name)
        if told or (coded and values.str.fullmatch(r"[\w-]*\d[\w-]*").mean() > 0.9):
            found.append((not told, name))
    return [name for _, name in sorted(found, key=lambda one: one[0])]
