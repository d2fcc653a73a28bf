"""The folder of what is trained: what may be there already, and its checkpoints."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from placeprint.errors import InputError, OutputExistsError, listing
from placeprint.files import check_place, read_json, write_json
from placeprint.typing import PathLike

__all__ = ["OutputFolder"]

_CHECKPOINTS: Final = "checkpoint*"
_BEGUN: Final = "checkpoint.json"


class OutputFolder:
    """The folder of a run or an encoder in the making.

    While it is made, ``checkpoint.json`` says of what; the file that is written last says that it
    is finished. So what was stopped is told from a folder of anything else, which is left alone.

    Args:
        path: The folder.
        kind: What is made there, in a word.
        last: The name of the file that is written last; it holds the ``request``.
        request: Digest of all that it is made from: data and settings.

    Attributes:
        path: The folder.
        request: The digest.

    Example:
        >>> import tempfile
        >>> folder = OutputFolder(tempfile.mkdtemp(), "run", "run.json", "4ae1")
        >>> folder.open(resume=False, overwrite=False)
        False
        >>> folder.begin(resume=False)
        >>> [path.name for path in folder.path.iterdir()]
        ['checkpoint.json']
    """

    def __init__(self, path: PathLike, kind: str, last: str, request: str) -> None:
        self.path = Path(path)
        self.request = request
        self._kind = kind
        self._final = self.path / last

    def open(self, *, resume: bool, overwrite: bool) -> bool:
        """Check that the folder may be written to, before any work; nothing is changed.

        Args:
            resume: Go on with what is there.
            overwrite: Start anew and replace what is there.

        Returns:
            Whether it is there already, finished, and was to be resumed.

        Raises:
            InputError: If something else is there, or it was made of something else and was to be
                resumed; or nothing can be written there.
            OutputExistsError: If it is there, and neither was asked for.
        """
        check_place(self._final)
        finished, stopped = self.is_finished(), self._is_begun()
        if not (finished or stopped):
            self._refuse_others()
        elif resume:
            self._check_request(self._final if finished else self.path / _BEGUN)
            if finished:
                return True
        elif not overwrite:
            raise OutputExistsError(self.path, resumable=not finished)
        return False

    def begin(self, *, resume: bool) -> None:
        """Note what is made here from now on; what was finished no longer counts as such.

        Args:
            resume: Keep the states of what was stopped.
        """
        for left in self.path.glob(".*.part"):  # by a process that was killed while it wrote
            left.unlink()
        if not resume:
            self.remove_checkpoints()
        write_json(self.path / _BEGUN, {"kind": self._kind, "request": self.request})
        self._final.unlink(missing_ok=True)

    def is_finished(self) -> bool:
        """Whether it is there, whole."""
        return self._final.is_file() and "request" in read_json(self._final)

    def checkpoint(self, part: str, suffix: str = ".safetensors") -> Path:
        """Where the state of a part of the work is kept until all is finished."""
        return self.path / f"checkpoint-{part}{suffix}"

    def remove_checkpoints(self) -> None:
        """Remove the states of all parts."""
        for path in sorted(self.path.glob(_CHECKPOINTS)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def _is_begun(self) -> bool:
        begun = self.path / _BEGUN
        return begun.is_file() and read_json(begun).get("kind") == self._kind

    def _check_request(self, path: Path) -> None:
        if read_json(path).get("request") != self.request:
            raise InputError(
                f"the {self._kind} there was made from other data or with other settings",
                source=self.path,
                hint="choose another --out, or replace it with --overwrite",
            )

    def _refuse_others(self) -> None:
        found = sorted(path.name for path in self.path.iterdir()) if self.path.exists() else []
        others = [name for name in found if not name.startswith(".")]
        if others:
            raise InputError(
                f"there is something else in it that is no {self._kind}: {listing(others)}",
                source=self.path,
                hint="choose another --out",
            )
