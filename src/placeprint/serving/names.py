"""Names of regions, for people: from a table, as they are given, or those of the atlas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.regions import refuse_other_zeros
from placeprint.sources import Table
from placeprint.sources.ids import check_unique, identifier_column, identifiers
from placeprint.typing import PathLike

__all__ = ["Names", "names_of"]

Names: TypeAlias = Mapping[str, str] | PathLike | None
"""Names by region id; or a table of an id and a ``name``."""

_COLUMN: Final = "name"


def names_of(names: Names, ids: pd.Index, own: pd.Series | None = None) -> dict[str, str]:
    """The names of regions that have one.

    Args:
        names: See :data:`Names`; None: there are no others than the atlas has.
        ids: The regions.
        own: The names that the atlas has, by id; they stand where ``names`` has none.

    Raises:
        InputError: If the table has no column ``name``, its identifiers are not clear, or none of
            them is a region.

    Example:
        >>> names_of({"06037": "Los Angeles", "36061": "New York"}, pd.Index(["06037"]))
        {'06037': 'Los Angeles'}
    """
    known_names = {} if own is None else {str(name): str(own[name]) for name in own.index}
    if names is None:
        return known_names
    if isinstance(names, Mapping):
        given = {name: str(names[name]) for name in ids.intersection(pd.Index(list(names)))}
        return known_names | given
    table = Table.open(names).read_all()
    if _COLUMN not in table:
        raise InputError(
            f"it has the columns {listing(table.columns)}, expected one called {_COLUMN!r}",
            source=names,
        )
    column = identifier_column(table.drop(columns=_COLUMN), None, names)
    known = identifiers(table[column], names)
    check_unique(known, names)
    found = pd.Series(table[_COLUMN].to_numpy(), index=known).dropna()
    if not found.index.isin(ids).any():
        refuse_other_zeros(found.index, ids, names)
        raise InputError(
            f"none of its ids ({listing(found.index, 3)}) is a region ({listing(ids, 3)})",
            source=names,
        )
    kept = found[found.index.isin(ids)]
    return known_names | dict(zip(kept.index.astype(str), kept.astype(str), strict=True))
