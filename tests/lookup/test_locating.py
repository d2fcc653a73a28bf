"""Prepared look-ups give what the regions themselves give."""

import numpy as np
import pandas as pd
import shapely

from placeprint.lookup.locating import CellLocator, PolygonLocator
from placeprint.regions import Regions


def test_cells_are_found_as_the_regions_find_them(cells) -> None:
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(4.5, 6.5, 500), rng.uniform(59.5, 61.5, 500)
    regions = Regions.from_h3(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=5)
    locator = CellLocator.of(cells.index, 5)
    found = locator.locate(lon, lat)
    np.testing.assert_array_equal(found, regions.locate(lon, lat))
    assert 50 < (found >= 0).sum() < 450


def test_polygons_are_found_as_the_regions_find_them(board) -> None:
    rng = np.random.default_rng(0)
    # Many of them on borders and corners.
    lon = np.concatenate([rng.uniform(9.5, 11.5, 400), 10 + 0.1 * rng.integers(-1, 12, 400)])
    lat = np.concatenate([rng.uniform(49.8, 50.6, 400), 50 + 0.05 * rng.integers(-1, 10, 400)])
    found = PolygonLocator.of(board.geometry.to_numpy()).locate(lon, lat)
    np.testing.assert_array_equal(found, board.locate(lon, lat))
    slow = [
        next((i for i, shape in enumerate(board.geometry) if shape.intersects(point)), -1)
        for point in shapely.points(lon, lat)
    ]
    assert found.tolist() == slow


def test_bounds(board, cells) -> None:
    locator = PolygonLocator.of(board.geometry.to_numpy())
    np.testing.assert_allclose(locator.bounds(), [10.0, 50.0, 11.0, 50.4])
    west, south, east, north = CellLocator.of(cells.index, 5).bounds()
    assert 5 <= west < east <= 6
    assert 60 <= south < north <= 61


def test_polygons_on_both_sides_of_the_antimeridian() -> None:
    halves = shapely.multipolygons(shapely.box([179, -180], 0, [180, -179], 1))
    regions = Regions.from_polygons(pd.Index(["a"]), np.array([halves]))
    locator = PolygonLocator.of(regions.geometry.to_numpy())
    lon = np.array([179.5, -179.5, 0.0])
    assert locator.locate(lon, np.full(3, 0.5)).tolist() == [0, 0, -1]
