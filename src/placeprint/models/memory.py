"""How much memory there is, and what to say when it does not suffice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from placeprint.errors import PlaceprintError
from placeprint.machine_code import available_memory

__all__ = ["ADVICE", "available_memory", "enough_memory"]

ADVICE: Final = (
    "train on a machine with more memory, or on less: a smaller training.batch_size or dim, "
    "fewer modalities, a smaller graph.share, or a part of the regions"
)
"""What lowers the memory of a training."""


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
