"""Train MobCLIP on an atlas and write a run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from placeprint.atlas import Atlas
from placeprint.files import replacing
from placeprint.models.memory import enough_memory
from placeprint.models.mobclip.config import MobCLIPConfig
from placeprint.models.mobclip.embedding import Embedder
from placeprint.models.mobclip.estimate import announce, estimate
from placeprint.models.mobclip.network import Alignment, MobCLIP, node_features
from placeprint.models.mobclip.pace import Paced
from placeprint.models.mobclip.views import Views, read_views
from placeprint.models.mobclip.weights import load_weights, save_weights
from placeprint.models.run import Run
from placeprint.models.run_folder import RunFolder
from placeprint.training import Trainer, chosen_device
from placeprint.training.distributed import is_main, main_first, process_group, wait
from placeprint.typing import PathLike

__all__ = ["load_model", "train"]


def train(
    atlas: Atlas,
    config: MobCLIPConfig | None = None,
    out: PathLike = "run",
    *,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
) -> Run:
    """Train MobCLIP and write the embeddings of all regions.

    What it will take is said before work starts (:mod:`~placeprint.models.mobclip.estimate`).
    LINE is kept when it is done, and a checkpoint is written after every epoch: a training that
    was stopped, or killed at any point, and resumed ends with the same result as one that never
    stopped. Started by torchrun, several processes share each batch; the first one writes.

    Args:
        atlas: The atlas to train on.
        config: The configuration; None: the defaults.
        out: The run folder.
        resume: Go on with what is in ``out``.
        overwrite: Start anew and replace what is in ``out``.
        device: What the towers are trained on: ``cpu``, ``cuda``, or ``auto``, a GPU if there is
            one.

    Returns:
        The run.

    Raises:
        InputError: If the atlas lacks what the configuration names, or ``out`` belongs to
            another atlas or configuration.
        OutputExistsError: If ``out`` holds a run, and neither was asked for.
        PlaceprintError: If memory or the disk does not suffice; the message says what to change.
    """
    settings = config or MobCLIPConfig()
    folder = RunFolder(out, "MobCLIP", atlas, settings)
    where = chosen_device(device)
    with process_group(where), enough_memory():
        finished = folder.open(resume=resume, overwrite=overwrite)
        wait()  # nothing is begun before all have seen what is there
        if not finished:
            _make(atlas, settings, folder, where, resume=resume)
        wait()
    return Run(folder.path, atlas)


def load_model(run: Run) -> Embedder:
    """The trained model of a run."""
    config = MobCLIPConfig.model_validate(run.config)
    return load_weights(run.path / "model.safetensors", config)


def _make(
    atlas: Atlas, config: MobCLIPConfig, folder: RunFolder, device: torch.device, *, resume: bool
) -> None:
    """Train, and write the run."""
    expected = estimate(atlas, config)
    announce(expected)
    if is_main():
        folder.begin(resume=resume)
    wait()
    steps = expected.epochs * expected.steps
    network, views, history = _trained(atlas, config, folder, device, steps, resume=resume)
    if not is_main():
        return
    embedder, embeddings = Embedder.fit_embed(network, views, atlas)
    names = views.names
    del views  # what is mapped is let go of before its files are removed
    folder.lap("embedding")
    save_weights(folder.path / "model.safetensors", embedder)
    folder.finish(embeddings, history, views=names)


def _trained(
    atlas: Atlas,
    config: MobCLIPConfig,
    folder: RunFolder,
    device: torch.device,
    steps: int,
    *,
    resume: bool,
) -> tuple[MobCLIP, Views, pd.DataFrame]:
    """The trained towers, the views they were trained on, and the training curves."""

    def unpacked(modality: str) -> Path:
        layer = atlas.layer(f"features/{modality}")["fingerprint"]
        return folder.checkpoint(f"{modality}-{layer}", ".npy")

    with main_first():  # it writes what the others then find
        views = read_views(atlas, config, mapped=unpacked)
        network = _network(config, views, folder).to(device)
    folder.lap("preparing")
    trainer = Trainer(
        network,
        Paced(Alignment(network, views), steps),
        config.training,
        seed=config.seed,
        checkpoint=folder.checkpoint("training"),
        request=folder.request,
        shared=True,
    )
    history = trainer.fit(resume=resume)
    folder.lap("training")
    return network.cpu(), views, history


def _network(config: MobCLIPConfig, views: Views, folder: RunFolder) -> MobCLIP:
    sizes = {name: frame.shape[1] for name, frame in views.features.items()}
    network = MobCLIP(config, sizes, _nodes(views, config, folder))
    network.standardise({name: frame.to_numpy() for name, frame in views.features.items()})
    return network


def _nodes(views: Views, config: MobCLIPConfig, folder: RunFolder) -> Tensor | None:
    """The initial node features; those of LINE are kept, for a training that is taken up again."""
    if config.graph is None or config.graph.initialisation == "random":
        return node_features(views, config)
    kept = folder.checkpoint(f"line-{folder.request}")
    if kept.exists():
        return load_file(kept)["nodes"]
    blocks = folder.checkpoint(f"line-{folder.request}", "")
    nodes = node_features(views, config, blocks)
    if nodes is not None:
        with replacing(kept) as temporary:
            save_file({"nodes": nodes.contiguous()}, temporary)
    shutil.rmtree(blocks, ignore_errors=True)
    return nodes
