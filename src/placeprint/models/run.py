"""The Run on disk: a trained model and its embeddings.

::

    RUN/
      run.json             model, seed, versions, atlas and its fingerprint, timings
      config.json          the configuration
      model.safetensors    the weights
      embeddings.parquet   region_id, embedding (fixed_size_list<float32>)
      entities/<kind>.parquet  poi_id | building_id, embedding; of models that embed entities
      history.csv          the training curves
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from placeprint.atlas import Atlas
from placeprint.errors import InputError, closest
from placeprint.files import read_json, read_vectors
from placeprint.typing import PathLike

__all__ = ["Run", "is_run"]

_BEGUN: Final = {"run": "train ATLAS", "encoder": "distill RUN"}
"""What is begun in a folder → the command that goes on with it."""


def is_run(path: PathLike) -> bool:
    """Whether a folder is a run, finished or not; :class:`Run` says what to do about the latter.

    Example:
        >>> is_run("/nowhere")
        False
    """
    return (Path(path) / "run.json").exists() or _begun(Path(path)) == "run"


def _begun(folder: Path) -> str:
    """What is being made in a folder."""
    begun = folder / "checkpoint.json"
    return str(read_json(begun).get("kind")) if begun.is_file() else ""


class Run:
    """A trained model and its embeddings, opened for reading.

    Args:
        path: The run folder.
        atlas: The atlas it was trained on; None: where it was at training time.

    Raises:
        InputError: If the folder is no run, or its training is unfinished.
    """

    def __init__(self, path: PathLike, atlas: Atlas | None = None) -> None:
        self.path = Path(path)
        if not (self.path / "run.json").exists():
            begun = _begun(self.path)
            if begun in _BEGUN:
                raise InputError(
                    f"it is unfinished: the work on this {begun} was stopped, or is going on",
                    source=self.path,
                    hint=f"go on with it: `placeprint {_BEGUN[begun]} --out {self.path} --resume`, "
                    "with the settings that it was started with",
                )
            raise InputError(
                "there is no finished run here (no run.json)",
                source=self.path,
                hint="run `placeprint train ATLAS --out RUN`",
            )
        self.manifest = read_json(self.path / "run.json")
        self._atlas = atlas

    def __repr__(self) -> str:
        regions, dimensions = self.embeddings.shape
        return f"Run({str(self.path)!r}, {regions:,} regions × {dimensions})"

    @cached_property
    def config(self) -> dict[str, Any]:
        """The configuration the model was trained with."""
        return read_json(self.path / "config.json")

    @cached_property
    def embeddings(self) -> pd.DataFrame:
        """One vector per region: float32, index ``region_id``."""
        return read_vectors(self.path / "embeddings.parquet")

    @property
    def entity_kinds(self) -> list[str]:
        """The kinds of entities that have vectors of their own, sorted; none of most models."""
        return sorted(path.stem for path in (self.path / "entities").glob("*.parquet"))

    def entities(self, kind: str) -> pd.DataFrame:
        """One vector per entity of a kind, such as ``buildings``.

        Args:
            kind: One of :attr:`entity_kinds`.

        Returns:
            float32, indexed by the id of the entities, such as ``building_id``.

        Raises:
            InputError: If the run has no vectors of this kind.
        """
        if kind not in self.entity_kinds:
            hint = closest(kind, self.entity_kinds) if self.entity_kinds else "use embeddings"
            raise InputError(f"no vectors of {kind!r}", source=self.path, hint=hint)
        return read_vectors(self.path / "entities" / f"{kind}.parquet")

    @property
    def model(self) -> str:
        """The model that was trained: ``MobCLIP`` or ``UrbanMFM``."""
        return str(self.manifest["model"])

    @cached_property
    def history(self) -> pd.DataFrame:
        """The training curves: epoch, training, validation; of a model in stages also stage."""
        return pd.read_csv(self.path / "history.csv")

    @cached_property
    def atlas(self) -> Atlas:
        """The atlas the run was trained on.

        Raises:
            InputError: If it is no longer there, or has changed since.
        """
        atlas = self._atlas or Atlas(self.path / self.manifest["atlas"]["path"])
        if atlas.fingerprint != self.manifest["atlas"]["fingerprint"]:
            raise InputError(
                f"the run {self.path} was trained on another state of this atlas",
                source=atlas.path,
                hint="train again, or name the atlas it was trained on",
            )
        return atlas

    def anchor_embeddings(self) -> pd.DataFrame:
        """The published place embedding of MobCLIP: the output of the anchor alone.

        Raises:
            InputError: If the run is of another model.
        """
        from placeprint.models.mobclip import load_model

        if self.model != "MobCLIP":
            raise InputError(
                f"a run of {self.model} has no anchor", source=self.path, hint="use its embeddings"
            )

        return load_model(self).anchor(self.atlas)

    @cached_property
    def modality_embeddings(self) -> dict[str, pd.DataFrame]:
        """The vectors of the regions in each modality's own view, made when first asked for.

        Of MobCLIP a view is what a tower makes of a region, the graph's first, all of them in the
        space in which they were aligned. Of UrbanMFM it is a group of features that its regions
        are described by, as standardised principal components; a run of its published readouts
        has none. Each view is float32, index ``region_id``; a region that lacks a modality has no
        row in it.

        Raises:
            InputError: If the atlas of the run is not there, or has changed since.
        """
        from placeprint.models.registry import load_model

        views: dict[str, pd.DataFrame] = load_model(self).modalities(self.atlas)
        return views

    def embed(self, atlas: Atlas) -> pd.DataFrame:
        """The embeddings of the regions of an atlas, also of regions never trained on.

        Args:
            atlas: An atlas with layers of the same names.

        Returns:
            float32, index ``region_id``; a region without any modality has no row. For the
            entities in them see :meth:`embed_entities`.

        Raises:
            InputError: If a layer that the model uses has another size.
        """
        from placeprint.models.registry import load_model

        embedded: pd.DataFrame = load_model(self).embed(atlas)
        return embedded

    def embed_entities(self, atlas: Atlas) -> dict[str, pd.DataFrame]:
        """The embeddings of the points and buildings of an atlas, also of another city.

        Args:
            atlas: An atlas with entities and layers of the same names.

        Returns:
            Kind of entities → float32, indexed by their id, as :meth:`entities` gives them; an
            entity of which nothing is known has no row.

        Raises:
            InputError: If the model embeds regions only, or the atlas has no such entities.
        """
        from placeprint.models.urbanmfm import load_model

        if self.model != "UrbanMFM":
            raise InputError(
                f"a run of {self.model} has no vectors of entities",
                source=self.path,
                hint="use embed, or train with --model urbanmfm",
            )
        return load_model(self).embed_city(atlas).entities
