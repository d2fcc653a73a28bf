"""What each table of a folder can be in the recipe of a study area; each choice is tried."""

from __future__ import annotations

import re
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd
import shapely
from pydantic import ValidationError

from placeprint.building.drafting.joining import Candidate, Link, candidates
from placeprint.building.drafting.looking import LAT, LON, Look, Sheet, tokens
from placeprint.building.layer import BuildContext
from placeprint.building.layers.graphs import VisitGraph
from placeprint.building.layers.labels import tag_values, typed
from placeprint.building.recipe import Recipe
from placeprint.errors import InputError, MissingExtraError, listing, optional_import
from placeprint.mobility.covisits import Engine
from placeprint.sources import KnownRegions, centroids_of_cells, locate_visits, visit_files
from placeprint.sources.ids import h3_spelt
from placeprint.sources.osm import ATTRIBUTION

__all__ = ["Entry", "Plan"]

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
NAMES: Final = frozenset("name nom nombre nome title titel bezeichnung label libelle namn".split())
UNITS: Final = frozenset(
    "province provincia state bundesland land county kreis district distrito bezirk borough city "
    "stadt region departement prefecture ward municipality gemeinde canton kanton fips admincode "
    "adcode code unit country ort abbr nuts".split()
)
PEOPLE: Final = frozenset(
    "user person people device uid id agent nutzer usuario utilisateur client customer caid imei "
    "phone card subscriber member traveller visitor maid hash who".split()
)
FROM: Final = frozenset(
    "origin orig origen origine origem o from source start pu von desde quelle "
    "home i depart departure".split()
)
TO: Final = frozenset(
    "destination destino dest d to target end do nach hasta ziel work j arrivee arrival".split()
)
WEIGHTS: Final = frozenset(
    "weight trips trip flow flows count counts volume people persons commuters total anzahl n value "
    "fahrten viajes trajets pendler effectif gewicht number".split()
)
SPANS: Final = frozenset(
    "distance dist duration time hour month year week day date km minutes "
    "jahr monat stunde tag datum annee mois jour heure lon lat pattern".split()
)
NEVER: Final = frozenset(
    "area flaeche flache superficie perimeter leng shape objectid fid unnamed longitude latitude lon "
    "lat lng postcode zip zipcode plz postal geom wkt".split()
)
ALONE: Final = LON | LAT | frozenset("year jahr annee index length km km2 sqkm m2 ha row".split())
CODES: Final = frozenset(
    "id ids code codes fips adcode admincode geoid gid uid nr no nuts ags".split()
)
PARTS: Final = 4
CLASS_SIZE: Final = 12


