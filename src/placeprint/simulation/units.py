"""Counties, cities and provinces: units above the cells, one inside the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.simulation.grid import Grid
from placeprint.simulation.nearest import nearest
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["Units", "divide", "means_by"]

CELLS_PER_COUNTY = 12
COUNTIES_PER_CITY = 7
CITIES_PER_PROVINCE = 4
FEWEST_PROVINCES = 6
ROUNDS = 8


@dataclass(frozen=True)
class Units:
    """The unit of each cell at three levels, numbered from 0 within the country.

    Attributes:
        county: (n,) integers.
        city: (n,) integers; a county lies in one city.
        province: (n,) integers; a city lies in one province.
    """

    county: IntArray
    city: IntArray
    province: IntArray

    def codes(self) -> dict[str, AnyArray]:
        """The units as text ids: (n,) strings each, such as P01, P01C004, P01C004K0031."""
        provinces = np.char.add("P", np.char.zfill(self.province.astype(str), 2))
        cities = np.char.add(np.char.add(provinces, "C"), np.char.zfill(self.city.astype(str), 3))
        counties = np.char.add(np.char.add(cities, "K"), np.char.zfill(self.county.astype(str), 4))
        named = {"county": counties, "city": cities, "province": provinces}
        return {level: codes.astype(object) for level, codes in named.items()}


def means_by(groups: IntArray, values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted means of values (n,) or (n, d) in the groups 0, 1, …: (g,) or (g, d).

    Example:
        >>> means_by(np.array([0, 0, 1]), np.array([1.0, 3.0, 5.0]), np.ones(3)).tolist()
        [2.0, 5.0]
    """
    columns = values.reshape(len(values), -1).T
    total = np.bincount(groups, weights)
    sums = np.stack([np.bincount(groups, weights * column) for column in columns], axis=1)
    return np.asarray((sums / total[:, None]).reshape(-1, *values.shape[1:]))


def _group(points: FloatArray, wanted: int, rng: np.random.Generator) -> IntArray:
    """Lloyd's k-means from randomly chosen points; groups are numbered from 0, none is empty."""
    centres = points[np.sort(rng.choice(len(points), size=wanted, replace=False))]
    for _ in range(ROUNDS):
        _, centre = nearest(centres, points)
        _, groups = np.unique(centre[:, 0], return_inverse=True)
        centres = means_by(groups, points, np.ones(len(points)))
    return groups


def divide(grid: Grid, seed: int) -> Units:
    """Divide the country: about 12 cells a county, 7 counties a city, 4 cities a province.

    Each level groups the middles of the one below by k-means. Six provinces
    and six cities are aimed at even in small countries, so that folds by unit can be made there.

    Example:
        >>> from placeprint.simulation.grid import survey
        >>> units = divide(survey(600, seed=0), seed=0)
        >>> len(set(units.province.tolist()))
        6
    """
    rng = stream(seed, "units")
    counties = max(len(grid) // CELLS_PER_COUNTY, FEWEST_PROVINCES)
    county = _group(grid.sphere, counties, rng)
    middles = means_by(county, grid.sphere, grid.area)
    city_of_county = _group(
        middles, max(len(middles) // COUNTIES_PER_CITY, min(FEWEST_PROVINCES, len(middles))), rng
    )
    middles = means_by(city_of_county, middles, np.ones(len(middles)))
    province_of_city = _group(
        middles, max(len(middles) // CITIES_PER_PROVINCE, min(FEWEST_PROVINCES, len(middles))), rng
    )
    city = city_of_county[county]
    return Units(county=county, city=city, province=province_of_city[city])
