"""Points of interest: shops, schools, benches, and the ground that some of them cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from placeprint.simulation.city.blocks import LAND_USES, Blocks
from placeprint.simulation.city.buildings import Buildings
from placeprint.simulation.city.functions import FUNCTIONS
from placeprint.simulation.city.kinds import Kinds, load_kinds
from placeprint.simulation.city.lots import Lots
from placeprint.simulation.city.shapes import draw_outlines
from placeprint.simulation.city.streets import Streets
from placeprint.simulation.names import BRANDS, FAMILIES, STREETS
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["Places", "open_places"]

AS_AREAS = 0.22
MISTAKEN = 0.02
UNNAMED = 0.15
NOWHERE_PER_BLOCK = 0.08
CHAINS = np.concatenate(BRANDS)


@dataclass(frozen=True)
class Places:
    """The p places: those at points first, then those with an area.

    Attributes:
        points: (p, 2) metres, a point inside each.
        areas: (p,) shapely Polygons in metres, None for those at points.
        categories: (p,) such as ``amenity=cafe``.
        names: (p,) None if it has none.
        looks: (p,) position in :data:`~placeprint.simulation.city.kinds.LOOKS`, −1 without a front.
    """

    points: FloatArray
    areas: AnyArray
    categories: AnyArray
    names: AnyArray
    looks: IntArray

    def __len__(self) -> int:
        return len(self.points)


def _tenants(
    blocks: Blocks, buildings: Buildings, kinds: Kinds, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """The kind (t,) and point (t, 2) of all places that buildings and parks attract."""
    parks = np.flatnonzero(blocks.land_use == LAND_USES.index("park"))
    host = np.concatenate([buildings.function, np.full(len(parks), len(FUNCTIONS))])
    block = np.concatenate([buildings.block, parks])
    extent = np.concatenate([np.ones(len(buildings)), blocks.area[parks] / 10_000.0])
    expected = np.where(host[:, None] == kinds.hosts, kinds.rates, 0.0) * extent[:, None]
    expected *= np.exp(np.outer(blocks.liveliness[block], kinds.lively))
    counts = rng.poisson(expected)
    who, kind = np.nonzero(counts)
    repeats = counts[who, kind]
    who, kind = np.repeat(who, repeats), np.repeat(kind, repeats)
    points = np.empty((len(who), 2))
    outside = who >= len(buildings)
    points[outside] = blocks.points_in(block[who[outside]], rng)
    inside = who[~outside]
    points[~outside] = buildings.centres[inside] + 3.0 * rng.normal(size=(len(inside), 2))
    return kind, points


def _names(nouns: AnyArray, rng: np.random.Generator) -> AnyArray:
    """A chain, a family or a street before the noun; 15 % have no name on the map."""
    count, style = len(nouns), rng.random(len(nouns))
    first = np.select(
        [style < 0.35, style < 0.7],
        [rng.choice(CHAINS, count), rng.choice(FAMILIES, count)],
        rng.choice(STREETS, count),
    )
    known = np.array([noun is not None for noun in nouns]) & (rng.random(count) >= UNNAMED)
    names = np.full(count, None, dtype=object)
    names[known] = first[known] + " " + nouns[known]
    return names


def _grounds(
    blocks: Blocks, lots: Lots, rng: np.random.Generator
) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Parks, school grounds, and car parks and pitches on lots without a building."""
    park, civic = (blocks.land_use == LAND_USES.index(use) for use in ("park", "civic"))
    green = shapely.buffer(blocks.polygons[park], -8.0, join_style="mitre")
    yards = civic & (rng.random(len(blocks)) < 0.5)
    schools = shapely.buffer(blocks.polygons[yards], -8.0, join_style="mitre")
    use = blocks.land_use[lots.block]
    paved = np.isin(use, [LAND_USES.index(name) for name in ("commercial", "industrial")])
    sport = np.isin(use, [LAND_USES.index(name) for name in ("civic", "park")])
    chosen = (paved | sport) & ~lots.built & (rng.random(len(use)) < 0.5)
    free = np.flatnonzero(chosen)
    plans = draw_outlines(
        np.zeros(len(free), dtype=int),
        np.ones((len(free), 2)),
        0.7 * lots.size[free],
        np.arctan2(lots.along[free, 1], lots.along[free, 0]),
    )
    moved = shapely.get_coordinates(plans) + np.repeat(lots.centres[free], 5, axis=0)
    areas = np.concatenate([green, schools, shapely.set_coordinates(plans, moved)])
    categories = np.concatenate(
        [
            np.full(len(green), "leisure=park", dtype=object),
            np.full(len(schools), "amenity=school", dtype=object),
            np.where(paved[free], "amenity=parking", "leisure=pitch").astype(object),
        ]
    )
    nouns = np.full(len(areas), None, dtype=object)
    nouns[: len(green)] = "Park"
    nouns[len(green) : len(green) + len(schools)] = "School"
    return areas, categories, nouns


