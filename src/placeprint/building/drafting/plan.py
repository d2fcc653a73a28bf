"""A recipe in the making: its parts, each of which is tried before it is taken."""

from __future__ import annotations

import re
import tempfile
import unicodedata
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pydantic import ValidationError

from placeprint.building.drafting.joining import Candidate, Link
from placeprint.building.drafting.looking import LAT, LON, Look, Sheet, tokens
from placeprint.building.layer import BuildContext
from placeprint.building.layers.graphs import VisitGraph
from placeprint.building.recipe import Recipe
from placeprint.errors import InputError, MissingExtraError
from placeprint.mobility.covisits import Engine
from placeprint.sources import KnownRegions, locate_visits, visit_files

__all__ = ["Entry", "Plan", "identifier", "trainable"]

NEVER: Final = frozenset(
    "area flaeche flache superficie perimeter leng shape objectid fid unnamed longitude latitude "
    "lon lat lng postcode zip zipcode plz postal geom wkt".split()
)
ALONE: Final = LON | LAT | frozenset("year jahr annee index length km km2 sqkm m2 ha row".split())
CODES: Final = frozenset(
    "id ids code codes fips adcode admincode geoid gid uid nr no nuts ags".split()
)


@dataclass
class Entry:
    """A part of the recipe, with the reasons for it and what could stand there instead."""

    section: str
    name: str
    keys: dict[str, Any]
    why: list[str]
    others: list[str] = field(default_factory=list)
    files: tuple[str, ...] = ()


