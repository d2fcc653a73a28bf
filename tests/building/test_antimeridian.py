"""A city on both sides of the antimeridian is as one that is shifted away from it."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.encoders.outlines import rasterise, shape_descriptors
from placeprint.errors import InputError
from placeprint.models.urbanmfm.config import UrbanMFMConfig
from placeprint.models.urbanmfm.entities import read_entities
from placeprint.models.urbanmfm.region_descriptors import region_descriptors
from placeprint.regions import haversine_m

from .conftest import CITY, Study

SHIFT = 168.0
"""28 zones of UTM: the planes of both cities are the same."""

LAT = -16.8
TAGS = {
    1: {"building": "house", "building:levels": "2"},
    2: {"building": "apartments"},
    3: {"building": "school", "name": "North"},
}
OUTLINES = {
    # degrees/10,000 from the middle and from LAT: across, an L across, west, east of the middle
    1: [(-2, 2), (1, 2), (1, 5), (-2, 5)],
    2: [(-3, 22), (3, 22), (3, 26), (1, 26), (1, 24), (-3, 24)],
    3: [(-12, 2), (-9, 2), (-9, 6), (-12, 6)],
    4: [(14, 42), (17, 42), (17, 45), (14, 45)],
}
COURT = {5: [(-4, 42), (6, 42), (6, 52), (-4, 52)], 6: [(-2, 44), (-1, 44), (-1, 46), (-2, 46)]}


def write_city(path, middle: float) -> None:
    """Four streets each way, 0.002 degrees apart, buildings, a court with a hole, cafes."""
    nodes: list[str] = []
    ways: dict[int, str] = {}

    def node(x: float, y: float, tags: str = "") -> int:
        lon = (middle + x / 1e4 + 180) % 360 - 180
        number = len(nodes) + 1
        nodes.append(f'<node id="{number}" lon="{lon:.7f}" lat="{LAT + y / 1e4:.7f}">{tags}</node>')
        return number

    def way(number: int, points, **tags: str) -> None:
        ends = "".join(f'<nd ref="{one}"/>' for one in points)
        pairs = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        ways[number] = f'<way id="{number}">{ends}{pairs}</way>'

    def ring(number: int, corners, **tags: str) -> None:
        ends = [node(x, y) for x, y in corners]
        way(number, [*ends, ends[0]], **tags)

    for step in range(4):
        here = 20 * step
        way(
            100 + step,
            [node(-30, here), node(-10, here), node(10, here), node(30, here)],
            highway="residential",
        )
        way(110 + step, [node(here - 30, 0), node(here - 30, 60)], highway="residential")
    for number, corners in OUTLINES.items():
        ring(number, corners, **TAGS.get(number, {"building": "house"}))
    for number, corners in COURT.items():
        ring(number, corners)
    for x in (-19, -1, 1, 25):
        node(x, 33, '<tag k="amenity" v="cafe"/>')
    relation = (
        '<relation id="7"><member type="way" ref="5" role="outer"/>'
        '<member type="way" ref="6" role="inner"/><tag k="type" v="multipolygon"/>'
        '<tag k="building" v="school"/></relation>'
    )
    drawn = "".join(ways[number] for number in sorted(ways))
    path.write_text(f'<osm version="0.6">{"".join(nodes)}{drawn}{relation}</osm>')


@pytest.fixture(scope="module")
def cities(tmp_path_factory):
    """The city at the antimeridian, and the same one at 12 degrees east."""
    atlases = []
    for middle in (180.0, 180.0 - SHIFT):
        folder = tmp_path_factory.mktemp("city")
        write_city(folder / "town.osm", middle)
        recipe = copy.deepcopy(CITY)
        recipe["features"].pop("houses")
        atlases.append(Study(folder, recipe, folder / "atlas").build())
    return atlases


def turned(lon) -> np.ndarray:
    """Longitudes of the second city as they are in the first."""
    return (np.asarray(lon) + SHIFT + 180) % 360 - 180


def in_order(atlas) -> pd.DataFrame:
    """The blocks by latitude, then from west to east."""
    centres = atlas.regions.centroids()
    eastwards = centres["lon"] % 360
    return centres.iloc[np.lexsort((eastwards.round(4), centres["lat"].round(4)))]


def test_the_blocks_are_the_same(cities) -> None:
    here, there = (in_order(atlas) for atlas in cities)
    assert len(here) == len(there) == 9
    np.testing.assert_allclose(here["lon"], turned(there["lon"]), atol=1e-8)
    np.testing.assert_allclose(here["lat"], there["lat"], atol=1e-8)
    areas = [atlas.regions.areas_km2()[order.index] for atlas, order in zip(cities, (here, there))]
    # The plane may be that of the next zone, mirrored: roads are joined on a grid of 0.1 m there.
    np.testing.assert_allclose(*areas, rtol=3e-4)
    assert areas[0].between(0.04, 0.06).all()
    names = [dict(zip(order.index, range(9))) for order in (here, there)]
    graphs = [
        {(name[s], name[t]) for s, t in zip(graph["source"], graph["target"], strict=True)}
        for name, graph in zip(names, (atlas.graph("neighbourhood") for atlas in cities))
    ]
    assert graphs[0] == graphs[1]
    roads = [
        atlas.features("roads").loc[order.index] for atlas, order in zip(cities, (here, there))
    ]
    np.testing.assert_allclose(*roads, rtol=1e-4)


@pytest.mark.parametrize("kind", ["pois", "buildings", "ways"])
def test_the_entities_are_the_same(cities, kind) -> None:
    here, there = (atlas.entities(kind) for atlas in cities)
    ranks = [{name: i for i, name in enumerate(in_order(atlas).index)} for atlas in cities]
    found = [t["region_id"].map(r).tolist() for t, r in zip((here, there), ranks, strict=True)]
    same = [column for column in here.columns if column not in {"region_id", "lon", "geometry"}]
    pd.testing.assert_frame_equal(pd.DataFrame(here[same]), pd.DataFrame(there[same]), rtol=1e-6)
    west, _, east, _ = here.geometry.total_bounds
    assert west >= -180
    assert east <= 180
    assert here.geometry.is_valid.all()
    parts = np.asarray(here.geometry.explode().bounds)
    assert (parts[:, 2] - parts[:, 0] < 0.01).all()
    if kind == "ways":
        assert here["length_m"].between(600, 700).all()
        np.testing.assert_allclose(*(shapely.length(t["geometry"]) for t in (here, there)))
        return
    assert found[0] == found[1]
    assert None not in found[0]
    np.testing.assert_allclose(here["lon"], turned(there["lon"]), atol=1e-9)


def test_a_way_is_where_its_middle_is(cities) -> None:
    ways = cities[0].entities("ways").set_index("way_id")
    middle = in_order(cities[0]).index
    assert ways.loc["way/101", "region_id"] in {middle[1], middle[4]}
    assert ways.loc["way/101", "geometry"].geom_type == "MultiLineString"


def test_outlines_look_the_same(cities) -> None:
    here, there = (atlas.entities("buildings")["geometry"].to_numpy() for atlas in cities)
    assert (shapely.get_num_geometries(here) > 1).sum() == 3  # the cut ones
    described = [shape_descriptors(one) for one in (here, there)]
    np.testing.assert_allclose(*described, atol=1e-4)
    assert (rasterise(here, 32) == rasterise(there, 32)).mean() > 0.999
    blocks = [
        shape_descriptors(atlas.regions.geometry.loc[in_order(atlas).index].to_numpy())
        for atlas in cities
    ]
    columns = ["log_area", "log_perimeter", "compactness", "parts", "holes", "elongation"]
    np.testing.assert_allclose(*(one[columns] for one in blocks), atol=1e-3)


def test_what_a_model_counts_is_the_same(cities) -> None:
    tables = []
    for atlas in cities:
        entities = read_entities(atlas, UrbanMFMConfig())
        parts = region_descriptors(atlas, entities, ["amenity=cafe"], None)
        table = pd.concat(parts.values(), axis=1).loc[in_order(atlas).index]
        tables.append(table.drop(columns="region vertices").to_numpy())
    np.testing.assert_allclose(*tables, atol=1e-3)


def test_areas_and_lengths_are_those_of_the_plane(cities) -> None:
    table = cities[0].entities("buildings").set_index("building_id")
    width = haversine_m(0.0, LAT, 1e-4, LAT)
    height = haversine_m(0.0, 0.0, 0.0, 1e-4)
    assert table.loc["way/1", "area_m2"] == pytest.approx(9 * width * height, rel=0.01)
    assert table.loc["relation/7", "area_m2"] == pytest.approx(98 * width * height, rel=0.01)
    assert table.loc["way/1", "lon"] == pytest.approx(179.99995)


def test_the_study_area_may_cross_too(tmp_path) -> None:
    import geopandas as gpd

    write_city(tmp_path / "town.osm", 180.0)
    recipe = copy.deepcopy(CITY)
    recipe["features"].pop("houses")
    corners = [(179.997, LAT), (-179.999, LAT), (-179.999, LAT + 0.006), (179.997, LAT + 0.006)]
    gpd.GeoSeries([shapely.Polygon(corners)], crs=4326).to_file(tmp_path / "within.geojson")
    recipe["regions"]["within"] = "within.geojson"
    atlas = Study(tmp_path, recipe, tmp_path / "atlas").build()
    assert len(atlas.region_ids) == 6


def test_an_extract_shows_only_what_is_within_its_box(tmp_path) -> None:
    import geopandas as gpd

    write_city(tmp_path / "town.osm", 180.0)
    squares = shapely.box([179.997, 100.0], LAT, [180.0, 100.1], LAT + 0.006)
    frame = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=squares, crs=4326)
    recipe = copy.deepcopy(CITY)
    recipe["regions"] = {"kind": "polygons", "file": "squares.parquet", "region": "id"}
    recipe["features"].pop("houses")
    frame.to_parquet(tmp_path / "squares.parquet")
    atlas = Study(tmp_path, recipe, tmp_path / "atlas").build()
    assert atlas.features("roads").index.tolist() == ["a"]
    frame[1:].to_parquet(tmp_path / "squares.parquet")
    with pytest.raises(InputError, match=r"it reaches from 180, -16\.8 to -180, -16\.79"):
        Study(tmp_path, recipe, tmp_path / "other").build()
