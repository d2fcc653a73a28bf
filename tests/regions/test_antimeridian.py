from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.regions import Regions, areas_of_cells, nearest_lines, road_blocks, road_densities
from placeprint.regions.antimeridian import crossing, cut, extent, put_together, unwrapped
from placeprint.regions.metric import local_crs, to_metres, to_metres_exactly

OFFSETS = st.lists(
    st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)), min_size=3, max_size=8, unique=True
)


def jumping(shape):
    """A shape around longitude 180 as extracts have it: no longitude beyond 180."""
    return shapely.transform(
        shape, lambda xy: np.column_stack([(xy[:, 0] + 180) % 360 - 180, xy[:, 1]])
    )


@settings(deadline=None)
@given(OFFSETS, st.floats(-60, 60))
def test_what_is_cut_and_put_together_is_as_before(offsets, lat) -> None:
    points = np.round(np.add(offsets, [180.0, lat]), 4)
    hull = shapely.convex_hull(shapely.MultiPoint(points))
    if hull.geom_type != "Polygon" or hull.area < 1e-4:
        return
    west, south, east, north = hull.bounds
    if east - west < (north - south) / 20:
        return
    # Thin ones written clockwise may be wide as well, and are refused.
    hull = shapely.orient_polygons(hull)
    parts = cut(np.array([jumping(hull)]))[0]
    west, _, east, _ = shapely.bounds(shapely.get_parts(parts)).T
    assert shapely.is_valid(parts)
    assert (west >= -180).all()
    assert (east <= 180).all()
    assert (east - west <= 1).all()
    assert parts.area == pytest.approx(hull.area, rel=1e-6)
    together = put_together(np.array([parts]))[0]
    reach = abs(np.round(shapely.bounds(hull)[0] - shapely.bounds(together)[0]))  # one side: ±360
    assert reach in {0.0, 360.0}
    moved = shapely.transform(together, lambda xy: np.add(xy, [reach, 0]))
    assert shapely.symmetric_difference(moved, hull).area < 1e-6


def test_other_geometries_stay_as_they_are() -> None:
    shapes = np.array([shapely.box(-20, 0, 120, 1), shapely.Point(1, 2), shapely.Polygon(), None])
    assert not crossing(shapes).any()
    for change in (cut, unwrapped, put_together):
        assert all(a is b for a, b in zip(change(shapes), shapes, strict=True))
    pole = shapely.box(-180, -90, 180, -70)
    assert cut(np.array([pole]))[0] is pole


def test_parts_on_both_sides_of_greenwich_stay_whole() -> None:
    # As France with its territories: none of its parts crosses 180, one crosses 0.
    bounds = [(-63, 15, -60, 17), (-5, 42, 8, 51), (55, -22, 56, -20), (163, -23, 168, -19)]
    parts = shapely.box(*np.array([*bounds, (-179, -15, -176, -13)]).T)
    france = shapely.multipolygons(parts)
    assert crossing(np.array([france])).all()
    alone = Regions.from_polygons(pd.Index([*"abcde"]), parts).areas_km2().sum()
    regions = Regions.from_polygons(pd.Index(["france"]), np.array([france]))
    assert regions.areas_km2()["france"] == pytest.approx(alone, rel=1e-3)
    whole = unwrapped(np.array([france]))[0]
    assert whole.area == pytest.approx(france.area)
    assert np.ptp(shapely.bounds(whole)[[0, 2]]) < 260


def test_the_extent_of_the_world_is_a_turn() -> None:
    world = np.array([shapely.box(-180, -90, 180, -60), shapely.box(170, 0, 180, 1)])
    assert extent(np.append(world, shapely.box(-180, 0, -170, 1))) == (-180, -90, 180, 1)
    wide = np.array([shapely.segmentize(shapely.box(-170, 0, 170, 1), 90)])
    assert extent(wide) == (-170, 0, 170, 1)
    assert put_together(wide)[0].equals(wide[0])


def test_holes_across() -> None:
    court = jumping(shapely.box(160, 60, 190, 70)).exterior, jumping(shapely.box(175, 62, 185, 64))
    ring = shapely.Polygon(court[0], [court[1].exterior])
    (flat,) = cut(np.array([ring]))
    assert flat.area == pytest.approx(300 - 20)
    lon = np.arange(-175, 180, 10)
    outer, inner = (np.column_stack([lon, np.full(len(lon), lat)]) for lat in (60, 75))
    (band,) = cut(np.array([shapely.Polygon(outer, [inner])]))
    assert band.area == pytest.approx(360 * 15)


