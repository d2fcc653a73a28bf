"""Tiles, read again by another library."""

from __future__ import annotations

import gzip
import math
from filecmp import cmp
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

import placeprint as pp
from placeprint.regions import Regions
from placeprint.serving import write_pmtiles
from placeprint.serving.map import tiles
from placeprint.serving.map.mvt import EXTENT, encode_tile
from placeprint.serving.map.tiles import TileMaker, mercator

decoder = pytest.importorskip("mapbox_vector_tile", reason="mapbox-vector-tile is not installed")


def read(content: bytes) -> list[dict]:
    if not content:
        return []
    layer = decoder.decode(content, default_options={"y_coord_down": True})["regions"]
    assert layer["extent"] == EXTENT
    assert layer["version"] == 2
    return layer["features"]


def cells() -> Regions:
    return Regions.from_h3(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=5)


def test_polygons_with_holes_and_parts_come_back() -> None:
    ring = shapely.box(0, 0, 900, 900).difference(shapely.box(100, 200, 300, 400))
    several = shapely.MultiPolygon([ring, shapely.box(1000, 0, 1500, 50)])
    shapes = np.array([several, shapely.box(-60, 2000, 4100, 2500)], dtype=object)
    first, second = read(encode_tile("regions", np.array([3, 300]), shapes))
    assert (first["id"], second["id"]) == (3, 300)
    assert shape(first["geometry"]).equals(several)
    assert shape(second["geometry"]).equals(shapes[1])


def test_attributes_come_back() -> None:
    shapes = shapely.box([0, 10, 20], 0, [9, 19, 29], 9)
    columns = {"name": ["a", None, "å"], "value": np.array([1.5, np.nan, -2e9])}
    found = read(encode_tile("regions", np.array([1, 2, 3]), shapes, columns))
    expected = [{"name": "a", "value": 1.5}, {}, {"name": "å", "value": -2e9}]
    assert [each["properties"] for each in found] == expected


def test_what_vanishes_on_the_grid_is_left_out() -> None:
    tiny = shapely.box(5, 5, 5.2, 5.2)
    holed = shapely.box(0, 0, 50, 50).difference(shapely.box(20, 20, 20.1, 20.1))
    shapes = np.array([tiny, holed, tiny], dtype=object)
    columns = {"name": ["a", "b", "c"]}
    (found,) = read(encode_tile("regions", np.array([1, 2, 3]), shapes, columns))
    assert found["properties"] == {"name": "b"}
    assert shape(found["geometry"]).equals(shapely.box(0, 0, 50, 50))
    assert encode_tile("regions", np.array([1]), np.array([tiny])) == b""


@given(
    st.lists(
        st.tuples(*[st.integers(-64, 4000)] * 2, *[st.integers(1, 160)] * 2),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 2**40),
)
def test_any_boxes_come_back(boxes, first) -> None:
    shapes = np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes])
    found = read(encode_tile("regions", np.arange(len(boxes)) + first, shapes))
    assert [each["id"] for each in found] == [*range(first, first + len(boxes))]
    assert all(shape(each["geometry"]).equals(own) for each, own in zip(found, shapes, strict=True))


@pytest.mark.parametrize("turn", [1, -1])
def test_outer_rings_go_clockwise_as_seen(turn) -> None:
    ring = [(0, 0), (100, 0), (100, 100), (0, 100)][::turn]
    hole = [(10, 10), (20, 10), (20, 20), (10, 20)][::turn]
    shapes = np.array([shapely.Polygon(ring, [hole])])
    (found,) = read(encode_tile("regions", np.array([1]), shapes))
    areas = [
        sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(each))
        for each in found["geometry"]["coordinates"]
    ]
    assert areas[0] == 20_000  # y points down: positive is clockwise
    assert areas[1] == -200


def test_mercator_is_the_formula_of_the_web() -> None:
    lon, lat = 24.94, 60.17
    n = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    (found,) = mercator(np.array([[lon, lat]]))
    assert found.tolist() == pytest.approx([(lon + 180) / 360, (1 - n / math.pi) / 2])


