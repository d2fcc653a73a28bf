from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from placeprint.regions import cells_of_points, cover
from placeprint.simulation.country import Country
from placeprint.simulation.grid import on_sphere, survey
from placeprint.simulation.outline import RESOLUTION, Plane, draw_outline


@pytest.mark.parametrize("cells", [50, 200, 777, 3000])
@pytest.mark.parametrize("seed", [0, 5])
def test_the_country_has_the_cells_wanted(cells: int, seed: int) -> None:
    assert abs(len(survey(cells, seed)) - cells) <= max(0.02 * cells, 1)


def test_the_cover_of_the_outline_is_the_grid(country: Country) -> None:
    ids = cover(country.grid.outline, RESOLUTION)
    assert ids.tolist() == sorted(country.grid.region_ids.tolist())
    assert (np.diff(country.grid.ids.astype(np.int64)) > 0).all()


def test_outline_is_valid_and_survives_its_rounding() -> None:
    outline, _ = draw_outline(400, seed=2)
    corners = np.asarray(outline.exterior.coords)
    assert outline.is_valid
    assert (corners == corners.round(6)).all()


@given(
    lon0=st.floats(-100, 100),
    lat0=st.floats(-60, 60),
    x=st.floats(-2000, 2000),
    y=st.floats(-2000, 2000),
)
def test_plane_round_trip(lon0: float, lat0: float, x: float, y: float) -> None:
    plane = Plane(lon0, lat0)
    back = plane.flat(*plane.round_earth(np.array([x]), np.array([y])))
    assert_allclose(np.ravel(back), [x, y], atol=1e-8)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_points_lie_in_their_cells(country: Country, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, len(country.grid), 500)
    lon, lat = country.grid.points_in(cells, rng)
    assert (cells_of_points(lon, lat, RESOLUTION) == country.grid.ids[cells]).all()


def test_points_fill_their_cell() -> None:
    grid = survey(60, seed=0)
    lon, lat = grid.points_in(np.zeros(4000, dtype=int), np.random.default_rng(0))
    x, y = grid.plane.flat(lon - grid.lon[0] + grid.plane.lon, lat - grid.lat[0] + grid.plane.lat)
    radius = np.sqrt(2.0 * grid.area[0] / (3.0 * np.sqrt(3.0)))
    assert abs(x.mean()) < 0.1 * radius
    assert abs(y.mean()) < 0.1 * radius
    # Within a hexagon of side s the mean of r² is 5 s² / 12.
    assert np.mean(x**2 + y**2) == pytest.approx(5.0 / 12.0 * radius**2, rel=0.1)


def test_sphere_distances_are_haversine() -> None:
    lon, lat = np.array([10.0, 10.5]), np.array([40.0, 40.2])
    points = on_sphere(lon, lat)
    lam, phi = np.radians(lon), np.radians(lat)
    half = np.sin(np.diff(phi) / 2) ** 2 + np.cos(phi).prod() * np.sin(np.diff(lam) / 2) ** 2
    great_circle = 2.0 * 6371.0 * np.arcsin(np.sqrt(half))
    assert_allclose(np.linalg.norm(points[0] - points[1]), great_circle[0], rtol=1e-4)


def test_areas_agree_with_the_outline(country: Country) -> None:
    whole = country.grid.area.sum()
    side = 6371.0 * np.radians(1.0)
    flat = country.grid.outline.area * side**2 * np.cos(np.radians(country.grid.plane.lat))
    assert whole == pytest.approx(flat, rel=0.03)


def test_coast_is_the_distance_to_the_outline(country: Country) -> None:
    import shapely

    grid = country.grid
    flat = shapely.transform(
        grid.outline.exterior, lambda xy: np.stack(grid.plane.flat(*xy.T), axis=1)
    )
    slow = shapely.distance(shapely.points(grid.x, grid.y), flat)
    assert_allclose(grid.coast, slow, rtol=0.06, atol=1.2)
