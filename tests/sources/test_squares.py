from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image as Pillow

from placeprint.regions.metric import haversine_m
from placeprint.sources import satellite
from placeprint.sources.imagery import PlainImage
from placeprint.sources.satellite import bounding_squares, draw_square, shown_share

WORLD = (0.0, 40.0, 8.0, 46.0)


def plain(path: Path, pixels: np.ndarray, bounds: tuple[float, ...] = WORLD) -> PlainImage:
    Pillow.fromarray(pixels).save(path)
    return PlainImage(path, bounds)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)


@pytest.mark.parametrize("lat", [0.0, 45.0, -60.0])
def test_a_square_is_as_wide_as_high_in_metres(lat: float) -> None:
    shapes = shapely.box([10, 20], lat, [10.1, 20.01], lat + 0.03)
    for shape, (west, south, east, north) in zip(shapes, bounding_squares(shapes)):
        middle = (south + north) / 2
        width = haversine_m(west, middle, east, middle)
        assert float(width) == pytest.approx(float(haversine_m(0, south, 0, north)), rel=1e-4)
        assert (west + east) / 2 == pytest.approx(shape.centroid.x)
        assert middle == pytest.approx(shape.centroid.y)
        assert west <= shape.bounds[0] + 1e-12
        assert south <= shape.bounds[1] + 1e-12


def test_each_pixel_is_the_mean_of_what_it_covers(tmp_path: Path, pixels: np.ndarray) -> None:
    image = plain(tmp_path / "a.png", pixels)
    square = np.array([1.0, 41.0, 5.0, 45.0])  # columns 10 to 50, rows 10 to 50
    drawn, shown = draw_square([image], square, 8)
    assert shown.all()
    for i in range(8):
        for j in range(8):
            part = pixels[10 + 5 * i : 15 + 5 * i, 10 + 5 * j : 15 + 5 * j]
            np.testing.assert_allclose(drawn[i, j], part.mean(axis=(0, 1)), atol=1.01)


def test_a_square_smaller_than_a_pixel_has_its_colour(tmp_path: Path, pixels: np.ndarray) -> None:
    image = plain(tmp_path / "a.png", pixels)
    drawn, shown = draw_square([image], np.array([1.04, 44.94, 1.06, 44.96]), 8)
    assert shown.all()
    np.testing.assert_allclose(drawn.mean(axis=(0, 1)), pixels[10, 10], atol=20)


@pytest.mark.parametrize(
    "square", [(1.0, 41.0, 5.0, 45.0), (0.13, 40.2, 5.77, 45.9), (-1, 39, 7, 47)]
)
def test_chunks_equal_the_whole(
    tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch, square: tuple[float, ...]
) -> None:
    image = plain(tmp_path / "a.png", pixels)
    whole = draw_square([image], np.array(square), 16)
    monkeypatch.setattr(satellite, "PIXELS_AT_ONCE", 1)
    for one, other in zip(whole, draw_square([image], np.array(square), 16)):
        np.testing.assert_array_equal(one, other)


def test_halves_are_put_together(tmp_path: Path, pixels: np.ndarray) -> None:
    whole = plain(tmp_path / "a.png", pixels)
    west = plain(tmp_path / "w.png", pixels[:, :30], (0.0, 40.0, 3.0, 46.0))
    east = plain(tmp_path / "e.png", pixels[:, 30:], (3.0, 40.0, 8.0, 46.0))
    square = np.array([1.0, 41.0, 5.0, 45.0])
    expected, _ = draw_square([whole], square, 20)
    for images in ([west, east], [east, west]):
        drawn, shown = draw_square(images, square, 20)
        assert shown.all()
        np.testing.assert_array_equal(drawn, expected)


def test_the_first_of_two_images_counts(tmp_path: Path) -> None:
    dark = plain(tmp_path / "d.png", np.zeros((6, 8, 3), dtype=np.uint8))
    light = plain(tmp_path / "l.png", np.full((6, 8, 3), 255, dtype=np.uint8))
    assert draw_square([dark, light], np.array([1.0, 41, 3, 43]), 8)[0].max() == 0
    assert draw_square([light, dark], np.array([1.0, 41, 3, 43]), 8)[0].min() == 255


def test_beyond_the_edge_the_nearest_colour_is_repeated(tmp_path: Path) -> None:
    columns = np.broadcast_to(np.arange(8, dtype=np.uint8)[None, :, None] * 30, (6, 8, 3))
    image = plain(tmp_path / "a.png", np.ascontiguousarray(columns))
    drawn, shown = draw_square([image], np.array([6.0, 42.0, 10.0, 46.0]), 4)
    assert shown.tolist() == [[True, True, False, False]] * 4
    assert drawn[0, :, 0].tolist() == [180, 210, 210, 210]
    drawn, shown = draw_square([image], np.array([20.0, 42.0, 24.0, 46.0]), 4)
    assert not shown.any()


def test_what_holds_no_data_does_not_darken_its_neighbours(tmp_path: Path) -> None:
    pixels = np.full((60, 80, 4), 200, dtype=np.uint8)
    pixels[:, :40] = 0
    image = plain(tmp_path / "a.png", pixels)
    drawn, shown = draw_square([image], np.array([2.05, 41.0, 6.05, 45.0]), 10)
    assert shown.any()
    assert not shown.all()
    assert (drawn == 200).all()


def test_a_square_across_the_antimeridian(tmp_path: Path) -> None:
    world = np.zeros((18, 36, 3), dtype=np.uint8)
    world[:, 0], world[:, -1] = (0, 0, 200), (200, 0, 0)
    image = plain(tmp_path / "a.png", world, (-180.0, -90.0, 180.0, 90.0))
    parts = [shapely.box(176, 0, 180, 8), shapely.box(-180, 0, -176, 8)]
    region = shapely.MultiPolygon(parts)
    for shape in (region, shapely.box(176, 0, 179.9, 8), shapely.box(-179.9, 0, -176, 8)):
        square = bounding_squares(np.array([shape]))[0]
        assert square[2] - square[0] < 9
        drawn, shown = draw_square([image], square, 8)
        assert shown.all()
        assert shown_share(shape, square, shown) == 1
        np.testing.assert_array_equal(drawn.max(axis=2), 200)
    drawn, shown = draw_square([image], bounding_squares(np.array([region]))[0], 8)
    assert drawn[4, 0].tolist() == [200, 0, 0]
    assert drawn[4, 7].tolist() == [0, 0, 200]
    shown[:, :4] = False
    square = bounding_squares(np.array([region]))[0]
    assert shown_share(region, square, shown) == pytest.approx(0.5)


def test_the_share_of_a_region_that_is_shown() -> None:
    region = shapely.box(0.0, 0.0, 1.0, 0.5)
    square = bounding_squares(np.array([region]))[0]
    shown = np.zeros((20, 20), dtype=bool)
    assert shown_share(region, square, shown) == 0
    shown[:, :15] = True
    assert shown_share(region, square, shown) == pytest.approx(0.75)
    shown[:3] = False  # beside the region
    assert shown_share(region, square, shown) == pytest.approx(0.75)
