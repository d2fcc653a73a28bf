from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from placeprint.atlas import Atlas
from placeprint.building import build
from placeprint.encoders.shapes import shape_descriptors
from placeprint.errors import InputError, OutputExistsError
from placeprint.files import read_vectors
from placeprint.models import Run, load_model, train
from placeprint.models.urbanmfm.config import STAGES
from placeprint.models.urbanmfm.fit import _network
from placeprint.training import Trainer

from .conftest import CONFIG, weights

CLOSE = {"rtol": 1e-4, "atol": 1e-5, "check_index_type": False}


@pytest.fixture(scope="module")
def run(atlas, tmp_path_factory) -> Run:
    return train(atlas, CONFIG, tmp_path_factory.mktemp("run") / "run")


def recipe_with(raw, tmp_path, change) -> Atlas:
    recipe = yaml.safe_load((raw / "recipe.yaml").read_text())
    change(recipe)
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, sort_keys=False))
    return build(path, data=raw, out=tmp_path / "atlas")


def test_all_stages_are_trained_in_order(run, atlas) -> None:
    assert run.manifest["stages"] == dict.fromkeys(STAGES, "trained")
    assert run.history["stage"].unique().tolist() == list(STAGES)
    assert list(run.embeddings.index) == list(atlas.region_ids)
    for kind in ("pois", "buildings"):
        ids = atlas.entities(kind)[f"{kind[:-1]}_id"]
        assert set(run.entities(kind).index) <= set(ids)
        assert len(run.entities(kind)) > 0.95 * len(ids)
        assert np.isfinite(run.entities(kind).to_numpy()).all()


def test_no_stage_stops_where_it_began(atlas, tmp_path, monkeypatch) -> None:
    """Whether a loss is watched or its samples are too few: it falls, and weights move on."""
    first, last = {}, {}
    train_epoch, fit = Trainer._train_epoch, Trainer.fit

    def train_and_keep(self, samples, optimizer, epoch, stepped):
        loss = train_epoch(self, samples, optimizer, epoch, stepped)
        if epoch == 1:
            first[self._title] = self._weights()
        return loss

    def fit_and_keep(self, **how):
        history = fit(self, **how)
        last[self._title] = self._weights()
        return history

    monkeypatch.setattr(Trainer, "_train_epoch", train_and_keep)
    monkeypatch.setattr(Trainer, "fit", fit_and_keep)
    training = CONFIG.training.model_copy(update={"epochs": 5})
    run = train(atlas, CONFIG.model_copy(update={"training": training}), tmp_path / "run")
    assert len(first) == len(last) == len(STAGES)
    for title, early in first.items():
        assert any(not torch.equal(early[name], last[title][name]) for name in early), title
    for stage, curve in run.history.groupby("stage"):
        watched = curve["validation" if curve["validation"].notna().any() else "training"]
        assert watched.min() < watched.iloc[0], stage
        assert watched.ne(0).all(), stage


def test_without_training_the_weights_are_the_initial_ones(atlas, city, tmp_path) -> None:
    run = train(atlas, CONFIG.model_copy(update={"stages": []}), tmp_path / "run")
    assert run.manifest["stages"] == {}
    assert run.history.empty
    found = load_model(run).network.state_dict()
    for name, expected in _network(CONFIG, city).state_dict().items():
        assert torch.equal(found[name], expected), name
    assert run.embeddings.shape == (len(atlas.region_ids), CONFIG.dim)
    assert run.entities("buildings").shape[1] == CONFIG.dim


def test_the_same_seed_gives_the_same_run(run, atlas, tmp_path) -> None:
    again = train(atlas, CONFIG, tmp_path / "run")
    pd.testing.assert_frame_equal(again.embeddings, run.embeddings)
    pd.testing.assert_frame_equal(again.entities("pois"), run.entities("pois"))


class Stopped(Exception):
    pass


@pytest.mark.parametrize("stop_before", [2, 6])
def test_resuming_equals_never_stopping(run, atlas, tmp_path, monkeypatch, stop_before) -> None:
    """Stopped in the first stage, and in the middle of the third."""
    train_epoch, epochs = Trainer._train_epoch, iter(range(1, 100))

    def stopping(self, samples, optimizer, epoch, stepped):
        if next(epochs) == stop_before:
            raise Stopped
        return train_epoch(self, samples, optimizer, epoch, stepped)

    monkeypatch.setattr(Trainer, "_train_epoch", stopping)
    with pytest.raises(Stopped):
        train(atlas, CONFIG, tmp_path / "run")
    monkeypatch.undo()
    with pytest.raises(OutputExistsError):
        train(atlas, CONFIG, tmp_path / "run")
    resumed = train(atlas, CONFIG, tmp_path / "run", resume=True)
    expected, found = weights(run), weights(resumed)
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    pd.testing.assert_frame_equal(resumed.history, run.history)
    assert not list(resumed.path.glob("checkpoint*"))


def test_a_loaded_model_embeds_its_own_city_alike(run, atlas) -> None:
    embedded = load_model(run).embed_city(atlas)
    pd.testing.assert_frame_equal(embedded.regions, run.embeddings, **CLOSE)
    pd.testing.assert_frame_equal(
        embedded.entities["buildings"], run.entities("buildings"), **CLOSE
    )
    pd.testing.assert_frame_equal(run.embed(atlas), run.embeddings, **CLOSE)
    entities = run.embed_entities(atlas)
    assert list(entities) == ["pois", "buildings"]
    for kind, vectors in entities.items():
        pd.testing.assert_frame_equal(vectors, run.entities(kind), **CLOSE)


