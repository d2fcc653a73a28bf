"""A city from one OpenStreetMap extract: blocks, entities, features, labels hidden from both."""

from __future__ import annotations

from filecmp import cmp

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from placeprint.building import extracts
from placeprint.building.layers import images
from placeprint.encoders import encode_points
from placeprint.encoders.image_bytes import decode_images
from placeprint.errors import InputError, MissingExtraError
from placeprint.sources import Coverage
from placeprint.sources.osm import ATTRIBUTION

from .conftest import BUILDINGS, POIS, corner, write_town

COLUMNS = {
    "pois": {"poi_id", "region_id", "name", "category", "text", "lon", "lat", "area_m2", "way_id"}
    | {"tags", "geometry"},
    "ways": {"way_id", "region_id", "name", "category", "length_m", "geometry"},
}
COLUMNS["buildings"] = COLUMNS["pois"] - {"poi_id"} | {"building_id"}


def blocks_of(atlas) -> list[str]:
    """The ids of the four blocks in the order in which the town was drawn."""
    west, south = np.array([corner(block) for block in range(4)]).T
    return atlas.locate(west + 0.001, south + 0.001).tolist()


def test_the_blocks_between_the_roads_are_the_regions(town) -> None:
    atlas = town.build()
    assert len(atlas.region_ids) == 4
    assert len(set(blocks_of(atlas))) == 4
    assert len(atlas.graph("neighbourhood")) == 12  # all four meet in the middle
    provenance = atlas.layer("regions")
    assert provenance["licence"] == ATTRIBUTION
    assert provenance["osm"]["ways"] == 6


def test_entities_are_as_other_programs_expect_them(town) -> None:
    atlas = town.build()
    assert atlas.entity_names == ["buildings", "pois", "ways"]
    for kind, columns in COLUMNS.items():
        table = atlas.entities(kind)
        assert isinstance(table, gpd.GeoDataFrame)
        assert table.crs.to_epsg() == 4326
        assert set(table.columns) == columns
        assert table.iloc[:, 0].is_monotonic_increasing
        assert table.columns[1] == "region_id"
        assert atlas.layer(f"entities/{kind}")["licence"] == ATTRIBUTION
        assert atlas.layer(f"entities/{kind}")["osm"]["pois"] == len(POIS)
    assert set(atlas.entities("pois")["poi_id"]) == {f"node/{number}" for number in POIS}
    assert set(atlas.entities("buildings")["building_id"]) == {f"way/{n}" for n in BUILDINGS}


def test_entities_know_their_region_and_those_in_none_are_kept(town) -> None:
    atlas = town.build()
    blocks = blocks_of(atlas)
    for kind, prefix, drawn in [("pois", "node", POIS), ("buildings", "way", BUILDINGS)]:
        table = atlas.entities(kind).set_index(f"{kind[:-1]}_id")
        for number, (block, _) in drawn.items():
            found = table.loc[f"{prefix}/{number}", "region_id"]
            assert (found == blocks[block]) if block < 4 else pd.isna(found)
        coverage = atlas.layer(f"entities/{kind}")["coverage"]
        assert coverage["rows"] == len(drawn)
        assert coverage["matched"] == len(drawn) - 1
        assert coverage["regions"] == 3
    ways = atlas.entities("ways").set_index("way_id")
    assert ways["geometry"].geom_type.eq("LineString").all()
    middle = shapely.line_interpolate_point(ways.geometry.to_numpy(), 0.5, normalized=True)
    located = atlas.locate(shapely.get_x(middle), shapely.get_y(middle))
    assert ways["region_id"].fillna("").tolist() == ["" if one is None else one for one in located]


def test_an_extract_is_read_once_and_not_at_all_where_nothing_changed(town, monkeypatch) -> None:
    calls = []
    read = extracts.read_osm
    monkeypatch.setattr(extracts, "read_osm", lambda path: calls.append(path) or read(path))
    town.build()
    assert calls == [town.raw / "town.osm"]
    town.build()
    assert len(calls) == 1


def test_two_builds_are_equal_to_the_byte(town) -> None:
    first = town.build().path
    second = type(town)(town.raw, town.recipe, town.out.with_name("again")).build().path
    files = sorted(path.relative_to(first) for path in first.rglob("*.*"))
    assert len(files) == 10
    for name in files:
        assert cmp(first / name, second / name, shallow=False)


def test_features_are_of_what_models_may_read(town) -> None:
    town.recipe["features"]["cafes"]["encoder"] = "counts"
    atlas = town.build()
    blocks = blocks_of(atlas)
    counts = atlas.features("cafes")
    assert set(counts.index) == set(blocks[:3])  # there is no place in the fourth
    assert counts.columns.tolist() == ["other"]  # in fewer than five regions
    np.testing.assert_allclose(counts["other"], np.log(2), rtol=1e-6)
    table = atlas.entities("buildings")
    expected = encode_points(table["region_id"], category=table["text"], encoder="static")
    pd.testing.assert_frame_equal(
        atlas.features("houses"), expected, check_index_type=False, check_column_type=False
    )


