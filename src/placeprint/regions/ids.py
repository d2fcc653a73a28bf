"""Region identifiers: always strings, whatever the file made of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.errors import InputError
from placeprint.typing import PathLike

__all__ = ["as_ids", "refuse_other_zeros"]


def as_ids(values: pd.Series, source: PathLike | None = None) -> pd.Series:
    """Identifiers as strings, so that both sides of a join agree.

    Whole numbers stored as floats (which a single missing value causes) lose their ``.0``.

    Args:
        values: The identifiers as read.
        source: The file they come from, for the message.

    Returns:
        The same identifiers as strings, same index.

    Raises:
        InputError: If one is missing, or is a number with a fraction.

    Example:
        >>> as_ids(pd.Series([1.0, 20.0])).tolist()
        ['1', '20']
    """
    if values.isna().any():
        row = int(np.flatnonzero(values.isna().to_numpy())[0])
        raise InputError(
            f"column {values.name!r} has no identifier in row {row + 1}",
            source=source,
            hint="drop the row or fill the identifier in",
        )
    if pd.api.types.is_float_dtype(values):
        fractional = np.flatnonzero(values.to_numpy() % 1 != 0)
        if len(fractional):
            row = int(fractional[0])
            raise InputError(
                f"column {values.name!r} holds {values.iloc[row]} in row {row + 1}, "
                "expected an identifier (a string or a whole number)",
                source=source,
            )
        values = values.astype("int64")
    ids = values.astype(str)
    if ids.str.fullmatch(r"\d+\.0").all():  # a column of floats, read as text
        ids = ids.str.removesuffix(".0")
    return ids.astype(object)


def refuse_other_zeros(unknown: pd.Index, known: pd.Index, source: PathLike) -> None:
    """Refuse identifiers that differ from known ones by leading zeros alone.

    A reader that takes "01001" for a number writes "1001": joined, the region would be missing
    without anybody's being told.

    Args:
        unknown: Identifiers that are not among the known ones.
        known: The identifiers of the study area.
        source: Where the unknown ones come from, for the message.

    Raises:
        InputError: If one of them is known but for leading zeros.

    Example:
        >>> refuse_other_zeros(pd.Index(["1001"]), pd.Index(["01001"]), "peer.csv")
        Traceback (most recent call last):
        placeprint.errors.InputError: peer.csv: 1 of its ids are known but for leading zeros, ...
    """
    bare = pd.Series(known, index=known.astype(str).str.lstrip("0"))
    asked = pd.Index(unknown.astype(str))
    alike = asked.str.lstrip("0").isin(bare.index) & asked.str.isdigit()
    if alike.any():
        example = asked[alike][0]
        meant = bare[bare.index == example.lstrip("0")].iloc[0]
        raise InputError(
            f"{int(alike.sum())} of its ids are known but for leading zeros, such as {example!r} "
            f"for {meant!r}",
            source=source,
            hint="keep ids as text in both files",
        )
