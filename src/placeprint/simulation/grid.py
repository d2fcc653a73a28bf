"""The country's cells: where each is, how large it is, and points drawn within it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np

from placeprint.simulation.nearest import nearest
from placeprint.simulation.outline import RESOLUTION, Plane, draw_outline
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["EARTH_RADIUS", "Grid", "on_sphere", "survey"]

EARTH_RADIUS = 6371.0
CHUNK = 2_000_000


def on_sphere(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Points as (n, 3) positions in km from the Earth's centre: chords stand for distances.

    Example:
        >>> on_sphere(np.array([0.0]), np.array([0.0])).tolist()
        [[6371.0, 0.0, 0.0]]
    """
    lam, phi = np.radians(lon), np.radians(lat)
    unit = [np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]
    return np.asarray(EARTH_RADIUS * np.stack(unit, axis=-1))


@dataclass(frozen=True)
class Grid:
    """The H3 cells of the country, sorted.

    Attributes:
        outline: The country as a shapely Polygon, EPSG:4326.
        plane: The flat map that x and y belong to.
        ids: (n,) uint64, sorted.
        lon: (n,) longitude of the centres, degrees.
        lat: (n,) latitude of the centres, degrees.
        x: (n,) km east on the flat map.
        y: (n,) km north on the flat map.
        sphere: (n, 3) km, see :func:`on_sphere`.
        area: (n,) km².
        coast: (n,) km from the nearest point of the coast.
        corners: (c, 2) lon, lat of all cells' corners, cell after cell.
        starts: (n + 1,) where each cell's corners start.
    """

    outline: Any
    plane: Plane
    ids: AnyArray
    lon: FloatArray
    lat: FloatArray
    x: FloatArray
    y: FloatArray
    sphere: FloatArray
    area: FloatArray
    coast: FloatArray
    corners: FloatArray
    starts: IntArray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def region_ids(self) -> AnyArray:
        """The ids as (n,) hexadecimal strings."""
        return np.array([f"{cell:x}" for cell in self.ids.tolist()], dtype=object)

    def points_in(self, cells: IntArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draw a point in each of the given cells.

        A cell is cut into triangles from its centre; a point is uniform in one of them, a little
        short of the edge so that rounding to 1e-6 degrees never moves it out of the cell.

        Args:
            cells: (m,) positions of cells in the grid; a cell may come many times.
            rng: Random generator.

        Returns:
            Longitude and latitude, (m,) each, degrees.
        """
        lon, lat = np.empty(len(cells)), np.empty(len(cells))
        for begin in range(0, len(cells), CHUNK):
            part = cells[begin : begin + CHUNK]
            first, count = self.starts[part], np.diff(self.starts)[part]
            side = (rng.random(len(part)) * count).astype(np.int64)
            reach = 0.98 * np.sqrt(rng.random(len(part)))
            turn = rng.random(len(part))
            one = self.corners[first + side]
            two = self.corners[first + (side + 1) % count]
            ends = one + turn[:, None] * (two - one)
            here = slice(begin, begin + len(part))
            lon[here] = (self.lon[part] + reach * (ends[:, 0] - self.lon[part])).round(6)
            lat[here] = (self.lat[part] + reach * (ends[:, 1] - self.lat[part])).round(6)
        return lon, lat


def survey(cells: int, seed: int) -> Grid:
    """Draw a country's outline and lay out its cells.

    Args:
        cells: How many cells it is to have (met within ½ %, or one cell in small countries).
        seed: The country's seed.

    Example:
        >>> grid = survey(200, seed=0)
        >>> abs(len(grid) - 200) <= 4
        True
    """
    import h3.api.numpy_int as h3

    outline, plane = draw_outline(cells, seed)
    ids = np.sort(h3.geo_to_cells(outline, RESOLUTION))
    keys = ids.tolist()
    lat, lon = np.array([*map(h3.cell_to_latlng, keys)]).T
    rings = [*map(h3.cell_to_boundary, keys)]
    x, y = plane.flat(lon, lat)
    edge = np.asarray(outline.segmentize(0.02).exterior.coords)
    coast, _ = nearest(on_sphere(*edge.T), on_sphere(lon, lat))
    return Grid(
        outline=outline,
        plane=plane,
        ids=ids,
        lon=lon,
        lat=lat,
        x=x,
        y=y,
        sphere=on_sphere(lon, lat),
        area=np.fromiter(map(h3.cell_area, keys, repeat("km^2")), dtype=float, count=len(keys)),
        coast=coast[:, 0],
        corners=np.concatenate([np.asarray(ring) for ring in rings])[:, ::-1],
        starts=np.concatenate([[0], np.cumsum([len(ring) for ring in rings])]),
    )
