"""What every benchmark is made of: rows of figures, taken in turns in one process.

A benchmark is a module of this folder with a function ``rows(quick)`` that yields a
:class:`Row` for each operation and size. The reference, the plain way of doing it, is written out
in the same module and takes turns with ours, so that whatever else the machine is doing hits both.
"""

from __future__ import annotations

import gc
import math
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = ["Row", "compare", "cpu_seconds", "exponents", "peak_megabytes"]

TURNS = 5


@dataclass(frozen=True)
class Row:
    """One line of the results.

    Attributes:
        operation: What is done.
        size: How much of it: cells, entries, events, points.
        reference_cpu_s: CPU seconds (user and system, all threads) of the plain way; NaN if it
            cannot be run at this size.
        ours_cpu_s: CPU seconds of ours.
        peak_mb: The memory that ours adds at its peak, in MB.
        reference_peak_mb: The memory that the plain way adds, in MB; NaN if not measured.
        wall_s: Wall seconds of ours.
        note: What else is to be said: quality, error, settings.
    """

    operation: str
    size: int
    reference_cpu_s: float
    ours_cpu_s: float
    peak_mb: float
    reference_peak_mb: float = math.nan
    wall_s: float = math.nan
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times as fast ours is."""
        return self.reference_cpu_s / self.ours_cpu_s


def compare(
    operation: str,
    size: int,
    ours: Callable[[], object],
    reference: Callable[[], object] | None = None,
    *,
    turns: int = TURNS,
    reference_turns: int | None = None,
    note: str = "",
) -> Row:
    """Let ours and the reference take turns; medians of their CPU seconds.

    Both run once before anything is timed, which compiles what is compiled and measures the
    peaks; the reference does so only if it gets as many turns as ours.

    Args:
        operation: What is done.
        size: How much of it.
        ours: The work.
        reference: The plain way.
        turns: Turns of ours.
        reference_turns: Turns of a slow reference; None: as many as ours.
        note: What else is to be said.
    """
    peak, theirs_peak = peak_megabytes(ours), math.nan
    fewer = turns if reference_turns is None else reference_turns
    if reference is not None and fewer == turns:
        theirs_peak = peak_megabytes(reference)
    mine: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    for turn in range(turns):
        mine.append(cpu_seconds(ours))
        if reference is not None and turn < fewer:
            theirs.append(cpu_seconds(reference))
    return Row(
        operation,
        size,
        median(cpu for cpu, _ in theirs) if theirs else math.nan,
        median(cpu for cpu, _ in mine),
        peak,
        theirs_peak,
        median(wall for _, wall in mine),
        note,
    )


def cpu_seconds(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds of this process and its finished children, and wall seconds."""
    start, cpu = time.perf_counter(), _cpu()
    work()
    return _cpu() - cpu, time.perf_counter() - start


def peak_megabytes(work: Callable[[], object]) -> float:
    """How much resident memory a piece of work adds at its peak, in MB.

    Linux keeps a high-water mark that can be lowered to the present; elsewhere the mark only
    rises, so the figure is a lower bound.
    """
    gc.collect()
    mark = Path("/proc/self/clear_refs")
    if mark.exists():
        mark.write_text("5")
        before = _status("VmRSS")
        work()
        return max(_status("VmHWM") - before, 0.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 - before


def exponents(rows: Sequence[Row]) -> dict[str, float]:
    """For each operation of several sizes, the exponent p of CPU seconds ∝ size^p."""
    found = {}
    for operation in dict.fromkeys(row.operation for row in rows):
        chosen = [row for row in rows if row.operation == operation and row.ours_cpu_s > 0]
        x = [math.log(row.size) for row in chosen]
        y = [math.log(row.ours_cpu_s) for row in chosen]
        spread = sum((value - sum(x) / len(x)) ** 2 for value in x) if x else 0.0
        if spread > 0:
            centre = sum(y) / len(y)
            slope = sum((a - sum(x) / len(x)) * (b - centre) for a, b in zip(x, y, strict=True))
            found[operation] = slope / spread
    return found


def _cpu() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _status(key: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1000
    raise RuntimeError(f"/proc/self/status says nothing of {key}")
