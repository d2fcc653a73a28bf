"""The folder of what is needed meanwhile: one process at a time, kept only if it is of use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from placeprint.errors import InputError, PlaceprintError
from placeprint.mobility.covisits.spilling import MemoryBudgetError
from placeprint.progress import console
from placeprint.typing import PathLike

__all__ = ["LOCK", "at_work", "clear_folder", "remove_unfinished"]

LOCK: Final = "lock"


@contextmanager
def at_work(folder: Path) -> Iterator[None]:
    """Work in a folder, which is made if it is not there, and which no other process may use.

    If the block raises an error of the input that no second run gets past, the folder goes; else
    it stays, and the error says where it is.

    Raises:
        InputError: If another process is at work there.

    Example:
        >>> import tempfile
        >>> work = Path(tempfile.mkdtemp()) / "work"
        >>> with at_work(work):
        ...     work.is_dir()
        True
    """
    with _locked(folder):
        try:
            yield
        except InputError as error:
            if isinstance(error, MemoryBudgetError):
                error.args = (f"{error} {_kept(folder)}",)
            else:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        except PlaceprintError as error:
            error.args = (f"{error} {_kept(folder)}",)
            raise
        except BaseException:
            console.print(_kept(folder), highlight=False, soft_wrap=True, markup=False)
            raise


def clear_folder(folder: Path) -> None:
    """Remove what a folder holds, all but its lock."""
    for path in folder.iterdir():
        if path.name == LOCK:
            continue
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def remove_unfinished(path: PathLike) -> None:
    """Remove what processes that were killed while they wrote a file left beside it.

    Of a noisy graph that would be a second draw, with which the noise can partly be taken off.
    """
    target = Path(path)
    for left in target.parent.glob(f".{escape(target.name)}.*.part"):
        left.unlink(missing_ok=True)


def _kept(folder: Path) -> str:
    return (
        f"What is done so far is kept in {folder}, with the located visits: the same command goes "
        "on from there. Remove that folder if it is not to go on."
    )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock that the system takes back however the process ends."""
    with _open(folder) as file:
        try:
            import fcntl
        except ImportError:  # not a POSIX system
            yield
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise InputError(
                f"process {file.read().strip() or 'unknown'} is at work on the same output and "
                "has its unfinished work here",
                source=folder,
                hint="wait until it ends, or stop it first",
            ) from None
        except OSError:  # a file system that knows no locks
            yield
            return
        if not _same(file, folder / LOCK):  # the folder was removed since the lock was opened
            with _locked(folder):
                yield
            return
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _open(folder: Path) -> TextIOWrapper:
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # removed in between
            return (folder / LOCK).open("a+", encoding="utf-8")


def _same(file: TextIOWrapper, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