def test_an_edge_on_the_antimeridian_leaves_nothing_on_the_other_side() -> None:
    east, west = cut(np.array([shapely.box(180, 0, 181, 1), shapely.box(179, 0, 180, 1)]))
    assert (east.geom_type, east.bounds) == ("Polygon", (-180, 0, -179, 1))
    assert west.equals(shapely.box(179, 0, 180, 1))


def test_the_extent_is_the_narrower_way_round() -> None:
    boxes = shapely.box([179.0, -180.0], 0, [179.5, -179.0], 1)
    assert extent(boxes) == (179, 0, 181, 1)
    assert extent(shapely.box([-1.0, 3.0], 0, [2.0, 4.0], 1)) == (-1, 0, 4, 1)
    assert extent(np.array([jumping(shapely.box(179, 0, 182, 1))])) == (179, 0, 182, 1)


def test_a_long_edge_across_is_cut_into_few_pieces() -> None:
    line = shapely.LineString([(179.999, -16.8), (-179.997, -16.8)])
    crs = local_crs(*np.array(line.coords).T)
    pieces, plain = to_metres_exactly(np.array([line]), crs)[0], to_metres(np.array([line]), crs)[0]
    assert len(pieces.coords) == 5
    assert pieces.length == pytest.approx(plain.length, rel=1e-6)


def grid(middle: float):
    steps = np.array([-0.006, -0.002, 0.002, 0.006])
    upright = [[(middle + x, -0.006), (middle + x, 0.006)] for x in steps]
    level = [[(middle + steps[0], y), (middle + steps[-1], y)] for y in steps]
    return np.array([jumping(line) for line in shapely.linestrings(upright + level)])


def test_blocks_and_roads_across_are_as_elsewhere() -> None:
    here, there = (road_blocks(grid(middle)) for middle in (180.0, 12.0))
    assert len(here) == len(there) == 9
    np.testing.assert_allclose(np.sort(here.areas_km2()), np.sort(there.areas_km2()), rtol=1e-3)
    assert len(here.neighbours()) == len(there.neighbours()) == 20
    found = [
        road_densities(regions, grid(middle)).sum()
        for regions, middle in ((here, 180.0), (there, 12.0))
    ]
    np.testing.assert_allclose(*found, rtol=1e-3)
    near = nearest_lines(np.array([179.9999, -179.9999]), np.array([0.0021] * 2), grid(180.0))
    assert near.tolist() == [6, 6]


def test_neighbours_on_both_sides() -> None:
    boxes = shapely.box([179.0, -180.0, -178.5], 0, [180.0, -179.0, -178.0], 1)
    pairs = Regions.from_polygons(pd.Index(["a", "b", "c"]), boxes).neighbours()
    assert pairs[["source", "target"]].to_numpy().tolist() == [["a", "b"]]


def test_given_regions_across_are_cut_and_measured() -> None:
    outline = jumping(shapely.box(179.5, 0, 180.5, 1))
    regions = Regions.from_polygons(pd.Index(["a"]), np.array([outline]))
    assert regions.areas_km2()["a"] == pytest.approx(12308, rel=1e-3)
    assert regions.locate(np.array([179.9, -179.9, 0.0]), np.array([0.5] * 3)).tolist() == [
        0,
        0,
        -1,
    ]
    assert abs(regions.centroids().loc["a", "lon"]) == pytest.approx(180)
    with pytest.raises(InputError, match="not a polygon"):
        Regions.from_polygons(pd.Index(["a"]), np.array([shapely.Point(0, 0)]))


def test_cells_across_have_the_area_of_cells() -> None:
    cell = h3.latlng_to_cell(-16.8, 180.0, 5)
    ids = pd.Index(sorted(h3.grid_disk(cell, 1)), name="region_id", dtype=object)
    from placeprint.regions.cells import cell_polygons

    regions = Regions.from_polygons(ids, cell_polygons(ids))
    np.testing.assert_allclose(regions.areas_km2(), areas_of_cells(ids), rtol=0.01)
