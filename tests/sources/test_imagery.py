from __future__ import annotations

import numpy as np
import pytest
import rasterio
from PIL import Image
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
    mercator = raster(tmp_path / "m.tif", pixels, "EPSG:3857", (0, 6e6, 4e5, 7e6))
    with pytest.raises(InputError, match=r"its CRS is EPSG:3857, expected EPSG:4326"):
        ImageCrops(mercator, regions)
