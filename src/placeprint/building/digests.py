"""What a layer depends on: its settings and the contents of its files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from placeprint.atlas.specs import Spec
from placeprint.files import sha256
from placeprint.sources import read_rows

__all__ = ["Digests", "matching_files"]


class Digests:
    """SHA-256 digests of raw files, each computed once.

    Args:
        data: The folder of the raw files.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._known: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The digest of a raw file.

        Of a folder, or of the files that a pattern stands for: of their names and contents.
        """
        if name not in self._known:
            path = self._data / name
            if path.is_dir():
                self._known[name] = _of_files(path, _files(path))
            elif path.exists():
                self._known[name] = sha256(path)
            else:
                self._known[name] = _of_files(self._data, matching_files(self._data, name))
        return self._known[name]

    def of_listed(self, name: str, column: str) -> str:
        """The digest of the files that a table lists, relative to the folder it is in.

        Args:
            name: The table.
            column: Its column of file names; files that are not there count as absent.
        """
        folder = (self._data / name).parent
        listed = read_rows(self._data / name, [column], text=[column])[column]
        return _of_files(folder, sorted(listed.dropna().unique()))

    def request(self, spec: Spec) -> dict[str, Any]:
        """A part of a recipe together with the digests of the files it names."""
        inputs = {name: self.of(name) for name in spec.inputs()}
        return {"settings": spec.model_dump(), "inputs": inputs}


def matching_files(data: Path, name: str) -> list[str]:
    """The raw files that a name or a pattern such as ``visits/*.parquet`` stands for, sorted."""
    if (data / name).exists():
        return [name]
    return sorted(path.relative_to(data).as_posix() for path in data.glob(name))


def _files(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


def _of_files(folder: Path, names: Iterable[str]) -> str:
    """One digest of the names and contents of the files that are there."""
    digest = hashlib.sha256()
    for name in names:
        if (folder / name).is_file():
            digest.update(f"{name} {sha256(folder / name)}\n".encode())
    return digest.hexdigest()
