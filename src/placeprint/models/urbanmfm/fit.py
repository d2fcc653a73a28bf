"""Train UrbanMFM on an atlas, stage after stage, and write a run."""

from __future__ import annotations

from typing import Any

import pandas as pd

from placeprint.atlas import Atlas
from placeprint.errors import InputError
from placeprint.files import write_vectors
from placeprint.models.run import Run
from placeprint.models.run_folder import RunFolder
from placeprint.models.urbanmfm.availability import check_available, taking_no_part
from placeprint.models.urbanmfm.city import City, read_city
from placeprint.models.urbanmfm.config import Stage, UrbanMFMConfig
from placeprint.models.urbanmfm.embedding import Embedder
from placeprint.models.urbanmfm.network import UrbanMFM
from placeprint.models.urbanmfm.objectives.joint import JointObjective
from placeprint.models.urbanmfm.stages import FEWEST_SAMPLES, Sources, objective_of, why_not
from placeprint.models.urbanmfm.weights import load_weights, save_weights
from placeprint.progress import console
from placeprint.training import Objective, Trainer
from placeprint.training.distributed import processes
from placeprint.typing import PathLike

__all__ = ["load_model", "train"]

TITLES: dict[Stage, str] = {
    "poi": "micro: points of a road",
    "street_view": "micro: street views",
    "local": "local: surroundings",
    "macro": "macro: satellite",
    "global": "global: regions",
}


def train(
    atlas: Atlas,
    config: UrbanMFMConfig | None = None,
    out: PathLike = "run",
    *,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
) -> Run:
    """Train UrbanMFM and write the embeddings of all points, buildings and regions.

    Each stage starts from the weights that the last one left. A stage whose source the atlas does
    not have is left out, with a message. A checkpoint is written after every epoch; a training
    that was stopped and resumed ends with the same result as one that never stopped.

    Args:
        atlas: The atlas to train on.
        config: The configuration; None: the defaults.
        out: The run folder.
        resume: Go on with what is in ``out``.
        overwrite: Start anew and replace what is in ``out``.
        device: ``auto`` or ``cpu``: it is trained on the processor.

    Returns:
        The run.

    Raises:
        InputError: If the atlas has neither points nor buildings, or lacks what the configuration
            names, ``out`` belongs to another atlas or configuration, or a GPU is asked for.
        OutputExistsError: If ``out`` holds a run, and neither was asked for.

    Source:
        Zhang et al. 2025 (UrbanMFM), training.
    """
    settings = config or UrbanMFMConfig()
    if device not in ("auto", "cpu"):
        raise InputError(
            f"UrbanMFM is trained on the processor, not on {device!r}",
            source="--device",
            hint="leave --device out",
        )
    if processes() > 1:
        raise InputError(
            f"UrbanMFM is trained by one process, torchrun started {processes()}",
            hint="start it without torchrun",
        )
    check_available(atlas, settings)
    folder = RunFolder(out, "UrbanMFM", atlas, settings)
    if folder.open(resume=resume, overwrite=overwrite):
        return Run(folder.path, atlas)
    city = read_city(atlas, settings)
    for absent in taking_no_part(atlas, settings):
        console.print(absent, highlight=False)
    network = _network(settings, city)
    folder.lap("encoding")
    folder.begin(resume=resume)
    training = _Training(folder, network, city, atlas, resume=resume)
    history = training.joint() if settings.joint else training.staged()
    folder.lap("training")
    embedder, embeddings = Embedder.fit(training.sources())
    for kind, vectors in embeddings.entities.items():
        path = folder.path / "entities" / f"{kind}.parquet"
        write_vectors(path, vectors, {"emb:model": "UrbanMFM"})
    folder.lap("embedding")
    save_weights(folder.path / "model.safetensors", embedder)
    return folder.finish(
        embeddings.regions,
        history,
        views=_views(city, settings),
        stages=training.account,
    )


def load_model(run: Run) -> Embedder:
    """The trained model of a run."""
    config = UrbanMFMConfig.model_validate(run.config)
    return load_weights(run.path / "model.safetensors", config)


class _Training:
    """The stages of one training.

    Attributes:
        account: For each stage that was wanted, ``trained`` or why it was left out.
    """

    def __init__(
        self, folder: RunFolder, network: UrbanMFM, city: City, atlas: Atlas, *, resume: bool
    ) -> None:
        self._folder = folder
        self._network = network
        self._city = city
        self._areas = atlas.regions.areas_km2().to_numpy()
        self._resume = resume
        self.account: dict[str, str] = {}

    def sources(self) -> Sources:
        """What the next stage reads, by the weights of now."""
        return Sources(self._network, self._city, self._areas)

    def staged(self) -> pd.DataFrame:
        """One stage after the other; the curves of all of them."""
        curves = []
        for stage in self._network.config.objectives():
            objective = self._objective(stage, self.sources())
            if objective is not None:
                curves.append(self._fit(stage, TITLES[stage], objective))
        return _joined(curves)

    def joint(self) -> pd.DataFrame:
        """All stages at once."""
        sources = self.sources()
        wanted = self._network.config.objectives()
        objectives = [o for o in (self._objective(stage, sources) for stage in wanted) if o]
        if not objectives:
            return _joined([])
        joint = JointObjective(objectives, sources.refresh)
        return _joined([self._fit("joint", "all stages at once", joint)])

    def _objective(self, stage: Stage, sources: Sources) -> Objective | None:
        reason = why_not(stage, self._city, self._network.config)
        objective = None if reason else objective_of(stage, sources, self._network.config.seed)
        if objective is not None and len(objective.samples) < FEWEST_SAMPLES:
            reason, objective = f"{len(objective.samples)} samples, {FEWEST_SAMPLES} needed", None
        self.account[stage] = f"left out: {reason}" if reason else "trained"
        if reason:
            console.print(f"stage {stage} is left out: {reason}", highlight=False)
        return objective

    def _fit(self, stage: str, title: str, objective: Objective) -> pd.DataFrame:
        trainer = Trainer(
            self._network,
            objective,
            self._network.config.training,
            seed=self._network.config.seed,
            checkpoint=self._folder.checkpoint(stage),
            request=self._folder.request,
            title=title,
        )
        history = trainer.fit(resume=self._resume)
        history.insert(0, "stage", stage)
        return history


def _joined(curves: list[pd.DataFrame]) -> pd.DataFrame:
    if not curves:
        return pd.DataFrame(columns=["stage", "epoch", "training", "validation"])
    return pd.concat(curves, ignore_index=True)


def _network(config: UrbanMFMConfig, city: City) -> UrbanMFM:
    network = UrbanMFM(
        config,
        text_size=city.texts.shape[1],
        descriptor_size=city.described.shape[1],
        pictures=city.street_views is not None or city.satellite is not None,
    )
    network.standardise(city.texts, city.outlines, city.described)
    if len(city.surface):
        network.max_surface.copy_(city.surface.max())
    return network


def _views(city: City, config: UrbanMFMConfig) -> list[str]:
    """What the model has seen, for the account of a run and for leaks."""
    views: list[Any] = [*city.entities.id_columns]
    if city.street_views is not None:
        views.append(config.street_views)
    if city.satellite is not None:
        views.append(config.satellite)
    if city.roads is not None:
        views.append(config.roads)
    return [*views, *config.city.graphs]
