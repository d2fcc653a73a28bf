"""The map: its page, its parts, its data, and vector tiles where there are many regions."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Final

import anyio
from fastapi import APIRouter, Path, Request, Response

from placeprint.errors import InputError
from placeprint.evaluation.reporting.maps import drawable
from placeprint.serving.api.problems import PROBLEMS
from placeprint.serving.map.contents import MapContents, map_contents
from placeprint.serving.map.page import STATIC, as_json, served_page
from placeprint.serving.map.tiles import TileMaker
from placeprint.serving.run_source import RunSource, UnknownPlaceError

__all__ = ["map_routes"]

_TILES_KEPT: Final = 512
_ZOOMS: Final = 24


def map_routes(source: RunSource, basemap: str | None) -> APIRouter:
    """The routes of the map.

    Args:
        source: What it shows.
        basemap: The address of raster tiles below the regions.
    """
    router = APIRouter(include_in_schema=False)
    if not source.run.atlas.regions.has_coordinates:

        @router.get("/")
        @router.get("/v1/map")
        async def no_map() -> Response:
            raise InputError(
                "the regions have ids and no coordinates: there is no map of them",
                hint="ask for vectors, similar regions and predictions by id; see /docs",
            )

        return router
    contents = map_contents(source.run, predictions=source.predictions, names=source.names)
    page = served_page(source.name)
    maker = None if "outlines" in contents.about else TileMaker(drawable(source.run.atlas.regions))
    about = contents.about | {"basemap": basemap}
    if maker is not None:
        about["tiles"] = {"minzoom": 0, "maxzoom": maker.maxzoom}
    static = {
        name: _Parcel(text, f"{kind}; charset=utf-8") for name, (kind, text) in STATIC.items()
    }
    document = _Parcel(as_json(about), "application/json")

    @router.get("/")
    async def index() -> Response:
        return Response(page, media_type="text/html")

    @router.get("/static/{name}")
    async def part(name: str, request: Request) -> Response:
        if name not in static:
            raise UnknownPlaceError(f"no file {name!r}")
        found = static[name].response(request)
        found.headers["Cache-Control"] = "public, max-age=3600"
        return found

    @router.get("/v1/map")
    async def data(request: Request) -> Response:
        return document.response(request)

    values = _values(contents)

    @router.get("/v1/map/values/{key:path}")
    async def theme(key: str, request: Request) -> Response:
        if key not in contents.themes:
            raise UnknownPlaceError(f"no theme {key!r}")
        return (await anyio.to_thread.run_sync(values, key)).response(request)

    if maker is not None:
        tile = lru_cache(_TILES_KEPT)(maker.tile)

        @router.get("/v1/tiles/{z}/{x}/{y}", responses=PROBLEMS)
        async def tiles(
            z: Annotated[int, Path(ge=0, le=_ZOOMS)],
            x: Annotated[int, Path(ge=0)],
            y: Annotated[int, Path(ge=0)],
        ) -> Response:
            if max(x, y) >= 2**z:
                raise UnknownPlaceError(f"no tile {x}, {y} at zoom {z}")
            found = await anyio.to_thread.run_sync(tile, z, x, y)
            kind = "application/vnd.mapbox-vector-tile"
            return Response(found, 200 if found else 204, media_type=kind)

    return router


class _Parcel:
    """A text that is sent often, compressed once."""

    def __init__(self, text: bytes, kind: str) -> None:
        self._kind = kind
        self._text = text
        self._packed = gzip.compress(text, 6, mtime=0)

    def response(self, request: Request) -> Response:
        """The text, compressed if the client can read that."""
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            return Response(self._packed, headers=headers, media_type=self._kind)
        return Response(self._text, headers={"Vary": "Accept-Encoding"}, media_type=self._kind)


def _values(contents: MapContents) -> Callable[[str], _Parcel]:
    """The values of a theme by its key."""

    @lru_cache(len(contents.themes))
    def values(key: str) -> _Parcel:
        return _Parcel(as_json(contents.themes[key].shown), "application/json")

    return values