def test_roads_are_features(town) -> None:
    atlas = town.build()
    roads = atlas.features("roads")
    assert roads.columns.tolist() == ["road_length", "intersections"]
    assert roads.index.tolist() == atlas.region_ids.tolist()
    around = 2 * (0.004 * 111.2 + 0.004 * 111.2 * np.cos(np.radians(50)))  # km, each block
    np.testing.assert_allclose(roads["road_length"], around / atlas.regions.areas_km2(), rtol=0.02)
    assert atlas.layer("features/roads")["licence"] == ATTRIBUTION


def give_squares(town, lon: list[float]) -> None:
    """Regions as wide as the town, side by side, in place of blocks."""
    outlines = shapely.box(np.array(lon), 50.0, np.array(lon) + 0.008, 50.008)
    ids = [f"s{number}" for number in range(len(lon))]
    squares = gpd.GeoDataFrame({"id": ids}, geometry=outlines, crs=4326)
    squares.to_parquet(town.raw / "squares.parquet")
    town.recipe["regions"] = {"kind": "polygons", "file": "squares.parquet", "region": "id"}


def test_regions_beyond_the_extract_have_no_features(town) -> None:
    give_squares(town, [8.0, 9.0])
    atlas = town.build()
    for name in atlas.feature_names:
        assert atlas.features(name).index.tolist() == ["s0"]
    coverage = atlas.layer("features/roads")["coverage"]
    assert coverage["dropped"] == {"regions beyond the edge of the extract": 1}
    assert atlas.layer("entities/pois")["coverage"]["regions"] == 1


def test_one_region_is_enough(town) -> None:
    give_squares(town, [8.0])
    atlas = town.build()
    assert len(atlas.features("roads")) == len(atlas.features("cafes")) == 1


def test_an_extract_of_another_place(town) -> None:
    give_squares(town, [9.0])
    message = r"town\.osm: it reaches from 8, 50 to 8\.\d+, 50\.\d+ and shows none of the regions"
    with pytest.raises(InputError, match=message):
        town.build()
    assert not town.out.exists()


def test_the_roads_that_bound_blocks_can_be_chosen(town) -> None:
    write_town(town.raw / "town.osm", highway="footway")
    with pytest.raises(InputError, match=r"town\.osm: there are no roads to bound blocks"):
        town.build()
    town.recipe["regions"]["roads"] = ["footwy"]
    with pytest.raises(InputError, match=r"no road with highway=footwy.*did you mean 'footway'"):
        town.build()
    town.recipe["regions"]["roads"] = ["footway"]
    assert len(town.build().region_ids) == 4


def test_blocks_within_an_outline(town) -> None:
    outline = gpd.GeoSeries([shapely.box(8.0, 50.0, 8.0039, 50.008)], crs=4326)
    outline.to_file(town.raw / "outline.geojson")
    town.recipe["regions"]["within"] = "outline.geojson"
    atlas = town.build()
    assert len(atlas.region_ids) == 2
    inputs = atlas.layer("regions")["request"]["inputs"]
    assert set(inputs) == {"town.osm", "outline.geojson"}


def test_a_file_that_is_no_extract(town) -> None:
    (town.raw / "town.osm").write_text("not an extract")
    with pytest.raises(InputError, match=r"town\.osm: cannot be read as an OpenStreetMap extract"):
        town.build()
    assert not town.out.exists()


def test_osmium_is_asked_for_before_work_starts(town, monkeypatch) -> None:
    def lacking(module, extra):
        raise MissingExtraError(module, extra)

    monkeypatch.setattr(extracts, "optional_import", lacking)
    with pytest.raises(MissingExtraError, match=r"'osmium'.*placeprint\[osm\]"):
        town.build()


def test_features_of_nothing_are_refused(town) -> None:
    write_town(town.raw / "town.osm", pois={4: POIS[4]})
    with pytest.raises(InputError, match=r"pois\.parquet: none of them is in a region"):
        town.build()
    del town.recipe["features"]["cafes"]
    atlas = town.build()
    assert atlas.entities("pois")["region_id"].isna().all()


