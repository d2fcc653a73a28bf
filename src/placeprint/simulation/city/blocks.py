"""The city's blocks: where they are, which touch, and what is latent in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from placeprint.simulation.city.site import Site
from placeprint.simulation.city.streets import Streets
from placeprint.simulation.fields import smooth_field, standardise
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["LAND_USES", "Blocks", "develop"]

LAND_USES = ("residential", "apartments", "commercial", "industrial", "civic", "park")
"""The classes of land use, in the order of the numbers in ``Blocks.land_use``."""

SHARES = (0.38, 0.20, 0.14, 0.11, 0.09, 0.08)
RAREST_FIRST = (5, 4, 3, 2, 1, 0)


@dataclass(frozen=True)
class Blocks:
    """The n blocks and their latent scores, each with mean 0 and variance 1.

    Attributes:
        polygons: (n,) shapely Polygons in metres.
        centres: (n, 2) a point inside each, metres.
        area: (n,) m².
        pairs: (p, 2) blocks that share a street, i < j.
        land_use: (n,) position in :data:`LAND_USES`.
        wealth: (n,) shows in the street views alone.
        greenness: (n,) shows in the satellite image alone.
        draw: (n,) shows in mobility alone.
        liveliness: (n,) shows in the points of interest, and faintly in shop fronts.
    """

    polygons: AnyArray
    centres: FloatArray
    area: FloatArray
    pairs: IntArray
    land_use: IntArray
    wealth: FloatArray
    greenness: FloatArray
    draw: FloatArray
    liveliness: FloatArray

    def __len__(self) -> int:
        return len(self.polygons)

    def around(self, values: FloatArray) -> FloatArray:
        """The mean of values (n,) over the blocks that share a street with each, (n,)."""
        ends = np.concatenate([self.pairs, self.pairs[:, ::-1]])
        total = np.bincount(ends[:, 0], values[ends[:, 1]], minlength=len(self))
        return np.asarray(total / np.maximum(np.bincount(ends[:, 0], minlength=len(self)), 1))

    def locate(self, points: FloatArray) -> IntArray:
        """The block of each point, −1 outside all: (m, 2) metres → (m,)."""
        found = np.full(len(points), -1)
        tree = shapely.STRtree(self.polygons)
        who, block = tree.query(shapely.points(points), predicate="intersects")
        found[who] = block
        return found

    def points_in(self, blocks: IntArray, rng: np.random.Generator) -> FloatArray:
        """Draw a point uniformly in each of the given blocks: (m,) → (m, 2) metres."""
        west, south, east, north = shapely.bounds(self.polygons).T
        points = np.empty((len(blocks), 2))
        missing = np.arange(len(blocks))
        while len(missing):
            where = blocks[missing]
            x = west[where] + rng.random(len(where)) * (east - west)[where]
            y = south[where] + rng.random(len(where)) * (north - south)[where]
            inside = shapely.contains_xy(self.polygons[where], x, y)
            points[missing[inside]] = np.stack([x, y], axis=1)[inside]
            missing = missing[~inside]
        return points


def _neighbours(polygons: AnyArray) -> IntArray:
    """Pairs i < j of blocks whose boundaries share more than a point."""
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.length(shapely.intersection(polygons[first], polygons[second])) > 1.0
    pairs = np.stack([first, second], axis=1)[shared]
    return np.asarray(pairs[np.lexsort(pairs.T[::-1])])


def _land_use(centres: FloatArray, radius: float, rng: np.random.Generator) -> IntArray:
    """Give each class the blocks that suit it best, its share of them, the rarest class first."""
    x, y = centres.T / 1000.0
    out = np.hypot(*centres.T) / radius
    wind = rng.uniform(0.0, 2.0 * np.pi)
    downwind = (centres @ [np.cos(wind), np.sin(wind)]) / radius

    def field(scale: float) -> FloatArray:
        return smooth_field(rng, scale).at(x, y)

    reach = radius / 1000.0
    suits = np.stack(
        [
            1.2 * out + 0.6 * field(0.3 * reach),
            -1.0 * np.abs(out - 0.45) + 0.6 * field(0.25 * reach),
            -2.2 * out + 0.5 * field(0.2 * reach),
            2.4 * downwind + 1.2 * out + 0.4 * field(0.2 * reach),
            0.7 * field(0.15 * reach),
            0.7 * field(0.15 * reach),
        ],
        axis=1,
    )
    suits += 0.45 * rng.gumbel(size=suits.shape)
    land_use = np.full(len(centres), -1)
    for kind in RAREST_FIRST:
        free = np.flatnonzero(land_use < 0)
        wanted = max(round(SHARES[kind] * len(centres)), 2) if kind else len(free)
        best = np.argsort(-suits[free, kind], kind="stable")[:wanted]
        land_use[free[best]] = kind
    return land_use


def develop(site: Site, streets: Streets, seed: int) -> Blocks:
    """Decide what each block is.

    With r/R the distance from the centre over the city's radius and F_s a smooth field of scale s:

    * land use: the shares 38, 20, 14, 11, 9 and 8 % of :data:`LAND_USES`, each to the blocks that
      suit it: homes outside, apartments between, commerce in the centre, industry downwind,
      civic blocks and parks anywhere, with noise;
    * wealth = 0.45 (rich side · place / R) + 0.4 F_½R + 0.8 ε;
    * greenness = 0.4 F_½R + 0.9 ε;
    * draw = ε;
    * liveliness = −0.4 r/R + 0.9 ε;

    each score standardised, ε standard normal and independent in every block, so that the greater
    part of it cannot be told from where the block lies nor from its neighbours.

    Example:
        >>> from placeprint.simulation.city.site import site_of
        >>> from placeprint.simulation.city.streets import lay_streets
        >>> site = site_of(0)
        >>> blocks = develop(site, lay_streets(site, 60, seed=0), seed=0)
        >>> np.bincount(blocks.land_use).tolist()
        [23, 12, 8, 7, 5, 5]
    """
    rng = stream(seed, "city blocks")
    polygons = streets.blocks
    inner = shapely.maximum_inscribed_circle(polygons, tolerance=1.0)
    centres = shapely.get_coordinates(shapely.get_point(inner, 0))
    land_use = _land_use(centres, streets.radius, rng)
    place = centres / streets.radius
    half = streets.radius / 2000.0

    def broad() -> FloatArray:
        return smooth_field(rng, half).at(*centres.T / 1000.0)

    noise = rng.normal(size=(4, len(polygons)))
    return Blocks(
        polygons=polygons,
        centres=centres,
        area=shapely.area(polygons),
        pairs=_neighbours(polygons),
        land_use=land_use,
        wealth=standardise(0.45 * (place @ site.rich_side) + 0.4 * broad() + 0.8 * noise[0]),
        greenness=standardise(0.4 * broad() + 0.9 * noise[1]),
        draw=standardise(noise[2]),
        liveliness=standardise(-0.4 * np.hypot(*place.T) + 0.9 * noise[3]),
    )
