"""The recipe of a folder as YAML with comments, and what was found in each file."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from placeprint.building.drafting import rows, tables
from placeprint.building.drafting.joining import candidates
from placeprint.building.drafting.looking import LAT, LON, Sheet, look
from placeprint.building.drafting.plan import Entry, Plan, choose_regions, identifier
from placeprint.errors import DataWarning, InputError, listing
from placeprint.files import prepare_output, write_text
from placeprint.sources.osm import ATTRIBUTION
from placeprint.typing import PathLike

__all__ = ["Draft", "draft"]

SECTIONS: Final = ("regions", "units", "graphs", "entities", "features", "labels")


@dataclass(frozen=True)
class Draft:
    """A recipe made from a folder.

    Attributes:
        text: The recipe, YAML with comments.
        files: For each file what it is, and what it is taken for or why not.
        train: What ``placeprint train`` needs for it; None if it lacks something to learn from.
    """

    text: str
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    train: str | None = ""


def draft(folder: PathLike, out: PathLike | None = None, *, overwrite: bool = False) -> Draft:
    r"""Look at the files of a folder and write a recipe of what they can be.

    Each choice has its reason beside it, and what else it could have been; each was tried, so that
    the recipe can be built as it is.

    Args:
        folder: The folder of raw files.
        out: The YAML file to write; None: only returned.
        overwrite: Whether to replace it.

    Returns:
        The recipe, and what became of each file.

    Raises:
        InputError: If nothing in the folder can be the regions; with what was found.
        OutputExistsError: If ``out`` exists.

    Example:
        >>> import tempfile
        >>> raw = Path(tempfile.mkdtemp())
        >>> rows = [f"z{n},{n % 7},{n % 5}" for n in range(20)]
        >>> _ = (raw / "a.csv").write_text("zone,income,price\n" + "\n".join(rows))
        >>> _ = (raw / "b.csv").write_text("zone,jobs,rooms\n" + "\n".join(rows))
        >>> made = draft(raw)
        >>> made.files["a.csv"][0]
        '20 rows of 3 columns'
    """
    source = Path(folder)
    if not source.is_dir():
        raise InputError("there is no such folder", source=source)
    target = None if out is None else prepare_output(out, overwrite=overwrite)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # what they say stands in the account
        plan = Plan(look(source), identifier(source.resolve().name))
        chosen = choose_regions(plan, candidates(plan.look.sheets))
        if chosen:
            _place(plan)
    files = _files(plan)
    if not chosen:
        lines = [f"  {name}: {use}" for name, (_, use) in files.items()] or ["  nothing"]
        raise InputError(
            "\n".join(["no file can be the regions; it holds", *lines]),
            source=source,
            hint="add a file of polygons with an id, or tables that name the same ids",
        )
    made = Draft("\n".join(_text(plan, files)) + "\n", files, tables.trainable(plan))
    if target is not None:
        write_text(target, made.text)
    return made


def _place(plan: Plan) -> None:
    """Find out what every file says of the regions."""
    outlined = plan.context.regions.has_outlines
    tables.units(plan)
    rows.flows(plan)
    rows.visits(plan)
    if outlined:
        why = ["the regions have outlines: those that touch are tied"]
        plan.add(Entry("graphs", "neighbourhood", {"kind": "adjacency"}, why))
        rows.points(plan)
    tables.features_and_labels(plan)
    if outlined:
        rows.extracts(plan)
        rows.rasters(plan)
    tables.unit_labels(plan)
    tables.some_feature(plan)


def _why_not(plan: Plan, sheet: Sheet) -> str:
    """Why a table is in no part."""
    links = plan.links(sheet)
    if sheet.trouble:
        return sheet.trouble
    if not plan.entries:
        return f"{len(sheet.rows):,} rows; no column tells regions apart that other files name"
    if links and sheet.columns[links[0].column].texts.duplicated().any():
        once = "keep one row a region, or give pairs, or people and times"
        return f"{links[0].column} names regions in several rows each: {once}"
    if not sheet.coordinates and any(one.says(f"{LON} {LAT}") for one in sheet.columns.values()):
        return "its coordinates are not degrees, and no CRS is told: write it as GeoPackage"
    if sheet.shape == "polygons":
        return "outlines that no chosen table names: they could be other regions"
    if plan.regions is None:
        return "the ids of such regions no table can know"
    regions = f"{plan.regions.column.name} of {plan.regions.sheet.title}"
    return f"no column names {regions}; it has {listing(sheet.columns, limit=6)}"


def _files(plan: Plan) -> dict[str, tuple[str, str]]:
    """What each file is, and what becomes of it."""
    what = {sheet.title: sheet.summary() for sheet in plan.look.sheets}
    what |= dict.fromkeys(plan.look.extracts, "OpenStreetMap")
    what |= dict.fromkeys(plan.look.rasters, "raster")
    left = dict.fromkeys(what, "there are no outlines of regions to cut it to")
    left |= {sheet.title: _why_not(plan, sheet) for sheet in plan.look.sheets}
    left |= plan.look.left
    uses = {
        n: why if why.startswith("part of") else f"not placed: {why}" for n, why in left.items()
    }
    uses |= {name: "; ".join(where) for name, where in plan.placed.items()}
    return {name: (_line(what.get(name, "")), _line(uses[name])) for name in sorted(uses)}


def _text(plan: Plan, files: dict[str, tuple[str, str]]) -> Iterator[str]:
    yield f"# Drafted from the folder {_line(plan.look.folder.resolve().name)}. Comments say why."
    yield "# Files:"
    for name, (what, use) in files.items():
        yield f"#   {_line(name)}{f' ({what})' if what else ''}: {use}"
    yield from ("", f"name: {plan.name}")
    if any(str(entry.keys.get("kind")).startswith("osm_") for entry in plan.entries):
        yield f"licence: {_value(ATTRIBUTION)}  # add those of the other files"
    else:
        yield "# licence: under which terms may these files be used?"
    for section in SECTIONS:
        entries = plan.of(section)
        if entries and section != "regions":
            yield f"{section}:"
        for entry in entries:
            indent = "" if section == "regions" else "  "
            yield from (f"{indent}# {_line(text)}" for text in entry.why)
            lines = [*_keys(entry.keys), *(f"# {_line(text)}" for text in entry.others)]
            head = f"- {lines.pop(0)}" if section == "labels" else f"{entry.name or section}:"
            yield indent + head
            yield from (f"{indent}  {line}" for line in lines)


def _keys(values: dict[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if key == "tasks":
            yield "tasks:"
            yield from (f"  {line}" for line in _keys(value))
        else:
            yield f"{_value(key)}: {_value(value)}"


def _value(value: Any) -> str:
    """A value as YAML in one line; text in quotation marks where it could be read otherwise."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(k)}: {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    plain = not isinstance(value, str) or (value[:1].isalpha() and value.isprintable())
    how: Any = {"allow_unicode": plain, "default_style": None if plain else '"'}
    line: str = yaml.safe_dump([value], default_flow_style=True, width=math.inf, **how)
    return line.strip()[1:-1]


def _line(text: str) -> str:
    """Text in one line that ends no comment."""
    return "".join(one if one.isprintable() else "?" for one in " ".join(text.split()))
