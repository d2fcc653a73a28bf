"""What can be asked of a run: vectors of places, places like a place, what is known of a region."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError, closest, listing
from placeprint.lookup import RegionLookup, Similarity, agreement, search
from placeprint.lookup.overlaps import Overlaps, areas_of
from placeprint.lookup.similarity import closest_id
from placeprint.models import Run
from placeprint.regions import pool
from placeprint.serving.labels import RegionValues, held_out, labels_of_regions, shown_tasks
from placeprint.serving.modalities import modalities_present
from placeprint.serving.names import Names, names_of
from placeprint.serving.predictor import Predictor, fit_predictor
from placeprint.typing import AnyArray, FloatArray

__all__ = ["RunSource", "UnknownPlaceError"]

_POLYGONS_AT_ONCE: Final = 8


class UnknownPlaceError(InputError):
    """There is no such region, no region at a point, or no such label or modality."""


class RunSource:
    """A run, opened and prepared to be asked often, by several threads at a time.

    Args:
        run: The run; its atlas has to be where it was.
        predict: Labels to fit a probe for.
        names: Names of regions, or of some; see :data:`~placeprint.serving.names.Names`.

    Attributes:
        run: The run.
        predictors: The fitted probes by label.
        names: The names of the regions that have one, by id.

    Raises:
        InputError: If the atlas is not there or has changed, a label is unknown, or names are not
            those of regions.
    """

    def __init__(self, run: Run, predict: Sequence[str] = (), names: Names = None) -> None:
        self.run = run
        self.names = names_of(names, run.atlas.region_ids, run.atlas.region_names)
        self.predictors: dict[str, Predictor] = {
            label: fit_predictor(run, label) for label in dict.fromkeys(predict)
        }
        self._ids = run.atlas.region_ids
        self._regions = run.atlas.regions
        if self._regions.has_outlines:  # made now, not when it is first asked for
            _ = self._lookup
        self._centres = self._regions.centroids() if self._regions.has_coordinates else None
        self._areas = self._regions.areas_km2()
        self._present = modalities_present(run)
        self._similarity = {"": search(run)}
        self._views = run.modality_embeddings
        self._lock = Lock()
        self._tasks = shown_tasks(run.atlas)
        self._labels = labels_of_regions(run.atlas, self._tasks)
        fitted = [one.held_out for one in self.predictors.values() if one.held_out is not None]
        evaluated = [task for task in self._tasks if task.name not in self.predictors]
        self.predictions: list[RegionValues] = [*fitted, *held_out(run, evaluated)]
        self._units = {
            level: (ids := run.atlas.units(level))[~ids.index.duplicated()]
            for level in run.atlas.unit_levels
        }

    @property
    def name(self) -> str:
        """The name of the study area."""
        return self.run.atlas.name

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return int(self.run.embeddings.shape[1])

    @property
    def embedded(self) -> int:
        """How many regions have a vector."""
        return len(self.run.embeddings)

    @cached_property
    def _lookup(self) -> RegionLookup:
        self._regions.locate(np.empty(0), np.empty(0))  # refused where there are no outlines
        return RegionLookup(self.run).fit()

    def embed_points(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, AnyArray]:
        """(n,) checked degrees → (n, d) vectors, NaN outside; (n,) ids of regions, None outside."""
        positions = self._lookup.positions(lon, lat)
        vectors = self._lookup.vectors_[positions]
        vectors[positions < 0] = np.nan
        return vectors, self._lookup.ids_at(positions)

    def pool_polygons(self, polygons: AnyArray) -> tuple[FloatArray, FloatArray]:
        """(m,) valid polygons → (m, d) area-weighted means, NaN where nothing is known; coverage.

        The coverage is the share of each polygon's area that has vectors.
        """
        vectors = np.full((len(polygons), self.dimensions), np.nan, dtype=np.float32)
        coverage = np.zeros(len(polygons))
        for start in range(0, len(polygons), _POLYGONS_AT_ONCE):
            some = polygons[start : start + _POLYGONS_AT_ONCE]
            shared = self._overlaps.within(some)
            part = slice(start, start + len(some))
            covered = np.asarray(shared.sum(axis=1)).ravel() / areas_of(some)
            coverage[part] = np.nan_to_num(covered).clip(0, 1)
            vectors[part] = pool(self._lookup.vectors_, shared)
        return vectors, coverage

    @cached_property
    def _overlaps(self) -> Overlaps:
        ids = pd.Index(self._lookup.region_ids_)
        return Overlaps(self._regions.geometry.reindex(ids).to_numpy())

    def embed_regions(self, regions: Sequence[str]) -> FloatArray:
        """The vectors of regions by their ids, (n, d); NaN for one that has none.

        Raises:
            UnknownPlaceError: If one is unknown.
        """
        self._check_known(regions)
        found: FloatArray = self.run.embeddings.reindex(list(regions)).to_numpy(dtype=np.float32)
        return found

    def region_at(self, lon: float, lat: float) -> str:
        """The id of the region with a vector that a point lies in.

        Raises:
            UnknownPlaceError: If there is none.
        """
        found = self.embed_points(np.array([lon]), np.array([lat]))[1][0]
        if found is None:
            raise UnknownPlaceError(
                f"no region with a vector lies at longitude {lon:g}, latitude {lat:g}",
                hint="name a point in the area, longitude first",
            )
        return str(found)

    def similar(
        self,
        region: str,
        k: int,
        within: Sequence[str] | shapely.Geometry | None = None,
        modality: str | None = None,
    ) -> list[dict[str, Any]]:
        """The k places most like a region: id, similarity, and the agreement in each modality.

        Args:
            region: A region id.
            k: How many.
            within: Only these regions, or those whose centres lie in a polygon.
            modality: Search in the view of this modality alone.

        Raises:
            UnknownPlaceError: If a region or the modality is unknown.
            InputError: If the region has no vector.
        """
        self.position(region)
        if isinstance(within, Sequence):
            self._check_known(within)
        found = self._search(modality).nearest(region, k, within)
        others = found["region_id"].tolist()
        embedded = region in self.run.embeddings.index
        why = agreement(self.run, region, others) if embedded else pd.DataFrame(index=others)
        agree = why.astype(object).where(why.notna(), None).to_dict("records")
        return [
            {
                "region_id": other,
                "name": self.names.get(other),
                "similarity": similarity,
                "agreement": each,
            }
            for other, similarity, each in zip(others, found["similarity"], agree, strict=True)
        ]

    def _search(self, modality: str | None) -> Similarity:
        if modality is not None and modality not in self._views:
            hint = closest(modality, self._views) if self._views else "ask without a modality"
            raise UnknownPlaceError(f"no modality {modality!r}", hint=hint)
        with self._lock:  # several threads may ask for a view that is not prepared yet
            if modality is not None and modality not in self._similarity:
                self._similarity[modality] = search(self.run, modality)
            return self._similarity[modality or ""]

    def region(self, region: str) -> dict[str, Any]:
        """What is known of a region, but for its outline and its vector.

        Raises:
            UnknownPlaceError: If it is unknown.
        """
        at = self.position(region)
        units = {level: ids.get(region) for level, ids in self._units.items()}
        return {
            "region_id": region,
            "name": self.names.get(region),
            "centre": None if self._centres is None else self._centres.iloc[at].tolist(),
            "area_km2": None if np.isnan(self._areas.iloc[at]) else float(self._areas.iloc[at]),
            "units": {level: str(unit) for level, unit in units.items() if unit is not None},
            "embedded": region in self.run.embeddings.index,
            "modalities": {name: bool(has) for name, has in self._present.iloc[at].items()},
            "labels": _values_at(self._labels, at),
            "predictions": _values_at(self.predictions, at),
        }

    def outline(self, region: str) -> shapely.Geometry | None:
        """The polygon of a region; its centre, or None, where no more is known."""
        return self._regions.geometry.iloc[self.position(region)]

    def vector(self, region: str) -> FloatArray | None:
        """The vector of a region, (d,) float32; None if it has none."""
        self.position(region)
        embeddings = self.run.embeddings
        return embeddings.loc[region].to_numpy() if region in embeddings.index else None

    def position(self, region: str) -> int:
        """The position of a region among all regions of the atlas.

        Raises:
            UnknownPlaceError: If it is unknown.
        """
        at = int(self._ids.get_indexer(pd.Index([region]))[0])
        if at < 0:
            raise UnknownPlaceError(f"no region {region!r}", hint=closest_id(region, self._ids))
        return at

    def predictor(self, label: str) -> Predictor:
        """The probe of a label.

        Raises:
            UnknownPlaceError: If none was fitted.
        """
        if label not in self.predictors:
            hint = (
                closest(label, self.predictors)
                if self.predictors
                else "the service predicts what it was told to at its start; see /docs"
            )
            raise UnknownPlaceError(f"no label {label!r} is predicted here", hint=hint)
        return self.predictors[label]

    def _check_known(self, regions: Sequence[str]) -> None:
        unknown = pd.Index(regions).difference(self._ids)
        if len(unknown):
            raise UnknownPlaceError(f"no regions {listing(unknown, 3)}")


def _values_at(found: Sequence[RegionValues], at: int) -> dict[str, dict[str, Any]]:
    """The values of one region that are known."""
    values = {one.task.name: (one, one.by_region.iloc[at]) for one in found}
    return {
        name: {
            "title": one.task.title,
            "value": value,
            "unit": one.task.unit,
            "score": None if np.isnan(one.score) else float(one.score),
        }
        for name, (one, value) in values.items()
        if not pd.isna(value)
    }
