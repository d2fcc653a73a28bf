"""Tables with one row for each region or unit: units, features and labels."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, Final

import pandas as pd

from placeprint.building.drafting.joining import Link
from placeprint.building.drafting.looking import Sheet, tokens, unaccented
from placeprint.building.drafting.plan import Entry, Plan
from placeprint.errors import listing

__all__ = [
    "CLASSES",
    "about",
    "features_and_labels",
    "some_feature",
    "trainable",
    "unit_labels",
    "units",
]

LABELS: Final = (
    "label|target|income|einkommen|revenu|renta|rent|miete|loyer|price|preis|prix|precio|rate|"
    "share|anteil|quote|pct|percent|prozent|pourcent|index|crime|density|dichte|densit|value|wert|"
    "median|mean|avg|poverty|armut|unempl|arbeitslos|chomage|score|risk"
)
AGES: Final = "male female men women age ages alter sex mann frau homme femme"
CLASSES: Final = """class klasse classe clase type typ tipo category kategorie categorie categoria
kind cluster fclass amenity art gruppe group subcategory branche nutzung usage use"""
UNITS: Final = """province provincia state bundesland land county kreis district distrito bezirk
borough city stadt region departement prefecture ward municipality gemeinde canton kanton fips
admincode adcode code unit country ort abbr nuts"""
ENCODERS: Final = {
    "histogram": "counts by age or sex: the bins of one histogram",
    "log1p": "counts, or sizes that are never negative: their logarithm",
    "none": "shares or numbers of either sign, as they are",
}
PARTS: Final = 4


def about(plan: Plan, sheet: Sheet) -> Link | None:
    """The column by which a table has one row a region; None for others, and for matrices."""
    links = plan.links(sheet)
    once = [x for x in links if x.column and sheet.columns[x.column].texts.dropna().is_unique]
    return once[0] if once and sheet.whole and all(x.column for x in links) else None


def _tables(plan: Plan) -> list[tuple[Sheet, Link]]:
    """The tables with one row a region that are free, and the column that names it."""
    own = plan.regions.sheet if plan.regions else None
    free = [one for one in plan.look.sheets if one is own or one.title not in plan.placed]
    return [(sheet, link) for sheet in free if (link := about(plan, sheet))]


def units(plan: Plan) -> None:
    """Make levels of units of columns whose values repeat."""
    most = len(plan.context.regions) / 3
    for sheet, link in _tables(plan):
        own = plan.regions is not None and sheet is plan.regions.sheet
        found: dict[bytes, list[str]] = {}
        for name, column in {} if sheet.called(LABELS) else sheet.columns.items():
            told = column.says(UNITS)
            kind = (column.worded and (own or told)) or (told and column.whole)
            plain = name != link.column and name not in sheet.coordinates
            if kind and plain and 3 <= column.count <= most and not column.says(CLASSES):
                codes = pd.factorize(column.texts)[0].tobytes()
                found.setdefault(codes, []).append(name)
        for name, *twins in found.values():
            keys = {"file": sheet.file, **sheet.keys, "region": link.column, "unit": name}
            why = [f"{name} has {sheet.columns[name].count:,} values for {len(sheet.rows):,} rows"]
            others = [f"or unit: {one}, which says the same" for one in twins]
            entry = Entry("units", plan.free("units", name), keys, why, others)
            if plan.add(entry, sheet.title):
                plan.units += [sheet.columns[one] for one in (name, *twins)]


def features_and_labels(plan: Plan) -> None:
    """Make features and labels of the tables with one row a region."""
    for sheet, link in _tables(plan):
        labelled = sheet.called("label|target|ziel")
        families = {} if labelled else _families(plan.values(sheet, link.column, least=1))
        for name, columns in families.items():
            _feature(plan, sheet, link, name, columns)
        inside = {name for columns in families.values() for name in columns}
        rest = [name for name in plan.values(sheet, link.column) if name not in inside]
        for name, column in sheet.columns.items():
            classes = column.worded and (labelled or column.says(CLASSES))
            if name != link.column and classes and 2 <= column.count <= 20:
                rest += [name] * bool(column.texts.value_counts().min() >= 5)
        why = [link.words, "numbers of no family (or in a file of labels) are labels"]
        made = [one.name for one in plan.of("features") if one.keys["kind"] == "table"]
        if made:
            why.append(
                f"if one is made of numbers of these, add `leaks: [{', '.join(made)}]` to it"
            )
        base = {"file": sheet.file, **sheet.keys, "region": link.column}
        _labels(plan, sheet, base, rest, why)
        nothing = "it holds nothing that is a feature or a label"
        doubts = [column.doubt for column in sheet.columns.values() if column.doubt]
        plan.look.left.setdefault(sheet.title, sheet.trouble or "; ".join(doubts[:3]) or nothing)
        _say_unused(plan, sheet)


def _feature(plan: Plan, sheet: Sheet, link: Link, name: str, columns: list[str]) -> bool:
    """Make a feature of columns."""
    frame = pd.DataFrame({n: sheet.columns[n].numbers for n in columns})
    positive = frame.min().min() >= 0
    counts = positive and all(sheet.columns[n].whole for n in columns)
    ages = counts and any(sheet.columns[n].says(AGES) for n in columns)
    size = counts or (positive and frame.max().max() > 100)
    encoder = "histogram" if ages else "log1p" if size else "none"
    keys: dict[str, Any] = {"kind": "table", "file": sheet.file, **sheet.keys}
    keys |= {"region": link.column, "columns": _patterns(sheet, columns), "encoder": encoder}
    family = f"{len(columns)} columns of one family; " if name != "numbers" else ""
    why = [link.words, family + ENCODERS[encoder]]
    if gaps := int(frame.isna().any(axis=1).sum()):
        keys["missing"] = "mean"
        why.append(f"{gaps:,} rows lack some values, which become the column's mean")
    others = [] if len(columns) == 1 else ["each of them could be a label under `labels` instead"]
    entry = Entry("features", plan.free("features", name), keys, why, others)
    return plan.add(entry, sheet.title)


def _patterns(sheet: Sheet, columns: list[str]) -> list[str]:
    """Patterns that mean just these columns, or their names."""
    stems = {name: re.findall(r"^[^\W\d_]*_?", name)[0] for name in columns}
    found = []
    for stem in dict.fromkeys(stems.values()):
        names = [name for name in columns if stems[name] == stem]
        alike = [name for name in sheet.table.columns if name.startswith(stem)]
        found += [f"{stem}*"] if stem and alike == names and len(names) > 1 else names
    return found


def _families(columns: list[str]) -> dict[str, list[str]]:
    """Columns that share their first word, or tell of ages and sexes, if there are four or more."""
    people = [n for n in columns if not {*tokens(n)}.isdisjoint(AGES.split())]
    groups = {"people": people}
    for name in columns:
        words = tokens(name)
        if len(words) > 1 and not (name in people and len(people) >= PARTS):
            groups.setdefault(words[0], []).append(name)
    return {word: names for word, names in groups.items() if len(names) >= PARTS}


def _labels(
    plan: Plan, sheet: Sheet, base: dict[str, Any], columns: list[str], why: list[str]
) -> None:
    """Make labels of those columns that can be."""
    entry = Entry("labels", sheet.stem, {**base, "tasks": {}}, why)
    tasks: dict[str, Any] = {}
    for name in columns:
        column, task = sheet.columns[name], {"column": name}
        free = plan.free("labels", name, *tasks)
        if not re.search("[A-Za-z]{2}", unaccented(name)):
            task["title"] = name  # of whose letters none is left in the name of the task
        few = column.whole and column.count <= 20 and column.says(CLASSES)
        if few or column.numbers is None:
            task["kind"] = "classification"
        entry.keys["tasks"] = {free: task}
        if plan.add(entry, sheet.title):
            plan.entries.remove(entry)
            tasks[free] = task
        else:
            entry.others.append(f"not {name}: {plan.look.left[sheet.title][:200]}")
    if tasks:
        entry.keys["tasks"] = tasks
        plan.add(entry, sheet.title)


def _say_unused(plan: Plan, sheet: Sheet) -> None:
    """Say which columns of a table are in no part, and why."""
    parts = [entry for entry in plan.entries if sheet.title in entry.files]
    used = [*sheet.coordinates, *(one.name for one in plan.units if one.table is sheet.table)]
    for entry in parts:
        used += [*map(str, entry.keys.values()), *entry.keys.get("columns", [])]
        used += [task["column"] for task in entry.keys.get("tasks", {}).values()]
    rest = [n for n in sheet.columns if not any(n == u or fnmatchcase(n, u) for u in used)]
    doubts = [f"{n}, as {sheet.columns[n].doubt}" if sheet.columns[n].doubt else n for n in rest]
    if parts and rest:
        parts[-1].others.append(f"not used: {listing(doubts)}")


def unit_labels(plan: Plan) -> None:
    """Labels of units, in tables with one row for each unit of a level."""
    for unit in plan.of("units"):
        of = next(one for one in plan.units if one.name == unit.keys["unit"])
        known = {*of.ids}
        for sheet in plan.look.sheets:
            for name, column in {} if sheet.title in plan.placed else sheet.columns.items():
                both = len({*column.ids} & known)
                if not column.texts.is_unique or both < max(3, len(known) / 2):
                    continue
                base = {"file": sheet.file, **sheet.keys, "level": unit.name, "unit": name}
                why = [f"{both:,} of {len(known):,} units {unit.name} are in it"]
                _labels(plan, sheet, base, plan.values(sheet, name), why)
                break


def some_feature(plan: Plan) -> None:
    """Make sure that there is something to learn from, where tables allow it."""
    for labels in plan.of("labels"):
        sheet = next((one for one in plan.look.sheets if one.title in labels.files), None)
        link = about(plan, sheet) if sheet else None
        if trainable(plan) is not None or sheet is None or link is None:
            continue
        names = [task["column"] for task in labels.keys["tasks"].values()]
        names = [n for n in names if sheet.columns[n].numbers is not None]
        plain = [n for n in names if not re.search(LABELS, " ".join(tokens(n)))]
        total = sum(len(one.keys["tasks"]) for one in plan.of("labels"))
        plain = plain if plain and len(plain) < total else names[1:]
        if plain and _feature(plan, sheet, link, "numbers", plain):
            plan.entries[-1].why.append("there is little else to learn from: they are no labels")
            tasks = labels.keys["tasks"].items()
            labels.keys["tasks"] = {k: task for k, task in tasks if task["column"] not in plain}
    plan.entries = [e for e in plan.entries if e.keys.get("tasks", True)]


def trainable(plan: Plan) -> str | None:
    """The options that ``placeprint train`` needs for what was found; None if it lacks something.

    Args:
        plan: The recipe.
    """
    graphs = [entry.name for entry in plan.of("graphs")]
    features = [entry.name for entry in plan.of("features")]
    places = {e.name for e in plan.entries if e.section == "entities" or "category" in e.keys}
    if "mobility" in graphs and features:
        return ""
    if plan.context.regions.has_outlines and places & {"pois", "buildings"}:
        return " --model urbanmfm"
    if graphs and features:
        return f" --set graph.name={graphs[0]} --set anchor={graphs[0]}"
    return f" --set graph=null --set anchor={features[0]}" if len(features) > 1 else None
