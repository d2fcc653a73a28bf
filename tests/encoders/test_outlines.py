from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
import torch
from shapely import affinity

from placeprint.encoders import outlines
from placeprint.encoders.local_metres import local_metres
from placeprint.encoders.outlines import encode_outlines, polygon_embedding, rasterise
from placeprint.encoders.resnet import ResNet18
from placeprint.errors import InputError


def star(rng: np.random.Generator, lon: float, lat: float, scale: float = 1e-3) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, rng.integers(3, 15), endpoint=False) + 0.2 * rng.random()
    ring = (rng.uniform(0.5, 2, len(angle)) * [np.cos(angle), np.sin(angle)]).T
    holes = [ring * 0.3] if rng.random() < 0.5 else []
    shape = shapely.Polygon(ring, holes)
    return affinity.translate(
        affinity.scale(shape, scale, scale * rng.uniform(0.2, 1), origin=(0, 0)), lon, lat
    )


def some_polygons(count: int, seed: int = 0) -> list[shapely.Geometry]:
    rng = np.random.default_rng(seed)
    shapes: list[shapely.Geometry] = []
    for _ in range(count):
        lon, lat = rng.uniform(-170, 170), rng.uniform(-70, 70)
        one, other = star(rng, lon, lat), star(rng, lon + 3e-3, lat + 3e-3)
        both = shapely.unary_union([one, other])
        shapes.append(one if rng.random() < 0.6 else both)
    return shapes


def pixel_by_pixel(shape: shapely.Geometry, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Ask for each centre whether the polygon contains it, and how far off its outline is."""
    plane = local_metres([shape])[0]
    west, south, east, north = plane.bounds
    step = max(east - west, north - south) / size
    inside, distance = np.zeros((size, size), dtype=int), np.zeros((size, size))
    for row in range(size):
        for column in range(size):
            x = (west + east) / 2 + (column + 0.5 - size / 2) * step
            y = (south + north) / 2 - (row + 0.5 - size / 2) * step
            inside[row, column] = plane.contains(shapely.Point(x, y))
            distance[row, column] = plane.boundary.distance(shapely.Point(x, y)) / step
    return inside, distance


@pytest.mark.parametrize("size", [1, 7, 32])
def test_a_pixel_is_set_if_its_centre_is_inside(size: int) -> None:
    shapes = some_polygons(12 if size > 7 else 40, seed=size)
    drawn = rasterise(shapes, size)
    assert drawn.shape == (len(shapes), size, size)
    assert drawn.dtype == np.uint8
    for shape, raster in zip(shapes, drawn):
        inside, distance = pixel_by_pixel(shape, size)
        if inside.any():  # otherwise the outline itself is drawn
            np.testing.assert_array_equal(raster[distance > 1e-6], inside[distance > 1e-6])


def test_batches_equal_single_polygons() -> None:
    shapes = some_polygons(20)
    drawn = rasterise(pd.Series(shapes, index=range(5, 25)), 24)
    singles = [rasterise([shape], 24)[0] for shape in shapes]
    np.testing.assert_array_equal(drawn, singles)


def test_the_longer_side_fills_the_square_and_north_is_up() -> None:
    wide = rasterise([shapely.box(0, 0, 0.008, 0.002)], 16)[0]
    assert wide.any(axis=0).all()
    assert wide.any(axis=1).sum() == 4
    roof = rasterise([shapely.Polygon([(0, 0), (2e-3, 0), (1e-3, 2e-3)])], 16)[0]
    assert roof[0].sum() <= 2
    assert roof[-1].sum() >= 15
    # At 60° a degree of longitude is half as long: this is twice as high as wide.
    tall = rasterise([shapely.box(20, 60, 20.001, 60.001)], 32)[0]
    assert tall.any(axis=1).all()
    assert tall.any(axis=0).sum() == 16


def test_a_hole_that_crosses_the_outline_and_a_bow_tie_are_drawn() -> None:
    bow = shapely.Polygon([(0, 0), (2e-3, 2e-3), (2e-3, 0), (0, 2e-3)])
    drawn = rasterise([bow], 32)[0]
    assert drawn[:, :4].sum() > 100
    assert drawn[:2, 14:18].sum() == 0


@pytest.mark.parametrize("angle", [0, 33, 90])
def test_a_polygon_thinner_than_a_pixel_is_still_drawn(angle: float) -> None:
    wall = affinity.rotate(shapely.box(-1e-3, -1e-7, 1e-3, 1e-7), angle, origin=(0, 0))
    drawn = rasterise([wall, shapely.box(0, 0, 1e-3, 1e-3)], 32)
    rows, columns = np.nonzero(drawn[0])
    assert max(np.ptp(rows), np.ptp(columns)) == 31
    assert len(rows) < 100
    assert drawn[1].all()


def test_no_polygons_are_no_rasters() -> None:
    assert rasterise([], 8).shape == (0, 8, 8)
    with pytest.raises(InputError, match="geometry 0 is POINT"):
        rasterise([shapely.Point(0, 0)])


def test_encoding_in_batches_equals_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = some_polygons(5)
    monkeypatch.setattr(outlines, "POLYGONS_PER_BATCH", 2)
    features = encode_outlines(shapes, size=32, seed=3)
    network = ResNet18(channels=1, seed=3).eval()
    for shape, row in zip(shapes, features):
        raster = torch.tensor(rasterise([shape], 32)[None], dtype=torch.float32)
        with torch.inference_mode():
            np.testing.assert_allclose(network(raster)[0], row, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(features, encode_outlines(np.array(shapes), size=32, seed=3))
    assert not np.allclose(features, encode_outlines(shapes, size=32, seed=4))
    assert encode_outlines([], size=32).shape == (0, 512)


def test_half_of_features_and_surface() -> None:
    rng = np.random.default_rng(0)
    features, surface = rng.normal(size=(4, 6)), rng.random(4) * 100
    found = polygon_embedding(features, surface, 200.0)
    for i in range(4):
        for j in range(6):
            assert found[i, j] == pytest.approx((features[i, j] + surface[i] / 200) / 2)
    tensors = polygon_embedding(torch.tensor(features), torch.tensor(surface), 200.0)
    np.testing.assert_allclose(tensors.numpy(), found)
    with pytest.raises(InputError, match="the largest surface is 0"):
        polygon_embedding(features, surface, 0)
