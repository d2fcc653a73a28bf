"""The country from above: a georeferenced picture in which land use shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.files import replacing
from placeprint.simulation.country import Country
from placeprint.simulation.fields import SmoothField, smooth_field
from placeprint.simulation.lattice import CellLattice, frame_of, lay_cells
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, FloatArray, IntArray, PathLike

__all__ = ["Painter", "painter_of", "write_image"]

BLOCK = 256
CLASSES = ("built", "water", "forest", "farmland", "barren")
PATCH_KM = 0.55
RUGGED = 1.3
TEXTURE_MODES = 48

SEA = np.array([18.0, 48.0, 86.0], dtype=np.float32)
GROUND = np.array(
    [[142, 138, 134], [34, 72, 108], [36, 70, 40], [132, 138, 74], [146, 132, 110]],
    dtype=np.float32,
)
CROPS = np.array(
    [[0, 0, 0], [38, 22, -8], [-30, 6, -12], [12, -18, -14], [54, 40, 20], [-18, 24, 2]],
    dtype=np.float32,
)
LAWN = np.array([-42.0, 4.0, -46.0], dtype=np.float32)
ROOF = np.array([52.0, 58.0, 66.0], dtype=np.float32)
SNOW = np.array([236.0, 240.0, 246.0], dtype=np.float32)


@dataclass(frozen=True)
class Painter:
    """All that is needed to paint rows of the image.

    Attributes:
        country: What is painted.
        cells: Cells carried to the pixels.
        textures: A field of about half a km for each of the five kinds of ground.
        parcels: (64, 64) which crop grows on each field, repeated over the country.
    """

    country: Country
    cells: CellLattice
    textures: tuple[SmoothField, ...]
    parcels: IntArray

    def paint(self, first: int, last: int, rng: np.random.Generator) -> AnyArray:
        """Paint rows first … last − 1: (last − first, width, 3) uint8.

        A pixel shows the kind of ground with the greatest log(share) + 1.3 · texture, so that a
        cell shows more of what it has more of; sunlight comes from the north-west.
        """
        people, ground = self.country.people, self.country.ground
        frame, plane = self.cells.frame, self.country.grid.plane
        rows, columns = np.arange(first, last), np.arange(frame.width)
        x, y = plane.flat(frame.lon(columns + 0.5), frame.lat(rows + 0.5))

        def carry(values: FloatArray) -> FloatArray:
            knots = values.astype(np.float32)[self.cells.nearest]
            return self.cells.rows(knots, first, last)

        best = np.full((len(rows), len(columns)), -np.inf, dtype=np.float32)
        kind = np.zeros(best.shape, dtype=np.int8)
        for number, (name, texture) in enumerate(zip(CLASSES, self.textures, strict=True)):
            score = np.log(np.maximum(carry(getattr(ground, name)), 1e-4))
            score += RUGGED * texture.on_lattice(x, y)
            better = score > best
            best[better], kind[better] = score[better], number

        colour = GROUND[kind]
        self._fields(colour, kind, rows, columns)
        self._streets(colour, kind, rows, columns, carry(people.wealth), carry(people.industry))
        height = carry(self.country.terrain.elevation)
        height += 35.0 * self.country.terrain.relief.on_lattice(x, y)
        self._light(colour, height, kind)
        colour += rng.normal(scale=4.0, size=best.shape).astype(np.float32)[:, :, None]
        colour[self.cells.rows(self.cells.land, first, last) < 0.5] = SEA
        return np.asarray(np.clip(colour, 0.0, 255.0).astype(np.uint8))

    def _fields(self, colour: AnyArray, kind: AnyArray, rows: IntArray, columns: IntArray) -> None:
        size = len(self.parcels)
        crop = self.parcels[(rows[:, None] // 4) % size, (columns // 6) % size]
        farmed = kind == CLASSES.index("farmland")
        colour[farmed] += CROPS[crop[farmed]]

    def _streets(
        self,
        colour: AnyArray,
        kind: AnyArray,
        rows: IntArray,
        columns: IntArray,
        wealth: FloatArray,
        industry: FloatArray,
    ) -> None:
        built = kind == CLASSES.index("built")
        green = np.clip(0.3 + 0.25 * wealth[built], 0.0, 1.0)[:, None]
        roofs = np.clip(0.2 + 0.3 * industry[built], 0.0, 1.0)[:, None]
        street = ((rows[:, None] % 4 == 0) | (columns % 5 == 0))[built][:, None]
        yard = (((rows[:, None] // 2) + (columns // 3)) % 3 == 0)[built][:, None]
        colour[built] += np.where(street, -38.0, np.where(yard, roofs * ROOF, green * LAWN))

    def _light(self, colour: AnyArray, height: FloatArray, kind: AnyArray) -> None:
        slope_down, slope_right = np.gradient(height)
        shade = np.tanh((slope_down + slope_right) / 40.0)
        dry = kind != CLASSES.index("water")
        colour *= (1.0 + 0.35 * shade * dry)[:, :, None]
        snow = np.clip((height - 2200.0) / 300.0, 0.0, 1.0)[:, :, None]
        colour += snow * (SNOW - colour)


def painter_of(country: Country) -> Painter:
    """Prepare to paint a country.

    Example:
        >>> from placeprint.simulation.country import found
        >>> painter = painter_of(found(200, seed=0))
        >>> painter.paint(0, 4, np.random.default_rng(0)).shape[2]
        3
    """
    rng = stream(country.seed, "imagery")
    textures = tuple(smooth_field(rng, PATCH_KM, TEXTURE_MODES) for _ in CLASSES)
    cells = lay_cells(country.grid, frame_of(country.grid))
    return Painter(country, cells, textures, rng.integers(0, len(CROPS), (64, 64)))


def write_image(path: PathLike, country: Country) -> None:
    """Paint the country block by block into a tiled GeoTIFF (RGB, EPSG:4326), atomically.

    At most some 60 million pixels, of which 256 rows are in memory at a time.
    """
    import rasterio
    from rasterio.windows import Window

    painter = painter_of(country)
    frame = painter.cells.frame
    rng = stream(country.seed, "grain")
    transform = rasterio.Affine(frame.step_lon, 0, frame.west, 0, -frame.step_lat, frame.north)
    profile = {
        "driver": "GTiff",
        "width": frame.width,
        "height": frame.height,
        "count": 3,
        "dtype": "uint8",
        "crs": "EPSG:4326",
        "transform": transform,
        "photometric": "RGB",
        "compress": "deflate",
        "predictor": 2,
        "tiled": True,
        "blockxsize": BLOCK,
        "blockysize": BLOCK,
    }
    with replacing(path) as temporary, rasterio.open(temporary, "w", **profile) as image:
        for first in range(0, frame.height, BLOCK):
            last = min(first + BLOCK, frame.height)
            pixels = painter.paint(first, last, rng)
            window = Window(0, first, frame.width, last - first)
            image.write(np.moveaxis(pixels, 2, 0), window=window)
