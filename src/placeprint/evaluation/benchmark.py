"""A benchmark: tasks, the places that they are about, and the baselines that belong beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from placeprint.evaluation.comparison import Lazily, baselines_for, position_baselines
from placeprint.evaluation.entities import described_kinds, entity_places
from placeprint.evaluation.entity_baselines import entity_baselines
from placeprint.evaluation.results import digest
from placeprint.evaluation.samples import Places
from placeprint.evaluation.scoring import SPATIAL_PRIOR
from placeprint.evaluation.study_area import atlas_places, atlas_tasks
from placeprint.evaluation.tasks import REGION, Task
from placeprint.files import fingerprint

if TYPE_CHECKING:
    import pandas as pd

    from placeprint.atlas import Atlas
    from placeprint.models import Run

__all__ = ["Benchmark"]


@dataclass(frozen=True, eq=False)
class Benchmark:
    """What any embedding can be judged by.

    Attributes:
        tasks: What is to be predicted.
        places: The regions, units and blocks that the tasks refer to.
        baselines: What every embedding is shown beside.
        atlas: The study area that it was made from, if it was.
        entities: For each kind of entities that tasks are about, their places and baselines.

    Example:
        >>> import numpy as np, pandas as pd
        >>> centroids = pd.DataFrame({"lon": [5.0, 6.0], "lat": [60.0, 61.0]}, index=["a", "b"])
        >>> labels = pd.DataFrame({"value": [1.0, 2.0]}, index=["a", "b"])
        >>> task = Task("rise", "region", "grid", labels)
        >>> benchmark = Benchmark.of_places([task], Places.from_centroids(centroids, {}))
        >>> list(benchmark.baselines)
        ['coordinates', 'spherical_harmonics']
    """

    tasks: Sequence[Task]
    places: Places
    baselines: Lazily = field(default_factory=lambda: Lazily({}))
    atlas: Atlas | None = None
    entities: Mapping[str, tuple[Places, Lazily]] = field(default_factory=dict)

    @classmethod
    def of_places(cls, tasks: Sequence[Task], places: Places) -> Benchmark:
        """Tasks about places; the baselines of position where the places are known."""
        centroids = places.centroids
        baselines = Lazily({}) if centroids is None else position_baselines(centroids)
        return cls(tasks, places, baselines)

    @classmethod
    def of_atlas(cls, atlas: Atlas, tasks: Sequence[str] | None = None) -> Benchmark:
        """The labels of an atlas, with baselines of 128 dimensions, made from its first graph.

        Args:
            atlas: The study area.
            tasks: Which labels; all of them if None.

        Raises:
            InputError: If a label is unknown, or there is none at all.
        """
        return cls._of(atlas, tasks, baselines_for(atlas, 128, _first_graph(atlas)))

    @classmethod
    def of_run(cls, run: Run, atlas: Atlas, tasks: Sequence[str] | None = None) -> Benchmark:
        """The same, with baselines of the dimensions of a run, made from the graph it used.

        Args:
            run: The run.
            atlas: The study area.
            tasks: Which labels; all of them if None.

        Raises:
            InputError: If a label is unknown, or there is none at all.
        """
        baselines = baselines_for(atlas, run.embeddings.shape[1], _graph_of(run, atlas))
        return cls._of(atlas, tasks, baselines)

    @classmethod
    def _of(cls, atlas: Atlas, names: Sequence[str] | None, baselines: Lazily) -> Benchmark:
        tasks = atlas_tasks(atlas, names)
        entities = {}
        for kind in sorted({task.about for task in tasks} - {REGION}):
            places = entity_places(atlas, kind)
            entities[kind] = (places, entity_baselines(atlas, kind, places.region_ids))
        return cls(tasks, atlas_places(atlas), baselines, atlas, entities)

    def parts(self) -> list[Benchmark]:
        """The benchmark apart: the tasks read off regions, then those about each kind of entities.

        Each has its own places and baselines.
        """
        kinds = {task.about for task in self.tasks}
        return [self.part(kind) for kind in sorted(kinds, key=lambda kind: (kind != REGION, kind))]

    def part(self, about: str) -> Benchmark:
        """The tasks about regions, or about one kind of entities, with their places and baselines.

        Args:
            about: ``"region"`` or a kind of entities.
        """
        tasks = [task for task in self.tasks if task.about == about]
        if about not in self.entities:
            return replace(self, tasks=tasks, entities={})
        places, baselines = self.entities[about]
        return Benchmark(tasks, places, baselines, self.atlas)

    def pooled(self, how: str, weights: pd.Series | str | None = None) -> Benchmark:
        """The same benchmark, with another way from regions to units: see ``Places.pooled``."""
        return replace(self, places=self.places.pooled(how, weights))

    @property
    def missing(self) -> list[str]:
        """The baselines of regions that are left out for want of knowing where regions are."""
        if all(task.about != REGION for task in self.tasks):
            return []
        atlas, unplaced = self.atlas, self.places.centroids is None
        flat = atlas is not None and not atlas.regions.has_outlines and described_kinds(atlas)
        position = ["coordinates", "spherical_harmonics", SPATIAL_PRIOR] if unplaced else []
        return position + (["tag_counts", "hex2vec"] if flat else [])

    @property
    def left_out(self) -> str:
        """What is left out for want of knowing where regions are, as a sentence, or nothing."""
        if not self.missing:
            return ""
        names = ", ".join(self.missing)
        if self.places.centroids is not None:
            return (
                "The regions have centres and no outlines: nobody knows which of them touch, so "
                f"that the baselines {names} are left out."
            )
        areas = (
            "areas can be held out only as whole units"
            if self.places.has_blocks
            else "no areas can be held out, so that scores are of random places alone"
        )
        return (
            f"The regions have ids and no coordinates: {areas}, and the baselines {names} are left "
            "out."
        )

    def setting(self) -> dict[str, Any]:
        """What scores depend on beside tasks and models: places, blocks, pooling."""
        places = self.places
        units = {level: digest(ids.to_frame()) for level, ids in sorted(places.units.items())}
        centroids, weights = places.centroids, places.weights
        return {
            "atlas": None if self.atlas is None else self.atlas.fingerprint,
            "regions": fingerprint(places.region_ids.tolist()),
            "blocks": fingerprint([str(block) for block in places.blocks]),
            "units": units,
            "centroids": None if centroids is None else digest(centroids),
            "weights": None if weights is None else digest(weights.to_frame()),
            "pooling": places.pooling,
        }


def _first_graph(atlas: Atlas) -> str | None:
    """The first graph that is more than who touches whom, if there is one."""
    names = sorted(atlas.graph_names, key=lambda name: (name == "adjacency", name))
    return names[0] if names else None


def _graph_of(run: Run, atlas: Atlas) -> str | None:
    """The graph that a run was trained on; of a model that needs none the first of the atlas."""
    if run.model == "MobCLIP":
        graph = run.config["graph"]
        return str(graph["name"]) if graph else None
    joined = run.config.get("city", {}).get("graphs", [])
    return str(joined[0]) if joined else _first_graph(atlas)
