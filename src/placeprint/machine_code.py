"""Loops in machine code, compiled at their first use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Literal, TypeVar

import numba

__all__ = ["compiled", "threads"]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(
    *,
    parallel: bool = False,
    fastmath: bool | set[str] = False,
    division: Literal["python", "numpy"] = "python",
) -> Callable[[Function], Function]:
    """Compile a function at its first call, and keep the machine code for the next process.

    Numba keeps it beside the source or in the user's cache folder; where neither can be written,
    each process compiles anew, in some seconds. The interpreter's lock is released while the
    function runs.

    Args:
        parallel: Whether loops over ``numba.prange`` are shared among threads.
        fastmath: Which liberties with rounding are allowed, as LLVM names them: ``{"contract"}``
            lets a product and a sum become one instruction.
        division: Whether dividing by zero raises, as in Python, or gives ∞ or NaN without a
            check, as in NumPy.

    Example:
        >>> @compiled()
        ... def double(x):
        ...     return 2 * x
        >>> double(21)
        42
    """
    options: dict[str, Any] = {
        "parallel": parallel,
        "fastmath": fastmath,
        "error_model": division,
        "nogil": True,
    }

    def compile_later(function: Function) -> Function:
        try:
            fast: Function = numba.njit(cache=True, **options)(function)
        except RuntimeError:  # no folder to keep it in
            fast = numba.njit(**options)(function)
        return _after_launching(fast) if parallel else fast

    return compile_later


def threads() -> int:
    """How many threads loops are shared among (``NUMBA_NUM_THREADS``; else the processors)."""
    _launch_threads()
    return int(numba.get_num_threads())


def _after_launching(function: Function) -> Function:
    @wraps(function)
    def call(*arguments: Any) -> Any:
        _launch_threads()
        return function(*arguments)

    return call  # type: ignore[return-value]


@cache
def _launch_threads() -> None:
    """Start numba's threads; where they are OpenMP's, that sets the number that torch takes too.

    Sums of another number of threads round differently, so without this a training would give
    other bytes after the first loop over a graph than before it.
    """
    import torch

    before = torch.get_num_threads()
    numba.get_num_threads()
    torch.set_num_threads(before)
