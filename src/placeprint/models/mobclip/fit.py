"""Train MobCLIP on an atlas and write a run."""

from __future__ import annotations

from placeprint.atlas import Atlas
from placeprint.models.mobclip.config import MobCLIPConfig
from placeprint.models.mobclip.embedding import Embedder
from placeprint.models.mobclip.network import Alignment, MobCLIP, node_features, tensors
from placeprint.models.mobclip.views import Views, read_views
from placeprint.models.mobclip.weights import load_weights, save_weights
from placeprint.models.run import Run
from placeprint.models.run_folder import RunFolder
from placeprint.training import Trainer
from placeprint.typing import PathLike

__all__ = ["load_model", "train"]


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
    folder = RunFolder(out, "MobCLIP", atlas, settings)
    finished = folder.open(resume=resume, overwrite=overwrite)
    if finished is not None:
        return finished
    views = read_views(atlas, settings)
    network = _network(settings, views)
    folder.lap("preparing")
    trainer = Trainer(
        network,
        Alignment(network, views),
        settings.training,
        seed=settings.seed,
        checkpoint=folder.checkpoint(),
        request=folder.request,
    )
    history = trainer.fit(resume=resume)
    folder.lap("training")
    embedder = Embedder.fit(network, views, atlas)
    embeddings = embedder.embed_views(views, atlas)
    folder.lap("embedding")
    save_weights(folder.path / "model.safetensors", embedder)
    return folder.finish(embeddings, history, views=views.names)


def load_model(run: Run) -> Embedder:
    """The trained model of a run."""
    config = MobCLIPConfig.model_validate(run.config)
    return load_weights(run.path / "model.safetensors", config)


def _network(config: MobCLIPConfig, views: Views) -> MobCLIP:
    sizes = {name: frame.shape[1] for name, frame in views.features.items()}
    network = MobCLIP(config, sizes, node_features(views, config))
    network.standardise(tensors(views))
    return network
