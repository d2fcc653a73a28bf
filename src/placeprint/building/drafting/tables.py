"""Tables about regions: units, and families of numbers that are features."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from placeprint.building.drafting.joining import Link
from placeprint.building.drafting.looking import Sheet, tokens
from placeprint.building.drafting.plan import Entry, Plan

__all__ = ["about", "feature", "units", "whole"]

LABELS: Final = re.compile(
    "label|target|income|einkommen|revenu|renta|rent|miete|loyer|price|preis|prix|precio|rate|"
    "share|anteil|quote|pct|percent|prozent|pourcent|index|crime|density|dichte|densit|value|wert|"
    "median|mean|avg|poverty|armut|unempl|arbeitslos|chomage|score|risk"
)
AGES: Final = frozenset("male female men women age ages alter sex mann frau homme femme".split())
CLASSES: Final = frozenset(
    "class klasse classe clase type typ tipo category kategorie categorie categoria kind cluster "
    "fclass amenity art gruppe group subcategory branche nutzung usage use".split()
)
UNITS: Final = frozenset(
    "province provincia state bundesland land county kreis district distrito bezirk borough city "
    "stadt region departement prefecture ward municipality gemeinde canton kanton fips admincode "
    "adcode code unit country ort abbr nuts".split()
)
PARTS: Final = 4


def rows_about(plan: Plan, sheet: Sheet) -> Link | None:
    """The column by which a table has one row a region."""
    for link in plan.links(sheet):
        ids = sheet.texts(link.column).dropna()
        if ids.is_unique and sheet.whole:
            return link
    return None


def about(plan: Plan) -> Iterator[tuple[Sheet, Link]]:
    """The tables with one row a region, and the column that names it."""
    for sheet in plan.look.sheets:
        own = plan.regions is not None and sheet is plan.regions.sheet
        if (own or sheet.title not in plan.placed) and (link := rows_about(plan, sheet)):
            yield sheet, link


def units(plan: Plan) -> None:
    """Make levels of units of columns whose values repeat."""
    count = len(plan.context.regions)
    for sheet, link in about(plan):
        own = plan.regions is not None and sheet is plan.regions.sheet
        labelled = LABELS.search(sheet.stem.lower())
        found = []
        for name in sheet.columns if not labelled else []:
            distinct = sheet.texts(name).nunique()
            if name == link.column or not 3 <= distinct <= count / 3:
                continue
            if {*tokens(name)} & CLASSES or name in (sheet.coordinates() or ()):
                continue
            told = {*tokens(name)} & UNITS
            if (sheet.words(name) and (own or told)) or (told and whole(sheet, name)):
                found.append(name)
        for name in found:
            codes = [pd.factorize(sheet.texts(one))[0] for one in (name, *found)]
            twin = [
                o
                for o, c in zip(found, codes[1:], strict=True)
                if o != name and (c == codes[0]).all()
            ]
            if any(found.index(one) < found.index(name) for one in twin):
                continue
            values = {"file": sheet.file, **sheet.keys, "region": link.column, "unit": name}
            if link.unknown:
                values["unknown"] = "drop"
            why = [
                f"{name} has {sheet.texts(name).nunique():,} values for {len(sheet.rows):,} rows"
            ]
            others = [f"or unit: {one}, which says the same" for one in twin]
            entry = Entry("units", plan.free("units", name), values, why, others)
            if not plan.add(entry, sheet.title):
                plan.unit_columns |= {(sheet.title, one) for one in (name, *twin)}


def whole(sheet: Sheet, name: str) -> bool:
    """Whether a column holds whole numbers."""
    numbers = sheet.numbers(name)
    return numbers is not None and bool((numbers.dropna() % 1 == 0).all())


def feature(plan: Plan, sheet: Sheet, link: Link, name: str, columns: list[str]) -> str:
    """Make a feature of columns; why that cannot be, if so."""
    frame = pd.DataFrame({n: sheet.numbers(n) for n in columns})
    words = {word for n in columns for word in tokens(n)}
    least, most = frame.min().min(), frame.max().max()
    counts = least >= 0 and bool((frame.dropna() % 1 == 0).all(axis=None))
    ages = counts and words & AGES
    encoder = "histogram" if ages else "log1p" if counts or (least >= 0 and most > 100) else "none"
    values: dict[str, Any] = {"kind": "table", "file": sheet.file, **sheet.keys}
    values |= {"region": link.column, "columns": _patterns(sheet, columns)}
    values["encoder"] = encoder
    reason = {
        "histogram": "counts by age or sex: the bins of one histogram",
        "log1p": "counts, or sizes that are never negative: their logarithm",
        "none": "shares or numbers of either sign, as they are",
    }[encoder]
    family = f"{len(columns)} columns of one family; " if name != "numbers" else ""
    why = [*plan.because([link]), family + reason]
    if frame.isna().any(axis=None):
        values["missing"] = "mean"
        gaps = int(frame.isna().any(axis=1).sum())
        why.append(f"{gaps:,} rows lack some values, which become the column's mean")
    if link.unknown:
        values["unknown"] = "drop"
        why.append(f"{link.unknown:,} ids are no regions: their rows are left out")
    others = [] if len(columns) == 1 else ["each of them could be a label under `labels` instead"]
    entry = Entry("features", plan.free("features", name), values, why, others)
    trouble = plan.add(entry, sheet.title)
    if trouble:
        plan.left[sheet.title] = trouble
    return trouble


def _patterns(sheet: Sheet, columns: list[str]) -> list[str]:
    """Patterns that mean just these columns, or their names."""
    groups: dict[str, list[str]] = {}
    for name in columns:
        groups.setdefault(tokens(name)[0], []).append(name)
    found = []
    for names in groups.values():
        stem = _prefix(names)
        plain = stem and not set(stem) & set("*?[") and len(names) > 1
        alike = [n for n in sheet.table.columns if n.startswith(stem)] == names
        found += [f"{stem}*"] if plain and alike else names
    return found


def _families(columns: list[str]) -> dict[str, list[str]]:
    """Columns that share their first word, or all but a number, where there are four or more."""
    groups: dict[str, list[str]] = {}
    sexes = [n for n in columns if {*tokens(n)} & AGES]
    if len(sexes) >= PARTS:
        groups["people"] = sexes
    for name in columns:
        words = tokens(name)
        if name not in groups.get("people", []) and len(words) > 1:
            groups.setdefault(words[0], []).append(name)
    return {word: names for word, names in groups.items() if len(names) >= PARTS}


def _prefix(names: list[str]) -> str:
    first, last = min(names), max(names)
    same = [a == b for a, b in zip(first, last, strict=False)]
    return first[: same.index(False) if False in same else len(same)].rstrip("0123456789")
