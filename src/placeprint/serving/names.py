"""Names of regions, for people: from a table, or as they are given."""

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


def names_of(names: Names, ids: pd.Index) -> dict[str, str]:
    """The names of regions that have one.

    Args:
        names: See :data:`Names`; None: there are none.
        ids: The regions.

    Raises:
        InputError: If the table has no column ``name``, its identifiers are not clear, or none of
            them is a region.

    Example:
        >>> names_of({"06037": "Los Angeles", "36061": "New York"}, pd.Index(["06037"]))
        {'06037': 'Los Angeles'}
    """
    if names is None:
        return {}
    if isinstance(names, Mapping):
        return {name: str(names[name]) for name in ids.intersection(pd.Index(list(names)))}
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
    return dict(zip(kept.index.astype(str), kept.astype(str), strict=True))
