"""Numbers and classes that can be predicted, and what is kept to learn from."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from placeprint.building.drafting.joining import Link
from placeprint.building.drafting.looking import Sheet, tokens
from placeprint.building.drafting.plan import Entry, Plan, trainable
from placeprint.building.drafting.tables import _families, about, feature, whole
from placeprint.errors import listing

__all__ = ["some_feature", "some_label", "tables", "unit_labels"]

LABELS: Final = re.compile(
    "label|target|income|einkommen|revenu|renta|rent|miete|loyer|price|preis|prix|precio|rate|"
    "share|anteil|quote|pct|percent|prozent|pourcent|index|crime|density|dichte|densit|value|wert|"
    "median|mean|avg|poverty|armut|unempl|arbeitslos|chomage|score|risk"
)
CLASSES: Final = frozenset(
    "class klasse classe clase type typ tipo category kategorie categorie categoria kind cluster "
    "fclass amenity art gruppe group subcategory branche nutzung usage use".split()
)
FEW: Final = 3


def tables(plan: Plan) -> None:
    """Make features and labels of the tables with one row a region."""
    for sheet, link in [*about(plan)]:
        if plan.regions is not None and plan.regions.header(sheet):
            continue
        values = plan.values(sheet, link.column)
        labelled = bool(re.search("label|target|ziel", sheet.stem.lower()))
        families = {} if labelled else _families(plan.values(sheet, link.column, least=1))
        for prefix, columns in families.items():
            feature(plan, sheet, link, prefix, columns)
        inside = {name for columns in families.values() for name in columns}
        rest = [name for name in values if name not in inside]
        plan.spare.append((sheet, link, rest))
        region_labels(plan, sheet, link, rest, labelled)
        if sheet.title not in plan.placed:
            nothing = "it holds nothing that is a feature or a label"
            plan.left.setdefault(sheet.title, sheet.why_no_shape or nothing)
        _unused(plan, sheet, link)


def _unused(plan: Plan, sheet: Sheet, link: Link) -> None:
    """Say which columns of a table are in no part, and why."""
    parts = [entry for entry in plan.entries if sheet.title in entry.files]
    used = {link.column, *(name for _, name in plan.unit_columns)}
    for entry in parts:
        values = entry.keys
        used |= {*map(str, values.values()), *(sheet.coordinates() or ())}
        used |= {task["column"] for task in values.get("tasks", {}).values()}
        stems = tuple(one.removesuffix("*") for one in values.get("columns", []))
        used |= {name for name in sheet.columns if stems and name.startswith(stems)}
    rest = [name for name in sheet.columns if name not in used]
    if parts and rest:
        doubts = [f"{name}: {sheet.doubts[name]}" for name in rest if name in sheet.doubts]
        plain = [name for name in rest if name not in sheet.doubts]
        parts[-1].others += [f"not used, {text}" for text in doubts]
        if plain:
            parts[-1].others.append(f"not used: {listing(plain)}")


def _tasks(plan: Plan, sheet: Sheet, rest: list[str], texts: list[str]) -> dict[str, Any]:
    tasks: dict[str, Any] = {}
    for name in [*rest, *texts]:
        task: dict[str, Any] = {"column": name}
        if not re.search("[A-Za-z]{2}", unicodedata.normalize("NFKD", name)):
            task["title"] = name  # of whose letters none is left in the name of the task
        numbers = sheet.numbers(name)
        few = numbers is not None and whole(sheet, name) and numbers.nunique() <= 20
        if name in texts or (few and {*tokens(name)} & CLASSES):
            task["kind"] = "classification"
        free = plan.free("labels", name)
        while free in tasks:
            free += "_"
        tasks[free] = task
    return tasks


def region_labels(plan: Plan, sheet: Sheet, link: Link, rest: list[str], labelled: bool) -> None:
    own = plan.regions is not None and sheet is plan.regions.sheet
    named = any(one.section == "units" and one.keys["file"] == sheet.file for one in plan.entries)
    texts = []
    for name in sheet.columns:
        known = sheet.texts(name).dropna()
        few = 2 <= known.nunique() <= 20 and known.value_counts().min() >= 5
        told = {*tokens(name)} & CLASSES or labelled
        if (
            name != link.column
            and few
            and told
            and sheet.words(name)
            and not (own and named and not told)
        ):
            texts.append(name)
    tasks = _tasks(plan, sheet, rest, texts)
    if not tasks:
        return
    base: dict[str, Any] = {"file": sheet.file, **sheet.keys, "region": link.column}
    why = plan.because([link])
    why.append("numbers of no family (or in a file of labels) are labels; they train nothing")
    beside = [e.name for e in plan.of("features") if e.keys.get("file") == sheet.file]
    if beside:
        why.append(f"if one is made of the same numbers, add to it `leaks: [{', '.join(beside)}]`")
    label_entry(plan, sheet, base, tasks, link, why)


def label_entry(
    plan: Plan,
    sheet: Sheet,
    base: dict[str, Any],
    tasks: dict[str, Any],
    link: Link | None,
    why: list[str],
) -> None:
    if link and link.unknown:
        base["unknown"] = "drop"
        why.append(f"{link.unknown:,} ids are no regions: their rows are left out")
    good, bad, others = {}, [], []
    for name, task in tasks.items():
        trial = Entry("labels", sheet.stem, {**base, "tasks": {name: task}}, why)
        trouble = plan.trouble(trial)
        if "regions that do not exist" in trouble or "has no identifier" in trouble:
            base["unknown"] = "drop"
            trouble = plan.trouble(Entry("labels", "", {**base, "tasks": {name: task}}, why))
        if trouble:
            bad.append(trouble)
            others.append(f"not {name}: {trouble[:200]}")
        else:
            good[name] = task
    if good:
        plan.add(Entry("labels", sheet.stem, {**base, "tasks": good}, why, others), sheet.title)
    elif bad:
        plan.left[sheet.title] = bad[0]


def unit_labels(plan: Plan) -> None:
    """Labels of units, in tables with one row for each unit of a level."""
    for unit in [entry for entry in plan.entries if entry.section == "units"]:
        sheets = [s for s in plan.look.sheets if s.file == unit.keys["file"]]
        known = {*sheets[0].texts(unit.keys["unit"]).dropna()}
        for sheet in plan.look.sheets:
            if sheet.title in plan.placed and sheet.shape != "polygons":
                continue
            for name in sheet.columns:
                ids = sheet.texts(name)
                if ids.is_unique and len({*ids} & known) >= max(FEW, len(known) / 2):
                    tasks = _tasks(plan, sheet, plan.values(sheet, name), [])
                    base = {"file": sheet.file, **sheet.keys, "level": unit.name, "unit": name}
                    why = [f"{len({*ids} & known):,} of {len(known):,} units {unit.name} are in it"]
                    if tasks:
                        label_entry(plan, sheet, base, tasks, None, why)
                    break


def some_feature(plan: Plan) -> None:
    """Make sure that there is something to learn from, where tables allow it."""
    for sheet, link, rest in plan.spare:
        if trainable(plan) != "?":
            return
        tasks = [t["column"] for e in plan.of("labels") for t in e.keys["tasks"].values()]
        plain = [n for n in rest if not LABELS.search(" ".join(tokens(n)))]
        why = "there is little else to learn from, so these are no labels"
        if not plain or len(tasks) <= len(plain):
            plain = rest[1:]
        if not plain or feature(plan, sheet, link, "numbers", plain):
            continue
        plan.left.pop(sheet.title, None)
        plan.of("features")[-1].why.append(why)
        for entry in plan.of("labels"):
            if entry.keys.get("file") == sheet.file:
                kept = {n: t for n, t in entry.keys["tasks"].items() if t["column"] not in plain}
                entry.keys["tasks"] = kept
        plan.entries = [e for e in plan.entries if e.section != "labels" or e.keys["tasks"]]


def some_label(plan: Plan) -> None:
    """Make sure that there is something to predict, where tables allow it."""
    tables = [e for e in plan.of("features") if e.keys["kind"] == "table"]
    if plan.of("labels") or not tables:
        return
    entry = min(tables, key=lambda one: len(one.keys["columns"]))
    plan.entries.remove(entry)
    if trainable(plan) == "?":
        plan.entries.append(entry)
        return
    sheet, link, _ = next(one for one in plan.spare if one[0].file == entry.keys["file"])
    stems = [one.removesuffix("*") for one in entry.keys["columns"]]
    names = [n for n in plan.values(sheet, link.column) if n.startswith(tuple(stems))]
    base = {"file": sheet.file, **sheet.keys, "region": link.column}
    why = [*plan.because([link]), "nothing else could be predicted; they could be features"]
    label_entry(plan, sheet, base, _tasks(plan, sheet, names, []), link, why)
