from __future__ import annotations

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.regions import Regions, cells_of_points

AREA = shapely.box(5.0, 60.0, 7.0, 61.0)


@pytest.fixture(scope="module")
def cells() -> Regions:
    return Regions.from_h3(AREA, resolution=6)


@pytest.fixture(scope="module")
def squares() -> Regions:
    left, bottom = np.meshgrid(np.arange(4.0), np.arange(3.0))
    outlines = shapely.box(left, bottom, left + 1, bottom + 1).ravel()
    return Regions.from_polygons(pd.Index([f"s{i:02d}" for i in range(12)]), outlines)


def test_cells_are_sorted_and_centred_in_the_area(cells) -> None:
    assert cells.ids.is_monotonic_increasing
    assert cells.ids.is_unique
    centres = np.array([h3.cell_to_latlng(cell) for cell in cells.ids])
    assert shapely.contains_xy(AREA, centres[:, 1], centres[:, 0]).all()


def test_an_area_without_a_cell_is_refused() -> None:
    with pytest.raises(InputError, match="choose a finer resolution"):
        Regions.from_h3(shapely.box(5, 60, 5.001, 60.001), resolution=2)


@given(st.floats(-180, 180), st.floats(-89.9, 89.9), st.integers(0, 9))
def test_cells_of_points_agree_with_h3(lon, lat, resolution) -> None:
    found = cells_of_points(np.array([lon]), np.array([lat]), resolution)
    assert h3.int_to_str(int(found[0])) == h3.latlng_to_cell(lat, lon, resolution)


@pytest.mark.parametrize("kind", ["cells", "squares"])
def test_locate_agrees_with_a_loop_over_polygons(kind, request) -> None:
    regions = request.getfixturevalue(kind)
    west, south, east, north = regions.geometry.total_bounds
    rng = np.random.default_rng(0)
    lon = rng.uniform(west - 0.3, east + 0.3, 300)
    lat = rng.uniform(south - 0.3, north + 0.3, 300)
    expected = []
    for x, y in zip(lon, lat, strict=True):
        inside = [i for i, g in enumerate(regions.geometry) if g.contains(shapely.Point(x, y))]
        expected.append(inside[0] if inside else -1)
    found = regions.locate(lon, lat)
    # H3 edges are geodesics, the outline's are straight in degrees: points on an edge may differ.
    assert (found == expected).mean() > 0.99


def test_a_point_on_a_border_goes_to_the_first_polygon(squares) -> None:
    assert squares.locate(np.array([1.0]), np.array([0.5])).tolist() == [0]


def test_cell_neighbours_equal_polygon_neighbours(cells) -> None:
    as_polygons = Regions(cells.geometry)
    pd.testing.assert_frame_equal(cells.neighbours(), as_polygons.neighbours())


def test_neighbours_of_squares(squares) -> None:
    pairs = squares.neighbours()
    # 4 × 3 squares: 9 + 8 sides in common, and 2 × 6 corners.
    assert len(pairs) == 9 + 8 + 12
    assert (pairs["source"] < pairs["target"]).all()


def test_areas_agree_with_the_geodesic(cells) -> None:
    expected = [h3.cell_area(cell, unit="km^2") for cell in cells.ids]
    np.testing.assert_allclose(cells.areas_km2(), expected, rtol=0.01)


def test_centroids_are_longitude_first(squares) -> None:
    assert squares.centroids().loc["s01"].tolist() == [1.5, 0.5]


@pytest.mark.parametrize(
    ("ids", "outlines", "message"),
    [
        ([], [], "no regions are left"),
        (["a", "a"], shapely.box([0, 1], 0, [1, 2], 1), "occur more than once: a"),
        (["a"], [shapely.Point(0, 0)], "is not a polygon"),
        (["a"], [shapely.Polygon()], "is not a polygon"),
        (["a"], [shapely.box(5e5, 6e6, 6e5, 7e6)], "which are not longitudes and latitudes"),
    ],
)
def test_bad_polygons_are_refused(ids, outlines, message) -> None:
    with pytest.raises(InputError, match=message):
        Regions.from_polygons(pd.Index(ids), np.asarray(outlines, dtype=object))


def test_a_self_crossing_outline_is_repaired() -> None:
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    regions = Regions.from_polygons(pd.Index(["a"]), np.array([bow_tie], dtype=object))
    assert regions.geometry.is_valid.all()
    assert regions.geometry.iloc[0].area == pytest.approx(0.5)


def test_coordinates_that_look_swapped_are_refused(squares) -> None:
    with pytest.raises(InputError, match="look swapped"):
        squares.locate(np.array([40.7]), np.array([-100.0]))
    with pytest.raises(InputError, match="expected two numbers"):
        squares.locate(np.array([np.nan]), np.array([0.0]))


def test_knows_cells_beyond_the_cover(cells) -> None:
    elsewhere = h3.latlng_to_cell(0, 0, 6)
    coarser = h3.latlng_to_cell(0, 0, 5)
    ids = pd.Series([cells.ids[0], elsewhere, coarser, "nonsense"])
    assert cells.knows(ids).tolist() == [True, True, False, False]


def test_regions_are_a_geoseries_in_4326(squares) -> None:
    assert isinstance(squares.geometry, gpd.GeoSeries)
    assert squares.geometry.crs.to_epsg() == 4326


def test_the_centre_of_a_region_across_the_antimeridian_lies_within_it():
    islands = shapely.MultiPolygon([shapely.box(178, 50, 180, 52), shapely.box(-180, 50, -177, 52)])
    outlines = np.array([islands, shapely.box(-10, 0, 10, 2)])
    regions = Regions.from_polygons(pd.Index(["aleutians", "zero"]), outlines)
    np.testing.assert_allclose(regions.centroids(), [[-179.5, 51], [0, 1]], atol=1e-9)
