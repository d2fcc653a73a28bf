"""Covers of areas anywhere on the Earth, against a test of all cell centres."""

from __future__ import annotations

from functools import lru_cache

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.regions import Regions, areas_of_cells, cover, haversine_m
from placeprint.regions.cells import are_cells, cell_polygons

WORLD = shapely.box(-180, -90, 180, 90)


@lru_cache
def all_cells(resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """All cells of a resolution, and their centres, longitude first."""
    cells = sorted(
        cell for base in h3.get_res0_cells() for cell in h3.cell_to_children(base, resolution)
    )
    return np.array(cells), np.array([h3.cell_to_latlng(cell) for cell in cells])[:, ::-1]


def centred_in(shape, resolution: int = 2) -> list[str]:
    """The cells centred in a polygon drawn without jumps, wherever its longitudes begin."""
    cells, centres = all_cells(resolution)
    turns = [shapely.contains_xy(shape, np.add(centres, [360 * turn, 0])) for turn in (-1, 0, 1)]
    return cells[np.any(turns, axis=0)].tolist()


def moved(shape, change):
    return shapely.transform(shape, lambda xy: np.column_stack([change(xy[:, 0]), xy[:, 1]]))


def jumping(shape):
    return moved(shape, lambda lon: (lon + 180) % 360 - 180)


def cut_at_180(shape):
    """Two parts with edges along longitude 180, as RFC 7946 asks."""
    west = shapely.intersection(shape, shapely.box(-180, -90, 180, 90))
    east = shapely.intersection(shape, shapely.box(180, -90, 540, 90))
    return shapely.union_all([west, moved(east, lambda lon: lon - 360)])


@st.composite
def stars(draw) -> shapely.Polygon:
    """A polygon around a place, of up to 170 degrees from west to east."""
    lon, lat = draw(st.floats(0, 180)), draw(st.floats(-50, 50))
    radii = np.array(draw(st.lists(st.floats(0.2, 1), min_size=12, max_size=12)))
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    width, height = draw(st.floats(4, 85)), draw(st.floats(4, 35))
    points = np.column_stack(
        [lon + width * radii * np.cos(angles), lat + height * radii * np.sin(angles)]
    )
    shape = shapely.Polygon(points.round(3))
    return shapely.segmentize(shape, 20.0)


@settings(deadline=None, max_examples=40)
@given(stars(), st.sampled_from(["beyond", "cut", "jumping", "clockwise"]))
def test_a_cover_has_the_cells_centred_in_the_area(star, written) -> None:
    shapes = {
        "beyond": star,
        "cut": cut_at_180(star),
        "jumping": jumping(star),
        "clockwise": shapely.reverse(jumping(star)),
    }
    expected = centred_in(star)
    try:
        found = cover(shapes[written], 2).tolist()
    except InputError as error:
        # An outline that is written across, and clockwise, may be either.
        refused = written == "clockwise" and "wider than 180 degrees" in str(error)
        assert refused or not expected
    else:
        assert found == expected


@settings(deadline=None, max_examples=30)
@given(st.floats(1, 359), st.floats(-180, 180), st.floats(-90, 80), st.floats(8, 170))
def test_boxes_of_any_width(width, west, south, height) -> None:
    box = shapely.segmentize(shapely.box(west, south, west + width, min(south + height, 90)), 60)
    if shapely.bounds(box)[2] > 360:
        box = moved(box, lambda lon: lon - 360)
    expected = centred_in(box)
    if not expected:
        return
    if shapely.bounds(box)[0] < -180:
        box = cut_at_180(moved(box, lambda lon: lon + 360))
    assert cover(box, 2).tolist() == expected


@given(st.floats(1, 89), st.floats(25, 80), st.booleans())
def test_a_box_whose_edges_are_long_is_never_the_other_side(west, lat, clockwise) -> None:
    box = shapely.box(-180 + west, -lat, 180 - west, lat)
    try:
        found = cover(shapely.reverse(box) if clockwise else box, 1)
    except InputError as error:
        assert "wider than 180 degrees" in str(error)  # noqa: PT017
    else:
        assert found.tolist() == centred_in(box, 1)


def test_a_wide_box_as_shapely_makes_it() -> None:
    box = shapely.box(-175, -50, 175, 50)
    assert cover(box, 1).tolist() == centred_in(box, 1)


def test_longitudes_from_0_to_360() -> None:
    box = shapely.box(-120, 20, -60, 50)
    assert cover(moved(box, lambda lon: lon + 360), 2).equals(cover(box, 2))
    across_zero = shapely.Polygon([(354, 0), (6, 0), (6, 12), (354, 12)])
    assert cover(across_zero, 2).tolist() == centred_in(shapely.box(-6, 0, 6, 12))


@pytest.mark.parametrize("resolution", [0, 1, 2, 3])
def test_the_world_has_every_cell_once(resolution) -> None:
    expected = all_cells(resolution)[0].tolist()
    assert cover(WORLD, resolution).tolist() == expected
    assert cover(moved(WORLD, lambda lon: lon + 180), resolution).tolist() == expected
    for halves in (
        shapely.box([-180, 0], -90, [0, 180], 90),
        shapely.box(-180, [-90, 7], 180, [7, 90]),
    ):
        both = [cover(half, resolution) for half in halves]
        assert sorted([*both[0], *both[1]]) == expected
        assert cover(halves, resolution).tolist() == expected


ROUND = st.tuples(
    st.lists(st.floats(68, 72), min_size=13, max_size=36),
    st.floats(-180, 180),
    st.sampled_from([1, -1]),
    st.sampled_from([1, -1]),
)


@settings(deadline=None, max_examples=40)
@given(ROUND, st.booleans())
def test_the_ring_of_a_pole_with_or_without_edges_to_it(ring, closed) -> None:
    lats, start, pole, direction = ring
    lon = np.linspace(-180, 180, len(lats) + 1)
    lat = pole * np.append(lats, lats[0])
    plane = shapely.Polygon([*zip(lon, lat), (180, pole * 90), (-180, pole * 90)])
    expected = centred_in(plane)
    if closed:
        outline = plane
    else:
        shift = int((start + 180) / 360 * len(lats))
        order = np.roll(np.arange(len(lats)), shift)[::direction]
        outline = shapely.Polygon(np.column_stack([lon[order], lat[order]]))
    assert cover(outline, 2).tolist() == expected
    regions = Regions.from_polygons(pd.Index(["cap"]), np.array([outline], dtype=object))
    centres = all_cells(2)[1]
    inside = regions.locate(*centres.T) == 0
    assert all_cells(2)[0][inside].tolist() == expected
    area = areas_of_cells(pd.Index(expected)).sum()
    assert regions.areas_km2()["cap"] == pytest.approx(area, rel=0.06)
    assert abs(regions.centroids().loc["cap", "lat"]) > 80


def test_what_cannot_be_told_is_refused() -> None:
    lon = np.arange(-175, 180, 10)
    terminator = shapely.Polygon(np.column_stack([lon, 60 * np.cos(np.radians(lon))]))
    with pytest.raises(InputError, match=r"w.geojson: .* goes round the Earth"):
        cover(terminator, 2, "w.geojson")


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (shapely.Point(1, 1), "holds a Point, expected polygons"),
        ([shapely.box(0, 0, 9, 9), shapely.LineString([(0, 0), (1, 1)])], "a LineString"),
        ([], "holds no geometry"),
        ([shapely.Polygon(), None], "holds no geometry"),
        (shapely.Polygon([(0, 0), (1, 1), (0, 0)]), "without an area"),
        (shapely.box(0, 0, 5e5, 6e6), "not longitudes and latitudes"),
        (shapely.Polygon([(0, 0), (1, np.nan), (0, 1)]), "no finite number"),
    ],
)
def test_what_is_no_area_is_refused(area, said) -> None:
    with pytest.raises(InputError, match=f"w.geojson: .*{said}"):
        cover(np.array(area, dtype=object), 3, "w.geojson")


