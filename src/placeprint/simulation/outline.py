"""The country's outline: an irregular coast that holds a wanted number of cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from placeprint.simulation.streams import stream
from placeprint.typing import FloatArray

__all__ = ["RESOLUTION", "Plane", "draw_outline"]

RESOLUTION = 6
"""H3 resolution of the cells: about 36 km² each, as in MobCLIP."""

KM_PER_DEGREE = 111.195
VERTICES = 720


@dataclass(frozen=True)
class Plane:
    """A flat map around a point: kilometres east and north of it.

    x = 111.195 · cos(lat0) · (lon − lon0), y = 111.195 · (lat − lat0).

    Attributes:
        lon: lon0, degrees.
        lat: lat0, degrees.
    """

    lon: float
    lat: float

    @property
    def scale(self) -> float:
        """Kilometres per degree of longitude."""
        return float(KM_PER_DEGREE * np.cos(np.radians(self.lat)))

    def flat(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Degrees to kilometres.

        Example:
            >>> x, y = Plane(10.0, 0.0).flat(np.array([11.0]), np.array([1.0]))
            >>> x.tolist(), y.tolist()
            ([111.195], [111.195])
        """
        return (lon - self.lon) * self.scale, (lat - self.lat) * KM_PER_DEGREE

    def round_earth(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Kilometres to degrees; undoes :meth:`flat`."""
        return x / self.scale + self.lon, y / KM_PER_DEGREE + self.lat


def _coast(rng: np.random.Generator) -> FloatArray:
    """A closed curve round the origin: (720, 2), mean radius about 1, wilder at low frequencies.

    log r(θ) = Σ_k c_k cos(kθ + φ_k), c_k = 0.16 k^-0.9, held within ±0.4.
    """
    order = np.arange(1, 41)
    angle = np.linspace(0.0, 2.0 * np.pi, VERTICES, endpoint=False)
    phase = rng.uniform(0.0, 2.0 * np.pi, len(order))
    size = 0.16 * order**-0.9 * rng.uniform(0.5, 1.5, len(order))
    waves = np.cos(np.outer(angle, order) + phase) @ size
    radius = np.exp(0.4 * np.tanh(waves / 0.4))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def draw_outline(cells: int, seed: int) -> tuple[Any, Plane]:
    """Draw a country whose outline covers a number of H3 cells.

    The shape is drawn once; its size is searched for by interpolation and bisection until the
    cells whose centres lie inside are within ½ % of those wanted.

    Args:
        cells: How many cells of resolution 6 it is to have.
        seed: The country's seed.

    Returns:
        The outline (a shapely Polygon, EPSG:4326, rounded to 1e-6 degrees so that a GeoJSON file
        holds it exactly) and the flat map around its middle.

    Example:
        >>> outline, plane = draw_outline(100, seed=0)
        >>> outline.is_valid
        True
    """
    import h3.api.numpy_int as h3

    rng = stream(seed, "outline")
    plane = Plane(lon=float(rng.uniform(-100.0, 100.0)), lat=float(rng.uniform(15.0, 30.0)))
    shape = _coast(rng)

    def scaled(radius: float) -> Any:
        lon, lat = plane.round_earth(*(radius * shape.T))
        return shapely.Polygon(np.stack([lon, lat], axis=1).round(6))

    smallest, largest = 0.0, np.inf
    radius = float(np.sqrt(36.0 * cells / np.pi))
    best, error = scaled(radius), np.inf
    for _ in range(50):
        outline = scaled(radius)
        count = len(h3.geo_to_cells(outline, RESOLUTION))
        if abs(count - cells) < error:
            best, error = outline, abs(count - cells)
        if error <= cells // 200:
            break
        smallest, largest = (radius, largest) if count < cells else (smallest, radius)
        guess = radius * float(np.sqrt(cells / max(count, 1)))
        radius = guess if smallest < guess < largest else (smallest + largest) / 2.0
    return best, plane
