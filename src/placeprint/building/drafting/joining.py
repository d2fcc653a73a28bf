"""Which columns name the regions of which file: what joins the tables of a folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pandas as pd

from placeprint.building.drafting.looking import Column, Sheet, tokens
from placeprint.sources.ids import SPELLINGS, Coverage, h3_spelt, is_key, respelt

__all__ = ["PEOPLE", "Candidate", "Link", "candidates"]

FEWEST: Final = 3
ENOUGH: Final = 20
HALF: Final = 0.5
SAMPLE: Final = 200
IDS: Final = """id ids uid gid code key nr no num number zone region area tract county district
ward cell hex bezirk stadtteil viertel gebiet kreis gemeinde ags commune insee iris quartier
arrondissement geoid fips adcode admincode municipio comune barrio distrito secao setor stadsdel
kommun origin orig origen origine origem from source start dest destination destino ziel to target
end von nach desde hasta quelle home work pu do o d i j neighbor neighbour"""
PEOPLE: Final = """user person people device uid agent nutzer usuario utilisateur client customer
caid imei phone card subscriber member traveller visitor maid hash who"""
PLAIN: Final = "id ids uid gid fid index nr no num number"


@dataclass
class Link:
    """That a column names regions.

    Attributes:
        column: The column; empty for the names of columns of a matrix.
        named: How many different regions it names.
        distinct: How many different ids it holds.
        words: This in words.
        exact: Whether they are spelt as the regions' ids.
    """

    column: str
    named: int
    distinct: int
    words: str = ""
    exact: bool = True

    @property
    def unknown(self) -> int:
        """How many of its ids are no regions."""
        return self.distinct - self.named


@dataclass(eq=False)
class Candidate:
    """A column whose values may be the ids of the regions.

    Attributes:
        sheet: The table.
        column: The column.
        kind: ``polygons``, ``points`` or ``table``.
        links: For each table, what names its ids, the best first.
        coarse: Whether smaller polygons name it as what they lie in.
    """

    sheet: Sheet
    column: Column
    kind: str
    links: dict[str, list[Link]] = field(default_factory=dict)
    coarse: bool = False

    @cached_property
    def best(self) -> dict[str, Link]:
        """For each other table about the regions, what names them best."""
        return {t: links[0] for t, links in self.links.items() if links and t != self.sheet.title}

    @cached_property
    def ids(self) -> pd.Index:
        """The ids."""
        ids: pd.Index = pd.Index(self.column.texts, dtype=object)
        return ids

    @cached_property
    def cells(self) -> bool:
        """Whether all ids are H3 cells."""
        return all(bool(h3_spelt(some).notna().all()) for some in (self.ids[:100], self.ids))

    def rank(self) -> Any:
        """What is preferred comes first."""
        name, links = self.column.name, self.best.values()
        return (
            ("polygons", "points", "table").index(self.kind),
            self.coarse,
            -sum(1 if link.exact else HALF for link in links),
            -sum((x.column == name) + self._alike(x.column) for x in links),
            -round(sum(link.named / len(self.ids) for link in links), 2),
            not is_key(name) and not self.column.says(IDS),
            -len(self.ids),
            [*self.sheet.columns].index(name),
            self.sheet.title,
        )

    def join(self, sheet: Sheet) -> None:
        """Find what names the ids in another table."""
        own = self.column.name
        found = [*(self._link(sheet, one) for one in sheet.columns.values()), self._header(sheet)]
        links = sorted((x for x in found if x), key=lambda x: (x.column != own, -x.named))
        finer = sheet.shape == self.kind == "polygons" and len(sheet.rows) > len(self.ids)
        self.coarse |= finer and bool(links)
        self.links[sheet.title] = [] if finer else links

    def _link(self, sheet: Sheet, column: Column) -> Link | None:
        link = self._matched(column.ids, column.name)
        if not link or not self._small or (link.exact and not self.ids.str.isdecimal().all()):
            return link
        # Small whole numbers: others count or number something else, so more has to speak for it.
        if column.says(PEOPLE) or link.unknown > HALF * link.distinct:
            return None
        if column.name == self.column.name or self._alike(column.name):
            return link
        first = column.name == next(iter(sheet.columns))
        once = first and link.distinct == column.texts.notna().sum()
        told = is_key(column.name) or column.says(IDS)
        if link.named >= 0.9 * len(self.ids):
            told |= once or (not link.unknown and len(self.ids) >= ENOUGH)
        return link if told and link.named >= HALF * len(self.ids) else None

    def _header(self, sheet: Sheet) -> Link | None:
        """Whether the names of the columns of a matrix name the regions."""
        names = [n for n, one in sheet.columns.items() if one.numbers is not None]
        if names and names[0] == next(iter(sheet.columns)) and names[0] not in self._known:
            names = names[1:]  # the origins
        link = self._matched(names, "")
        wide = link and link.named >= HALF * len(self.ids) and link.unknown <= 2 + len(names) / 10
        return link if wide else None

    def _matched(self, distinct: list[str], column: str) -> Link | None:
        named, exact = sum(text in self._known for text in distinct), True
        for spelling in SPELLINGS.values() if named < HALF * len(distinct) else []:
            spelt = self._spelt.get(spelling, set())
            part = distinct[:SAMPLE]  # most columns have nothing to do with it
            if sum(spelling(text) in spelt for text in part) > HALF * len(part):
                found = respelt(pd.Series(distinct, dtype=object), [*self.ids], Coverage(0, 0))
                named, exact = int(found.isin(self._known).sum()), False  # as it will be read
                break
        enough = named >= HALF * len(distinct) or (exact and named >= HALF * len(self.ids))
        how = "" if exact else ", spelt otherwise (zeros, capitals or letters before digits)"
        ids = f"{named:,} of {len(distinct):,} ids of {column or 'its header'}"
        words = f"{ids} match {self.column.name} of {self.sheet.title}{how}"
        return (
            Link(column, named, len(distinct), words, exact) if named >= FEWEST and enough else None
        )

    def _alike(self, column: str) -> bool:
        """Whether the name of a column shares a word with that of the ids."""
        return bool((self.column.words & {*tokens(column)}).difference(PLAIN.split()))

    @cached_property
    def _small(self) -> bool:
        """Whether all ids end in small whole numbers."""
        digits = [re.sub(r"^.*\D(?=\d+$)", "", text) for text in self.ids]
        known = all(text.isdecimal() for text in digits)
        return known and max(map(int, digits)) < 20 * len(digits) + 100

    @cached_property
    def _known(self) -> set[str]:
        return {*self.ids}

    @cached_property
    def _spelt(self) -> dict[Any, set[str]]:
        """The ids in other spellings, where they differ in them."""
        spelt = {spelling: {*map(spelling, self.ids)} for spelling in SPELLINGS.values()}
        if len({text.rstrip("0123456789") for text in self.ids}) > 1:
            del spelt[SPELLINGS["without the letters before them"]]  # they number nothing together
        return {spelling: ids for spelling, ids in spelt.items() if len(ids) == len(self.ids)}


def candidates(sheets: list[Sheet]) -> list[Candidate]:
    """All columns that may be the ids of the regions, the best first, with what names them."""
    found = []
    for sheet in sheets:
        kind = sheet.shape if sheet.shape in {"polygons", "points"} else "table"
        kind = "points" if kind == "table" and sheet.coordinates else kind
        for column in sheet.columns.values() if sheet.whole else ():
            if _identifies(sheet, column):
                found.append(Candidate(sheet, column, kind))
    for one in found:
        for sheet in sheets:
            if sheet is not one.sheet:
                one.join(sheet)
        words = f"{one.column.name} is the regions' own column"
        own = Link(one.column.name, len(one.ids), len(one.ids), words)
        one.links[one.sheet.title] = [own]
    return sorted(found, key=Candidate.rank)


def _identifies(sheet: Sheet, column: Column) -> bool:
    """Whether each row has a value of its own in a column, and it looks like an id."""
    texts = column.texts
    if (
        len(texts) < FEWEST
        or texts.isna().any()
        or not texts.is_unique
        or texts.str.len().max() > 60
    ):
        return False
    if column.time or column.name in sheet.coordinates:
        return False
    first = column.name == next(iter(sheet.columns))
    told = is_key(column.name) or column.says(IDS) or first
    return column.numbers is None or bool(told and texts.str.fullmatch(r"\d+").all())
