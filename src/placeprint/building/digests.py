"""What a layer depends on: its settings and the contents of its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from placeprint.atlas.recipe import Spec
from placeprint.files import sha256

__all__ = ["Digests"]


class Digests:
    """SHA-256 digests of raw files, each computed once.

    Args:
        data: The folder of the raw files.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._known: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The digest of a raw file."""
        if name not in self._known:
            self._known[name] = sha256(self._data / name)
        return self._known[name]

    def request(self, spec: Spec) -> dict[str, Any]:
        """A part of a recipe together with the digests of the files it names."""
        settings = spec.model_dump()
        named = [settings.get("file"), settings.get("cover"), *settings.get("files", [])]
        inputs = {name: self.of(name) for name in named if name}
        return {"settings": settings, "inputs": inputs}
