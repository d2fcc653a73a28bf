"""The recipe of a folder as YAML with comments, and what was found in each file."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from placeprint.building.drafting.looking import look, summary
from placeprint.building.drafting.placing import licence, place
from placeprint.building.drafting.plan import Entry, Plan, identifier, trainable
from placeprint.errors import DataWarning, InputError
from placeprint.files import prepare_output, write_text
from placeprint.typing import PathLike

__all__ = ["Draft", "draft"]

PLAIN: Final = re.compile(r"[^\W\d][\w./-]*(?: [\w./-]+)*")
RESERVED: Final = frozenset("true false null yes no on off y n".split())
SECTIONS: Final = ("units", "graphs", "entities", "features", "labels")


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
        place(plan)
    files = _files(plan)
    if not plan.entries:
        lines = [f"  {name}: {use}" for name, (_, use) in files.items()]
        raise InputError(
            "\n".join(["no file can be the regions; it holds", *(lines or ["  nothing"])]),
            source=source,
            hint="add a file of polygons with an id, or tables that name the same ids",
        )
    train = trainable(plan)
    made = Draft("\n".join(_text(plan, files)) + "\n", files, None if train == "?" else train)
    if target is not None:
        write_text(target, made.text)
    return made


def _files(plan: Plan) -> dict[str, tuple[str, str]]:
    """What each file is, and what becomes of it."""
    what = {sheet.title: summary(sheet) for sheet in plan.look.sheets}
    what |= dict.fromkeys(plan.look.extracts, "OpenStreetMap")
    what |= dict.fromkeys(plan.look.rasters, "raster")
    uses = {
        name: _line(why) if why.startswith("part of") else f"not placed: {_line(why)}"
        for name, why in plan.left.items()
    }
    uses |= {name: "; ".join(where) for name, where in plan.placed.items()}
    return {name: (_line(what.get(name, "")), use) for name, use in sorted(uses.items())}


def _text(plan: Plan, files: dict[str, tuple[str, str]]) -> Iterator[str]:
    yield f"# Drafted from the folder {_line(plan.look.folder.resolve().name)}. Comments say why."
    yield "# Files:"
    for name, (what, use) in files.items():
        yield f"#   {_line(name)}{f' ({what})' if what else ''}: {use}"
    yield ""
    yield f"name: {plan.name}"
    if licence(plan):
        yield f"licence: {_value(licence(plan))}  # add those of the other files"
    else:
        yield "# licence: under which terms may these files be used?"
    for entry in plan.entries:
        if entry.section == "regions":
            yield from _comments(entry.why, "")
            yield "regions:"
            yield from _keys(entry.keys, "  ")
            yield from _comments(entry.others, "  ")
    for section in SECTIONS:
        entries = [entry for entry in plan.entries if entry.section == section]
        if entries:
            yield f"{section}:"
        for entry in entries:
            yield from _labels(entry) if section == "labels" else _named(entry)


def _named(entry: Entry) -> Iterator[str]:
    yield from _comments(entry.why, "  ")
    yield f"  {_value(entry.name)}:"
    yield from _keys(entry.keys, "    ")
    yield from _comments(entry.others, "    ")


def _labels(entry: Entry) -> Iterator[str]:
    yield from _comments(entry.why, "  ")
    keys = [*_keys({k: v for k, v in entry.keys.items() if k != "tasks"}, "    ")]
    yield f"  - {keys[0].strip()}"
    yield from keys[1:]
    yield "    tasks:"
    for name, task in entry.keys["tasks"].items():
        yield f"      {_value(name)}: {_value(task)}"
    yield from _comments(entry.others, "    ")


def _comments(lines: list[str], indent: str) -> Iterator[str]:
    for line in lines:
        yield f"{indent}# {_line(line)}"


def _keys(values: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in values.items():
        yield f"{indent}{key}: {_value(value)}"


def _value(value: Any) -> str:
    """A value as YAML in one line; text in quotation marks where it could be read otherwise."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(k)}: {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and value.lower() not in RESERVED
        quoted = json.dumps(value, ensure_ascii=False)
        return value if plain else "".join(map(_escaped, quoted))
    return json.dumps(value)


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"


def _line(text: str) -> str:
    """Text in one line that ends no comment."""
    joined = " ".join(text.split())
    return "".join(one if one.isprintable() else "?" for one in joined)