@dataclass
class Plan:
    """What goes into a recipe.

    Attributes:
        look: What the folder holds.
        entries: The parts, in order.
        left: For each file that went nowhere, why.
        name: What to call the study area.
        regions: The column of ids of the regions; None where they have none of their own.
        context: What parts are tried with, once there are regions.
        opened: What is read once for several parts.
        unit_columns: Tables and columns that are units.
        spare: Tables about regions, with the columns of numbers that are in no feature.
    """

    look: Look
    name: str
    entries: list[Entry] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    regions: Candidate | None = None
    context: BuildContext = field(init=False)
    opened: dict[Any, Any] = field(default_factory=dict)
    unit_columns: set[tuple[str, str]] = field(default_factory=set)
    spare: list[tuple[Sheet, Link, list[str]]] = field(default_factory=list)

    def content(self, *more: Entry) -> dict[str, Any]:
        """The recipe as a mapping."""
        content: dict[str, Any] = {"name": self.name}
        for entry in [*self.entries, *more]:
            if entry.section == "regions":
                content["regions"] = entry.keys
            elif entry.section == "labels":
                content.setdefault("labels", []).append(entry.keys)
            else:
                content.setdefault(entry.section, {})[entry.name] = entry.keys
        return content

    def trouble(self, entry: Entry) -> str:
        """Why a part would fail; empty if it can be built."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                recipe = Recipe.model_validate(self.content(entry))
                wrong = next(recipe.disagreements(), "")
                if wrong:
                    return wrong
                if entry.section == "regions":
                    nowhere = Path(tempfile.gettempdir()) / "placeprint-draft"
                    opened = self.opened
                    self.context = BuildContext(
                        recipe, self.look.folder, nowhere, Engine(), opened=opened
                    )
                    regions: Any = recipe.regions
                    self.context.regions = regions.read(self.context, "")
                    return ""
                self.context.recipe = recipe
                specs: dict[str, Any] = (
                    recipe.labels[-1].parts("")
                    if entry.section == "labels"
                    else getattr(recipe, entry.section)[entry.name].parts(entry.name)
                )
                for key, spec in specs.items():
                    spec.check(self.context)
                    if isinstance(spec, VisitGraph):
                        self._try_visits(spec)
                        continue
                    found = spec.read(self.context, key.partition("/")[2])
                    if entry.section == "labels" and "region" in entry.keys:
                        self._check_spread(found[0]["region_id"], recipe)
        except (InputError, MissingExtraError, ValidationError) as error:
            text = " ".join(str(error).replace(f"{self.look.folder}/", "").split())
            return text.removeprefix(f"{entry.keys.get('file')}: ")[:400]
        return ""

    def _check_spread(self, ids: pd.Series, recipe: Recipe) -> None:
        """Refuse labels that lie in one unit of a level: none could be held out."""
        for level, spec in recipe.units.items():
            units = spec.read(self.context, level)[0].set_index("region_id")["unit_id"]
            if units.reindex(ids).nunique() < 2:
                raise InputError(
                    f"its {len(ids):,} rows are all in one unit {level}, where blocked scores "
                    f"need two: leave out the units {level}, or evaluate with --splits random"
                )

    def _try_visits(self, spec: VisitGraph) -> None:
        places = KnownRegions(self.context.regions)
        with tempfile.TemporaryDirectory() as folder:
            files = visit_files(spec.inputs(), self.look.folder)
            locate_visits(files[:1], places, folder, spec.visit_columns())

    def add(self, entry: Entry, *files: str) -> str:
        """Add a part if it can be built; else why it cannot."""
        trouble = self.trouble(entry)
        if trouble and entry.section in {"graphs", "features", "units", "labels"}:
            strange = "regions that do not exist" in trouble or "has no identifier" in trouble
            if strange and "unknown" not in entry.keys:
                entry.keys["unknown"] = "drop"
                entry.why.append("rows without a region, or about unknown ones, are left out")
                trouble = self.trouble(entry)
        if not trouble:
            entry.files = files
            self.entries.append(entry)
        return trouble

    @property
    def placed(self) -> dict[str, list[str]]:
        """For each file, the parts that it is in."""
        found: dict[str, list[str]] = {}
        for entry in self.entries:
            where = entry.section if entry.section == "regions" else f"{entry.section} {entry.name}"
            for file in entry.files:
                found.setdefault(file, []).append(where)
        return found

    def free(self, section: str, wanted: str) -> str:
        """A name that nothing of a section has yet."""
        taken = {entry.name for entry in self.entries if entry.section == section}
        if section == "labels":
            taken = {t for e in self.entries if e.section == section for t in e.keys["tasks"]}
        if section == "features":
            taken |= {entry.name for entry in self.entries if entry.section == "entities"}
        base = identifier(wanted)
        numbered = (f"{base}_{number}" for number in range(2, 10_000))
        return next(name for name in [base, *numbered] if name not in taken)

    def links(self, sheet: Sheet) -> list[Link]:
        """The columns of a table that name regions, the best first."""
        if self.regions is None:
            return []
        if sheet is self.regions.sheet:
            return [Link(self.regions.column, len(self.regions.ids), len(self.regions.ids), 0)]
        found = [self.regions.link(sheet, column) for column in sheet.columns]
        kept = [link for link in found if link]
        return sorted(kept, key=lambda x: (x.column != self.regions.column, -x.named))  # type: ignore[union-attr]

    def because(self, links: list[Link]) -> list[str]:
        """Links in words."""
        assert self.regions is not None
        of, column = self.regions.sheet.title, self.regions.column
        return [f"{link.words(of, column)}" for link in links]

    def is_value(self, sheet: Sheet, name: str, least: int = 2) -> bool:
        """Whether a column of numbers tells something of what a row is about."""
        numbers = sheet.numbers(name)
        words = {*tokens(name)}
        if numbers is None or numbers.nunique() < least or words & NEVER:
            return False
        if {one for one in words if not one.isdigit()} <= ALONE and words:
            return False
        if (sheet.title, name) in self.unit_columns or self._is_key(sheet, name):
            return False
        return not (words & CODES and bool((numbers.dropna() % 1 == 0).all()))

    def _is_key(self, sheet: Sheet, name: str) -> bool:
        own = self.regions
        return own is not None and sheet is own.sheet and name == own.column

    def values(self, sheet: Sheet, key: str, least: int = 2) -> list[str]:
        """The columns of numbers that tell something of what a row is about."""
        return [n for n in sheet.columns if n != key and self.is_value(sheet, n, least)]

    def of(self, section: str) -> list[Entry]:
        """The parts of a section."""
        return [entry for entry in self.entries if entry.section == section]


def identifier(text: str) -> str:
    """A name that a layer may have.

    Example:
        >>> identifier("Straßen-Länge (km)"), identifier("2020")
        ('Strassen-Lange_km', 'of_2020')
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    name = re.sub(r"[^A-Za-z0-9-]+", "_", plain).strip("_-") or "layer"
    return name if name[0].isalpha() else f"of_{name}"


def trainable(plan: Plan) -> str:
    """The options that ``placeprint train`` needs for what was found."""
    graphs = [entry.name for entry in plan.entries if entry.section == "graphs"]
    features = [entry.name for entry in plan.entries if entry.section == "features"]
    entities = {entry.name for entry in plan.entries if entry.section == "entities"}
    points = {e.name for e in plan.entries if e.keys.get("kind") == "points"} & {"pois"}
    if "mobility" in graphs and features:
        return ""
    if plan.context.regions.has_outlines and (entities | points) & {"pois", "buildings"}:
        return " --model urbanmfm"
    if graphs and features:
        return f" --set graph.name={graphs[0]} --set anchor={graphs[0]}"
    if len(features) > 1:
        return f" --set graph=null --set anchor={features[0]}"
    return "?"
