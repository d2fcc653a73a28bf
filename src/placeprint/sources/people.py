"""Identifiers of people → whole numbers of 64 bits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from placeprint.errors import InputError
from placeprint.sources.table_batches import row_name
from placeprint.typing import AnyArray, PathLike

__all__ = ["are_numbers", "numbered_people"]


def are_numbers(types: Iterable[pa.DataType | None]) -> bool:
    """Whether a column of identifiers holds numbers in every file.

    Where one file holds text, all are read as text, so that 7 and "7" are one person.
    """
    return all(
        kind is not None and (pa.types.is_integer(kind) or pa.types.is_floating(kind))
        for kind in types
    )


def numbered_people(
    people: pa.Array, *, numbers: bool, name: str, source: PathLike, first: int = 0
) -> tuple[AnyArray, AnyArray]:
    """A whole number for each person: the identifier itself, or a hash of its text.

    Among n people the chance that any two share a hash is below n² / 2⁶⁵: 3 in 10,000 for a
    hundred million. Text that says a whole number with a point, as pandas writes all numbers of a
    column where one is missing, is that number: 7.0 is 7.

    Args:
        people: Identifiers, numbers or text.
        numbers: Whether they are numbers in every file.
        name: The column, for messages.
        source: The file, for messages.
        first: Rows of the file before these, for messages.

    Returns:
        (n,) int64 numbers, and (n,) a mask of those that are not missing.

    Raises:
        InputError: If a number has a fraction, or the column holds neither numbers nor text.

    Example:
        >>> one, _ = numbered_people(pa.array([7]), numbers=True, name="user", source="a.csv")
        >>> one.tolist()
        [7]
    """
    if pa.types.is_floating(people.type):
        people = _whole(people, name, source, first)
    present = people.is_valid().to_numpy(zero_copy_only=False)
    if numbers:
        values = people.fill_null(0).to_numpy(zero_copy_only=False)
        return values.astype(np.int64), present
    distinct = _text(people, name, source).fill_null("").dictionary_encode()
    plain = pc.replace_substring_regex(distinct.dictionary, r"^(-?\d+)\.0+$", r"\1")
    texts = plain.to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(texts.astype(object), categorize=False).view(np.int64)
    return hashes[distinct.indices.to_numpy(zero_copy_only=False)], present


def _text(people: pa.Array, name: str, source: PathLike) -> pa.Array:
    try:
        return people.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"column {name!r} holds {people.type} that is no text, expected identifiers",
            source=source,
            hint="write them as whole numbers or as text, raw bytes for instance in hexadecimal",
        ) from None


def _whole(people: pa.Array, name: str, source: PathLike, first: int) -> pa.Array:
    """Whole numbers that a missing value turned into floats."""
    values = pc.if_else(pc.is_nan(people), None, people)
    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid:
        numbers = pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False)
        row = int(np.flatnonzero((numbers % 1 != 0) | (np.abs(numbers) >= 2.0**63))[0])
        raise InputError(
            f"column {name!r} holds {numbers[row]} in {row_name(first + row)}, expected "
            "identifiers, not numbers with a fraction",
            source=source,
        ) from None
