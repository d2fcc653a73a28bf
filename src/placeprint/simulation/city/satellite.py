"""The city from above: roofs, streets, shadows, and how green each block is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from placeprint.files import replacing
from placeprint.simulation.city.city import City
from placeprint.simulation.city.streets import HALF_WIDTHS
from placeprint.simulation.fields import smooth_field
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["PIXEL_M", "Picture", "paint_city", "write_satellite"]

PIXEL_M = 2.0
MARGIN_M = 130.0
STOREY_M = 3.2
LONGEST_SHADOW_M = 30.0
GREEN_GAIN = 0.8

COVER = np.array([0.1, -0.3, -1.1, -1.3, 0.1, 1.5, 0.3])
"""How green a land use is (the last: outside the city), as a standard score of the texture."""

PAVING = np.array(
    [
        [168, 152, 128],
        [162, 158, 148],
        [150, 148, 148],
        [128, 124, 120],
        [172, 160, 142],
        [178, 164, 124],
        [160, 148, 106],
    ],
    dtype=np.float32,
)
ROOFS = np.array(
    [
        [158, 88, 66],
        [176, 160, 146],
        [196, 192, 186],
        [126, 138, 156],
        [208, 214, 220],
        [142, 104, 86],
        [116, 146, 132],
        [120, 116, 114],
    ],
    dtype=np.float32,
)
GRASS = np.array([112, 138, 72], dtype=np.float32)
TREES = np.array([52, 84, 44], dtype=np.float32)
ASPHALT = np.array([92, 92, 96], dtype=np.float32)


@dataclass(frozen=True)
class Picture:
    """A picture, north up, EPSG:4326.

    Attributes:
        pixels: (h, w, 3) uint8.
        west: Longitude of the left edge, degrees.
        north: Latitude of the upper edge, degrees.
        step_lon: Width of a pixel, degrees.
        step_lat: Height of a pixel, degrees.
    """

    pixels: AnyArray
    west: float
    north: float
    step_lon: float
    step_lat: float


def _shadows(heights: FloatArray) -> AnyArray:
    """Pixels in the shade of what stands north-west of them (the sun at 45°)."""
    shade = np.zeros(heights.shape, dtype=bool)
    for steps in range(1, int(LONGEST_SHADOW_M / PIXEL_M) + 1):
        reach = steps * PIXEL_M * np.sqrt(2.0)
        shade[steps:, steps:] |= heights[:-steps, :-steps] > reach
    return shade


def paint_city(city: City) -> Picture:
    """Paint the city at 2 m a pixel.

    Open ground is grass or trees where a texture of some 8 m with noise is below c + 0.8
    greenness, with c by land use, else paving or soil of the land use's colour. Roofs have the
    colour of the building's function, each somewhat off; a building throws a shadow as long as it
    is high. Nothing depends on wealth, draw or liveliness.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> paint_city(found_city(60, seed=0)).pixels.shape[2]
        3
    """
    from rasterio import Affine
    from rasterio.features import rasterize

    rng = stream(city.seed, "city satellite")
    blocks, buildings = city.blocks, city.buildings
    west, south, east, north = shapely.total_bounds(blocks.polygons) + MARGIN_M * np.array(
        [-1, -1, 1, 1]
    )
    width, height = (int(np.ceil(side / PIXEL_M)) for side in (east - west, north - south))
    frame = Affine(PIXEL_M, 0.0, west, 0.0, -PIXEL_M, north)

    def burnt(shapes: AnyArray, values: AnyArray, **more: Any) -> AnyArray:
        pairs = zip(shapes, values.tolist(), strict=True)
        return np.asarray(
            rasterize(pairs, out_shape=(height, width), transform=frame, dtype="int32", **more)
        )

    block = burnt(blocks.polygons, np.arange(len(blocks)), fill=-1, all_touched=True)
    building = burnt(buildings.polygons, np.arange(len(buildings)), fill=-1)
    half = np.array([HALF_WIDTHS[kind] for kind in city.streets.kinds])
    roads = burnt(shapely.buffer(city.streets.geometries(), half), half.astype(int), fill=0)

    use = np.append(blocks.land_use, 6)[block]
    texture = 0.8 * smooth_field(rng, 0.008, modes=128).on_lattice(
        (west + PIXEL_M * np.arange(width)) / 1000.0,
        (north - PIXEL_M * np.arange(height)) / 1000.0,
    )
    texture += 0.6 * rng.normal(size=texture.shape).astype(np.float32)
    greenness = np.append(blocks.greenness, 0.0)[block]
    excess = COVER[use] + GREEN_GAIN * greenness - texture
    colour = PAVING[use]
    colour[excess > 0.0] = GRASS
    colour[excess > 1.0] = TREES
    colour[roads > 0] = ASPHALT + 2.0 * (9.0 - roads[roads > 0][:, None])
    roof = ROOFS[buildings.function] + rng.normal(scale=14.0, size=(len(buildings), 1))
    roof += rng.normal(scale=5.0, size=roof.shape)
    stands = building >= 0
    colour[stands] = roof[building[stands]]
    heights = np.append(buildings.levels * STOREY_M, 0.0)[building]
    colour[_shadows(heights) & ~stands] *= 0.55
    colour += rng.normal(scale=4.0, size=(height, width, 1))
    corners = city.site.degrees(
        np.array([[west, north], [west + PIXEL_M * width, north - PIXEL_M * height]])
    )
    (left, top), (right, bottom) = corners.tolist()
    return Picture(
        pixels=np.clip(colour, 0.0, 255.0).astype(np.uint8),
        west=left,
        north=top,
        step_lon=(right - left) / width,
        step_lat=(top - bottom) / height,
    )


def write_satellite(path: PathLike, city: City) -> None:
    """Paint the city into a tiled GeoTIFF (RGB, EPSG:4326), atomically."""
    import rasterio

    picture = paint_city(city)
    height, width, _ = picture.pixels.shape
    transform = rasterio.Affine(
        picture.step_lon, 0.0, picture.west, 0.0, -picture.step_lat, picture.north
    )
    profile = {
        "driver": "GTiff",
        "width": width,
        "height": height,
        "count": 3,
        "dtype": "uint8",
        "crs": "EPSG:4326",
        "transform": transform,
        "photometric": "RGB",
        "compress": "deflate",
        "predictor": 2,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
    }
    with replacing(path) as temporary, rasterio.open(temporary, "w", **profile) as image:
        image.write(np.moveaxis(picture.pixels, 2, 0))
