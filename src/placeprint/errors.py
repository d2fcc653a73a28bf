"""The errors placeprint raises: each says what was found, what was expected and what to do."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from placeprint.typing import PathLike

__all__ = [
    "InputError",
    "MissingExtraError",
    "OutputExistsError",
    "PlaceprintError",
    "closest",
    "listing",
    "optional_import",
]


class PlaceprintError(Exception):
    """Base of every error that placeprint raises on purpose.

    The command line prints its message without a traceback and exits with 1.
    """


class InputError(PlaceprintError, ValueError):
    """Something the user handed in cannot be used.

    Args:
        problem: What was found, and what was expected.
        source: The file, table or recipe key that it was found in.
        hint: What to do about it.

    Example:
        >>> print(InputError("no column 'weight'", source="flows.csv", hint="name another"))
        flows.csv: no column 'weight'. To mend it: name another.
    """

    def __init__(
        self, problem: str, *, source: PathLike | None = None, hint: str | None = None
    ) -> None:
        message = f"{source}: {problem}" if source is not None else problem
        if hint:
            end = "" if hint.endswith("?") else "."
            message = f"{message.rstrip('.')}. To mend it: {hint.rstrip('.')}{end}"
        super().__init__(message)


class OutputExistsError(PlaceprintError, FileExistsError):
    """An output is already there, and overwriting it was not asked for.

    Args:
        path: The output.
        resumable: Whether it is work that was stopped, and can be taken up again.
    """

    def __init__(self, path: str | Path, *, resumable: bool = False) -> None:
        found = "holds work that was stopped" if resumable else "exists already"
        resume = "go on with it with --resume (resume=True), " if resumable else ""
        super().__init__(
            f"{path} {found} and would be overwritten. "
            f"To mend it: {resume}choose another name, or ask for it with --overwrite "
            "(overwrite=True)."
        )


class MissingExtraError(PlaceprintError, ImportError):
    """An optional library is not installed."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(
            f"this needs the library {module!r}, which is not installed. "
            f"To mend it: pip install 'placeprint[{extra}]'."
        )


def optional_import(module: str, extra: str) -> ModuleType:
    """Import a library that only an optional extra installs.

    Args:
        module: The module's dotted name.
        extra: The extra of placeprint that installs it.

    Returns:
        The module.

    Raises:
        MissingExtraError: If it is not installed; the message names the extra.

    Example:
        >>> optional_import("math", "text").pi > 3
        True
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        raise MissingExtraError(module, extra) from error


def closest(word: str, options: Iterable[str]) -> str:
    """Advice that names the option most like a misspelt word, or lists them all.

    Example:
        >>> closest("regoins", ["regions", "graphs"])
        "did you mean 'regions'?"
        >>> closest("x", ["regions", "graphs"])
        'choose one of graphs, regions'
    """
    names = sorted({str(option) for option in options})
    matches = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if matches:
        return f"did you mean {matches[0]!r}?"
    return f"choose one of {listing(names)}"


def listing(values: Iterable[object], limit: int = 12) -> str:
    """The first few values as one readable phrase, and how many more there are.

    Example:
        >>> listing(range(5), limit=3)
        '0, 1, 2 and 2 more'
    """
    items = [str(value) for value in values]
    shown = ", ".join(items[:limit])
    return shown if len(items) <= limit else f"{shown} and {len(items) - limit} more"
