"""Train MobCLIP on an atlas and write a run."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from placeprint.atlas import Atlas
from placeprint.errors import InputError, OutputExistsError
from placeprint.files import fingerprint, read_json, write_json, write_table, write_vectors
from placeprint.models.mobclip.config import MobCLIPConfig
from placeprint.models.mobclip.embedding import Embedder
from placeprint.models.mobclip.network import Alignment, MobCLIP, node_features, tensors
from placeprint.models.mobclip.views import Views, read_views
from placeprint.models.mobclip.weights import load_weights, save_weights
from placeprint.models.run import Run
from placeprint.training import Trainer
from placeprint.typing import PathLike

__all__ = ["load_model", "train"]

CHECKPOINT = "checkpoint.safetensors"


def train(
    atlas: Atlas,
    config: MobCLIPConfig | None = None,
    out: PathLike = "run",
    *,
    resume: bool = False,
    overwrite: bool = False,
) -> Run:
    """Train MobCLIP and write the embeddings of all regions.

    A checkpoint is written after every epoch; a training that was stopped and resumed ends with
    the same result as one that never stopped.

    Args:
        atlas: The atlas to train on.
        config: The configuration; None: the defaults.
        out: The run folder.
        resume: Go on with what is in ``out``.
        overwrite: Start anew and replace what is in ``out``.

    Returns:
        The run.

    Raises:
        InputError: If the atlas lacks what the configuration names, or ``out`` belongs to
            another atlas or configuration.
        OutputExistsError: If ``out`` holds a run, and neither was asked for.
    """
    settings = config or MobCLIPConfig()
    folder = Path(out)
    request = fingerprint({"atlas": atlas.fingerprint, "config": settings.model_dump()})
    if (folder / "run.json").exists() and resume:
        return _finished(folder, request, atlas)
    occupied = folder.exists() and any(folder.iterdir())
    if occupied and not (resume or overwrite):
        raise OutputExistsError(folder)
    if overwrite:
        for name in (CHECKPOINT, "run.json"):
            (folder / name).unlink(missing_ok=True)
    clock = Clock()
    views = read_views(atlas, settings)
    network = _network(settings, views)
    clock.lap("preparing")
    trainer = Trainer(
        network,
        Alignment(network, views),
        settings.training,
        seed=settings.seed,
        checkpoint=folder / CHECKPOINT,
        request=request,
    )
    history = trainer.fit(resume=resume)
    clock.lap("training")
    embedder = Embedder.fit(network, views, atlas)
    embeddings = embedder.embed_views(views, atlas)
    clock.lap("embedding")
    save_weights(folder / "model.safetensors", embedder)
    write_json(folder / "config.json", settings.model_dump())
    write_vectors(folder / "embeddings.parquet", embeddings, {"emb:model": "MobCLIP"})
    write_table(folder / "history.csv", history)
    write_json(folder / "run.json", _manifest(atlas, settings, views, request, clock, folder))
    (folder / CHECKPOINT).unlink()
    return Run(folder, atlas)


def load_model(run: Run) -> Embedder:
    """The trained model of a run."""
    config = MobCLIPConfig.model_validate(run.config)
    return load_weights(run.path / "model.safetensors", config)


class Clock:
    """Seconds by phase."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Note the time since the last lap."""
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now


def _network(config: MobCLIPConfig, views: Views) -> MobCLIP:
    sizes = {name: frame.shape[1] for name, frame in views.features.items()}
    network = MobCLIP(config, sizes, node_features(views, config))
    network.standardise(tensors(views))
    return network


def _finished(folder: Path, request: str, atlas: Atlas) -> Run:
    if read_json(folder / "run.json")["request"] != request:
        raise InputError(
            "the run there was trained on another atlas or with another configuration",
            source=folder,
            hint="choose another --out, or replace it with --overwrite",
        )
    return Run(folder, atlas)


def _manifest(
    atlas: Atlas,
    config: MobCLIPConfig,
    views: Views,
    request: str,
    clock: Clock,
    folder: Path,
) -> dict[str, Any]:
    return {
        "model": "MobCLIP",
        "seed": config.seed,
        "views": views.names,
        "request": request,
        "atlas": {
            "name": atlas.name,
            "fingerprint": atlas.fingerprint,
            "path": os.path.relpath(atlas.path, folder),
        },
        "timings": clock.laps,
        "versions": {
            "placeprint": version("placeprint"),
            "python": platform.python_version(),
            "torch": str(torch.__version__),
        },
    }
