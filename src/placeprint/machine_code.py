"""Loops in machine code, compiled at their first use, and what the machine has for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import numba

__all__ = ["available_memory", "compiled", "threads"]

CONTAINER: Final = Path("/sys/fs/cgroup")
MEMINFO: Final = Path("/proc/meminfo")

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


def available_memory() -> int | None:
    """Bytes that may be taken without harm to others, as far as the system tells; else None.

    In a container it is what the container is allowed, if that is less; the pages of files that
    were read count as free, for the system gives them up when memory is short.
    """
    free = _available()
    try:
        allowed = int((CONTAINER / "memory.max").read_text())
        taken = int((CONTAINER / "memory.current").read_text()) - _idle_pages()
    except (OSError, ValueError):  # no container, or one without a limit
        return free
    return allowed - taken if free is None else min(free, allowed - taken)


def _idle_pages() -> int:
    try:
        for line in (CONTAINER / "memory.stat").read_text().splitlines():
            if line.startswith("inactive_file "):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def _available() -> int | None:
    try:
        for line in MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:  # not Linux
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
