"""Entries of sparse matrices, checked before they are kept or used."""

from __future__ import annotations

from typing import Any

import numpy as np

from placeprint.errors import InputError
from placeprint.typing import AnyArray, IntArray

__all__ = ["check_block", "check_columns", "fitted", "highest_column"]


def fitted(given: AnyArray, kind: np.dtype[Any]) -> AnyArray:
    """Weights in a type that holds them: exactly if it is of whole numbers, else rounded.

    Args:
        given: Weights of any type.
        kind: The type they shall have.

    Raises:
        InputError: If it does not hold them: a weight is not finite, becomes zero, or (whole
            numbers) becomes another.

    Example:
        >>> fitted(np.array([1.0, 65_535.0]), np.dtype(np.uint16)).tolist()
        [1, 65535]
    """
    given = np.asarray(given)
    with np.errstate(over="ignore", invalid="ignore"):
        values: AnyArray = given.astype(kind, copy=False)
    if kind.kind == "f":
        fit = bool(np.isfinite(values).all())
        fit = fit and (values is given or not given[values == 0].any())
    else:
        fit = values is given or bool((values == given).all())
    if not fit:
        raise InputError(
            f"not all weights, from {given.min()} to {given.max()}, fit into {kind}",
            hint="drop or correct what is not finite, and scale what is too large or too small"
            if kind == np.float32
            else "keep them as float32",
        )
    return values


def check_block(
    number: int,
    entries: IntArray,
    indices: IntArray,
    weights: AnyArray | None,
    *,
    weighted: bool,
) -> None:
    """Refuse a block of rows whose parts are not of the same entries.

    Args:
        number: Of the block, for the message.
        entries: The entries of each of its rows.
        indices: The column of each entry.
        weights: The weight of each entry; None if all are 1.
        weighted: Whether the matrix has weights.

    Raises:
        InputError: If there are more or fewer columns or weights than entries.
    """
    counts = np.asarray(entries)
    if counts.min(initial=0) < 0 or counts.sum() != len(indices):
        raise InputError(
            f"block {number} has {len(indices):,} columns, its rows are said to have "
            f"{counts.sum():,} entries, the shortest {counts.min(initial=0):,}",
            hint="give for each row how many columns follow",
        )
    expected = len(indices) if weighted else 0
    found = 0 if weights is None else len(weights)
    if found != expected:
        raise InputError(
            f"block {number} has {found:,} weights, expected {expected:,}",
            hint="give a weight for each entry and name their type, or None for both",
        )


def highest_column(indices: IntArray, columns: int | None) -> int:
    """The highest of some columns, all of which a matrix has; −1 if there are none.

    Args:
        indices: Columns.
        columns: How many the matrix has; None: as many as can be numbered.

    Raises:
        InputError: If the matrix lacks one.

    Example:
        >>> highest_column(np.array([3, 0]), 4)
        3
    """
    if not len(indices):
        return -1
    highest = int(np.max(indices))
    check_columns(
        int(np.min(indices)), highest, np.iinfo(np.int32).max if columns is None else columns
    )
    return highest


def check_columns(lowest: int, highest: int, columns: int) -> None:
    """Refuse columns that a matrix does not have.

    Raises:
        InputError: If the lowest is below 0 or the highest not below the number of columns.
    """
    if lowest < 0 or highest >= columns:
        raise InputError(
            f"there is a column {lowest if lowest < 0 else highest}, the matrix has columns "
            f"0 to {columns - 1}",
            hint="number columns from 0, and say how many there are if it is not square",
        )
