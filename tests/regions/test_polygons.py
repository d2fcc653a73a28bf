"""Given polygons: what is refused, what overlaps, areas and centres anywhere on the Earth."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import DataWarning, InputError
from placeprint.regions import Regions, areas_km2, check_lonlat, haversine_m
from placeprint.regions.polygons import check_overlaps, check_polygons, outline_of

RADIUS_KM = 6371.0072
"""Of the sphere that has the area of the WGS 84 ellipsoid."""


def regions_of(*shapes, **options) -> Regions:
    ids = pd.Index([f"r{number}" for number in range(len(shapes))])
    return Regions.from_polygons(ids, np.array(shapes, dtype=object), **options)


def moved(shape, degrees: float):
    return shapely.transform(shape, lambda xy: np.add(xy, [degrees, 0]))


@settings(deadline=None)
@given(st.floats(-180, 179.9), st.floats(0.01, 359.9), st.floats(-90, 89.9), st.floats(0.01, 180))
def test_a_box_anywhere_has_its_area_and_its_centre(west, width, south, height) -> None:
    north, east = min(south + height, 90.0), west + width
    box = shapely.segmentize(shapely.box(west, south, east, north), 45)
    if east > 360:
        box = shapely.union_all(
            [
                shapely.intersection(box, shapely.box(-180, -90, 180, 90)),
                moved(shapely.intersection(box, shapely.box(180, -90, 540, 90)), -360),
            ]
        )
    regions = regions_of(box)
    sines = np.sin(np.radians([south, north]))
    expected = RADIUS_KM**2 * np.radians(width) * np.diff(sines)[0]
    assert regions.areas_km2()["r0"] == pytest.approx(expected, rel=0.01)
    lon, lat = regions.centroids().loc["r0"]
    middle = west + width / 2
    if width > 358.9 and max(-south, north) > 89.9:  # all the way round a pole
        return
    assert lat == pytest.approx((south + north) / 2, abs=0.01)
    assert (lon - middle + 180) % 360 - 180 == pytest.approx(0, abs=0.01)
    inside = np.linspace(west, east, 9)[1:-1]
    assert (regions.locate((inside + 180) % 360 - 180, np.full(7, lat)) == 0).all()
    outside = (east + (360 - width) / 2 + 180) % 360 - 180
    assert regions.locate(np.array([outside]), np.array([lat])).tolist() == [-1]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-170, 170), st.floats(-90, 90)), min_size=3, max_size=3))
def test_the_area_of_a_triangle_with_long_edges(corners) -> None:
    triangle = shapely.Polygon(corners)
    if triangle.area < 1 or np.ptp(np.array(corners)[:, 0]) > 179:
        return
    import geopandas as gpd

    divided = gpd.GeoSeries([shapely.segmentize(triangle, 0.02)], crs=4326)
    expected = divided.to_crs("EPSG:6933").area.iloc[0] / 1e6
    assert regions_of(triangle).areas_km2()["r0"] == pytest.approx(expected, rel=0.002)


def test_areas_of_what_is_no_polygon_or_missing() -> None:
    import geopandas as gpd

    shapes = [shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), None]
    areas = areas_km2(gpd.GeoSeries(shapes, crs=4326))
    assert areas.tolist()[:2] == [0, 0]
    assert np.isnan(areas[2])


@pytest.mark.parametrize("end", [180, 179.99999999999994, 179.999])
def test_antarctica_as_files_have_it(end) -> None:
    coast = [(-end, -71), (-90, -73), (0, -70), (90, -66), (end, -72)]
    outline = shapely.Polygon([(-end, -90), *coast, (end, -90)])
    island = shapely.box(-60, -64, -58, -62)
    regions = regions_of(shapely.MultiPolygon([outline, island]), shapely.box(10, 10, 20, 20))
    assert regions.areas_km2()["r0"] == pytest.approx(15.49e6, rel=0.005)
    lon = np.arange(-165.0, 180, 30)
    assert (regions.locate(lon, np.full(12, -78.0)) == 0).all()
    assert regions.centroids().loc["r0", "lat"] < -85 or end == 179.999


def test_a_region_round_a_pole_has_its_centre_there() -> None:
    cap = shapely.box(-180, 80, 180, 90)
    (centre,) = regions_of(cap).centroids().to_numpy()
    assert haversine_m(*centre, 0, 90) < 1
    world = regions_of(shapely.box(-180, -90, 180, 90)).centroids()
    assert world.to_numpy().tolist() == [[0, 0]]


def test_longitudes_180_and_minus_180_are_one() -> None:
    regions = regions_of(shapely.box(-180, 0, -170, 10), shapely.box(170, 20, 180, 30))
    lon, lat = np.array([180.0, -180.0, 180.0, -180.0]), np.array([5.0, 5.0, 25.0, 25.0])
    assert regions.locate(lon, lat).tolist() == [0, 0, 1, 1]


def test_longitudes_from_0_to_360() -> None:
    regions = regions_of(shapely.box(240, 20, 300, 50), shapely.box(170, 0, 190, 10))
    assert regions.geometry.iloc[0].bounds == (-120, 20, -60, 50)
    assert regions.locate(np.array([-90.0, 175, -175]), np.array([30.0, 5, 5])).tolist() == [
        0,
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapely.Polygon([(0, 0), (1, 1), (2, 2)]), "outline of region 'r1' has no area"),
        (shapely.Polygon([(0, 0), (1, 0), (1, 0), (0, 0)]), "has no area"),
        (shapely.Polygon([(179, 0), (-179, 0), (179, 0)]), "has no area|wider than"),
        (shapely.Polygon([(0, 0), (1, np.inf), (0, 1)]), "'r1' has a coordinate that is no finite"),
        (shapely.box(-150, -60, 150, 60, ccw=False), "'r1' has edges of more than half a turn"),
        (shapely.LineString([(0, 0), (1, 1)]), "region 'r1' is not a polygon"),
    ],
)
def test_what_can_be_no_region_is_refused_by_name(shape, said) -> None:
    with pytest.raises(InputError, match=f"r.geojson: .*({said})"):
        regions_of(shapely.box(5, 5, 6, 6), shape, source="r.geojson")


@settings(deadline=None)
@given(st.data())
def test_overlaps_are_those_of_all_pairs(data) -> None:
    place = st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(1, 12)] * 2)
    boxes = data.draw(st.lists(place, min_size=2, max_size=8, unique=True))
    x, y, width, height = np.array(boxes).T / 100
    shapes = shapely.box(x, y, x + width, y + height)
    ids = pd.Index([f"r{number}" for number in range(len(shapes))])
    areas = shapely.area(shapes)
    pairs = [
        (i, j)
        for i in range(len(shapes))
        for j in range(i + 1, len(shapes))
        if shapely.intersection(shapes[i], shapes[j]).area > 0.01 * min(areas[i], areas[j])
    ]
    if not pairs:
        check_overlaps(ids, shapes)
        return
    with pytest.raises(InputError) as told:
        check_overlaps(ids, shapes)
    inside = {
        i if areas[i] <= areas[j] else j
        for i, j in pairs
        if shapely.intersection(shapes[i], shapes[j]).area > 0.99 * min(areas[i], areas[j])
    }
    if inside:
        assert str(told.value).startswith(f"{len(inside)} region")
        assert "several levels" in str(told.value)
    else:
        assert f"{len(pairs)} pairs" in str(told.value) or len(pairs) == 1


def test_detailed_neighbours_may_share_slivers() -> None:
    def circle(x: float):
        return shapely.Point(x, 0).buffer(1, quad_segs=500)

    left = circle(0)
    right = shapely.difference(circle(1.5), circle(0))
    check_overlaps(pd.Index(["a", "b"]), np.array([left, right]))
    rounded = shapely.set_precision(right, 0.002)
    check_overlaps(pd.Index(["a", "b"]), np.array([left, rounded]))
    with pytest.raises(InputError, match="two regions overlap, such as 'a' and 'b'"):
        check_overlaps(pd.Index(["a", "b"]), np.array([left, circle(1.9)]))


def test_what_is_done_about_overlaps() -> None:
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(4.0), np.arange(4.0)))
    shapes = [shapely.box(0, 0, 4, 4), *shapely.box(x, y, x + 1, y + 1)]
    with pytest.raises(InputError, match=r"16 regions lie inside others .*levels.*`where`"):
        regions_of(*shapes)
    with pytest.warns(DataWarning, match="16 regions lie inside others"):
        assert len(regions_of(*shapes, overlaps="warn")) == 17
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(regions_of(*shapes, overlaps="keep")) == 17
        assert len(regions_of(*shapes[1:])) == 16


def test_many_that_overlap_are_refused_soon() -> None:
    with pytest.raises(InputError, match="at least"):
        check_overlaps(pd.RangeIndex(3000).astype(str), np.full(3000, shapely.box(0, 0, 1, 1)))


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 0.0), (500.0, 0.0), (0.0, np.inf)])
def test_rows_count_from_1(lon, lat) -> None:
    with pytest.raises(InputError, match=r"p\.csv: row 2 has longitude"):
        check_lonlat(np.array([0.0, lon]), np.array([0.0, lat]), "p.csv")


def test_parts_that_overlap_punch_no_holes() -> None:
    within = shapely.MultiPolygon([shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2)])
    across = shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    checked = check_polygons(pd.Index(["a", "b"]), np.array([within, across]))
    assert shapely.area(checked).tolist() == [16, 7]
    assert outline_of(within).area == 16