@pytest.fixture
def photographed(town):
    """The town with two photographs of one point, to the north and to the east."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    for name in ("a.png", "above.png"):
        Image.fromarray(pixels).save(town.raw / name)
    lon, lat = corner(0)
    photographs = {"file": ["a.png", "a.png"], "lon": lon + 1e-3, "lat": lat + 1e-3}
    pd.DataFrame({**photographs, "heading": [10.0, 100.0]}).to_csv(
        town.raw / "photos.csv", index=False
    )
    views = {"kind": "street_views", "file": "photos.csv", "size": 32}
    town.recipe["entities"]["street_views"] = views
    return town


def test_photographs_and_a_picture_from_above(photographed) -> None:
    bounds = [[7.99, 49.99, 8.02, 50.02]]
    above = {"kind": "satellite", "files": ["above.png"], "bounds": bounds, "size": 32}
    photographed.recipe["entities"]["satellite"] = above
    atlas = photographed.build()
    views = atlas.entities("street_views")
    assert views["direction"].tolist() == ["E", "N"]
    assert views["scene"].tolist() == ["", ""]
    assert set(views["region_id"]) == {blocks_of(atlas)[0]}
    assert decode_images(views["image"]).shape == (2, 32, 32, 3)
    images = atlas.entities("satellite")
    assert images["region_id"].tolist() == atlas.region_ids.tolist()
    assert decode_images(images["image"]).shape == (4, 32, 32, 3)


def test_all_photographs_of_a_folder_are_looked_for(photographed) -> None:
    (photographed.raw / "photos").mkdir()
    (photographed.raw / "a.png").rename(photographed.raw / "photos" / "a.png")
    views = {"kind": "street_views", "file": "photos", "lon": None, "lat": None, "heading": None}
    photographed.recipe["entities"]["street_views"] = views
    with pytest.raises(InputError, match="of 1 photographs 1 have no position"):
        photographed.build()


def test_scenes_are_described_by_a_checkpoint(photographed, monkeypatch) -> None:
    class Vocabulary:
        fingerprint = "weights"

        def __init__(self, folder) -> None:
            assert folder == "clip-vit"

        def describe(self, images, groups):
            assert len(images) == groups.value_counts().iloc[0] == 2
            return pd.Series("a park; a street", index=images.index)

    views = photographed.recipe["entities"]["street_views"]
    views["clip"] = "clip-vit"
    with pytest.raises(InputError, match="there is no such folder 'clip-vit'"):
        photographed.build()
    assert not photographed.out.exists()
    monkeypatch.setattr(images, "SceneVocabulary", Vocabulary)
    atlas = photographed.build()
    assert atlas.entities("street_views")["scene"].unique().tolist() == ["a park; a street"]
    assert atlas.layer("entities/street_views")["request"]["weights"] == "weights"


def test_street_views_and_satellite_images_are_asked_for_as_the_recipe_says(
    town, monkeypatch
) -> None:
    asked = {}

    def views(path, regions, **options):
        asked["views"] = (path, options)
        table = pd.DataFrame({"group_id": ["g"], "region_id": regions.ids[:1], "image": [b"1"]})
        return table, Coverage(rows=1, of_regions=len(regions)).finish(matched=1, regions=1)

    def satellite(files, regions, **options):
        asked["satellite"] = (files, options)
        table = pd.DataFrame({"region_id": regions.ids, "image": [b"2"] * len(regions)})
        return table, Coverage(rows=4, of_regions=4).finish(matched=4, regions=4)

    monkeypatch.setattr(images, "read_street_views", views)
    monkeypatch.setattr(images, "read_satellite", satellite)
    pd.DataFrame({"photo": ["a.jpg"], "x": [8.0], "y": [50.0]}).to_csv(
        town.raw / "photos.csv", index=False
    )
    for name in ("a.jpg", "city.tif"):
        (town.raw / name).write_text(name)
    town.recipe["entities"] |= {
        "street_views": {"kind": "street_views", "file": "photos.csv", "image": "photo", "lon": "x"}
        | {"lat": "y", "heading": None, "radius_m": 5, "size": 64},
        "satellite": {"kind": "satellite", "files": ["city.tif"], "bounds": [[7, 49, 9, 51]]},
    }
    atlas = town.build()
    assert atlas.entities("street_views")["image"].tolist() == [b"1"]
    assert len(atlas.entities("satellite")) == 4
    path, options = asked["views"]
    assert path.path == town.raw / "photos.csv"
    assert options == {"image": "photo", "lon": "x", "lat": "y", "heading": None, "scene": None} | {
        "group": None,
        "radius_m": 5,
        "size": 64,
    }
    assert asked["satellite"] == (
        [town.raw / "city.tif"],
        {"bounds": [(7, 49, 9, 51)], "tiles": None, "zoom": None, "size": 224},
    )
    before = atlas.layer("entities/street_views")["fingerprint"]
    (town.raw / "a.jpg").write_text("another photograph")
    assert town.build(overwrite=True).layer("entities/street_views")["fingerprint"] != before
