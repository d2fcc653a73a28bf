"""The engines that count co-visits: machine code, DuckDB, Polars, Spark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from placeprint.errors import InputError, closest

__all__ = ["ENGINES", "Engine", "memory_bytes"]

ENGINES: Final = ("compiled", "duckdb", "polars", "spark")
WHERE_UNKNOWN: Final = 8 * 10**9
"""Bytes taken to be free where the system does not tell."""
UNITS: Final = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
BINARY: Final = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


@dataclass(frozen=True)
class Engine:
    """Which engine counts, and with what; all of them count the same, to the edge.

    Attributes:
        name: ``compiled`` (sorts in machine code, the fastest on one machine), ``duckdb``,
            ``polars`` or ``spark``.
        memory: What it may take, in bytes; None: half of what the machine, or the container,
            has free. Polars knows no bound.
            For Spark: of each executor, or of the driver where that does all the work.
        master: Where Spark runs, such as ``spark://host:7077``, which has to see the same files;
            None: this machine.

    Raises:
        InputError: If there is no such engine, or it does not know an option.

    Example:
        >>> Engine("duckdb", memory=memory_bytes("4GB"))
        Engine(name='duckdb', memory=4000000000, master=None)
    """

    name: str = "compiled"
    memory: int | None = None
    master: str | None = None

    def __post_init__(self) -> None:
        if self.name not in ENGINES:
            raise InputError(f"unknown engine {self.name!r}", hint=closest(self.name, ENGINES))
        if self.master is not None and self.name != "spark":
            raise InputError(
                f"the engine {self.name} has no master", hint="add --engine spark, or leave it out"
            )
        if self.memory is not None and self.name == "polars":
            raise InputError(
                "Polars cannot be held to a memory budget", hint="choose compiled or duckdb"
            )

    @property
    def budget(self) -> int:
        """The memory it may take, in bytes."""
        if self.memory:
            return self.memory
        from placeprint.machine_code import available_memory  # imports numba

        return (available_memory() or WHERE_UNKNOWN) // 2


def memory_bytes(text: str) -> int:
    """Read a size of memory.

    Raises:
        InputError: If it is none.

    Example:
        >>> memory_bytes("4GB"), memory_bytes("1.5 GiB")
        (4000000000, 1610612736)
    """
    found = re.fullmatch(r"\s*([\d.]+)\s*([KMGT]?)(i?)B?\s*", text, flags=re.IGNORECASE)
    try:
        number, unit, binary = found.groups() if found else ("", "", "")
        size = int(float(number) * (BINARY if binary else UNITS)[unit.upper()])
    except ValueError:
        size = 0
    if size <= 0:
        raise InputError(f"{text!r} is no size of memory", hint="write it like 4GB or 500MB")
    return size
