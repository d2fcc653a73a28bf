"""How much memory there is, and what to say when it does not suffice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from placeprint.errors import PlaceprintError

__all__ = ["ADVICE", "available_memory", "enough_memory"]

ADVICE: Final = (
    "train on a machine with more memory, or on less: a smaller training.batch_size or dim, "
    "fewer modalities, a smaller graph.share, or a part of the regions"
)
"""What lowers the memory of a training."""

CONTAINER: Final = Path("/sys/fs/cgroup")
MEMINFO: Final = Path("/proc/meminfo")


def available_memory() -> int | None:
    """Bytes that may be taken without harm to others, as far as the system tells; else None.

    In a container it is what the container is allowed, if that is less.
    """
    free = _available()
    try:
        allowed = int((CONTAINER / "memory.max").read_text())
        taken = int((CONTAINER / "memory.current").read_text())
    except (OSError, ValueError):  # no container, or one without a limit
        return free
    return allowed - taken if free is None else min(free, allowed - taken)


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


@contextmanager
def enough_memory() -> Iterator[None]:
    """Say what to change if memory runs out while the block runs.

    Raises:
        PlaceprintError: In place of NumPy's, Arrow's or torch's own error.

    Example:
        >>> with enough_memory():
        ...     raise MemoryError("Unable to allocate 9.00 TiB")
        Traceback (most recent call last):
        placeprint.errors.PlaceprintError: memory ran out (Unable to allocate 9.00 TiB). ...
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        spoken = str(error).lower()
        if (
            isinstance(error, MemoryError)
            or "allocate memory" in spoken
            or "out of memory" in spoken
        ):
            reason = str(error).splitlines()[0] if str(error) else "no more is to be had"
            raise PlaceprintError(
                f"memory ran out ({reason}). To mend it: {ADVICE}; what was done so far is kept, "
                "so --resume goes on from there if the configuration stays the same."
            ) from error
        raise
