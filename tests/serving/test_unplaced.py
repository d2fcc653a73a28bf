"""The service and the map of regions of which only the centres, or only the ids, are known."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.serving import create_app, write_map
from placeprint.serving.map.contents import map_contents
from placeprint.serving.map.tiles import TileMaker
from placeprint.serving.names import names_of


@pytest.fixture(scope="session")
def of_ids(unplaced):
    return unplaced("ids")


@pytest.fixture(scope="session")
def asked(of_ids):
    with TestClient(create_app(of_ids, predict=["POP"]), raise_server_exceptions=False) as client:
        yield client


def test_what_needs_no_place_is_answered_by_id(asked, of_ids) -> None:
    ids = of_ids.embeddings.index[[3, 1]].tolist()
    found = asked.post("/v1/embed", json={"regions": ids}).json()["places"]
    assert [place["region_id"] for place in found] == ids
    assert found[0]["name"] == f"Name of {ids[0]}"
    vectors = np.array([place["embedding"] for place in found], dtype=np.float32)
    assert np.array_equal(vectors, of_ids.embeddings.loc[ids].to_numpy())
    told = asked.post("/v1/predict", json={"places": {"regions": ids}}).json()
    assert told["labels"]["POP"]["title"] == "People & all"
    assert all(isinstance(place["predictions"]["POP"], float) for place in told["places"])
    like = asked.post("/v1/similar", json={"region": ids[0], "k": 2}).json()
    assert like["name"] == f"Name of {ids[0]}"
    assert all(place["name"] for place in like["places"] if place["region_id"] != ids[1])
    one = asked.get(f"/v1/regions/{ids[0]}").json()
    assert (one["geometry"], one["centre"], one["area_km2"]) == (None, None, None)
    assert one["labels"]["POP"]["title"] == "People & all"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embed", {"points": [[5.0, 60.0]]}),
        ("/v1/predict", {"places": {"points": [[5.0, 60.0]]}}),
        ("/v1/similar", {"point": [5.0, 60.0]}),
        ("/", None),
        ("/v1/map", None),
    ],
)
def test_what_needs_a_place_is_refused(path, body, asked) -> None:
    answer = asked.get(path) if body is None else asked.post(path, json=body)
    assert answer.status_code in range(400, 500)
    assert "ids and no coordinates" in answer.text


def test_unknown_regions_are_refused(asked) -> None:
    answer = asked.post("/v1/embed", json={"regions": ["nowhere"]})
    assert answer.status_code == 404


def test_there_is_no_map_of_ids(of_ids, tmp_path) -> None:
    with pytest.raises(InputError, match="ids and no coordinates"):
        write_map(of_ids, tmp_path / "map.html")
    assert not (tmp_path / "map.html").exists()


def test_centres_are_drawn_as_discs(unplaced) -> None:
    run = unplaced("centres")
    regions = run.atlas.regions
    names = names_of(None, regions.ids, regions.names)
    about = map_contents(run, names=names).about
    n = len(regions)
    assert about["outlines"]["parts"] == [1] * n
    assert about["names"][:2] == [None, f"Name of {regions.ids[1]}"]
    assert about["titles"] == {"poi": "Shops <etc>", "label/POP": "People & all"}
    assert "People & all" in [theme["title"] for theme in about["themes"]]
    with TestClient(create_app(run), raise_server_exceptions=False) as client:
        assert client.get("/").status_code == 200
        shown = client.get(f"/v1/regions/{regions.ids[0]}").json()
        assert shown["geometry"]["type"] == "Point"
        assert shown["area_km2"] is None
        answer = client.post("/v1/embed", json={"points": [shown["centre"]]})
        assert "centres and no outlines" in answer.text


def test_names_that_are_given_come_before_those_of_the_atlas(unplaced) -> None:
    regions = unplaced("centres").atlas.regions
    first, second, third = regions.ids[:3]
    found = names_of({first: "A", third: "C"}, regions.ids, regions.names)
    assert [found[name] for name in (first, second, third)] == ["A", f"Name of {second}", "C"]


def test_discs_have_tiles() -> None:
    import pandas as pd

    from placeprint.evaluation.reporting.maps import drawable

    ids = pd.Index([f"r{i}" for i in range(50)])
    at = np.random.default_rng(0).uniform(0, 10, (50, 2))
    maker = TileMaker(drawable(Regions.from_points(ids, *at.T)))
    assert maker.tile(0, 0, 0)
    assert shapely.is_valid(maker._shapes).all()
