"""What LINE needs of memory, known before it starts."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from placeprint.errors import InputError
from placeprint.mobility.line.krylov import block_width
from placeprint.mobility.line.log_ratios import PASS

__all__ = ["check_memory", "line_memory"]

COLUMN: Final = 4
"""Bytes of the column of a stored entry."""

CODE: Final = 2
"""Bytes of the code of a weight, where codes are made."""


def line_memory(
    n: int,
    nnz: int,
    dim: int = 128,
    *,
    power_iterations: int = 4,
    mapped: bool = False,
    weights: npt.DTypeLike | None = np.uint16,
) -> int:
    """The bytes that :func:`placeprint.mobility.line_factorised` holds at its peak, about.

    Args:
        n: Regions.
        nnz: Stored entries of the adjacency: twice the number of edges.
        dim: d.
        power_iterations: q.
        mapped: Whether the graph is opened from disk: it then streams through memory.
        weights: The type of the weights; None if all are 1. For those of more than 2 bytes,
            codes are made and held as well.

    Returns:
        Bytes, the graph's included.

    Example:
        >>> full, streamed = (line_memory(195_574, 2_400_000_000, mapped=m) for m in (False, True))
        >>> f"{full / 1e9:.1f} GB, {streamed / 1e9:.1f} GB"
        '15.1 GB, 0.9 GB'
    """
    width = min(block_width(dim, power_iterations), n)
    explored = min(width * (power_iterations + 1), n)
    computing = 2 * explored + width  # the basis, the products, and what is gathered
    finishing = explored + 2 * dim  # the products, the vectors, and the embedding
    weight = 0 if weights is None else np.dtype(weights).itemsize
    graph = (min(nnz, PASS) if mapped else nnz) * (COLUMN + weight)
    codes = nnz * CODE if weight > CODE else 0
    return 4 * n * max(computing, finishing) + graph + codes + 8 * 8 * n


def check_memory(needed: int, allowed: int | None, regions: int, entries: int) -> None:
    """Refuse what needs more memory than is allowed.

    Raises:
        InputError: If it does; the message says how much.
    """
    if allowed is not None and needed > allowed:
        raise InputError(
            f"LINE of {regions:,} regions and {entries // 2:,} ties needs {needed / 1e9:.2f} GB of "
            f"memory, {allowed / 1e9:.2f} GB are allowed",
            hint="allow more, ask for fewer dimensions or power iterations, or save the graph and "
            "open it from disk (CompressedRows.open), which streams it",
        )