def test_a_tile_shows_where_its_regions_are() -> None:
    regions = cells()
    maker = TileMaker(regions)
    z = maker.maxzoom
    seen = {}
    for x, y in maker.filled(z).tolist():
        for feature in read(maker.tile(z, x, y)):
            at = np.array([x, y]) + shapely.get_coordinates(shape(feature["geometry"])) / EXTENT
            seen.setdefault(feature["id"] - 1, []).append(at / 2**z)
    assert sorted(seen) == [*range(len(regions))]
    for position, points in seen.items():
        west, north, east, south = shapely.transform(
            regions.geometry.iloc[position], mercator
        ).bounds
        found = np.concatenate(points)
        assert found.min(axis=0).tolist() == pytest.approx([west, north], abs=2 / EXTENT / 2**z)
        assert found.max(axis=0).tolist() == pytest.approx([east, south], abs=2 / EXTENT / 2**z)


def test_small_regions_become_a_mosaic_of_those_at_the_centres() -> None:
    regions = cells()
    maker = TileMaker(regions)
    ((x, y),) = maker.filled(3).tolist()
    found = read(maker.tile(3, x, y))
    assert 0 < len(found) <= 128 * 128
    for feature in found:
        centre = shape(feature["geometry"]).centroid
        turns = (np.array([x, y]) + np.array([centre.x, centre.y]) / EXTENT) / 2**3
        lon = 360 * turns[0] - 180
        lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * turns[1]))))
        assert regions.locate(np.array([lon]), np.array([lat]))[0] == feature["id"] - 1


def test_an_empty_tile_has_no_bytes() -> None:
    maker = TileMaker(cells())
    assert maker.tile(3, 0, 0) == b""
    assert maker.tile(maker.maxzoom, 0, 0) == b""


def test_filled_tiles_are_all_that_hold_something() -> None:
    regions = cells()
    maker = TileMaker(regions)
    whole = shapely.total_bounds(shapely.transform(regions.geometry.to_numpy(), mercator))
    for z in (4, 6, 8):
        filled = {tuple(each) for each in maker.filled(z).tolist()}
        west, north, east, south = (int(each * 2**z) for each in whole)
        around = [(x, y) for x in range(west - 1, east + 2) for y in range(north - 1, south + 2)]
        for x, y in around:
            # The rim of a tile is drawn for its neighbours' sake, and is no reason to make it.
            inside = [
                each
                for each in read(maker.tile(z, x, y))
                if shape(each["geometry"]).intersects(shapely.box(1, 1, EXTENT - 1, EXTENT - 1))
            ]
            assert not inside or (x, y) in filled


def test_pmtiles_hold_every_region_with_its_values(simulated_run, tmp_path) -> None:
    pytest.importorskip("pmtiles", reason="pmtiles is not installed")
    from pmtiles.reader import MmapSource, Reader

    path = write_pmtiles(simulated_run, tmp_path / "run.pmtiles")
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        header = reader.header()
        zoom = header["max_zoom"]
        maker = TileMaker(simulated_run.atlas.regions)
        assert zoom == maker.maxzoom
        rows = {}
        for x, y in maker.filled(zoom).tolist():
            for feature in read(gzip.decompress(reader.get(zoom, x, y) or gzip.compress(b""))):
                rows[feature["properties"]["region_id"]] = feature["properties"]
        about = reader.metadata()
    found = pd.DataFrame(rows).T.sort_index()
    assert found.index.tolist() == simulated_run.atlas.region_ids.tolist()
    truth = simulated_run.atlas.labels("POP")["value"]
    np.testing.assert_allclose(found["label/POP"].astype(float), truth[found.index], rtol=1e-3)
    assert found["colour"].str.fullmatch("#[0-9a-f]{6}").all()
    assert set(found["cluster"]) <= set("ABCDEFGH")
    west, _, _, north = simulated_run.atlas.regions.geometry.total_bounds
    assert header["min_lon_e7"] == pytest.approx(west * 1e7, abs=2)
    assert header["max_lat_e7"] == pytest.approx(north * 1e7, abs=2)
    assert about["vector_layers"][0]["fields"]["label/POP"] == "Number"
    again = write_pmtiles(simulated_run, tmp_path / "again.pmtiles")
    assert cmp(again, path, shallow=False)


def test_pmtiles_are_refused_another_ending_or_place(simulated_run, tmp_path) -> None:
    with pytest.raises(pp.errors.InputError, match=r"ends in \.pmtiles"):
        write_pmtiles(simulated_run, tmp_path / "run.mbtiles")
    (tmp_path / "run.pmtiles").touch()
    with pytest.raises(pp.errors.OutputExistsError):
        write_pmtiles(simulated_run, tmp_path / "run.pmtiles")


def test_the_layer_has_the_name_that_the_map_asks_for() -> None:
    assert tiles.LAYER == "regions"
