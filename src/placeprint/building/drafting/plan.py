"""A recipe in the making: its parts, each of which is tried before it is taken; the regions."""

from __future__ import annotations

import re
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd
import shapely
from pydantic import ValidationError

from placeprint.building.drafting.joining import Candidate, Link
from placeprint.building.drafting.looking import LAT, LON, Column, Look, Sheet, unaccented
from placeprint.building.layer import BuildContext
from placeprint.building.layers.graphs import VisitGraph
from placeprint.building.recipe import Recipe
from placeprint.errors import InputError, MissingExtraError, optional_import
from placeprint.mobility.covisits import Engine
from placeprint.sources import KnownRegions, centroids_of_cells, locate_visits, visit_files
from placeprint.sources.ids import h3_spelt

__all__ = ["NAMES", "Entry", "Plan", "choose_regions", "identifier"]

NAMES: Final = "name nom nombre nome title titel bezeichnung label libelle namn"
NEVER: Final = """area flaeche flache superficie perimeter leng shape objectid fid unnamed
longitude latitude lon lat lng postcode zip zipcode plz postal geom wkt"""
ALONE: Final = f"{LON} {LAT} year jahr annee index length km km2 sqkm m2 ha row"
CODES: Final = "id ids code codes fips adcode admincode geoid gid uid nr no nuts ags"


@dataclass
class Entry:
    """A part of the recipe, with the reasons for it and what could stand there instead."""

    section: str
    name: str
    keys: dict[str, Any]
    why: list[str]
    others: list[str] = field(default_factory=list)
    files: tuple[str, ...] = ()


# What can be said of a part so that it is read all the same: by a word of what is wrong.
MENDS: Final = {
    "regions that do not exist": ("unknown", "drop", "rows about unknown regions are left out"),
    "has no identifier": ("unknown", "drop", "rows without a region are left out"),
    "overlap": ("overlaps", "warn", "overlaps are told and not refused"),
    "inside others": ("overlaps", "warn", "what lies in others is told and not refused"),
}