@dataclass
class Entry:
    """A part of the recipe, with the reasons for it and what could stand there instead."""

    section: str
    name: str
    values: dict[str, Any]
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
    """

    look: Look
    name: str
    entries: list[Entry] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    regions: Candidate | None = None
    covered: bool = False
    unit_columns: set[tuple[str, str]] = field(default_factory=set)
    spare: list[tuple[Sheet, Link, list[str]]] = field(default_factory=list)

    # Trying

    def content(self, *more: Entry) -> dict[str, Any]:
        """The recipe as a mapping."""
        content: dict[str, Any] = {"name": self.name}
        for entry in [*self.entries, *more]:
            if entry.section == "regions":
                content["regions"] = entry.values
            elif entry.section == "labels":
                content.setdefault("labels", []).append(entry.values)
            else:
                content.setdefault(entry.section, {})[entry.name] = entry.values
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
                self.context.recipe = recipe
                if entry.section == "regions":
                    self.context.regions = recipe.regions.read(self.context, "")
                    return ""
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
                    if entry.section == "labels" and "region" in entry.values:
                        self._check_spread(found[0]["region_id"], recipe)
        except (InputError, MissingExtraError, ValidationError) as error:
            text = " ".join(str(error).replace(f"{self.look.folder}/", "").split())
            return text.removeprefix(f"{entry.values.get('file')}: ")[:400]
        return ""

    def _check_spread(self, ids: pd.Series, recipe: Recipe) -> None:
        """Refuse labels that lie in one unit of a level: none could be held out."""
        for level, spec in recipe.units.items():
            units = spec.units(self.context)[0].set_index("region_id")["unit_id"]
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
            if strange and "unknown" not in entry.values:
                entry.values["unknown"] = "drop"
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
            taken = {t for e in self.entries if e.section == section for t in e.values["tasks"]}
        if section == "features":
            taken |= {entry.name for entry in self.entries if entry.section == "entities"}
        base = identifier(wanted)
        numbered = (f"{base}_{number}" for number in range(2, 10_000))
        return next(name for name in [base, *numbered] if name not in taken)

    # Regions

    def place(self) -> None:
        """Find the regions, and what every file says of them."""
        empty = Recipe.model_construct(name=self.name)
        scratch = Path(tempfile.gettempdir()) / "placeprint-draft"
        self.context = BuildContext(empty, self.look.folder, scratch, Engine())
        self.left |= self.look.left
        options = candidates(self.look.sheets)
        if not self._choose_regions(options):
            for sheet in self.look.sheets:
                self.left.setdefault(sheet.title, _nothing(sheet))
            for name in [*self.look.rasters, *self.look.extracts]:
                self.left.setdefault(name, "there are no regions to cut it to")
            return
        self._units()
        self._flows_and_visits()
        if self.context.regions.has_outlines:
            why = ["the regions have outlines: those that touch are tied"]
            self.add(Entry("graphs", "neighbourhood", {"kind": "adjacency"}, why))
        self._points()
        self._tables()
        self._extracts()
        self._rasters()
        self._unit_labels()
        self._some_feature()
        self._some_label()
        for sheet in self.look.sheets:
            if sheet.title not in self.placed:
                self.left.setdefault(sheet.title, self._why_not(sheet))

    def _choose_regions(self, options: list[Candidate]) -> bool:
        joined = [one for one in options if one.links]
        outlined = [one for one in options if one.kind == "polygons" and not one.links]
        extracts = self.look.extracts
        if extracts:  # outlines that nothing names are worth more than blocks if they tell of more
            outlined = [
                one
                for one in outlined
                if len(one.ids) > 10 and self._values(one.sheet, one.column) and self._shown(one)
            ]
        cells = [one for one in options if one.kind != "polygons" and one.cells]
        lists = [one for one in options if one.kind == "points" or _few_points(one)]
        lists = [one for one in lists if self._values(one.sheet, one.column)]
        order = [*dict.fromkeys([*joined, *outlined, *cells, *([] if extracts else lists)])]
        for one in order:
            alike = [c for c in order if c.sheet is one.sheet and c is not one and c.links]
            others = [c for c in order if c.sheet is not one.sheet and c.kind == "polygons"]
            if self._take(one, alike, list({c.sheet.title: c for c in others}.values())[:3]):
                return True
        return any(self._take_blocks(name) for name in extracts)

    def _shown(self, one: Candidate) -> bool:
        """Whether an extract shows most of some polygons."""
        box = _box(self.look.folder / self.look.extracts[0])
        assert one.sheet.places is not None
        centres = one.sheet.places.representative_point()
        return box is None or bool(shapely.intersects(centres.to_numpy(), box).mean() > 0.5)

    def _take(self, one: Candidate, alike: list[Candidate], others: list[Candidate]) -> bool:
        sheet = one.sheet
        if one.cells and one.kind != "polygons" and self._take_cells(one):
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
        trouble = self.add(entry, sheet.title)
        if "overlap" in trouble or "inside others" in trouble:
            entry.values["overlaps"] = "warn"
            why.append(f"overlaps are told and not refused: {trouble[:160]}")
            trouble = self.add(entry, sheet.title)
        if trouble:
            self.left[sheet.title] = trouble
            return False
        self.regions = one
        return True

    def _take_cells(self, cells: Candidate) -> bool:
        """Take H3 cells within an outline that holds most of those that tables name."""
        import h3.api.basic_str as h3

        spelt = h3_spelt(cells.ids)
        resolution = h3.get_resolution(spelt[0])
        centres = centroids_of_cells(spelt)
        for sheet in self.look.sheets:
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
            if not self.add(Entry("regions", "", values, why), sheet.title):
                self.regions = cells
                self.covered = True
                return True
        return False

    def _take_blocks(self, name: str) -> bool:
        values = {"kind": "blocks", "file": name}
        why = ["no table tells of regions: blocks between the roads of the extract are taken"]
        others = [
            f"or file: {other}, another extract" for other in self.look.extracts if other != name
        ]
        if others:
            why.append("it is the largest of the extracts")
        for sheet in self.look.sheets:
            if sheet.shape == "polygons" and len(sheet.rows) == 1 and self._within(sheet, name):
                entry = Entry(
                    "regions", "", {**values, "within": sheet.file, **sheet.keys}, why, others
                )
                entry.why = [*why, f"{sheet.title} is one outline, most of which it shows"]
                if not self.add(entry, name, sheet.title):
                    return True
        trouble = self.add(Entry("regions", "", values, why, others), name)
        if trouble:
            self.left[name] = trouble
        return not trouble

    def _within(self, sheet: Sheet, name: str) -> bool:
        box = _box(self.look.folder / name)
        assert sheet.places is not None
        outline = sheet.places.iloc[0]
        return box is not None and outline.intersection(box).area > 0.5 * outline.area

    # Tables of pairs and of people

    def _links(self, sheet: Sheet) -> list[Link]:
        """The columns of a table that name regions, the best first."""
        if self.regions is None:
            return []
        if sheet is self.regions.sheet:
            return [Link(self.regions.column, len(self.regions.ids), len(self.regions.ids), 0)]
        found = [self.regions.link(sheet, column) for column in sheet.columns]
        kept = [link for link in found if link]
        return sorted(kept, key=lambda x: (x.column != self.regions.column, -x.named))  # type: ignore[union-attr]

    def _because(self, links: list[Link]) -> list[str]:
        assert self.regions is not None
        of, column = self.regions.sheet.title, self.regions.column
        return [f"{link.words(of, column)}" for link in links]

    def _flows_and_visits(self) -> None:
        flows = [one for sheet in self.look.sheets if (one := self._flow(sheet))]
        flows += [one for sheet in self.look.sheets if (one := self._matrix(sheet))]
        flows.sort(key=lambda one: (one[0], one[1].values["file"]))
        for rank, entry, title in flows:
            mobile = not rank[0]
            taken = {one.name for one in self.entries}
            entry.name = "mobility" if mobile and "mobility" not in taken else entry.name
            entry.name = self.free("graphs", entry.name)
            trouble = self.add(entry, title)
            if trouble:
                self.left[title] = trouble
        self._visits()

    def _flow(self, sheet: Sheet) -> tuple[Any, Entry, str] | None:
        links = [x for x in self._links(sheet) if sheet.texts(x.column).duplicated().any()]
        if len(links) < 2 or sheet.coordinates() and _person(sheet, [x.column for x in links]):
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
        numbers = [n for n in sheet.columns if n not in ends and self._is_weight(sheet, n)]
        numbers.sort(key=lambda name: not {*tokens(name)} & WEIGHTS)
        values["weight"] = numbers[0] if numbers else None
        why = self._because([origin, target])
        others = [f"or weight: {name}" for name in numbers[1:]]
        if numbers and sheet.rows[ends].duplicated().any():
            others.append("or weight: null, where each row counts one")
        if not numbers:
            why.append("no column of sizes was found: each row counts one")
        self._split(sheet, ends, values, why, others)
        if origin.unknown or target.unknown:
            why.append("rows about ids that are no regions are left out (unknown: drop)")
            values["unknown"] = "drop"
        near = re.search("neigh|adjac|contig|nachbar|voisin|border", sheet.stem.lower())
        hinted = re.search(
            "flow|mobil|trip|commut|od|pendl|fahrt|traj|viaj|flux", sheet.stem.lower()
        )
        rank = (bool(near) and not numbers, not numbers, not hinted, "time" in values)
        return rank, Entry("graphs", sheet.stem, values, why, others), sheet.title

    def _is_weight(self, sheet: Sheet, name: str) -> bool:
        numbers = sheet.numbers(name)
        words = {*tokens(name)}
        if numbers is None or numbers.isna().any() or (numbers < 0).any():
            return False
        if words & WEIGHTS:
            return True
        return not words & (SPANS | {"id", "code", "fips"}) and numbers.nunique() > 1

    def _split(
        self,
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

    def _matrix(self, sheet: Sheet) -> tuple[Any, Entry, str] | None:
        if self.regions is None or sheet is self.regions.sheet:
            return None
        header = self.regions.header(sheet)
        links = [x for x in self._links(sheet) if not sheet.texts(x.column).duplicated().any()]
        if header is None:
            return None
        first = sheet.columns[0]
        if not links and self.regions.header(sheet):
            return None
        origin = next((x for x in links if x.column == first), links[0])
        values: dict[str, Any] = {"kind": "matrix", "file": sheet.file, **sheet.keys}
        values["origin"] = origin.column
        why = self._because([origin, header])
        ids = {*self.regions.ids}
        extra = [n for n in sheet.columns if n != origin.column and n not in ids]
        if header.unknown and header.named == len(ids & {*sheet.columns}):
            values["destinations"] = [n for n in sheet.columns if n in ids and n != origin.column]
            why.append(f"columns that are no regions are left out: {listing(extra, limit=5)}")
        if origin.unknown:
            values["unknown"] = "drop"
            why.append(f"{origin.unknown} rows about ids that are no regions are left out")
        return (False, False, False, False), Entry("graphs", sheet.stem, values, why), sheet.title

    def _visits(self) -> None:
        groups: dict[Any, list[Sheet]] = {}
        for sheet in self.look.sheets:
            if (
                sheet.title in self.placed
                or sheet.keys
                or not sheet.table.kind in {"text", "parquet"}
            ):
                continue
            groups.setdefault((tuple(sheet.columns), Path(sheet.file).suffix), []).append(sheet)
        for sheets in groups.values():
            self._visits_of(sheets)

    def _visits_of(self, sheets: list[Sheet]) -> None:
        sheet = sheets[0]
        times = [name for name in sheet.columns if sheet.is_time(name)]
        places, links = sheet.coordinates(), self._links(sheet)
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
            why += self._because(links[:1])
        others = [f"or user: {name}" for name in people[1:3]] + [f"or time: {t}" for t in times[1:]]
        others.append("before it is shared: min_users: 5, or epsilon with most_regions, most_weeks")
        taken = any(entry.name == "mobility" for entry in self.entries)
        name = self.free("graphs", "visits" if taken else "mobility")
        trouble = self.add(Entry("graphs", name, values, why, others), *(s.title for s in sheets))
        if trouble:
            self.left |= dict.fromkeys((one.title for one in sheets), trouble)

    # Points

    def _points(self) -> None:
        if not self.context.regions.has_outlines:
            return
        for sheet in sorted(self.look.sheets, key=lambda one: -len(one.rows)):
            own = self.regions is not None and sheet is self.regions.sheet
            if (
                sheet.title in self.placed
                or own
                or not (sheet.shape == "points" or sheet.coordinates())
            ):
                continue
            if sheet.shape == "polygons" or sheet.title in self.left:
                continue
            trouble = self._points_of(sheet)
            if trouble:
                self.left[sheet.title] = trouble

    def _points_of(self, sheet: Sheet) -> str:
        pair = None if sheet.shape == "points" else sheet.coordinates()
        names = [n for n in sheet.columns if sheet.words(n) and n not in (pair or ())]
        linked = [link.column for link in self._links(sheet)]
        names = [n for n in names if n not in linked]
        distinct = {n: sheet.texts(n).nunique() for n in names}
        kinds = [n for n in names if 2 <= distinct[n] <= min(1000, max(2, len(sheet.rows) / 2))]
        kinds.sort(key=lambda n: not {*tokens(n)} & CLASSES)
        titles = [n for n in names if n not in kinds[:1] and distinct[n] > len(sheet.rows) / 3]
        titles.sort(key=lambda n: not {*tokens(n)} & NAMES)
        called = next((n for n in titles if {*tokens(n)} & NAMES), None)
        numbers = [n for n in sheet.columns if self._is_value(sheet, n) and n not in linked]
        coordinates: dict[str, Any] = {"lon": pair[0], "lat": pair[1]} if pair else {}
        if pair and sheet.shape != "points" and sheet.places is not None:
            return "it holds shapes that are neither points nor polygons"
        values: dict[str, Any] = {"kind": "points", "file": sheet.file, **sheet.keys}
        base = {"file": sheet.file, **sheet.keys}
        where = "point geometries" if not pair else f"degrees in {pair[0]} and {pair[1]}"
        if kinds:
            values |= {"name": called, "category": kinds[0], **coordinates, "encoder": "counts"}
            kind = f"{kinds[0]} has {distinct[kinds[0]]:,} values in {len(sheet.rows):,} rows"
            why = [where, kind]
            others = [f"or category: {n}  ({distinct[n]:,} values)" for n in kinds[1:4]]
            others.append("or encoder: static, which reads the words (English) instead of counting")
            others += [
                f"{n} could be labels at points (lon, lat under labels)" for n in numbers[:3]
            ]
            entry = Entry("features", self.free("features", "pois"), values, why, others)
            trouble = self._either_way(entry, sheet)
            if trouble and entry.name != "pois":
                return trouble
            return trouble
        if not numbers:
            return "its points have neither a column of categories nor numbers"
        columns = coordinates or {"lon": "lon", "lat": "lat"}
        tasks = {}
        for n in numbers:
            tasks[self.free("labels", n)] = {"column": n}
        why = [where, "no text tells what each point is: its numbers are labels at points"]
        return self._either_way(
            Entry("labels", sheet.stem, {**base, **columns, "tasks": tasks}, why), sheet
        )

    def _either_way(self, entry: Entry, sheet: Sheet) -> str:
        """Add points; with longitude and latitude swapped if they lie in the regions then."""
        trouble = self.add(entry, sheet.title)
        if "swapped" in trouble and "lon" in entry.values:
            lon, lat = entry.values["lon"], entry.values["lat"]
            entry.values |= {"lon": lat, "lat": lon}
            entry.why.append(f"{lat} is the longitude: only so do the points lie in the regions")
            trouble = self.add(entry, sheet.title)
        return trouble

    # Tables about regions

    def _rows_about(self, sheet: Sheet) -> Link | None:
        """The column by which a table has one row a region."""
        for link in self._links(sheet):
            ids = sheet.texts(link.column).dropna()
            if ids.is_unique and sheet.whole:
                return link
        return None

    def _about(self) -> Iterator[tuple[Sheet, Link]]:
        for sheet in self.look.sheets:
            own = self.regions is not None and sheet is self.regions.sheet
            if (own or sheet.title not in self.placed) and (link := self._rows_about(sheet)):
                yield sheet, link

    def _is_value(self, sheet: Sheet, name: str, least: int = 2) -> bool:
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

    def _values(self, sheet: Sheet, key: str, least: int = 2) -> list[str]:
        return [n for n in sheet.columns if n != key and self._is_value(sheet, n, least)]

    def _units(self) -> None:
        count = len(self.context.regions)
        for sheet, link in self._about():
            own = self.regions is not None and sheet is self.regions.sheet
            labelled = LABELS.search(sheet.stem.lower())
            found = []
            for name in sheet.columns if not labelled else []:
                distinct = sheet.texts(name).nunique()
                if name == link.column or not 3 <= distinct <= count / 3:
                    continue
                if {*tokens(name)} & CLASSES or name in (sheet.coordinates() or ()):
                    continue
                told = {*tokens(name)} & UNITS
                if (sheet.words(name) and (own or told)) or (told and self._whole(sheet, name)):
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
                entry = Entry("units", self.free("units", name), values, why, others)
                if not self.add(entry, sheet.title):
                    self.unit_columns |= {(sheet.title, one) for one in (name, *twin)}

    def _whole(self, sheet: Sheet, name: str) -> bool:
        numbers = sheet.numbers(name)
        return numbers is not None and bool((numbers.dropna() % 1 == 0).all())

    def _tables(self) -> None:
        for sheet, link in [*self._about()]:
            if self.regions is not None and self.regions.header(sheet):
                continue
            values = self._values(sheet, link.column)
            labelled = bool(re.search("label|target|ziel", sheet.stem.lower()))
            families = {} if labelled else _families(self._values(sheet, link.column, least=1))
            for prefix, columns in families.items():
                self._feature(sheet, link, prefix, columns)
            inside = {name for columns in families.values() for name in columns}
            rest = [name for name in values if name not in inside]
            self.spare.append((sheet, link, rest))
            self._region_labels(sheet, link, rest, labelled)
            if sheet.title not in self.placed:
                nothing = "it holds nothing that is a feature or a label"
                self.left.setdefault(sheet.title, sheet.why_no_shape or nothing)
            self._unused(sheet, link)

    def _unused(self, sheet: Sheet, link: Link) -> None:
        """Say which columns of a table are in no part, and why."""
        parts = [entry for entry in self.entries if sheet.title in entry.files]
        used = {link.column, *(name for _, name in self.unit_columns)}
        for entry in parts:
            values = entry.values
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

    def _feature(self, sheet: Sheet, link: Link, name: str, columns: list[str]) -> str:
        frame = pd.DataFrame({n: sheet.numbers(n) for n in columns})
        words = {word for n in columns for word in tokens(n)}
        least, most = frame.min().min(), frame.max().max()
        counts = least >= 0 and bool((frame.dropna() % 1 == 0).all(axis=None))
        ages = counts and words & AGES
        encoder = (
            "histogram" if ages else "log1p" if counts or (least >= 0 and most > 100) else "none"
        )
        values: dict[str, Any] = {"kind": "table", "file": sheet.file, **sheet.keys}
        values |= {"region": link.column, "columns": self._patterns(sheet, columns)}
        values["encoder"] = encoder
        reason = {
            "histogram": "counts by age or sex: the bins of one histogram",
            "log1p": "counts, or sizes that are never negative: their logarithm",
            "none": "shares or numbers of either sign, as they are",
        }[encoder]
        family = f"{len(columns)} columns of one family; " if name != "numbers" else ""
        why = [*self._because([link]), family + reason]
        if frame.isna().any(axis=None):
            values["missing"] = "mean"
            gaps = int(frame.isna().any(axis=1).sum())
            why.append(f"{gaps:,} rows lack some values, which become the column's mean")
        if link.unknown:
            values["unknown"] = "drop"
            why.append(f"{link.unknown:,} ids are no regions: their rows are left out")
        others = (
            [] if len(columns) == 1 else ["each of them could be a label under `labels` instead"]
        )
        entry = Entry("features", self.free("features", name), values, why, others)
        trouble = self.add(entry, sheet.title)
        if trouble:
            self.left[sheet.title] = trouble
        return trouble

    def _patterns(self, sheet: Sheet, columns: list[str]) -> list[str]:
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

    def _tasks(self, sheet: Sheet, rest: list[str], texts: list[str]) -> dict[str, Any]:
        tasks: dict[str, Any] = {}
        for name in [*rest, *texts]:
            task: dict[str, Any] = {"column": name}
            if not re.search("[A-Za-z]{2}", unicodedata.normalize("NFKD", name)):
                task["title"] = name  # of whose letters none is left in the name of the task
            numbers = sheet.numbers(name)
            few = numbers is not None and self._whole(sheet, name) and numbers.nunique() <= 20
            if name in texts or (few and {*tokens(name)} & CLASSES):
                task["kind"] = "classification"
            free = self.free("labels", name)
            while free in tasks:
                free += "_"
            tasks[free] = task
        return tasks

    def _region_labels(self, sheet: Sheet, link: Link, rest: list[str], labelled: bool) -> None:
        own = self.regions is not None and sheet is self.regions.sheet
        named = any(
            one.section == "units" and one.values["file"] == sheet.file for one in self.entries
        )
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
        tasks = self._tasks(sheet, rest, texts)
        if not tasks:
            return
        base: dict[str, Any] = {"file": sheet.file, **sheet.keys, "region": link.column}
        why = self._because([link])
        why.append("numbers of no family (or in a file of labels) are labels; they train nothing")
        beside = [e.name for e in self._of("features") if e.values.get("file") == sheet.file]
        if beside:
            why.append(
                f"if one is made of the same numbers, add to it `leaks: [{', '.join(beside)}]`"
            )
        self._label_entry(sheet, base, tasks, link, why)

    def _label_entry(
        self,
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
            trouble = self.trouble(trial)
            if "regions that do not exist" in trouble or "has no identifier" in trouble:
                base["unknown"] = "drop"
                trouble = self.trouble(Entry("labels", "", {**base, "tasks": {name: task}}, why))
            if trouble:
                bad.append(trouble)
                others.append(f"not {name}: {trouble[:200]}")
            else:
                good[name] = task
        if good:
            self.add(Entry("labels", sheet.stem, {**base, "tasks": good}, why, others), sheet.title)
        elif bad:
            self.left[sheet.title] = bad[0]

    def _unit_labels(self) -> None:
        """Labels of units, in tables with one row for each unit of a level."""
        for unit in [entry for entry in self.entries if entry.section == "units"]:
            sheets = [s for s in self.look.sheets if s.file == unit.values["file"]]
            known = {*sheets[0].texts(unit.values["unit"]).dropna()}
            for sheet in self.look.sheets:
                if sheet.title in self.placed and sheet.shape != "polygons":
                    continue
                for name in sheet.columns:
                    ids = sheet.texts(name)
                    if ids.is_unique and len({*ids} & known) >= max(FEW, len(known) / 2):
                        tasks = self._tasks(sheet, self._values(sheet, name), [])
                        base = {"file": sheet.file, **sheet.keys, "level": unit.name, "unit": name}
                        why = [
                            f"{len({*ids} & known):,} of {len(known):,} units {unit.name} are in it"
                        ]
                        if tasks:
                            self._label_entry(sheet, base, tasks, None, why)
                        break

    def _some_feature(self) -> None:
        """Make sure that there is something to learn from, where tables allow it."""
        for sheet, link, rest in self.spare:
            if trainable(self) != "?":
                return
            tasks = [t["column"] for e in self._of("labels") for t in e.values["tasks"].values()]
            plain = [n for n in rest if not LABELS.search(" ".join(tokens(n)))]
            why = "there is little else to learn from, so these are no labels"
            if not plain or len(tasks) <= len(plain):
                plain = rest[1:]
            if not plain or self._feature(sheet, link, "numbers", plain):
                continue
            self.left.pop(sheet.title, None)
            self._of("features")[-1].why.append(why)
            for entry in self._of("labels"):
                if entry.values.get("file") == sheet.file:
                    kept = {
                        n: t for n, t in entry.values["tasks"].items() if t["column"] not in plain
                    }
                    entry.values["tasks"] = kept
            self.entries = [e for e in self.entries if e.section != "labels" or e.values["tasks"]]

    def _some_label(self) -> None:
        """Make sure that there is something to predict, where tables allow it."""
        tables = [e for e in self._of("features") if e.values["kind"] == "table"]
        if self._of("labels") or not tables:
            return
        entry = min(tables, key=lambda one: len(one.values["columns"]))
        self.entries.remove(entry)
        if trainable(self) == "?":
            self.entries.append(entry)
            return
        sheet, link, _ = next(one for one in self.spare if one[0].file == entry.values["file"])
        stems = [one.removesuffix("*") for one in entry.values["columns"]]
        names = [n for n in self._values(sheet, link.column) if n.startswith(tuple(stems))]
        base = {"file": sheet.file, **sheet.keys, "region": link.column}
        why = [*self._because([link]), "nothing else could be predicted; they could be features"]
        self._label_entry(sheet, base, self._tasks(sheet, names, []), link, why)

    def _of(self, section: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.section == section]

    # Extracts and rasters

    def _extracts(self) -> None:
        if not self.context.regions.has_outlines:
            self.left |= dict.fromkeys(
                self.look.extracts, "the regions have no outlines to cut it to"
            )
            return
        used = [e.values["file"] for e in self.entries if e.values.get("kind") == "blocks"]
        for name in used or self.look.extracts:
            if self._extract(name):
                break
        for name in self.look.extracts:
            if name not in self.placed:
                self.left.setdefault(name, "one extract is enough; see the comments on regions")

    def _extract(self, name: str) -> bool:
        taken = {entry.name for entry in self.entries}
        if "pois" in taken:
            for entry in self.entries:
                if entry.section == "features" and entry.name == "pois":
                    entry.name = "places"
        why = ["what OpenStreetMap knows"]
        for kind in ("pois", "buildings", "ways"):
            values = {"kind": f"osm_{kind}", "file": name}
            trouble = self.add(Entry("entities", kind, values, why), name)
            if trouble:
                self.left[name] = trouble
                return False
            why = []
        values = {"kind": "entities", "entities": "pois", "encoder": "counts"}
        data = self.context.opened[name]
        if len(data.pois):
            self.add(Entry("features", "pois", values, ["how many of each kind"]), name)
        roads = {"kind": "roads", "file": name}
        self.add(Entry("features", "roads", roads, ["length and intersections per km²"]), name)
        self._building_labels(data.buildings)
        return True

    def _building_labels(self, buildings: pd.DataFrame) -> None:
        if not len(buildings):
            return
        values = tag_values(buildings["tags"], "building")
        counts = values[typed(values)].value_counts()
        kept = counts[counts >= CLASS_SIZE].index[:12].tolist()
        if len(kept) < 3:
            return
        task = {"column": "building", "kind": "classification", "classes": sorted(kept)}
        task["scale"] = "point"
        shown = ", ".join(f"{kind} {counts[kind]:,}" for kind in kept)
        why = [f"types with {CLASS_SIZE} buildings or more: {shown}"]
        values_ = {"entities": "buildings", "tasks": {"building_function": task}}
        entry = Entry("labels", "building_function", values_, why)
        while self.add(entry) and len(task["classes"]) > 2:
            task["classes"] = task["classes"][:-1]

    def _rasters(self) -> None:
        for name in self.look.rasters:
            taken = any(entry.values.get("kind") == "image" for entry in self.entries)
            values = {"kind": "image", "files": [name]}
            why = ["a raster of three 8-bit bands that knows where it is"]
            entry = Entry("features", self.free("features", "image"), values, why)
            if taken:
                self.left[name] = "another image is taken: add it to features in the same way"
            elif not self.context.regions.has_outlines:
                self.left[name] = "the regions have no outlines to cut it to"
            elif trouble := self.add(entry, name):
                self.left[name] = trouble

    def _why_not(self, sheet: Sheet) -> str:
        if sheet.why_no_shape:
            return sheet.why_no_shape
        links = self._links(sheet)
        if links:
            ids = sheet.texts(links[0].column)
            if ids.duplicated().any():
                return (
                    f"{links[0].column} names regions in several rows each, and no second column "
                    "does: keep one row a region, or give pairs, or people and times"
                )
        lonely = {*(w for n in sheet.columns for w in tokens(n))} & (LON | LAT)
        if lonely and not sheet.coordinates():
            return "its coordinates are not degrees, and no CRS is told: write it as GeoPackage"
        if sheet.shape == "polygons":
            return "outlines that no chosen table names: they could be other regions"
        if self.regions is None:
            return "the regions are blocks, whose ids no table can know"
        return (
            f"no column names {self.regions.column} of {self.regions.sheet.title}; it has "
            f"{listing(sheet.columns, limit=6)}"
        )


FEW: Final = 3


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


def _person(sheet: Sheet, others: list[str]) -> list[str]:
    """Columns that may tell a person: values that come back, by name or as codes."""
    found = []
    for name in sheet.columns:
        values = sheet.texts(name).dropna()
        distinct = values.nunique()
        if name in others or not 3 <= distinct <= len(values) / 2:
            continue
        told = {*tokens(name)} & PEOPLE
        coded = distinct >= max(10, len(values) / 100) and sheet.words(name)
        if told or (coded and values.str.fullmatch(r"[\w-]*\d[\w-]*").mean() > 0.9):
            found.append((not told, name))
    return [name for _, name in sorted(found, key=lambda one: one[0])]


def _apart(sheet: Sheet, name: str) -> float:
    known = sheet.texts(name).dropna()
    return float(known.nunique() / max(len(known), 1))


def _few_points(one: Candidate) -> bool:
    return one.kind == "table" and len(one.sheet.columns) > 1


def _nothing(sheet: Sheet) -> str:
    if sheet.why_no_shape:
        return sheet.why_no_shape
    return f"{len(sheet.rows):,} rows; no column tells regions apart that other files name"


def _box(path: Path) -> Any:
    """The bounding box that an extract tells of itself; None if it does not."""
    osmium: Any = optional_import("osmium", "osm")
    box = osmium.io.Reader(str(path)).header().box()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    return shapely.box(low.lon, low.lat, high.lon, high.lat)


def licence(plan: Plan) -> str:
    """What must be said of what comes from OpenStreetMap."""
    osm = any(str(e.values.get("kind", "")).startswith("osm_") for e in plan.entries)
    return ATTRIBUTION if osm else ""


def trainable(plan: Plan) -> str:
    """The options that ``placeprint train`` needs for what was found."""
    graphs = [entry.name for entry in plan.entries if entry.section == "graphs"]
    features = [entry.name for entry in plan.entries if entry.section == "features"]
    entities = {entry.name for entry in plan.entries if entry.section == "entities"}
    points = {e.name for e in plan.entries if e.values.get("kind") == "points"} & {"pois"}
    if "mobility" in graphs and features:
        return ""
    if plan.context.regions.has_outlines and (entities | points) & {"pois", "buildings"}:
        return " --model urbanmfm"
    if graphs and features:
        return f" --set graph.name={graphs[0]} --set anchor={graphs[0]}"
    if len(features) > 1:
        return f" --set graph=null --set anchor={features[0]}"
    return "?"
