"""Sampling points along the streets, and what one sees from each to the four sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from placeprint.simulation.city.blocks import LAND_USES
from placeprint.simulation.city.city import City
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["DIRECTIONS", "Sights", "look_around"]

DIRECTIONS = np.array([0.0, 90.0, 180.0, 270.0])
"""North, east, south, west: degrees clockwise from north."""

KERB_M = 5.0
STEP_M = 90.0
APART_M = 27.0
SIGHT_M = 60.0
FRONT_M = 12.0
LANE_M = 6.0
LOST = 0.06
TREES = np.array([1.6, 1.0, 0.5, 0.3, 1.2, 3.2])
CARS = np.array([0.6, 1.1, 1.3, 0.8, 0.5, 0.2])


@dataclass(frozen=True)
class Sights:
    """The v views, of four at each sampling point some lost; point after point.

    Attributes:
        group: (v,) the sampling point.
        points: (v, 2) metres, the same for all views of a point but for some noise.
        heading: (v,) degrees clockwise from north.
        block: (v,) the block that is looked at, −1 beyond the last street.
        land_use: (v,) of that block; a park's beyond the last street.
        function: (v,) of the building in sight, −1 if there is none within 60 m.
        levels: (v,) its storeys, 0 if there is none.
        distance: (v,) metres to it, 60 if there is none.
        look: (v,) of its shop front, −1 without one.
        trees: (v,) how many stand there.
        cars: (v,) how many are parked there.
    """

    group: IntArray
    points: FloatArray
    heading: FloatArray
    block: IntArray
    land_use: IntArray
    function: IntArray
    levels: IntArray
    distance: FloatArray
    look: IntArray
    trees: IntArray
    cars: IntArray

    def __len__(self) -> int:
        return len(self.group)


def _sampled(blocks: AnyArray, rng: np.random.Generator) -> FloatArray:
    """Points every 90 m or so along the kerb of each block, no two within 27 m, (g, 2)."""
    kerbs = shapely.get_exterior_ring(
        shapely.get_geometry(shapely.buffer(blocks, -KERB_M, join_style="mitre"), 0)
    )
    lengths = shapely.length(kerbs)
    each = np.maximum((lengths / STEP_M).astype(int), 1)
    kerb = np.repeat(np.arange(len(kerbs)), each)
    number = np.arange(len(kerb)) - np.repeat(np.cumsum(each) - each, each)
    share = (number + rng.random(len(kerbs))[kerb]) / each[kerb]
    points = shapely.line_interpolate_point(kerbs[kerb], share * lengths[kerb])
    places = shapely.get_coordinates(points)
    pairs = cKDTree(places).query_pairs(APART_M, output_type="ndarray")
    first = np.lexsort([rng.random(len(places))])
    rank = np.argsort(first)
    later = np.where(rank[pairs[:, 0]] > rank[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
    return np.asarray(np.delete(places, np.unique(later), axis=0))


def _first_hit(city: City, points: FloatArray, ends: FloatArray) -> tuple[IntArray, FloatArray]:
    """The first building in a lane 12 m wide from each point, −1 if none; and how far off it is."""
    lines = shapely.linestrings(np.stack([points, ends], axis=1))
    rays = shapely.buffer(lines, LANE_M, cap_style="flat")
    ray, building = shapely.STRtree(city.buildings.polygons).query(rays, predicate="intersects")
    seen = shapely.intersection(rays[ray], city.buildings.polygons[building])
    away = shapely.distance(shapely.points(points)[ray], seen)
    order = np.lexsort([away, ray])
    ray, building, away = ray[order], building[order], away[order]
    _, nearest = np.unique(ray, return_index=True)
    hit, distance = np.full(len(points), -1), np.full(len(points), SIGHT_M)
    hit[ray[nearest]], distance[ray[nearest]] = building[nearest], away[nearest]
    return hit, distance


def _fronts(city: City) -> IntArray:
    """The look of the nearest place within 12 m of each building's middle, −1 if none: (b,)."""
    shown = np.flatnonzero(city.places.looks >= 0)
    tree = cKDTree(city.places.points[shown])
    away, who = tree.query(city.buildings.centres, distance_upper_bound=FRONT_M)
    looks = np.append(city.places.looks[shown], -1)
    return np.asarray(np.where(np.isfinite(away), looks[who], -1))


def look_around(city: City) -> Sights:
    """Walk the kerbs and look to the north, east, south and west.

    A camera is up to some degrees off its side. What it shows is the first building within 60 m
    ahead in a lane 12 m wide, behind the kerb or across the street; a shop or office within 12 m
    of its middle gives it a front; trees and cars are Poisson, by the land use of the block in
    sight. 6 % of the views were lost.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> sights = look_around(found_city(60, seed=0))
        >>> bool((np.bincount(sights.group) <= 4).all())
        True
    """
    rng = stream(city.seed, "city views")
    points = _sampled(city.blocks.polygons, rng)
    count = len(points)
    group = np.repeat(np.arange(count), 4)
    heading = np.tile(DIRECTIONS, count) + np.repeat(6.0 * rng.normal(size=count), 4)
    ahead = np.stack([np.sin(np.radians(heading)), np.cos(np.radians(heading))], axis=1)
    stand = points[group]
    hit, distance = _first_hit(city, stand, stand + SIGHT_M * ahead)
    open_view = hit < 0
    block = city.blocks.locate(stand + 25.0 * ahead)
    block[~open_view] = city.buildings.block[hit[~open_view]]
    use = np.append(city.blocks.land_use, LAND_USES.index("park"))[block]
    look = np.where(open_view, -1, _fronts(city)[hit])
    trees, cars = rng.poisson(TREES[use]), rng.poisson(CARS[use])
    measured = stand + 1.0 * rng.normal(size=stand.shape)
    kept = rng.random(len(group)) >= LOST
    return Sights(
        group=group[kept],
        points=measured[kept],
        heading=(np.round(heading, 1) % 360.0)[kept],
        block=block[kept],
        land_use=use[kept],
        function=np.where(open_view, -1, city.buildings.function[hit])[kept],
        levels=np.where(open_view, 0, city.buildings.levels[hit])[kept],
        distance=distance[kept],
        look=look[kept],
        trees=np.minimum(trees, 4)[kept],
        cars=np.minimum(cars, 2)[kept],
    )