def _stops(streets: Streets) -> FloatArray:
    """Bus stops every 260 m along primary and secondary roads, (b, 2)."""
    large = streets.geometries()[np.isin(streets.kinds, ["primary", "secondary"])]
    each = (shapely.length(large) // 260.0).astype(int)
    line = np.repeat(large, each)
    number = np.arange(len(line)) - np.repeat(np.cumsum(each) - each, each)
    return np.asarray(
        shapely.get_coordinates(shapely.line_interpolate_point(line, 130.0 + 260.0 * number))
    )


def _nowhere(streets: Streets, count: int, rng: np.random.Generator) -> FloatArray:
    """Points beyond the last street, up to 40 % further out than the city reaches, (count, 2)."""
    angle = rng.uniform(0.0, 2.0 * np.pi, count)
    out = streets.radius * rng.uniform(1.3, 1.4, count)
    return np.stack([out * np.cos(angle), out * np.sin(angle)], axis=1)


def open_places(
    streets: Streets, blocks: Blocks, lots: Lots, buildings: Buildings, seed: int
) -> Places:
    """Open the shops, schools and parks of the city.

    The number of places of a kind that a building attracts is Poisson(rate · e^(a · liveliness)),
    with a rate and an a by the building's function and the kind (``places.yaml``): lively blocks
    have more places, and more of them cafés and bars. A fifth of them is mapped as an area; parks,
    school grounds, car parks and pitches always are. There are bus stops, and a few places beyond
    the last street; 2 % have the category of another. Nothing depends on wealth, greenness or draw.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> places = found_city(60, seed=0).places
        >>> "amenity=cafe" in places.categories
        True
    """
    rng = stream(seed, "city places")
    kinds = load_kinds()
    kind, points = _tenants(blocks, buildings, kinds, rng)
    stops = _stops(streets)
    far = _nowhere(streets, max(round(NOWHERE_PER_BLOCK * len(blocks)), 3), rng)
    lost = rng.integers(0, len(kinds.names), len(far))
    kind = np.concatenate([kind, lost])
    nouns = kinds.nouns[kind, rng.integers(0, kinds.nouns.shape[1], len(kind))]
    categories, looks = kinds.names[kind], kinds.looks[kind]
    mistaken = rng.random(len(kind)) < MISTAKEN
    categories[mistaken] = rng.permutation(categories[mistaken])
    points = np.concatenate([points, far, stops])
    categories = np.concatenate([categories, np.full(len(stops), "highway=bus_stop")])
    looks = np.concatenate([looks, np.full(len(stops), -1)])
    nouns = np.concatenate([nouns, np.full(len(stops), "Stop", dtype=object)])

    drawn = (rng.random(len(points)) < AS_AREAS) & (categories != "highway=bus_stop")
    size = np.exp(rng.normal([1.9, 1.6], 0.3, (int(drawn.sum()), 2)))
    turn = rng.uniform(0.0, np.pi, len(size))
    plain = np.zeros(len(size), dtype=int)
    plans = draw_outlines(plain, np.ones((len(size), 2)), size, turn)
    units = shapely.set_coordinates(
        plans, shapely.get_coordinates(plans) + np.repeat(points[drawn], 5, axis=0)
    )
    grounds, uses, ground_nouns = _grounds(blocks, lots, rng)
    none = np.full(int((~drawn).sum()), None, dtype=object)
    nouns = np.concatenate([nouns[~drawn], nouns[drawn], ground_nouns])
    return Places(
        points=np.concatenate(
            [
                points[~drawn],
                points[drawn],
                shapely.get_coordinates(shapely.point_on_surface(grounds)),
            ]
        ),
        areas=np.concatenate([none, units, grounds]),
        categories=np.concatenate([categories[~drawn], categories[drawn], uses]),
        names=_names(nouns, rng),
        looks=np.concatenate([looks[~drawn], looks[drawn], np.full(len(grounds), -1)]),
    )
