"""The layout on disk is a contract: other programs read these files without this package."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from placeprint.atlas import Atlas, AtlasWriter
from placeprint.errors import InputError, OutputExistsError
from placeprint.files import write_table, write_vectors

IDS = pd.Index(["a", "b", "c"], name="region_id")
HEADER = {"name": "three", "description": "", "licence": "CC0", "regions": {"kind": "polygons"}}
EDGES = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "weight": [1.0, 2.5]})
VECTORS = pd.DataFrame(
    np.array([[1.5, -2.0], [0.25, 3.0]], np.float32),
    index=IDS[:2],
    columns=pd.Index(["cafe", "inn"], name="feature_id"),
)
TABLES = {
    "units/county": pd.DataFrame({"region_id": IDS, "unit_id": ["x", "x", "y"]}),
    "entities/poi": pd.DataFrame({"region_id": ["a"], "name": ["Café"], "lon": [0.5]}),
    "labels/income": pd.DataFrame({"region_id": IDS, "value": [1.0, 2.0, 3.0]}),
    "labels/rent": pd.DataFrame({"unit_id": ["x", "y"], "value": [7.0, 8.0]}),
    "labels/noise": pd.DataFrame({"lon": [0.5], "lat": [50.5], "value": [60.0]}),
}
TASK = {"task": {"level": "region", "scale": "grid"}}


def request(key: str) -> dict[str, object]:
    return {"settings": {"of": key}, "inputs": {}}


def write_layer(writer: AtlasWriter, key: str, frame: pd.DataFrame, **account: object) -> None:
    def make(path):
        write_table(path, frame)
        return {"rows": len(frame), **account}

    writer.write(key, request(key), make)


@pytest.fixture
def writer(tmp_path) -> AtlasWriter:
    return AtlasWriter(tmp_path / "atlas", HEADER, overwrite=False)


def write_regions(writer: AtlasWriter) -> None:
    def make(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        squares = shapely.box([0, 1, 2], 50, [1, 2, 3], 51)
        gpd.GeoDataFrame({"region_id": IDS}, geometry=squares, crs=4326).to_parquet(path)
        return {"rows": 3}

    writer.write("regions", request("regions"), make)


@pytest.fixture
def atlas(writer) -> Atlas:
    def features(path):
        write_vectors(path, VECTORS)
        return {"rows": 2}

    write_regions(writer)
    writer.write("features/poi", request("features/poi"), features)
    write_layer(writer, "graphs/mobility", EDGES, directed=True)
    write_layer(writer, "graphs/ties", EDGES, directed=False)
    for key, table in TABLES.items():
        write_layer(writer, key, table, **(TASK if key.startswith("labels/") else {}))
    return Atlas(writer.path)


def test_names_of_the_layers(atlas) -> None:
    assert atlas.name == "three"
    assert atlas.region_ids.tolist() == ["a", "b", "c"]
    assert atlas.unit_levels == ["county"]
    assert atlas.graph_names == ["mobility", "ties"]
    assert atlas.feature_names == ["poi"]
    assert atlas.entity_names == ["poi"]
    assert atlas.label_names == ["income", "noise", "rent"]
    assert repr(atlas).startswith("Atlas('three', 3 regions, layers: entities/poi, ")


def test_tables_come_back_as_they_were_written(atlas) -> None:
    assert atlas.units("county").to_dict() == {"a": "x", "b": "x", "c": "y"}
    edges = atlas.graph("mobility")
    pd.testing.assert_frame_equal(edges.astype(EDGES.dtypes), EDGES)
    for end in ("source", "target"):
        assert edges[end].cat.categories.tolist() == ["a", "b", "c"]
    pd.testing.assert_frame_equal(
        atlas.features("poi"), VECTORS, check_index_type=False, check_column_type=False
    )
    assert atlas.features("poi").index.name == "region_id"
    pd.testing.assert_frame_equal(atlas.entities("poi"), TABLES["entities/poi"], check_dtype=False)
    assert atlas.labels("income")["value"].to_dict() == {"a": 1, "b": 2, "c": 3}
    assert atlas.labels("rent")["value"].to_dict() == {"x": 7, "y": 8}
    assert atlas.labels("noise").to_numpy().tolist() == [[0.5, 50.5, 60.0]]
    assert atlas.label_metadata("income") == TASK["task"]
    assert atlas.regions.geometry["b"].bounds == (1, 50, 2, 51)


def test_an_undirected_graph_is_given_in_both_directions(atlas) -> None:
    edges = atlas.graph("ties")
    assert edges.columns.tolist() == ["source", "target", "weight"]
    assert {tuple(row) for row in edges.to_numpy()} == {
        ("a", "b", 1.0),
        ("b", "c", 2.5),
        ("b", "a", 1.0),
        ("c", "b", 2.5),
    }


def test_snapshots_add_up_to_the_graph(writer) -> None:
    edges = pd.DataFrame(
        {
            "source": ["a", "b", "a"],
            "target": ["b", "c", "b"],
            "weight": [1.0, 2.0, 4.0],
            "time": ["2", "2", "10"],
        }
    )
    write_regions(writer)
    write_layer(writer, "graphs/flows", edges, directed=True, times=["2", "10"])
    write_layer(writer, "graphs/ties", edges, directed=False, times=["2", "10"])
    write_layer(writer, "graphs/still", EDGES, directed=True)
    atlas = Atlas(writer.path)
    assert atlas.graph_times("flows") == ["2", "10"]
    assert atlas.graph_times("still") == []
    assert atlas.graph("flows").to_numpy().tolist() == [["a", "b", 5.0], ["b", "c", 2.0]]
    assert atlas.graph("flows", time="10").to_numpy().tolist() == [["a", "b", 4.0]]
    assert atlas.graph("ties", "10").to_numpy().tolist() == [["a", "b", 4.0], ["b", "a", 4.0]]
    both = pd.concat([atlas.graph("ties", time) for time in atlas.graph_times("ties")])
    summed = both.groupby(["source", "target"])["weight"].sum()
    pd.testing.assert_series_equal(
        summed, atlas.graph("ties").set_index(["source", "target"])["weight"].sort_index()
    )
    pd.testing.assert_frame_equal(atlas.graph("ties", ["2", "10"]), atlas.graph("ties"))
    assert atlas.graph("flows", ["10"]).to_numpy().tolist() == [["a", "b", 4.0]]
    assert atlas.count_links("ties") == (3, 2)
    assert atlas.count_links("ties", "2") == (2, 2)
    assert atlas.count_links("ties", ["10"]) == (1, 1)
    assert atlas.count_links("still") == (2, 2)
    with pytest.raises(InputError, match=r"'flows' has no snapshot '3'.*choose one of 10, 2"):
        atlas.graph("flows", time="3")
    with pytest.raises(InputError, match="ask for the graph without a time"):
        atlas.graph("still", time="2")
    with pytest.raises(InputError, match="no layer 'graphs/none'"):
        atlas.graph_times("none")


@pytest.mark.parametrize("coded", [False, True])
def test_links_are_edges_by_position(writer, coded) -> None:
    times = pd.DataFrame({**EDGES, "time": ["2", "10"]})
    write_regions(writer)
    write_layer(writer, "graphs/ties", EDGES.astype({"source": "category"}) if coded else EDGES,
                directed=False)  # fmt: skip
    write_layer(writer, "graphs/flows", times, directed=True, times=["2", "10"])
    atlas = Atlas(writer.path)
    links = atlas.links("ties")
    assert (len(links), links.directed, links.repeated) == (2, False, False)
    assert links.source.dtype == links.target.dtype == np.int32
    found = links.source.tolist(), links.target.tolist(), links.weight.tolist()
    assert found == ([0, 1], [1, 2], [1.0, 2.5])
    assert atlas.links("flows").repeated
    later = atlas.links("flows", time="10")
    assert (later.source.tolist(), later.weight.tolist(), later.repeated) == ([1], [2.5], False)


def test_links_are_read_in_batches(writer, monkeypatch) -> None:
    ends = np.random.default_rng(0).choice(IDS, (50, 2))
    edges = pd.DataFrame({"source": ends[:, 0], "target": ends[:, 1], "weight": np.arange(50.0)})
    write_regions(writer)
    write_layer(writer, "graphs/flows", edges, directed=True)
    monkeypatch.setattr("placeprint.atlas.links.BATCH", 7)
    links = Atlas(writer.path).links("flows")
    assert IDS[links.source].tolist() == edges["source"].tolist()
    assert IDS[links.target].tolist() == edges["target"].tolist()
    assert links.weight.tolist() == edges["weight"].tolist()


def test_a_graph_without_an_edge_has_no_links(writer) -> None:
    write_regions(writer)
    write_layer(writer, "graphs/flows", EDGES[:0], directed=True)
    atlas = Atlas(writer.path)
    assert len(atlas.links("flows")) == 0
    assert atlas.graph("flows").shape == (0, 3)


def test_an_edge_to_an_unknown_region_is_named(writer) -> None:
    write_regions(writer)
    write_layer(writer, "graphs/flows", EDGES.replace("c", "zz"), directed=True)
    with pytest.raises(InputError, match=r"flows\.parquet: .* does not have: zz.*build the atlas"):
        Atlas(writer.path).links("flows")


def test_entities_with_geometry_come_back_with_it(writer) -> None:
    def make(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        points = shapely.points([0.5, 1.5], [50.5, 50.5])
        table = {"poi_id": ["node/1", "node/2"], "region_id": ["a", None]}
        gpd.GeoDataFrame(table, geometry=points, crs=4326).to_parquet(path)
        return {"rows": 2}

    writer.write("entities/pois", request("entities/pois"), make)
    table = Atlas(writer.path).entities("pois")
    assert isinstance(table, gpd.GeoDataFrame)
    assert table.geometry.x.tolist() == [0.5, 1.5]
    assert table["region_id"].isna().tolist() == [False, True]


def test_points_are_located(atlas) -> None:
    found = atlas.locate(np.array([2.5, 0.5, 9.0]), np.array([50.5, 50.5, 50.5]))
    assert found.tolist() == ["c", "a", None]


def test_a_folder_that_is_no_atlas(tmp_path) -> None:
    with pytest.raises(InputError, match=r"there is no atlas here.*placeprint build RECIPE"):
        Atlas(tmp_path)
    with pytest.raises(InputError, match="there is no atlas here"):
        Atlas(tmp_path / "none")


def test_another_version_of_the_layout(atlas) -> None:
    manifest = json.loads((atlas.path / "atlas.json").read_text())
    (atlas.path / "atlas.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(
        InputError, match=r"atlas\.json: layout version 99, this release reads 1\. .*build .*again"
    ):
        Atlas(atlas.path)


def test_a_damaged_manifest(atlas) -> None:
    (atlas.path / "atlas.json").write_text("{")
    with pytest.raises(InputError, match=r"atlas\.json: not valid JSON"):
        Atlas(atlas.path)


@pytest.mark.parametrize(
    ("method", "name", "message"),
    [
        ("features", "pio", "no layer 'features/pio'.*did you mean 'features/poi'"),
        ("graph", "mobilty", "no layer 'graphs/mobilty'.*did you mean 'graphs/mobility'"),
        ("units", "country", "no layer 'units/country'.*did you mean 'units/county'"),
        ("labels", "incomes", "did you mean 'labels/income'"),
        ("label_metadata", "rents", "did you mean 'labels/rent'"),
        ("entities", "poy", "did you mean 'entities/poi'"),
        ("layer", "region", "did you mean 'regions'"),
    ],
)
def test_an_unknown_layer_suggests_the_right_one(atlas, method, name, message) -> None:
    with pytest.raises(InputError, match=message):
        getattr(atlas, method)(name)


def test_a_layer_whose_file_is_lost(atlas) -> None:
    (atlas.path / "labels/income.parquet").unlink()
    with pytest.raises(InputError, match=r"income\.parquet: there is no such file"):
        atlas.labels("income")


def test_the_fingerprint_follows_the_requests(atlas) -> None:
    before = atlas.fingerprint
    assert Atlas(atlas.path).fingerprint == before
    writer = AtlasWriter(atlas.path, HEADER, overwrite=True)
    writer.write("units/county", {"settings": {"of": "another file"}}, lambda path: {"rows": 3})
    assert Atlas(atlas.path).fingerprint != before


def test_a_layer_is_made_once(atlas) -> None:
    def make(path):
        raise AssertionError("it is there already")

    writer = AtlasWriter(atlas.path, HEADER, overwrite=False)
    assert writer.has("units/county", request("units/county"))
    writer.write("units/county", request("units/county"), make)
    assert not writer.has("units/county", {"settings": {"of": "another file"}})


def test_changed_layers_are_refused_before_work_starts(atlas) -> None:
    changed = {"units/county": {"settings": {"of": "another file"}}, "labels/new": {}}
    with pytest.raises(OutputExistsError, match=r"county\.parquet exists already"):
        AtlasWriter(atlas.path, HEADER, overwrite=False).check(changed)
    AtlasWriter(atlas.path, HEADER, overwrite=True).check(changed)
    unchanged = {"units/county": request("units/county"), "labels/new": {}}
    AtlasWriter(atlas.path, HEADER, overwrite=False).check(unchanged)


def test_layers_no_longer_asked_for_are_removed(atlas) -> None:
    titles = {key: "" for key in atlas.manifest["layers"] if key != "labels/rent"}
    AtlasWriter(atlas.path, HEADER, overwrite=False).finish(titles)
    assert Atlas(atlas.path).label_names == ["income", "noise"]
    assert not (atlas.path / "labels/rent.parquet").exists()
    assert (atlas.path / "labels/income.parquet").exists()


def test_the_files_of_a_simulated_country(simulated_atlas) -> None:
    folder = simulated_atlas.path
    manifest = json.loads((folder / "atlas.json").read_text())
    assert {"name", "description", "licence", "regions", "format", "layers"} == set(manifest)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*.parquet")}
    assert files == {f"{key}.parquet" for key in manifest["layers"]}
    assert {name.split("/")[0] for name in files} == {
        "regions.parquet",
        "units",
        "graphs",
        "features",
        "entities",
        "labels",
    }
    for layer in manifest["layers"].values():
        assert {"rows", "request", "fingerprint"} <= set(layer)
        assert all(len(digest) == 64 for digest in layer["request"]["inputs"].values())


def test_regions_are_geoparquet(simulated_atlas) -> None:
    frame = gpd.read_parquet(simulated_atlas.path / "regions.parquet")
    assert frame.columns.tolist() == ["region_id", "area_km2", "geometry"]
    assert frame.crs.to_epsg() == 4326
    assert frame["region_id"].is_monotonic_increasing
    assert frame["region_id"].is_unique
    assert frame["area_km2"].between(20, 60).all()


def test_vectors_are_fixed_size_lists(simulated_atlas) -> None:
    for name in simulated_atlas.feature_names:
        table = pq.read_table(simulated_atlas.path / f"features/{name}.parquet")
        assert table.column_names == ["region_id", "embedding"]
        assert table.schema.field("region_id").type == pa.string()
        kind = table.schema.field("embedding").type
        assert pa.types.is_fixed_size_list(kind)
        assert kind.value_type == pa.float32()
        footer = table.schema.metadata
        assert int(footer[b"emb:dimensions"]) == kind.list_size
        assert len(json.loads(footer[b"emb:features"])) == kind.list_size


@pytest.mark.parametrize(
    ("key", "columns"),
    [
        ("units/county", {"region_id": pa.string(), "unit_id": pa.string()}),
        (
            "graphs/mobility",
            {"source": pa.string(), "target": pa.string(), "weight": pa.float64()},
        ),
        ("labels/POP", {"region_id": pa.string(), "value": pa.float64()}),
        ("labels/EDU", {"unit_id": pa.string(), "value": pa.float64()}),
        ("labels/ELE", {"lon": pa.float64(), "lat": pa.float64(), "value": pa.float64()}),
    ],
)
def test_columns_of_the_other_layers(simulated_atlas, key, columns) -> None:
    schema = pq.read_schema(simulated_atlas.path / f"{key}.parquet")
    found = {
        field.name: pa.string() if pa.types.is_large_string(field.type) else field.type
        for field in schema
    }
    assert found == columns