@pytest.mark.parametrize(
    ("area", "resolution", "said"),
    [(shapely.box(0, 0, 3, 3), 12, "360,583,913"), (WORLD, 15, "569,707,381,193,156 H3")],
)
def test_too_many_cells_are_counted_before_they_are_made(area, resolution, said) -> None:
    with pytest.raises(InputError, match=f"about {said}.*coarser"):
        cover(area, resolution)


def test_a_long_thin_area_takes_no_memory_for_the_box_around_it() -> None:
    thin = shapely.Polygon([(0, 0), (40, 40), (40, 40.00001), (0, 0.00001)])
    assert len(cover(thin, 9)) < 1000


@pytest.mark.parametrize("resolution", [0, 1, 2, 5, 9])
def test_cells_near_a_pole_are_where_they_are(resolution) -> None:
    cells = {
        cell
        for pole in (90, -90)
        for cell in h3.grid_disk(h3.latlng_to_cell(pole, 0, resolution), 2)
    }
    ids = pd.Index(sorted(cells), name="region_id", dtype=object)
    outlines = cell_polygons(ids)
    regions = Regions.from_polygons(ids, outlines)
    expected = areas_of_cells(ids)
    np.testing.assert_allclose(regions.areas_km2(), expected, rtol=0.02)
    np.testing.assert_allclose(
        Regions(gpd.GeoSeries(outlines, index=ids, crs=4326), resolution).areas_km2(),
        expected,
        rtol=0.02,
    )
    lat, lon = np.array([h3.cell_to_latlng(cell) for cell in ids]).T
    assert regions.locate(lon, lat).tolist() == list(range(len(ids)))
    centres = regions.centroids()
    far = haversine_m(centres["lon"], centres["lat"], lon, lat)
    assert (far < 0.15e3 * np.sqrt(expected)).all()


def test_what_is_no_number_of_64_bits_is_no_cell() -> None:
    ids = pd.Series(["-5", "8001fffffffffff", "x y", "", "f" * 17])
    assert are_cells(ids, 0).tolist() == [False, True, False, False, False]
