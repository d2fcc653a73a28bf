"""The endpoints: what is asked becomes arrays, what is found becomes JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

import anyio
import numpy as np
import shapely
from fastapi import APIRouter, Body, Path, Query, Response

from placeprint.errors import InputError
from placeprint.regions import check_lonlat
from placeprint.serving.api import bodies
from placeprint.serving.api.answers import Places, Predicted, Region, Similar
from placeprint.serving.api.json_bodies import JsonRoute
from placeprint.serving.api.metrics import Metrics
from placeprint.serving.api.numbers import json_vectors
from placeprint.serving.api.problems import PROBLEMS
from placeprint.serving.api.reading import Asked, area_of, read_places
from placeprint.serving.encoder_source import EncoderSource
from placeprint.serving.run_source import RunSource
from placeprint.typing import AnyArray, FloatArray

__all__ = ["place_routes", "region_routes"]

_HANDFUL: Final = 16
"""Points that are looked up at once: going to another thread and back would take longer."""

_FEW: Final = 1000
"""Points that are answered beside other requests; more wait for each other."""

_HEAVY_AT_ONCE: Final = 2

_Found = TypeVar("_Found")

_POINTS_EXAMPLES: Final[dict[str, Any]] = {
    "points": {"summary": "points", "value": {"points": [[-118.24, 34.05], [-73.97, 40.78]]}},
}

_PLACES_EXAMPLES: Final[dict[str, Any]] = {
    **_POINTS_EXAMPLES,
    "polygon": {
        "summary": "a polygon",
        "value": {
            "type": "Feature",
            "id": "district 7",
            "properties": {},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[-118.3, 34.0], [-118.1, 34.0], [-118.1, 34.2], [-118.3, 34.2], [-118.3, 34.0]]
                ],
            },
        },
    },
}


class _Desk:
    """Where requests are worked off: in threads, large ones a few at a time."""

    def __init__(self) -> None:
        self._heavy: anyio.CapacityLimiter | None = None

    async def work(self, asked: Asked, job: Callable[[], _Found]) -> _Found:
        """Do a job away from the event loop, so that small requests overtake large ones."""
        if not len(asked.polygons) and len(asked) <= _HANDFUL:
            return job()
        if not len(asked.polygons) and len(asked) <= _FEW:
            return await anyio.to_thread.run_sync(job)
        if self._heavy is None:
            self._heavy = anyio.CapacityLimiter(_HEAVY_AT_ONCE)
        return await anyio.to_thread.run_sync(job, limiter=self._heavy)


def place_routes(source: RunSource | EncoderSource, metrics: Metrics, max_points: int) -> APIRouter:
    """``/v1/embed``: the vectors of points and polygons."""
    router, desk = _router(), _Desk()

    async def vectors(body: Any) -> Response:
        asked = read_places(body, max_points)
        found = await desk.work(asked, lambda: _embedded(source, asked))
        metrics.answered("embed", len(asked))
        return Response(found, media_type="application/json")

    if isinstance(source, RunSource):

        @router.post("/embed", response_model=Places, summary="The vectors of places")
        async def embed(
            body: Annotated[bodies.Body, Body(openapi_examples=_PLACES_EXAMPLES)],
        ) -> Response:
            """The vector of each point, and the area-weighted mean of those below each polygon.

            Send points, longitude first, the ids of regions, or a GeoJSON Feature or
            FeatureCollection of points and polygons. A place outside the area has `coverage` 0 and
            the embedding `null`.
            """
            return await vectors(body)

    else:

        @router.post("/embed", response_model=Places, summary="The vectors of points")
        async def embed_points(
            body: Annotated[bodies.Body, Body(openapi_examples=_POINTS_EXAMPLES)],
        ) -> Response:
            """The vector of each point.

            Send points, longitude first, or a GeoJSON Feature or FeatureCollection of points. A
            point outside the area has `coverage` 0 and the embedding `null`.
            """
            return await vectors(body)

    return router


def region_routes(source: RunSource, metrics: Metrics, max_points: int) -> APIRouter:
    """What only a run can answer: places like a place, regions, predictions."""
    router, desk = _router(), _Desk()

    @router.post("/similar", response_model=Similar, summary="Places like a place")
    async def similar(
        body: Annotated[
            bodies.SimilarBody,
            Body(openapi_examples={"point": {"value": {"point": [-118.24, 34.05], "k": 3}}}),
        ],
    ) -> Any:
        """The places whose vectors point most in the direction of a place's, and why.

        Name a region or a point. `agreement` is the cosine in each modality's own view.
        """
        return await anyio.to_thread.run_sync(lambda: _similar(source, body))

    @router.get("/regions/{region_id:path}", response_model=Region, summary="A region")
    async def region(
        region_id: Annotated[str, Path(max_length=200, description="Its id.")],
        geometry: Annotated[bool, Query(description="Whether its outline is wanted.")] = True,
        vector: Annotated[bool, Query(description="Whether its vector is wanted.")] = False,
    ) -> Any:
        """What is known of a region: its units, modalities, labels and predictions."""
        found = source.region(region_id)
        outline = source.outline(region_id) if geometry else None
        found["geometry"] = None if outline is None else json.loads(shapely.to_geojson(outline))
        values = source.vector(region_id) if vector else None
        known = values is not None and bool(np.isfinite(values).all())
        found["embedding"] = values.tolist() if values is not None and known else None
        return found

    @router.post("/predict", response_model=Predicted, summary="Predictions for places")
    async def predict(
        body: Annotated[
            bodies.PredictBody,
            Body(
                openapi_examples={"points": {"value": {"places": {"points": [[-118.24, 34.05]]}}}}
            ),
        ],
    ) -> Any:
        """The labels of places, read off their vectors by a linear probe.

        The probes were fitted, when the service started, on all labelled rows; `held_out` says
        how well they do in areas that they have not seen.
        """
        asked = read_places(body.places, max_points)
        labels = list(dict.fromkeys(body.labels or source.predictors))
        probes = {label: source.predictor(label) for label in labels}
        if not probes:
            source.predictor("")
        found = await desk.work(asked, lambda: _predicted(source, asked, probes))
        metrics.answered("predict", len(asked))
        return found

    return router


def _router() -> APIRouter:
    return APIRouter(prefix="/v1", responses=PROBLEMS, route_class=JsonRoute)


def _vectors(
    source: RunSource | EncoderSource, asked: Asked
) -> tuple[FloatArray, AnyArray, FloatArray]:
    """Of each place its vector, the region that it lies in (points) and its coverage."""
    n = len(asked)
    vectors = np.full((n, source.dimensions), np.nan, dtype=np.float32)
    regions, coverage = np.full(n, None, dtype=object), np.zeros(n)
    if asked.regions:
        vectors, regions[:] = source.embed_regions(asked.regions), asked.regions
        return vectors, regions, (~np.isnan(vectors).all(axis=1)).astype(float)
    if len(asked.points):
        found, ids = source.embed_points(asked.lon, asked.lat)
        vectors[asked.points], regions[asked.points] = found, ids
        coverage[asked.points] = ~np.isnan(found).all(axis=1)
    if len(asked.polygons):
        areas = np.setdiff1d(np.arange(n), asked.points)
        vectors[areas], coverage[areas] = source.pool_polygons(asked.polygons)
    return vectors, regions, coverage


def _embedded(source: RunSource | EncoderSource, asked: Asked) -> str:
    """The answer as text: vectors are the bulk of it, and are written at once."""
    vectors, regions, coverage = _vectors(source, asked)
    rows = zip(asked.ids, regions, coverage.round(6), json_vectors(vectors), strict=True)
    names = source.names
    places = ",".join(
        f'{{"id":{json.dumps(own)},"region_id":{json.dumps(region)},'
        f'"name":{json.dumps(names.get(region))},"coverage":{share:g},"embedding":{vector}}}'
        for own, region, share, vector in rows
    )
    return f'{{"dimensions":{source.dimensions},"places":[{places}]}}'


def _predicted(source: RunSource, asked: Asked, probes: dict[str, Any]) -> dict[str, Any]:
    vectors, regions, coverage = _vectors(source, asked)
    columns = {label: probe.predict(vectors) for label, probe in probes.items()}
    return {
        "labels": {label: _about(probe) for label, probe in probes.items()},
        "places": [
            {
                "id": own,
                "region_id": regions[i],
                "name": source.names.get(regions[i]),
                "coverage": round(float(coverage[i]), 6),
                "predictions": {label: values[i] for label, values in columns.items()},
            }
            for i, own in enumerate(asked.ids)
        ],
    }


def _about(probe: Any) -> dict[str, Any]:
    task, scored = probe.task, probe.held_out
    held_out = None
    if scored is not None:
        score = float(scored.score) if np.isfinite(scored.score) else None
        held_out = {"split": scored.split, "metric": task.metric, "score": score}
    return {
        "title": task.title,
        "unit": task.unit,
        "kind": task.kind,
        "rows": probe.rows,
        "leaks": list(task.leaks),
        "held_out": held_out,
    }


def _similar(source: RunSource, body: bodies.SimilarBody) -> dict[str, Any]:
    if (body.region is None) == (body.point is None):
        raise InputError("name either a region or a point", hint="one of the two, not both")
    region = body.region
    if region is None:
        lon, lat = (float(each) for each in body.point or ())
        check_lonlat(np.array([lon]), np.array([lat]))
        region = source.region_at(lon, lat)
    within: Sequence[str] | shapely.Geometry | None = None
    if isinstance(body.within, list):
        within = body.within
    elif body.within is not None:
        within = area_of(body.within)
    places = source.similar(region, body.k, within, body.modality)
    name = source.names.get(region)
    return {"region_id": region, "name": name, "modality": body.modality, "places": places}
