"""A run while it is being made: what may be there already, timings, the manifest at the end."""

from __future__ import annotations

import os
import platform
import shutil
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import BaseModel

from placeprint.atlas import Atlas
from placeprint.errors import InputError, OutputExistsError
from placeprint.files import (
    check_place,
    fingerprint,
    read_json,
    write_json,
    write_table,
    write_vectors,
)
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from placeprint.models.run import Run

__all__ = ["RunFolder"]

CHECKPOINTS = "checkpoint*"


class RunFolder:
    """The folder of a run in the making.

    Args:
        path: The folder.
        model: The name of the model.
        atlas: The atlas it is trained on.
        config: The configuration; it has a ``seed``.

    Attributes:
        path: The folder.
        request: Digest of what is trained: the atlas and the configuration.
    """

    def __init__(self, path: PathLike, model: str, atlas: Atlas, config: BaseModel) -> None:
        self.path = Path(path)
        self._model = model
        self._atlas = atlas
        self._config = config
        settings = config.model_dump()
        self.request = fingerprint({"atlas": atlas.fingerprint, "config": settings})
        self._laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def open(self, *, resume: bool, overwrite: bool) -> Run | None:
        """Check that the folder may be written to, before any work.

        Args:
            resume: Go on with what is there.
            overwrite: Start anew and replace what is there.

        Returns:
            The run, if it is there and finished already and was to be resumed.

        Raises:
            InputError: If a finished run there is about something else, or nothing can be written
                there.
            OutputExistsError: If something is there, and neither was asked for.
        """
        check_place(self.path / "run.json")
        finished = (self.path / "run.json").exists()
        if finished and resume:
            return self._finished()
        occupied = self.path.exists() and any(self.path.iterdir())
        if occupied and not (resume or overwrite):
            stopped = not finished and any(self.path.glob(CHECKPOINTS))
            raise OutputExistsError(self.path, resumable=stopped)
        for left in self.path.glob(".*.part"):  # by a process that was killed while it wrote
            left.unlink()
        if overwrite:
            (self.path / "run.json").unlink(missing_ok=True)
            self._remove_checkpoints()
        return None

    def _finished(self) -> Run:
        from placeprint.models.run import Run

        if read_json(self.path / "run.json")["request"] != self.request:
            raise InputError(
                "the run there was trained on another atlas or with another configuration",
                source=self.path,
                hint="choose another --out, or replace it with --overwrite",
            )
        return Run(self.path, self._atlas)

    def checkpoint(self, part: str = "", suffix: str = ".safetensors") -> Path:
        """Where the state of the training, or of a part of it, is kept until it is finished."""
        return self.path / CHECKPOINTS.replace("*", (f"-{part}" if part else "") + suffix)

    def lap(self, name: str) -> None:
        """Note the time since the last lap under a name."""
        now = time.perf_counter()
        self._laps[name] = round(now - self._last, 3)
        self._last = now

    def finish(self, embeddings: pd.DataFrame, history: pd.DataFrame, **more: object) -> Run:
        """Write embeddings, curves, configuration and manifest, and remove the checkpoints.

        Args:
            embeddings: One vector per region.
            history: The training curves.
            more: What else the manifest says of this model.

        Returns:
            The run.
        """
        from placeprint.models.run import Run

        write_json(self.path / "config.json", self._config.model_dump())
        write_vectors(self.path / "embeddings.parquet", embeddings, {"emb:model": self._model})
        write_table(self.path / "history.csv", history)
        write_json(self.path / "run.json", {**self._manifest(), **more})
        self._remove_checkpoints()
        return Run(self.path, self._atlas)

    def _manifest(self) -> dict[str, object]:
        import torch

        return {
            "model": self._model,
            "seed": self._config.model_dump()["seed"],
            "request": self.request,
            "atlas": {
                "name": self._atlas.name,
                "fingerprint": self._atlas.fingerprint,
                "path": os.path.relpath(self._atlas.path, self.path),
            },
            "timings": self._laps,
            "versions": {
                "placeprint": version("placeprint"),
                "python": platform.python_version(),
                "torch": str(torch.__version__),
            },
        }

    def _remove_checkpoints(self) -> None:
        for path in sorted(self.path.glob(CHECKPOINTS)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