@dataclass
class Plan:
    """What goes into a recipe.

    Attributes:
        look: What the folder holds.
        name: What to call the study area.
        entries: The parts, in order.
        regions: The column of ids of the regions; None where they have none of their own.
        units: The columns that are units, and those that say the same.
        opened: What is read once for several parts.
        context: What parts are tried with, once there are regions.
    """

    look: Look
    name: str
    entries: list[Entry] = field(default_factory=list)
    regions: Candidate | None = None
    units: list[Column] = field(default_factory=list)
    opened: dict[Any, Any] = field(default_factory=dict)
    context: BuildContext = field(init=False)

    def of(self, section: str) -> list[Entry]:
        """The parts of a section."""
        return [entry for entry in self.entries if entry.section == section]

    @property
    def placed(self) -> dict[str, list[str]]:
        """For each file, the parts that it is in."""
        found: dict[str, list[str]] = {}
        for entry in self.entries:
            for file in entry.files:
                found.setdefault(file, []).append(f"{entry.section} {entry.name}".strip())
        return found

    def add(self, entry: Entry, *files: str) -> bool:
        """Add a part if it can be built; else note why it cannot."""
        trouble, kept = self.trouble(entry), entry.keys
        for key, value, why in [mend for word, mend in MENDS.items() if word in trouble][:1]:
            entry.keys, told = {**kept, key: value}, f"{why}: {trouble[:160]}"
            trouble = self.trouble(entry) and trouble
            entry.why += [] if trouble else [told]
        if trouble:
            entry.keys = kept
            self.look.left |= dict.fromkeys(files, trouble)
            return False
        entry.files = files
        self.entries.append(entry)
        return True

    def trouble(self, entry: Entry) -> str:
        """Why a part would fail, in the words of the layer; empty if it can be built."""
        content: dict[str, Any] = {"name": self.name}
        for one in [*self.entries, entry]:
            if one.section == "regions":
                content["regions"] = one.keys
            elif one.section == "labels":
                content.setdefault("labels", []).append(one.keys)
            else:
                content.setdefault(one.section, {})[one.name] = one.keys
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                recipe = Recipe.model_validate(content)
                for wrong in recipe.disagreements():
                    return wrong
                self._read(entry, recipe)
        except (InputError, MissingExtraError, ValidationError) as error:
            text = " ".join(str(error).replace(f"{self.look.folder}/", "").split())
            return text.removeprefix(f"{entry.keys.get('file')}: ")[:400]
        return ""

    def _read(self, entry: Entry, recipe: Recipe) -> None:
        """Read a part as it is read when the recipe is built."""
        if entry.section == "regions":
            folders = self.look.folder, Path(tempfile.gettempdir()) / "placeprint-draft"
            self.context = BuildContext(recipe, *folders, Engine(), opened=self.opened)
            self.context.regions = recipe.regions.read(self.context, "")
            return
        self.context.recipe = recipe
        labels = entry.section == "labels"
        spec = recipe.labels[-1] if labels else getattr(recipe, entry.section)[entry.name]
        for key, part in spec.parts("" if labels else entry.name).items():
            part.check(self.context)
            if isinstance(part, VisitGraph):  # all of it would take too long
                files = visit_files(part.inputs(), self.look.folder)[:1]
                with tempfile.TemporaryDirectory() as folder:
                    places = KnownRegions(self.context.regions)
                    locate_visits(files, places, folder, part.visit_columns())
                continue
            found = part.read(self.context, key.partition("/")[2])
            if labels and "region" in entry.keys:
                self._check_spread(found[0]["region_id"], recipe)

    def _check_spread(self, ids: pd.Series, recipe: Recipe) -> None:
        """Refuse labels that lie in one unit of a level: none could be held out."""
        for level, spec in recipe.units.items():
            units = spec.read(self.context, level)[0].set_index("region_id")["unit_id"]
            if units.reindex(ids).nunique() < 2:
                hint = f"leave out the units {level}, or evaluate with --splits random"
                raise InputError(f"blocked scores need two units {level}, but it has one: {hint}")

    def free(self, section: str, wanted: str, *others: str) -> str:
        """A name that nothing of a section has yet."""
        alike = {section, "entities"} if section == "features" else {section}
        parts = [entry for entry in self.entries if entry.section in alike]
        taken = {n for e in parts for n in (e.name, *e.keys.get("tasks", ()))} | {*others}
        base = identifier(wanted)
        numbered = (f"{base}_{number}" for number in range(2, 10_000))
        return next(name for name in [base, *numbered] if name not in taken)

    def links(self, sheet: Sheet) -> list[Link]:
        """The columns of a table that name regions, the best first; a header has no name."""
        return self.regions.links[sheet.title] if self.regions else []

    def values(self, sheet: Sheet, key: str = "", least: int = 2) -> list[str]:
        """The columns of numbers that tell something of what a row is about."""
        own = self.regions.column if self.regions else None
        found = []
        for name, column in sheet.columns.items():
            words = {word for word in column.words if not word.isdigit()}
            size = column.words and words.issubset(ALONE.split())
            code = column.says(NEVER) or (column.says(CODES) and column.whole) or size
            free = name != key and column not in (own, *self.units) and not code
            if free and column.numbers is not None and column.numbers.nunique() >= least:
                found.append(name)
        return found


def identifier(text: str) -> str:
    """A name that a layer may have.

    Example:
        >>> identifier("Straßen-Länge (km)"), identifier("2020")
        ('Strassen-Lange_km', 'of_2020')
    """
    name = re.sub(r"[^A-Za-z0-9-]+", "_", unaccented(text)).strip("_-") or "layer"
    return name if name[0].isalpha() else f"of_{name}"


def choose_regions(plan: Plan, options: list[Candidate]) -> bool:
    """Take what joins most files as the regions; whether anything could be taken."""
    extracts = plan.look.extracts
    telling = [one for one in options if plan.values(one.sheet, one.column.name)]
    outlined = [one for one in options if one.kind == "polygons"]
    if extracts:  # outlines that nothing names are worth more than blocks if they tell of more
        outlined = [one for one in telling if one in outlined and len(one.ids) > 10]
        outlined = [one for one in outlined if _shows(plan, extracts[0], one.sheet)]
    cells = [one for one in options if one.cells]
    lists = [] if extracts else [one for one in telling if one.kind != "polygons"]
    joined = [one for one in options if one.best]
    order = [*dict.fromkeys([*joined, *outlined, *cells, *lists])]
    for one in order:
        if (one.cells and _take_cells(plan, one)) or _take(plan, one, order):
            plan.regions = one
            return True
    return any(_take_blocks(plan, name) for name in extracts)


