from __future__ import annotations

import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import Transformer
from rasterio.transform import from_bounds

from placeprint.errors import InputError
from placeprint.sources import ImageCrops

BOUNDS = (0.0, 49.0, 4.0, 52.0)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 255, (30, 40, 3), dtype=np.uint8)


@pytest.fixture
def plain(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def raster(path, pixels, crs="EPSG:4326", bounds=BOUNDS):
    transform = from_bounds(*bounds, pixels.shape[1], pixels.shape[0])
    profile = {"height": pixels.shape[0], "width": pixels.shape[1], "count": 3, "dtype": "uint8"}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, **profile) as file:
        file.write(np.moveaxis(pixels, -1, 0))
    return path


def test_crops_are_the_pixels_of_each_square(plain, pixels, regions) -> None:
    crops = list(ImageCrops(plain, regions, BOUNDS))
    assert [crop.region_id for crop in crops] == ["a", "b", "c"]
    # Square a reaches from 0 to 1 east and 50 to 51 north: 10 columns and 10 rows.
    assert crops[0].mask.sum() == 100
    inside = crops[0].pixels[crops[0].mask].reshape(10, 10, 3)
    np.testing.assert_array_equal(inside, pixels[10:20, 0:10])


def test_raster_and_plain_image_agree(tmp_path, plain, pixels, regions) -> None:
    georeferenced = raster(tmp_path / "a.tif", pixels)
    for one, other in zip(
        ImageCrops(plain, regions, BOUNDS), ImageCrops(georeferenced, regions), strict=True
    ):
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_array_equal(one.mask, other.mask)


def test_a_region_smaller_than_a_pixel_gets_one(plain, regions) -> None:
    crops = list(ImageCrops(plain, regions, (-180, -90, 180, 90)))
    assert [int(crop.mask.sum()) for crop in crops] == [1, 1, 1]


def test_regions_beyond_the_edge_are_left_out_and_counted(plain, regions) -> None:
    crops = ImageCrops(plain, regions, (0.0, 49.0, 1.5, 52.0))
    assert [crop.region_id for crop in crops] == ["a"]
    assert crops.coverage.dropped == {"regions beyond the edge of the image": 2}


def test_an_image_of_another_place_is_refused(plain, regions) -> None:
    with pytest.raises(InputError, match=r"shows none of the regions, which reach from 0, 50"):
        ImageCrops(plain, regions, (100, 0, 110, 10))


def test_bad_images_are_refused(tmp_path, pixels, regions) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        ImageCrops(tmp_path / "none.png", regions, BOUNDS)
    (tmp_path / "bad.png").write_bytes(b"not an image")
    with pytest.raises(InputError, match="cannot be read as an image"):
        ImageCrops(tmp_path / "bad.png", regions, BOUNDS)
    with pytest.raises(InputError, match="cannot be read as a raster"):
        ImageCrops(tmp_path / "bad.png", regions)
    with pytest.raises(InputError, match="not west < east"):
        ImageCrops(tmp_path / "bad.png", regions, (4, 49, 0, 52))
    deep = tmp_path / "deep.tif"
    profile = {"height": 1, "width": 1, "count": 1, "dtype": "uint16", "crs": "EPSG:4326"}
    transform = from_bounds(*BOUNDS, 1, 1)
    with rasterio.open(deep, "w", driver="GTiff", transform=transform, **profile):
        pass
    with pytest.raises(InputError, match=r"its pixels are uint16, expected 8 bits a colour"):
        ImageCrops(deep, regions)


def test_a_raster_in_another_crs_is_resampled(tmp_path, regions) -> None:
    """One whose colours say where it is: red grows with the longitude, green with the latitude."""
    to_metres = Transformer.from_crs(4326, 32631, always_xy=True)
    x, y = to_metres.transform([-0.5, 4.5, -0.5, 4.5], [49.5, 49.5, 51.5, 51.5])
    box = (min(x), min(y), max(x), max(y))
    columns, rows = np.meshgrid(
        np.linspace(box[0], box[2], 401)[:-1], np.linspace(box[3], box[1], 301)[:-1]
    )
    half = (box[2] - box[0]) / 800, (box[1] - box[3]) / 600
    lon, lat = to_metres.transform(columns + half[0], rows + half[1], direction="INVERSE")
    colours = np.stack([50 * lon + 5, 100 * (lat - 49.5), np.full_like(lon, 9)], axis=-1)
    path = raster(tmp_path / "utm.tif", colours.clip(0, 255).astype(np.uint8), "EPSG:32631", box)
    crops = {crop.region_id: crop for crop in ImageCrops(path, regions)}
    assert list(crops) == ["a", "b", "c"]
    for west, crop in enumerate(crops.values()):
        assert crop.mask.mean() > 0.9
        red, green, blue = crop.pixels[crop.mask].mean(axis=0)
        assert red == pytest.approx(50 * (west + 0.5) + 5, abs=1.5)
        assert green == pytest.approx(100, abs=1.5)
        assert blue == 9


def test_pixels_without_data_are_not_in_the_mask(tmp_path, regions) -> None:
    pixels = np.full((30, 40, 3), 7, dtype=np.uint8)
    path = raster(tmp_path / "a.tif", pixels)
    with rasterio.open(path, "r+") as file:
        file.nodata = 0
        file.write(np.zeros((3, 30, 5), dtype=np.uint8), window=((0, 30), (0, 5)))
    crops = list(ImageCrops(path, regions))
    assert [int(crop.mask.sum()) for crop in crops] == [50, 100, 100]


def test_a_raster_from_south_to_north_is_turned(tmp_path, pixels, regions) -> None:
    path = raster(tmp_path / "up.tif", pixels)
    west, south, east, north = BOUNDS
    profile = {"height": 30, "width": 40, "count": 3, "dtype": "uint8", "crs": "EPSG:4326"}
    transform = from_bounds(west, north, east, south, 40, 30)
    with rasterio.open(
        tmp_path / "down.tif", "w", driver="GTiff", transform=transform, **profile
    ) as file:
        file.write(np.moveaxis(pixels[::-1], -1, 0))
    for one, other in zip(
        ImageCrops(path, regions), ImageCrops(tmp_path / "down.tif", regions), strict=True
    ):
        difference = one.pixels[one.mask].astype(int) - other.pixels[other.mask]
        assert np.abs(difference).max() <= 1
