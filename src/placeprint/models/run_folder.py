"""A run while it is being made: timings, and the manifest at the end."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import BaseModel

from placeprint.atlas import Atlas
from placeprint.files import fingerprint, write_json, write_table, write_vectors
from placeprint.training.output_folder import OutputFolder
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from placeprint.models.run import Run

__all__ = ["RunFolder"]


class RunFolder(OutputFolder):
    """The folder of a run in the making.

    Args:
        path: The folder.
        model: The name of the model.
        atlas: The atlas it is trained on.
        config: The configuration; it has a ``seed``.

    Attributes:
        path: The folder.
        request: Digest of the atlas and the configuration.
    """

    def __init__(self, path: PathLike, model: str, atlas: Atlas, config: BaseModel) -> None:
        told = {"atlas": atlas.fingerprint, "config": config.model_dump()}
        super().__init__(path, "run", "run.json", fingerprint(told))
        self._model = model
        self._atlas = atlas
        self._config = config
        self._laps: dict[str, float] = {}
        self._last = time.perf_counter()

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
        self.remove_checkpoints()
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
