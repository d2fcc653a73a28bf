"""What LINE asks of its input, checked before work starts."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from placeprint.errors import InputError, closest
from placeprint.mobility.checked_entries import highest_column
from placeprint.mobility.compressed_rows import CompressedRows

__all__ = ["check_settings", "check_symmetric"]

READ: Final = 1 << 22
"""Entries read at a time."""

ALIKE: Final = 1e-6
"""Sums that differ by less than this share are taken for equal: single precision is, where a
weight was computed from both ends."""


def check_settings(
    dim: int, negatives: int, exponent: float, power_iterations: int, seed: int, device: str
) -> None:
    """Refuse arguments of :func:`placeprint.mobility.line_factorised` out of their range.

    Raises:
        InputError: If one is, or there is no such device.
    """
    least = {"dim": 1, "negatives": 1, "power_iterations": 0, "seed": 0}
    given = {
        "dim": dim,
        "negatives": negatives,
        "power_iterations": power_iterations,
        "seed": seed,
    }
    for name, value in given.items():
        if not isinstance(value, int | np.integer) or value < least[name]:
            raise InputError(
                f"{name} is {value!r}, expected a whole number of at least {least[name]}",
                hint=f"choose another {name}",
            )
    if not math.isfinite(exponent):
        raise InputError(
            f"exponent is {exponent!r}, expected a finite number",
            hint="choose 0.75, LINE's, or 1, NetMF's",
        )
    if device != "cpu":
        _check_device(device)


def _check_device(device: str) -> None:
    import torch

    try:
        place = torch.device(device)
        if place.type != "cuda":
            torch.zeros(1, device=place).cpu()
    except (RuntimeError, AssertionError, NotImplementedError):
        raise InputError(
            f"no device {device!r}", source="device", hint=closest(device, ("cpu", "cuda"))
        ) from None
    number, found = place.index or 0, torch.cuda.device_count()
    if place.type == "cuda" and number >= found:
        raise InputError(
            f"GPU {number} is asked for, torch finds {found}",
            source="device",
            hint="ask for cpu, or install torch with CUDA",
        )


def check_symmetric(rows: CompressedRows) -> None:
    r"""Refuse a matrix that is not symmetric, reading it once.

    .. math::
        \Big|\sum_j A_{ij} x_j - \sum_j A_{ji} x_j\Big| \le 10^{-6} \sum_j A_{ij} x_j

    is checked for all i, with one x drawn at random between 1/2 and 3/2. A matrix that is not
    symmetric passes only if in every row all that differs is that small a share of it (or, for
    some x, by a chance of nothing): a ring of one direction fails, though it has the same row
    and column sums. Beyond, it is checked that the matrix has as many columns as rows, and the
    columns that its entries name.

    Args:
        rows: A, in memory or on disk.

    Raises:
        InputError: If it is not symmetric, or has columns, or weights, that it may not have.

    Source:
        Freivalds 1977.

    Example:
        >>> one_way = CompressedRows(np.array([0, 1, 1]), np.array([1], np.int32), None)
        >>> try:
        ...     check_symmetric(one_way)
        ... except InputError as error:
        ...     print(str(error).split(".")[0])
        the matrix is not symmetric: row 0 and column 0 differ (2 of 2 do)
    """
    from placeprint.mobility.line.kernels import add_both_ways

    n, columns = rows.shape
    hint = "add it to its transpose, or make a MobilityGraph of the flows"
    if n != columns:
        raise InputError(f"the matrix is {n:,} x {columns:,}, expected a square one", hint=hint)
    x = np.random.default_rng(0).uniform(0.5, 1.5, n)
    by_row, by_column = np.zeros(n), np.zeros(n)
    for first, last in rows.blocks(READ):
        part = slice(int(rows.indptr[first]), int(rows.indptr[last]))
        indices = np.asarray(rows.indices[part])
        highest_column(indices, n)  # the kernel writes to all of them
        if rows.weights is None:
            weights = np.ones(len(indices), dtype=np.float32)
        else:
            weights = np.asarray(rows.weights[part], dtype=np.float32)
        starts = rows.indptr[first : last + 1] - part.start
        add_both_ways(first, starts, indices, weights, x, by_row, by_column)
        rows.forget(first, last)
    if not np.isfinite(by_row).all() or by_row.min(initial=0.0) < 0:
        raise InputError(
            "there are weights that are negative or not finite", hint="drop or correct them"
        )
    other = np.flatnonzero(np.abs(by_row - by_column) > ALIKE * by_row)
    if len(other):
        raise InputError(
            f"the matrix is not symmetric: row {other[0]} and column {other[0]} differ "
            f"({len(other):,} of {n:,} do)",
            hint=hint,
        )
