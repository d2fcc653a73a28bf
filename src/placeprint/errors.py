"""The errors placeprint raises: each says what was found, what was expected and what to do."""

from __future__ import annotations

import difflib
import importlib
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from placeprint.typing import PathLike

__all__ = [
    "DataWarning",
    "InputError",
    "MissingExtraError",
    "OutputExistsError",
    "PlaceprintError",
    "Problems",
    "caution",
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

    Attributes:
        parts: The errors that it tells together, see :class:`Problems`; none for a single one.

    Example:
        >>> print(InputError("no column 'weight'", source="flows.csv", hint="name another"))
        flows.csv: no column 'weight'. To mend it: name another.
    """

    parts: Sequence[PlaceprintError] = ()

    def __init__(
        self, problem: str, *, source: PathLike | None = None, hint: str | None = None
    ) -> None:
        super().__init__(_sentence(problem, source, hint))


def _sentence(problem: str, source: PathLike | None, hint: str | None) -> str:
    message = f"{source}: {problem}" if source is not None else problem
    if not hint:
        return message
    end = "" if hint.endswith("?") else "."
    return f"{message.rstrip('.')}. To mend it: {hint.rstrip('.')}{end}"


class DataWarning(UserWarning):
    """Data are used in a way that a person should know of, such as marks taken for missing."""


def caution(problem: str, *, source: PathLike | None = None, hint: str | None = None) -> None:
    """Warn of something in the data that is no error; arguments as of :class:`InputError`.

    Example:
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     caution("3 values are -9999", source="labels.csv", hint="leave them empty")
        >>> str(caught[0].message)
        'labels.csv: 3 values are -9999. To mend it: leave them empty.'
    """
    warnings.warn(_sentence(problem, source, hint), DataWarning, stacklevel=2)


class Problems:
    """Collects the errors of parts that do not depend on each other, to show them together.

    Example:
        >>> problems = Problems()
        >>> for name in ("a.csv", "b.csv"):
        ...     with problems.collecting():
        ...         raise InputError("there is no such file", source=name)
        >>> problems.check()
        Traceback (most recent call last):
        placeprint.errors.InputError: 2 problems:
          1. a.csv: there is no such file
          2. b.csv: there is no such file
    """

    def __init__(self) -> None:
        self.errors: list[PlaceprintError] = []

    @property
    def found(self) -> list[str]:
        """The messages so far."""
        return [str(error) for error in self.errors]

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep an error of the block for later, or those that it tells together."""
        try:
            yield
        except (InputError, MissingExtraError) as error:
            parts = error.parts if isinstance(error, InputError) else ()
            for one in parts or [error]:
                if str(one) not in self.found:
                    self.errors.append(one)

    def add(self, problem: str, source: PathLike | None = None, hint: str | None = None) -> None:
        """Keep a problem; arguments as of :class:`InputError`."""
        with self.collecting():
            raise InputError(problem, source=source, hint=hint)

    def error(self) -> PlaceprintError:
        """All that was found as one error."""
        if len(self.errors) == 1:
            return self.errors[0]
        lines = [f"  {number}. {text}" for number, text in enumerate(self.found, start=1)]
        error = InputError("\n".join([f"{len(lines)} problems:", *lines]))
        error.parts = self.errors
        return error

    def check(self) -> None:
        """Raise what was found.

        Raises:
            InputError: If anything was.
        """
        if self.found:
            raise self.error()


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