def test_sources_that_are_not_there_switch_off_their_stages(raw, tmp_path, capsys) -> None:
    def without_images(recipe):
        for name in ("street_views", "satellite", "ways"):
            del recipe["entities"][name]
        del recipe["features"]["roads"]

    atlas = recipe_with(raw, tmp_path, without_images)
    run = train(atlas, CONFIG, tmp_path / "run")
    stages = run.manifest["stages"]
    assert stages["street_view"] == "left out: there are no entities 'street_views'"
    assert stages["macro"] == "left out: there are no entities 'satellite'"
    assert stages["local"] == stages["global"] == "trained"
    assert "stage macro is left out" in capsys.readouterr().err
    assert not any(name.startswith("network.images") for name in weights(run))
    assert len(run.embeddings) == len(atlas.region_ids)


def test_points_of_a_plain_table_are_enough(raw, tmp_path) -> None:
    from placeprint.sources.osm import read_osm

    pois = read_osm(raw / "city.osm.pbf").pois
    table = pd.DataFrame({name: pois[name] for name in ("name", "category", "lon", "lat")})
    table.to_parquet(tmp_path / "points.parquet")
    (tmp_path / "city.osm.pbf").write_bytes((raw / "city.osm.pbf").read_bytes())
    (tmp_path / "boundary.geojson").write_bytes((raw / "boundary.geojson").read_bytes())
    recipe = {
        "name": "plain",
        "regions": {
            "kind": "blocks",
            "file": "city.osm.pbf",
            "within": "boundary.geojson",
        },
        "features": {
            "pois": {"kind": "points", "file": "points.parquet", "encoder": "counts"},
        },
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    atlas = build(tmp_path / "recipe.yaml", data=tmp_path, out=tmp_path / "atlas")
    run = train(atlas, CONFIG, tmp_path / "run")
    assert run.manifest["stages"]["poi"] == "left out: no point is assigned to a road"
    assert run.entities("pois").index[0].startswith("row/")


def test_a_scale_that_is_left_out_takes_no_part(atlas, tmp_path) -> None:
    config = CONFIG.model_copy(update={"without": ["local", "macro"]})
    run = train(atlas, config, tmp_path / "run")
    assert set(run.manifest["stages"]) == {"poi", "street_view", "global"}
    assert groups(run, "regions") == {"text", "micro", "global"}
    assert groups(run, "entities") == {"text", "shape", "micro", "region"}


def test_a_single_scale_embeds(atlas, tmp_path) -> None:
    config = CONFIG.model_copy(update={"without": ["micro", "macro", "global"]})
    run = train(atlas, config, tmp_path / "run")
    assert groups(run, "regions") == {"local"}
    around = {"text around", "outline around", "counts near", "counts far"}
    assert groups(run, "entities") == {"local", "region"} | around


def groups(run, kind: str) -> set[str]:
    """The groups of features that the fusion of regions or of entities joins."""
    start = f"{kind}.group."
    return {
        name.split(start)[1].rsplit(".", 1)[0].split(".")[0]
        for name in weights(run)
        if start in name
    }


def test_as_published_an_entity_is_its_local_readout(atlas, tmp_path) -> None:
    config = CONFIG.model_copy(update={"embedding": "published", "stages": ["local"]})
    run = train(atlas, config, tmp_path / "run")
    assert run.embeddings.shape[1] == run.entities("pois").shape[1] == CONFIG.hidden
    assert not any("fusion" in name for name in weights(run))


def test_all_stages_at_once(atlas, tmp_path) -> None:
    config = CONFIG.model_copy(update={"joint": True})
    run = train(atlas, config, tmp_path / "run")
    assert run.history["stage"].unique().tolist() == ["joint"]
    assert run.history["training"].iloc[-1] < run.history["training"].iloc[0]


def test_mobility_joins_the_graph_of_regions(atlas, tmp_path, run) -> None:
    update = {"city": CONFIG.city.model_copy(update={"graphs": ["mobility"]}), "stages": ["global"]}
    joined = train(atlas, CONFIG.model_copy(update=update), tmp_path / "run")
    assert "mobility" in joined.manifest["views"]
    assert not np.allclose(joined.embeddings, run.embeddings)


def test_a_city_without_points_or_buildings_is_refused(raw, tmp_path) -> None:
    def bare(recipe):
        recipe["entities"] = {}
        recipe["features"] = {"roads": recipe["features"]["roads"]}
        recipe["labels"] = recipe["labels"][:1]

    with pytest.raises(InputError, match=r"there are no entities 'pois' or 'buildings'"):
        train(recipe_with(raw, tmp_path, bare), CONFIG, tmp_path / "run")


def test_the_embedding_files_are_plain_tables(run) -> None:
    vectors = read_vectors(run.path / "entities" / "buildings.parquet")
    assert vectors.index.name == "building_id"
    assert vectors.shape[1] == CONFIG.dim
    assert json.loads((run.path / "run.json").read_text())["model"] == "UrbanMFM"


def test_the_planted_functions_of_buildings_are_recovered(run, raw) -> None:
    """Better than the shape of a building alone tells, by the truth of all buildings."""
    truth = pd.read_parquet(raw / "truth_buildings.parquet").set_index("building_id")["function"]
    ids = run.entities("buildings").index.intersection(truth.index)
    buildings = run.atlas.entities("buildings").set_index("building_id").loc[ids]
    shape = shape_descriptors(buildings.geometry.to_numpy()).to_numpy()
    half = np.arange(len(ids)) % 2 == 0
    scores = {}
    for name, x in {"run": run.entities("buildings").loc[ids].to_numpy(), "shape": shape}.items():
        probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
        predicted = probe.fit(x[half], truth[ids][half]).predict(x[~half])
        scores[name] = f1_score(truth[ids][~half], predicted, average="macro")
    assert scores["run"] > scores["shape"] + 0.05
