"""Which columns name the regions of which file: what joins the tables of a folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pandas as pd

from placeprint.building.drafting.looking import Sheet, tokens
from placeprint.sources.ids import SPELLINGS, h3_spelt, is_key

__all__ = ["PEOPLE", "Candidate", "Link", "candidates"]

FEWEST: Final = 3
ENOUGH: Final = 20
HALF: Final = 0.5
SAMPLE: Final = 200

IDS: Final = frozenset(
    "id ids uid gid code key nr no num number zone region area tract county district ward cell hex "
    "bezirk stadtteil viertel gebiet kreis gemeinde ags commune insee iris quartier arrondissement "
    "geoid fips adcode admincode municipio comune barrio distrito secao setor stadsdel kommun "
    "origin orig origen origine origem from source start dest destination destino ziel to target "
    "end von nach desde hasta quelle home work pu do o d i j neighbor neighbour".split()
)
PEOPLE: Final = frozenset(
    "user person people device uid agent nutzer usuario utilisateur client customer caid imei "
    "phone card subscriber member traveller visitor maid hash who".split()
)
PLAIN: Final = frozenset("id ids uid gid fid index nr no num number".split())


@dataclass
class Link:
    """That a column names regions.

    Attributes:
        column: The column; empty for the names of columns of a matrix.
        named: How many different regions it names.
        distinct: How many different ids it holds.
        unknown: How many of those are no regions.
        exact: Whether they are spelt as the regions' ids.
    """

    column: str
    named: int
    distinct: int
    unknown: int
    exact: bool = True

    def words(self, file: str, of: str) -> str:
        """The link in words."""
        what = f"of {self.column}" if self.column else "of its header"
        how = "" if self.exact else ", spelt otherwise (zeros, capitals or letters before digits)"
        return f"{self.named:,} of {self.distinct:,} ids {what} match {of} of {file}{how}"


@dataclass(eq=False)
class Candidate:
    """A column whose values may be the ids of the regions.

    Attributes:
        sheet: The table.
        column: The column.
        kind: ``polygons``, ``points`` or ``table``.
        links: For each other table that names its ids, the best column.
        coarse: Whether smaller polygons name it as what they lie in.
    """

    sheet: Sheet
    column: str
    kind: str
    links: dict[str, Link] = field(default_factory=dict)
    coarse: bool = False
    _links: dict[tuple[Sheet, str], Link | None] = field(default_factory=dict)

    @cached_property
    def ids(self) -> pd.Index:
        """The ids."""
        ids: pd.Index = pd.Index(self.sheet.texts(self.column), dtype=object)
        return ids

    @cached_property
    def cells(self) -> bool:
        """Whether all ids are H3 cells."""
        head = h3_spelt(self.ids[:100])
        return bool(head.notna().all()) and bool(h3_spelt(self.ids).notna().all())

    @cached_property
    def _small(self) -> bool:
        """Whether ids end in small whole numbers."""
        digits = [re.sub(r"^.*\D(?=\d+$)", "", text) for text in self.ids]
        if not all(text.isdecimal() for text in digits):
            return False
        return max(map(int, digits)) < 20 * len(digits) + 100

    def _like_counts(self, link: Link) -> bool:
        """Whether what names them are small whole numbers, as other columns hold by accident."""
        return self._small and (not link.exact or all(text.isdecimal() for text in self.ids))

    def rank(self) -> Any:
        """What is preferred comes first."""
        kinds = ("polygons", "points", "table")
        columns = [link.column for link in self.links.values()]
        same = sum((one == self.column) + self._alike(one) for one in columns)
        covered = sum(link.named / len(self.ids) for link in self.links.values())
        key = not is_key(self.column) and not {*tokens(self.column)} & IDS
        own = self.sheet.columns.index(self.column)
        return (
            kinds.index(self.kind),
            self.coarse,
            -sum(1 if link.exact else HALF for link in self.links.values()),
            -same,
            -round(covered, 2),
            key,
            -len(self.ids),
            own,
            self.sheet.title,
        )

    def link(self, sheet: Sheet, column: str) -> Link | None:
        """Whether a column names the regions."""
        if (sheet, column) not in self._links:
            self._links[sheet, column] = self._link(sheet, column)
        return self._links[sheet, column]

    def _link(self, sheet: Sheet, column: str) -> Link | None:
        distinct = sheet.distinct(column)
        if len(distinct) < FEWEST:
            return None
        link = self._matched(distinct, column)
        if link is None or not self._like_counts(link):
            return link
        if {*tokens(column)} & PEOPLE:
            return None
        # Small whole numbers: others count or number something else, so more has to speak for it.
        if column == self.column or self._alike(column):
            return link if link.unknown <= HALF * link.distinct else None
        once = len(distinct) == sheet.texts(column).notna().sum() and column == sheet.columns[0]
        told = is_key(column) or bool({*tokens(column)} & IDS)
        full = link.named >= 0.9 * len(self.ids)
        told |= full and (once or (not link.unknown and len(self.ids) >= ENOUGH))
        most = link.named >= HALF * len(self.ids) and link.unknown <= HALF * link.distinct
        return link if told and most else None

    def _alike(self, column: str) -> bool:
        """Whether the name of a column shares a word with that of the ids."""
        return bool(({*tokens(self.column)} & {*tokens(column)}) - PLAIN)

    def header(self, sheet: Sheet) -> Link | None:
        """Whether the names of the columns of a matrix name the regions."""
        names = [n for n in sheet.columns if sheet.numbers(n) is not None]
        if names and names[0] == sheet.columns[0] and names[0] not in self._known:
            names = names[1:]  # the origins
        if len(names) < FEWEST or not len(sheet.rows):
            return None
        link = self._matched(names, "")
        wide = link is not None and link.named >= HALF * len(self.ids)
        return link if wide and link and link.unknown <= 2 + len(names) / 10 else None

    def _matched(self, distinct: list[str], column: str) -> Link | None:
        named, exact = [text in self._known for text in distinct], True
        for how, spelling in SPELLINGS.items() if sum(named) < HALF * len(named) else []:
            sample = [spelling(text) in self._spelt[how] for text in distinct[:SAMPLE]]
            if sum(sample) > sum(named[:SAMPLE]) + HALF * len(sample):
                named = [spelling(text) in self._spelt[how] for text in distinct]
                exact = False
        found = sum(named)
        enough = found >= HALF * len(distinct) or (exact and found >= HALF * len(self.ids))
        if found < FEWEST or not enough:
            return None
        return Link(column, found, len(distinct), len(distinct) - found, exact)

    @cached_property
    def _known(self) -> set[str]:
        return {*self.ids}

    @cached_property
    def _spelt(self) -> dict[str, set[str]]:
        """The ids in other spellings, where they differ in them."""
        spelt = {how: {*map(spelling, self.ids)} for how, spelling in SPELLINGS.items()}
        before = {text.rstrip("0123456789") for text in self.ids}
        if len(before) > 1:  # digits after different words number nothing together
            spelt["without the letters before them"] = set()
        return {how: ids if len(ids) == len(self.ids) else set() for how, ids in spelt.items()}


def candidates(sheets: list[Sheet]) -> list[Candidate]:
    """All columns that may be the ids of the regions, the best first, with what names them."""
    found = []
    for sheet in sheets:
        if not sheet.whole:
            continue
        kind = "polygons" if sheet.shape == "polygons" else "table"
        if sheet.shape == "points" or (kind == "table" and sheet.coordinates()):
            kind = "points"
        for column in sheet.columns:
            if _identifies(sheet, column):
                found.append(Candidate(sheet, column, kind))
    for one in found:
        for sheet in sheets:
            if sheet is one.sheet:
                continue
            links = [one.link(sheet, column) for column in sheet.columns]
            links.append(one.header(sheet))
            best = max((x for x in links if x), key=lambda link: _quality(link, one), default=None)
            finer = sheet.shape == one.kind == "polygons" and len(sheet.rows) > len(one.ids)
            if best is not None and finer:
                one.coarse = True
            elif best is not None:
                one.links[sheet.title] = best
    return sorted(found, key=Candidate.rank)


def _quality(link: Link, candidate: Candidate) -> tuple[bool, int]:
    return link.column == candidate.column, link.named


def _identifies(sheet: Sheet, column: str) -> bool:
    """Whether each row has a value of its own in a column, and it looks like an id."""
    values = sheet.texts(column)
    if len(values) < FEWEST or values.isna().any() or not values.is_unique:
        return False
    if sheet.is_time(column) or column in (sheet.coordinates() or ()):
        return False
    if values.str.len().max() > 60:
        return False
    if sheet.numbers(column) is None:
        return True
    told = is_key(column) or {*tokens(column)} & IDS or column == sheet.columns[0]
    return bool(told) and bool(values.str.fullmatch(r"\d+").all())
