"""The parts of the service put together."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from fastapi import FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware

from placeprint.serving.api.answers import Health
from placeprint.serving.api.endpoints import place_routes, region_routes
from placeprint.serving.api.guards import BodyLimit, Counted, HeadAsGet, KeyNeeded, SafeHeaders
from placeprint.serving.api.map_routes import map_routes
from placeprint.serving.api.metrics import CONTENT_TYPE, Metrics
from placeprint.serving.api.problems import handle_problems
from placeprint.serving.api.reference import POLICY, reference_page
from placeprint.serving.encoder_source import EncoderSource
from placeprint.serving.map.page import check_basemap, content_policy
from placeprint.serving.run_source import RunSource

__all__ = ["application"]


def application(
    source: RunSource | EncoderSource,
    *,
    basemap: str | None,
    api_key: str | None,
    max_points: int,
    max_body_bytes: int,
    allowed_origins: Sequence[str],
) -> FastAPI:
    """The application; see :func:`placeprint.serving.create_app`."""
    check_basemap(basemap)
    run = source if isinstance(source, RunSource) else None
    metrics = Metrics(
        {
            "version": version("placeprint"),
            "kind": "encoder" if run is None else "run",
            "dimensions": str(source.dimensions),
        }
    )
    app = FastAPI(
        title="placeprint",
        version=version("placeprint"),
        summary="Embeddings of places: vectors, places like a place, predictions.",
        docs_url=None,
        redoc_url=None,
    )
    handle_problems(app)
    app.include_router(place_routes(source, metrics, max_points))
    policies = {"/docs": POLICY}
    if run is not None:
        app.include_router(region_routes(run, metrics, max_points))
        app.include_router(map_routes(run, basemap))
        policies["/"] = content_policy(basemap)
    _add_own_routes(app, source, metrics)
    _guard(app, metrics, policies, api_key, max_body_bytes, allowed_origins)
    return app


def _add_own_routes(app: FastAPI, source: RunSource | EncoderSource, metrics: Metrics) -> None:
    regions = source.embedded if isinstance(source, RunSource) else None

    @app.get("/healthz", response_model=Health, summary="Whether the service is there")
    async def healthz() -> Health:
        """Answers as soon as the service takes requests; needs no key."""
        kind = "encoder" if regions is None else "run"
        return Health(
            status="ok",
            kind=kind,
            name=source.name,
            dimensions=source.dimensions,
            regions=regions,
        )

    @app.get("/metrics", summary="Counts for Prometheus", response_class=Response)
    async def counts() -> Response:
        """Requests by path and status, how long they took, places answered for."""
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return Response(reference_page(app.openapi()), media_type="text/html")

    if regions is None:

        @app.get("/", include_in_schema=False)
        async def index() -> Response:
            return Response(status_code=307, headers={"Location": "/docs"})


def _guard(
    app: FastAPI,
    metrics: Metrics,
    policies: dict[str, str],
    api_key: str | None,
    max_body_bytes: int,
    allowed_origins: Sequence[str],
) -> None:
    """Put the guards before the endpoints; the one added last is asked first."""
    app.add_middleware(BodyLimit, most=max_body_bytes)
    if api_key is not None:
        app.add_middleware(KeyNeeded, key=api_key)
    if allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(allowed_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type", "X-API-Key"],
        )
    app.add_middleware(SafeHeaders, policies=policies)
    app.add_middleware(Counted, metrics=metrics)
    app.add_middleware(HeadAsGet)
