"""Progress bars for long work, with the time left; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

__all__ = ["Tracker", "console", "track"]

console = Console(stderr=True)


class Tracker:
    """A handle on one progress bar: advance it, and say what it is at."""

    def __init__(self, progress: Progress, description: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(description, total=total, note="")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Move the bar on by ``steps`` and show ``note`` behind it."""
        self._progress.update(self._task, advance=steps, note=note)


@contextmanager
def track(description: str, total: int) -> Iterator[Tracker]:
    """Show a progress bar on standard error while the block runs.

    Nothing is drawn where standard error is not a terminal, so logs stay readable.

    Args:
        description: What is being done.
        total: How many steps it takes.

    Example:
        >>> with track("adding", total=3) as tracker:
        ...     for _ in range(3):
        ...         tracker.advance(note="one more")
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(
        *columns,
        console=console,
        disable=not console.is_terminal,
        speed_estimate_period=3600,  # a step may take a minute, and the speed is that of several
    ) as progress:
        yield Tracker(progress, description, total)
