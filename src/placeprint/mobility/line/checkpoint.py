"""The blocks of a decomposition on disk, so that one that was killed goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from placeprint.errors import InputError
from placeprint.files import read_json, replacing, write_json
from placeprint.mobility.line.krylov import BlockKrylov
from placeprint.mobility.line.panels import Panel
from placeprint.typing import FloatArray

__all__ = ["Checkpoint"]

P = TypeVar("P", bound=Panel)

ABOUT: Final = "line.json"


class Checkpoint:
    """A folder that keeps each block once it is computed; the folder is its user's to remove.

    Args:
        folder: Where; made if it is not there.
        request: Digest of what is computed.

    Raises:
        InputError: If the folder holds the blocks of another request.
    """

    def __init__(self, folder: Path, request: str) -> None:
        self._folder = folder
        about = folder / ABOUT
        if not about.exists():
            write_json(about, {"request": request})
        elif read_json(about).get("request") != request:
            raise InputError(
                "this checkpoint is of another graph or of other settings",
                source=folder,
                hint="remove the folder, or name another one",
            )

    def restore(self, work: BlockKrylov[P]) -> None:
        """Give the blocks that are there back to the work."""
        while (products := self._file("products", len(work.products))).exists():
            for number in range(len(work.basis), len(work.products) + 2):
                if (basis := self._file("basis", number)).exists():
                    work.basis.append(work.algebra.taken(_read(basis)))
            work.products.append(work.algebra.taken(_read(products)))

    def keep(self, work: BlockKrylov[P]) -> None:
        """Write what the last step of the work has computed; the product last, as it counts."""
        for number, block in enumerate(work.basis):
            if not self._file("basis", number).exists():
                self._write("basis", number, work.algebra.given(block))
        last = len(work.products) - 1
        self._write("products", last, work.algebra.given(work.products[last]))

    def _file(self, kind: str, number: int) -> Path:
        return self._folder / f"{kind}-{number}.npy"

    def _write(self, kind: str, number: int, block: FloatArray) -> None:
        with replacing(self._file(kind, number)) as temporary, temporary.open("wb") as file:
            np.save(file, block)


def _read(path: Path) -> FloatArray:
    try:
        block: FloatArray = np.load(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot be read ({error})", source=path, hint="remove the checkpoint's folder"
        ) from None
    return block