def _take(plan: Plan, one: Candidate, order: list[Candidate]) -> bool:
    sheet, column = one.sheet, one.column.name
    keys: dict[str, Any] = {"kind": one.kind, "file": sheet.file, **sheet.keys, "region": column}
    why = [f"{title}: {link.words}" for title, link in one.best.items()]
    why = why or [f"{column} is different in each of the {len(one.ids):,} rows"]
    if one.kind == "points":
        keys |= {} if sheet.shape else dict(zip(("lon", "lat"), sheet.coordinates, strict=True))
        why.append("only the centres are known: there is no neighbourhood graph")
    if one.kind == "table":
        more = "add a file of their outlines for maps, neighbours and blocked scores"
        why.append(f"nothing tells where the regions are: {more}")
    named = [c for c in sheet.columns.values() if c.worded and c is not one.column]
    named = [c for c in named if c.count >= (0.5 if c.says(NAMES) else 0.8) * c.texts.count()]
    named = [c for c in named if c.texts.str.contains(r"[^\W\d_]{2}").mean() > 0.5]
    named.sort(key=lambda column: not column.says(NAMES))
    if named:
        keys["name"] = named[0].name
        why.append(f"column {named[0].name} tells them apart for people")
    alike = [c for c in order if c.sheet is sheet and c is not one and c.best]
    others = [f"or region: {c.column.name} ({len(c.best)} files name it)" for c in alike]
    others += [f"or name: {c.name}" for c in named[1:4]]
    flags = sheet.rows.select_dtypes("bool").sum()
    others += [f"or where: {{{n}: true}}, which keeps {k:,} regions" for n, k in flags.items()]
    maps = {c.sheet.title: c for c in order if c.sheet is not sheet and c.kind == "polygons"}
    others += [f"or polygons of {t}, region: {c.column.name}" for t, c in [*maps.items()][:3]]
    return plan.add(Entry("regions", "", keys, why, others), sheet.title)


def _take_cells(plan: Plan, cells: Candidate) -> bool:
    """Take H3 cells within an outline that holds most of those that tables name."""
    import h3.api.basic_str as h3

    spelt = h3_spelt(cells.ids)
    resolution = h3.get_resolution(spelt[0])
    centres = centroids_of_cells(spelt)
    for sheet in plan.look.sheets:
        if sheet.places is None or sheet.shape != "polygons" or sheet is cells.sheet:
            continue
        outline = sheet.places.union_all()
        inside = int(shapely.intersects_xy(outline, centres["lon"], centres["lat"]).sum())
        keys = {"kind": "h3", "resolution": resolution, "cover": sheet.file, **sheet.keys}
        why = [
            f"{cells.column.name} of {cells.sheet.title} holds H3 cells, resolution {resolution}",
            f"{inside:,} of {len(centres):,} of them lie within {sheet.title}",
        ]
        if inside >= 0.9 * len(centres) and plan.add(Entry("regions", "", keys, why), sheet.title):
            return True
    return False


def _take_blocks(plan: Plan, name: str) -> bool:
    """Take the blocks of an extract, within the one outline that it shows if there is one."""
    why = ["no table tells of regions: blocks between the roads of the extract are taken"]
    others = [f"or file: {other}" for other in plan.look.extracts if other != name]
    if others:
        why.append("it is the largest of the extracts")
    for sheet in plan.look.sheets:
        if sheet.shape == "polygons" and len(sheet.rows) == 1 and _shows(plan, name, sheet):
            keys = {"kind": "blocks", "file": name, "within": sheet.file, **sheet.keys}
            told = [*why, f"{sheet.title} is one outline, most of which it shows"]
            if plan.add(Entry("regions", "", keys, told, others), name, sheet.title):
                return True
    return plan.add(Entry("regions", "", {"kind": "blocks", "file": name}, why, others), name)


def _shows(plan: Plan, extract: str, sheet: Sheet) -> bool:
    """Whether an extract shows most of some polygons, by what it tells of itself."""
    osmium: Any = optional_import("osmium", "osm")
    box = osmium.io.Reader(str(plan.look.folder / extract)).header().box()
    if not box.valid() or sheet.places is None:
        return True
    low, high = box.bottom_left, box.top_right
    shown = shapely.box(low.lon, low.lat, high.lon, high.lat)
    return bool(sheet.places.representative_point().intersects(shown).mean() > 0.5)
