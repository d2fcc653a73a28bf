"""Candidates: whatever is to be judged, as vectors of regions by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from placeprint.atlas import Atlas
from placeprint.errors import InputError, closest
from placeprint.evaluation.comparison import Lazily
from placeprint.evaluation.results import digest
from placeprint.evaluation.samples import Places
from placeprint.evaluation.tasks import REGION
from placeprint.files import fingerprint
from placeprint.models import Run, is_run, load_model
from placeprint.typing import PathLike

__all__ = ["EMBEDDING", "Candidate", "candidates", "read_candidates", "region_ids", "vectors_of"]

EMBEDDING: Final = "placeprint"
"""The name of a run's embedding in its scores."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One embedding to be judged: vectors of regions and entities, or an encoder of coordinates.

    Attributes:
        vectors: One row per region, indexed by region id; None for an encoder.
        encoder: A scikit-learn transformer of (n, 2) longitudes and latitudes in degrees; None
            for vectors.
        entities: For each kind of entities that has vectors of its own, what gives them.
    """

    vectors: Callable[[], pd.DataFrame] | None = None
    encoder: Any = None
    entities: Mapping[str, Callable[[], pd.DataFrame]] = field(default_factory=dict)

    def at(self, places: Places) -> Callable[[], pd.DataFrame]:
        """What makes the vectors of regions, or of entities.

        An entity without a vector of its own is stood for by the region that it lies in, as a
        point is.

        Args:
            places: The regions or entities.

        Raises:
            InputError: If the regions of an encoder have no known position.
        """
        if places.about in self.entities:
            return self.entities[places.about]
        if self.vectors is not None:
            vectors = self.vectors
            return vectors if places.about == REGION else lambda: _of_entities(vectors(), places)
        centroids = places.centroids
        if centroids is None:
            raise InputError(
                "an encoder of coordinates needs to know where the regions are",
                hint="name a file of their outlines or centres (--regions)",
            )
        return lambda: _encoded(self.encoder, centroids)

    def digest(self) -> str:
        """What tells this candidate from another of the same name."""
        if self.vectors is None:
            taught = getattr(self.encoder, "card", None)  # of an encoder that was distilled
            return repr(self.encoder) if taught is None else fingerprint(taught)
        own = digest(self.vectors())
        kinds = {kind: digest(make()) for kind, make in sorted(self.entities.items())}
        return fingerprint({REGION: own} | kinds) if kinds else own


def candidates(embedding: object, atlas: Atlas | None = None) -> dict[str, Candidate]:
    """What is to be judged, by name.

    Args:
        embedding: A :class:`~placeprint.models.Run`; a DataFrame indexed by region or entity id; a
            scikit-learn transformer of longitudes and latitudes; a path to a run, to an encoder
            that was distilled from one, or to a table of vectors
            (:func:`~placeprint.sources.read_embeddings`); the name of a position encoder; or a
            mapping from names to any of these.
        atlas: The study area; a run that was trained on another one embeds its regions anew, and
            has no published embedding of them.

    Returns:
        Name → candidate. A run gives ``placeprint``, its embedding, and, of MobCLIP, ``anchor``,
        the published one; a table is named by its file, a distilled encoder by its folder, a frame
        ``embedding``, another encoder by its class.

    Raises:
        InputError: If it is none of these, or a file cannot be read.

    Example:
        >>> vectors = pd.DataFrame({"0": [1.0]}, index=pd.Index(["a"], name="region_id"))
        >>> list(candidates({"mine": vectors}))
        ['mine']
    """
    if isinstance(embedding, Mapping):
        return {
            str(name): next(iter(candidates(each, atlas).values()))
            for name, each in embedding.items()
        }
    if isinstance(embedding, Candidate):
        return {"embedding": embedding}
    if isinstance(embedding, Run):
        run = embedding
        if atlas is not None and atlas.fingerprint != run.manifest["atlas"]["fingerprint"]:
            return {EMBEDDING: _embedded(run, atlas)}
        entities = {kind: cache(partial(run.entities, kind)) for kind in run.entity_kinds}
        found = {EMBEDDING: Candidate(lambda: run.embeddings, entities=entities)}
        if run.model == "MobCLIP":
            found["anchor"] = Candidate(cache(run.anchor_embeddings))
        return found
    if isinstance(embedding, pd.DataFrame):
        frame = embedding
        return {"embedding": Candidate(lambda: frame)}
    if isinstance(embedding, (str, Path)):
        return _named(embedding, atlas)
    if hasattr(embedding, "fit_transform"):
        return {type(embedding).__name__: Candidate(encoder=embedding)}
    raise InputError(
        f"a {type(embedding).__name__} cannot be evaluated",
        hint="pass a run, a table of vectors indexed by region_id, or an encoder of coordinates",
    )


def vectors_of(found: Mapping[str, Candidate], places: Places) -> Lazily:
    """The vectors of every candidate at some places, made when they are first asked for."""
    return Lazily({name: each.at(places) for name, each in found.items()})


def read_candidates(
    named: Sequence[str], *, ids: PathLike | None = None, id_column: str | None = None
) -> dict[str, Candidate]:
    """Candidates as they are named on a command line.

    Args:
        named: Paths and names, see :func:`candidates`; ``NAME=PATH`` gives a name.
        ids: A file of the ids of tables that come without; see
            :func:`~placeprint.sources.read_embeddings`.
        id_column: The column of ids; found if None.

    Raises:
        InputError: If one cannot be read, or two have the same name.
    """
    found: dict[str, Candidate] = {}
    for each in named:
        name, _, path = each.rpartition("=")
        table = Path(path)
        read = {table.stem: _table(table, ids, id_column)} if table.is_file() else candidates(path)
        if name:
            read = {name: next(iter(read.values()))}
        for key in read:
            if key in found:
                raise InputError(f"two embeddings are named {key!r}", hint="name them: NAME=PATH")
        found |= read
    return found


def region_ids(found: Mapping[str, Candidate]) -> pd.Index | None:
    """The regions of all tables of vectors; None if there is none."""
    tables = [each.vectors().index for each in found.values() if each.vectors is not None]
    if not tables:
        return None
    ids: pd.Index = pd.Index(sorted(set().union(*tables)), name="region_id")
    return ids


def _named(name: PathLike, atlas: Atlas | None) -> dict[str, Candidate]:
    from placeprint.encoders.position import (
        POSITION_ENCODERS,
        CoordinateEncoder,
        position_encoder,
    )
    from placeprint.encoders.position.encoder_files import is_encoder

    path, text = Path(name), str(name)
    if is_run(path):
        return candidates(Run(path), atlas)
    if is_encoder(path):
        return {path.resolve().name: Candidate(encoder=CoordinateEncoder.from_pretrained(path))}
    if path.is_file() or (path.suffix and ":" not in text):
        return {path.stem: _table(path)}
    if ":" in text or "_" in text or text in POSITION_ENCODERS:
        return {text: Candidate(encoder=position_encoder(text))}
    raise InputError(
        "there is no finished run or encoder here, no table of vectors, and no position encoder of "
        "this name",
        source=text,
        hint=closest(text, POSITION_ENCODERS),
    )


def _table(path: Path, ids: PathLike | None = None, id_column: str | None = None) -> Candidate:
    from placeprint.sources import read_embeddings

    frame = read_embeddings(path, ids=ids, id_column=id_column)
    return Candidate(lambda: frame)


def _embedded(run: Run, atlas: Atlas) -> Candidate:
    """The vectors that a run gives the regions, and the entities, of another atlas."""
    if not run.entity_kinds:
        return Candidate(cache(partial(run.embed, atlas)))
    found = cache(lambda: _city(run, atlas))
    kinds = {kind: partial(_kind, found, kind) for kind in run.entity_kinds}
    return Candidate(lambda: found().regions, entities=kinds)


def _city(run: Run, atlas: Atlas) -> Any:
    model: Any = load_model(run)
    return model.embed_city(atlas)


def _kind(found: Callable[[], Any], kind: str) -> pd.DataFrame:
    vectors: pd.DataFrame = found().entities[kind]
    return vectors


def _of_entities(vectors: pd.DataFrame, places: Places) -> pd.DataFrame:
    """A table about entities as it is; of one about regions the vector that each entity lies in."""
    if vectors.index.isin(places.region_ids).any():
        return vectors
    region = places.units[REGION].dropna()
    region = region[region.isin(vectors.index)]
    return vectors.loc[region].set_axis(region.index) if len(region) else vectors


def _encoded(encoder: Any, centroids: pd.DataFrame) -> pd.DataFrame:
    from placeprint.encoders.position import position_features

    return position_features(centroids, encoder)
