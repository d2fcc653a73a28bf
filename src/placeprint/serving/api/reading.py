"""From the body of a request to arrays: points here, polygons there, each in its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from placeprint.errors import InputError
from placeprint.regions import check_lonlat
from placeprint.regions.polygons import check_polygons
from placeprint.serving.api.bodies import (
    Feature,
    FeatureCollection,
    MultiPolygon,
    Point,
    Points,
    RegionIds,
)
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["MOST_POLYGONS", "Asked", "area_of", "read_places"]

MOST_POLYGONS: Final = 100
"""Polygons of one request: each may lie over every region."""

_MOST_VERTICES: Final = 10_000
"""Corners of all polygons of a request: laid over regions they take seconds."""

_MOST_DEGREES: Final = 36_000.0
"""Length of all outlines of a request: a hundred times round the world."""


@dataclass(frozen=True, eq=False)
class Asked:
    """The places of a request.

    Attributes:
        ids: Of each place the id of its feature, or None.
        points: (p,) positions of the points among the places.
        lon: (p,) their longitudes, checked.
        lat: (p,) their latitudes, checked.
        polygons: (n − p,) the other places, in their order, valid.
        regions: Ids of regions; if there are some, they are all that was asked for.
    """

    ids: list[str | int | None]
    points: IntArray
    lon: FloatArray
    lat: FloatArray
    polygons: AnyArray
    regions: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)


def read_places(body: Any, most: int) -> Asked:
    """Read the places of a request.

    Args:
        body: One of :data:`~placeprint.serving.api.bodies.Body`.
        most: How many places there may be.

    Raises:
        InputError: If there are too many, a coordinate is out of range, or a polygon crosses
            itself.

    Example:
        >>> asked = read_places(Points(points=[[5.0, 60.0]]), most=10)
        >>> asked.lon.tolist(), asked.lat.tolist(), len(asked.polygons)
        ([5.0], [60.0], 0)
    """
    if isinstance(body, RegionIds):
        _check_number(len(body.regions), most)
        none, nowhere = np.empty(0, dtype=np.int64), np.empty(0)
        n = len(body.regions)
        return Asked([None] * n, none, nowhere, nowhere, nowhere.astype(object), body.regions)
    if isinstance(body, Points):
        _check_number(len(body.points), most)
        lonlat = np.array(body.points, dtype=np.float64)
        check_lonlat(lonlat[:, 0], lonlat[:, 1])
        n = len(lonlat)
        return Asked(
            [None] * n, np.arange(n), lonlat[:, 0], lonlat[:, 1], np.empty(0, dtype=object)
        )
    features = body.features if isinstance(body, FeatureCollection) else [body]
    _check_number(len(features), most)
    ids = [one.id if isinstance(one, Feature) else None for one in features]
    shapes = [one.geometry if isinstance(one, Feature) else one for one in features]
    at = [i for i, shape in enumerate(shapes) if isinstance(shape, Point)]
    lonlat = np.array([shapes[i].coordinates[:2] for i in at], dtype=np.float64).reshape(-1, 2)
    check_lonlat(lonlat[:, 0], lonlat[:, 1])
    return Asked(ids, np.array(at, dtype=np.int64), lonlat[:, 0], lonlat[:, 1], _polygons(shapes))


def area_of(body: Any) -> shapely.Geometry:
    """The polygon of a request that says where to look.

    Raises:
        InputError: See :func:`read_places`.
    """
    return _polygons([body])[0]


def _check_number(found: int, most: int) -> None:
    if found > most:
        raise InputError(
            f"{found:,} places are asked for, at most {most:,} are answered at once",
            hint="ask in several requests",
        )


def _polygons(shapes: list[Any]) -> AnyArray:
    """Valid polygons; what is not valid is refused, for mending may take without end."""
    asked = [(i, shape) for i, shape in enumerate(shapes) if not isinstance(shape, Point)]
    if len(asked) > MOST_POLYGONS:
        raise InputError(
            f"{len(asked):,} polygons are asked for, at most {MOST_POLYGONS} are pooled at once",
            hint="ask in several requests, or use `placeprint pool`",
        )
    if not asked:
        return np.empty(0, dtype=object)
    corners = sum(len(ring) for _, shape in asked for part in _parts(shape) for ring in part)
    if corners > _MOST_VERTICES:
        raise InputError(
            f"the polygons have {corners:,} corners, at most {_MOST_VERTICES:,} are taken at once",
            hint="simplify them, ask in several requests, or use `placeprint pool`",
        )
    made = np.array([_polygon(shape, f"place {i}") for i, shape in asked], dtype=object)
    if shapely.length(made).sum() > _MOST_DEGREES:
        raise InputError("the outlines are longer than a hundred times round the world")
    return check_polygons(pd.Index([f"place {i}" for i, _ in asked]), made, what="polygon")


def _parts(shape: Any) -> list[Any]:
    """The rings of each part of a polygon."""
    return list(shape.coordinates if isinstance(shape, MultiPolygon) else [shape.coordinates])


def _polygon(shape: Any, name: str) -> shapely.Geometry:
    rings = [[np.array([point[:2] for point in ring]) for ring in part] for part in _parts(shape)]
    for ring in (ring for part in rings for ring in part):
        if not np.isfinite(ring).all():
            raise InputError(f"{name} has a coordinate that is no finite number")
        if (ring[0] != ring[-1]).any():
            raise InputError(
                f"{name} has a ring that does not end where it begins",
                hint="repeat the first position at the end",
            )
    polygons = [shapely.Polygon(part[0], part[1:]) for part in rings]
    made = shapely.MultiPolygon(polygons) if isinstance(shape, MultiPolygon) else polygons[0]
    west, south, east, north = made.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InputError(
            f"{name} reaches from {west:.6g}, {south:.6g} to {east:.6g}, {north:.6g}, which are "
            "not longitudes and latitudes",
            hint="send degrees, longitude first",
        )
    if not made.is_valid:
        raise InputError(
            f"{name} is not a valid polygon: {shapely.is_valid_reason(made).lower()}",
            hint="see that no ring crosses itself or another",
        )
    return made
