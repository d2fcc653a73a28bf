"""The interface, asked as a client asks it."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

import placeprint as pp
from placeprint.errors import InputError
from placeprint.lookup import RegionLookup, agreement, pool, similar
from placeprint.serving import create_app, read_key
from placeprint.serving.service import KEY_VARIABLE


def square(lon: float, lat: float, half: float = 0.15) -> dict:
    box = shapely.box(lon - half, lat - half, lon + half, lat + half)
    return json.loads(shapely.to_geojson(box))


def test_points_get_the_vectors_of_their_regions(client, simulated_run, a_place) -> None:
    region, point = a_place
    found = client.post("/v1/embed", json={"points": [point, [0.0, 0.0]]}).json()
    inside, outside = found["places"]
    assert found["dimensions"] == 16
    assert inside["region_id"] == region
    assert inside["coverage"] == 1
    expected = RegionLookup(simulated_run).fit().transform([point])[0]
    # As many digits as it takes: the very same float32.
    assert np.array_equal(np.array(inside["embedding"], dtype=np.float32), expected)
    nothing = {"id": None, "region_id": None, "name": None, "coverage": 0, "embedding": None}
    assert outside == nothing


def test_features_are_answered_in_their_order_with_their_ids(
    client, simulated_run, a_place
) -> None:
    region, point = a_place
    polygon, far = square(*point), square(100.0, 10.0)
    features = [
        {"type": "Feature", "id": "d7", "properties": {"a": 1}, "geometry": polygon},
        {"type": "Feature", "id": 3, "geometry": {"type": "Point", "coordinates": [*point, 12.0]}},
        {"type": "Feature", "geometry": far, "bbox": [1, 2, 3, 4]},
    ]
    body = {"type": "FeatureCollection", "features": features}
    first, second, third = client.post("/v1/embed", json=body).json()["places"]
    shape = gpd.GeoSeries([shapely.from_geojson(json.dumps(polygon))], crs=4326)
    pooled = pool(simulated_run, shape).iloc[0]
    assert first["id"] == "d7"
    assert first["coverage"] == pytest.approx(pooled["coverage"], abs=1e-5)
    expected = pooled[simulated_run.embeddings.columns].to_numpy(float)
    np.testing.assert_allclose(first["embedding"], expected, rtol=1e-4, atol=1e-5)
    assert second["id"] == 3
    assert second["region_id"] == region
    nothing = {"id": None, "region_id": None, "name": None, "coverage": 0, "embedding": None}
    assert third == nothing


@pytest.mark.parametrize("wrap", [lambda g: g, lambda g: {"type": "Feature", "geometry": g}])
def test_one_geometry_or_feature_is_a_place_too(wrap, client, a_place) -> None:
    both = {"type": "MultiPolygon", "coordinates": [square(*a_place[1])["coordinates"]]}
    (place,) = client.post("/v1/embed", json=wrap(both)).json()["places"]
    assert place["coverage"] > 0


def test_similar_gives_what_the_look_up_gives(client, simulated_run, a_place) -> None:
    region, point = a_place
    found = client.post("/v1/similar", json={"point": point, "k": 4}).json()
    expected = similar(simulated_run, region, k=4)
    assert found["region_id"] == region
    assert [one["region_id"] for one in found["places"]] == expected["region_id"].tolist()
    np.testing.assert_allclose(
        [one["similarity"] for one in found["places"]], expected["similarity"]
    )
    why = agreement(simulated_run, region, expected["region_id"].tolist())
    for one in found["places"]:
        for name, value in why.loc[one["region_id"]].items():
            assert one["agreement"][name] == (None if np.isnan(value) else pytest.approx(value))
    assert client.post("/v1/similar", json={"region": region, "k": 4}).json() == found


def test_similar_within_a_polygon_or_some_regions(client, simulated_run, a_place) -> None:
    region, point = a_place
    body = {"region": region, "k": 1000}
    centres = simulated_run.atlas.regions.centroids()
    area = shapely.from_geojson(json.dumps(square(*point, half=0.4)))
    inside = set(centres.index[shapely.intersects_xy(area, centres["lon"], centres["lat"])])
    found = client.post("/v1/similar", json={**body, "within": square(*point, half=0.4)}).json()
    assert {one["region_id"] for one in found["places"]} == inside - {region}
    few = centres.index[:3].tolist()
    found = client.post("/v1/similar", json={**body, "within": few}).json()
    assert {one["region_id"] for one in found["places"]} == set(few)
    nowhere = client.post("/v1/similar", json={**body, "within": square(100.0, 1.0)})
    assert nowhere.json()["places"] == []


def test_similar_in_one_modality_among_regions_that_lack_it(client, simulated_run) -> None:
    has = simulated_run.modality_embeddings["demographics"].index
    lacking = simulated_run.atlas.region_ids.difference(has)[0]
    body = {"region": has[0], "k": 1000, "modality": "demographics"}
    found = client.post("/v1/similar", json={**body, "within": [lacking, *has[:3]]})
    assert {one["region_id"] for one in found.json()["places"]} == set(has[1:3])
    west, south, east, north = simulated_run.atlas.regions.geometry.total_bounds
    everywhere = json.loads(shapely.to_geojson(shapely.box(west, south, east, north)))
    found = client.post("/v1/similar", json={**body, "within": everywhere})
    assert {one["region_id"] for one in found.json()["places"]} == set(has[1:])
    answer = client.post("/v1/similar", json={**body, "region": lacking})
    assert answer.status_code == 422
    assert "has no vector to be compared by" in answer.json()["problem"]


def test_similar_in_one_modality(client, simulated_run, a_place) -> None:
    found = client.post("/v1/similar", json={"region": a_place[0], "k": 3, "modality": "poi"})
    expected = similar(simulated_run, a_place[0], k=3, modality="poi")
    assert [one["region_id"] for one in found.json()["places"]] == expected["region_id"].tolist()


def test_a_region(client, simulated_run) -> None:
    atlas = simulated_run.atlas
    region = atlas.region_ids[0]
    found = client.get(f"/v1/regions/{region}").json()
    assert found["name"] == "First <b>Town</b>"
    assert found["embedding"] is None
    assert shapely.from_geojson(json.dumps(found["geometry"])).equals(
        atlas.regions.geometry.iloc[0]
    )
    assert found["units"]["county"] == atlas.units("county")[region]
    assert found["labels"]["POP"]["value"] == atlas.labels("POP")["value"][region]
    assert set(found["predictions"]) == {"POP", "EDU"}
    assert -1 < found["predictions"]["POP"]["score"] < 1
    assert set(found["modalities"]) == set(simulated_run.manifest["views"])
    more = client.get(f"/v1/regions/{region}?vector=true&geometry=false").json()
    assert more["geometry"] is None
    assert np.float32(more["embedding"]).tolist() == simulated_run.embeddings.loc[region].tolist()


def test_ids_with_slashes_are_ids(client, app, monkeypatch) -> None:
    answer = client.get("/v1/regions/block/-14.53_22.96")
    assert answer.status_code == 404
    assert answer.json()["problem"] == "no region 'block/-14.53_22.96'"


def test_predictions(client, a_place) -> None:
    body = {"places": {"points": [a_place[1], [0.0, 0.0]]}}
    found = client.post("/v1/predict", json=body).json()
    assert set(found["labels"]) == {"POP", "EDU", "ELE"}
    assert found["labels"]["POP"]["unit"] == "people per km²"
    assert found["labels"]["POP"]["held_out"]["split"] == "block"
    assert found["labels"]["ELE"]["held_out"] is None
    inside, outside = found["places"]
    assert inside["region_id"] == a_place[0]
    assert inside["predictions"]["POP"] > 0
    assert outside["predictions"] == {"POP": None, "EDU": None, "ELE": None}
    only = client.post("/v1/predict", json={**body, "labels": ["EDU"]}).json()
    assert set(only["labels"]) == set(only["places"][0]["predictions"]) == {"EDU"}


def test_health_and_counts(client) -> None:
    health = client.get("/healthz").json()
    assert health == {
        "status": "ok",
        "kind": "run",
        "name": "simulated",
        "dimensions": 16,
        "regions": 249,
    }
    client.get("/v1/regions/one")
    client.get("/v1/regions/two")
    counts = client.get("/metrics")
    assert counts.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'path="/v1/regions/{region_id:path}",status="404"} ' in counts.text
    assert "/v1/regions/one" not in counts.text


def test_the_reference_names_every_endpoint_and_loads_nothing(client) -> None:
    page = client.get("/docs")
    described = client.get("/openapi.json").json()["paths"]
    assert all(path.replace("&", "&amp;") in page.text for path in described)
    assert "<script" not in page.text
    assert "http" not in page.text.replace("http://127.0.0.1:8080", "")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_run_without_labels_to_predict_says_so(simulated_run) -> None:
    with TestClient(create_app(simulated_run)) as client:
        answer = client.post("/v1/predict", json={"places": {"points": [[0.0, 0.0]]}})
    assert answer.status_code == 404
    assert "told to at its start" in answer.json()["hint"]


class Halves:
    """East of 0 is known to it, west is not."""

    dim = 2

    def encode(self, lon, lat):
        vectors = np.column_stack([lon, lat]).astype(np.float32)
        vectors[lon < 0] = np.nan
        return vectors


def test_an_encoder_embeds_points_and_has_no_regions() -> None:
    with TestClient(create_app(Halves())) as client:
        found = client.post("/v1/embed", json={"points": [[5.0, 60.0], [-5.0, 60.0]]}).json()
        pooled = client.post("/v1/embed", json=square(5.0, 60.0))
        similar = client.post("/v1/similar", json={"point": [5.0, 60.0]})
        health = client.get("/healthz").json()
        root = client.get("/", follow_redirects=False)
        page = client.get("/docs").text
    assert [place["embedding"] for place in found["places"]] == [[5.0, 60.0], None]
    assert [place["coverage"] for place in found["places"]] == [1, 0]
    assert pooled.status_code == 422
    assert "serve a run" in pooled.json()["hint"]
    assert similar.status_code == 404
    assert health["kind"] == "encoder"
    assert root.headers["Location"] == "/docs"
    assert "polygon" not in page


def test_an_encoder_has_no_labels() -> None:
    with pytest.raises(InputError, match="an encoder has no labels to predict"):
        create_app(Halves(), predict=["POP"])
    with pytest.raises(InputError, match="an encoder has no regions with names"):
        create_app(Halves(), names="absent.csv")
    with pytest.raises(InputError, match="an encoder has no map"):
        create_app(Halves(), basemap="https://tiles.example.org/{z}/{x}/{y}.png")


@pytest.mark.parametrize("path", ["/", "/healthz", "/docs"])
def test_the_head_of_a_page(client, path) -> None:
    found, whole = client.head(path), client.get(path)
    assert found.status_code == 200
    assert found.headers["Content-Type"] == whole.headers["Content-Type"]


def test_what_is_neither_run_nor_encoder(tmp_path) -> None:
    with pytest.raises(InputError, match="there is no finished run here"):
        create_app(tmp_path)


def test_a_run_whose_atlas_is_gone(simulated_run, tmp_path) -> None:
    for name in ("run.json", "embeddings.parquet"):
        (tmp_path / name).write_bytes((simulated_run.path / name).read_bytes())
    with pytest.raises(InputError, match="there is no atlas here"):
        create_app(tmp_path)


def test_an_unknown_label_to_predict(simulated_run) -> None:
    with pytest.raises(InputError, match="did you mean 'POP'"):
        create_app(simulated_run, predict=["PUP"])


def test_the_key_comes_from_a_file_or_the_environment(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert read_key() is None
    monkeypatch.setenv(KEY_VARIABLE, "from-the-environment")
    assert read_key() == "from-the-environment"
    (tmp_path / "key").write_text("from-a-file-that-is-mine\n")
    assert read_key(tmp_path / "key") == "from-a-file-that-is-mine"
    for bad in ("short", "", "with spaces in it, and long enough", "ä" * 20):
        (tmp_path / "key").write_text(bad)
        with pytest.raises(InputError, match="16 letters"):
            read_key(tmp_path / "key")
    with pytest.raises(InputError, match="cannot be read"):
        read_key(tmp_path / "none")


def test_the_extra_is_named_if_it_is_missing(simulated_run, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fastapi", None)
    with pytest.raises(pp.errors.MissingExtraError, match=r"placeprint\[serve\]"):
        create_app(simulated_run)
