"""Tasks about buildings beside tasks about regions, on a small city and a run of UrbanMFM."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from placeprint.atlas import Atlas
from placeprint.errors import InputError
from placeprint.evaluation import (
    Benchmark,
    Evaluation,
    StratifiedSplits,
    Task,
    atlas_tasks,
    evaluate,
    evaluate_files,
    read_leaderboard,
)
from placeprint.evaluation.candidates import candidates
from placeprint.evaluation.entities import entity_places, entity_table, entity_task
from placeprint.evaluation.entity_baselines import entity_baselines
from placeprint.models import Run


def mean(scores: pd.DataFrame, metric: str = "macro_f1", **where: str) -> float:
    rows = scores[scores["metric"] == metric]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return float(rows["value"].mean())


def test_one_evaluation_has_all_the_tasks(evaluated_city: Run) -> None:
    scores = Evaluation(evaluated_city.path).scores
    found = scores[["task", "split", "probe"]].drop_duplicates()
    assert set(found[found["probe"] != "idw"].itertuples(index=False, name=None)) == {
        ("function", "stratified", "logistic"),
        ("function", "block", "logistic"),
        ("height", "random", "ridge"),
        ("height", "block", "ridge"),
        ("population", "random", "ridge"),
        ("population", "block", "ridge"),
    }
    metrics = set(scores.loc[scores["task"] == "function", "metric"])
    classes = {"f1[house]", "f1[industrial]", "f1[school]"}
    assert metrics == {"macro_f1", "accuracy", *classes}


def test_entities_are_read_off_their_own_vectors(evaluated_city: Run) -> None:
    """The run's regions know nothing of the functions of buildings; its buildings do."""
    scores = Evaluation(evaluated_city.path).scores
    for split in ("stratified", "block"):
        rivals = ("coordinates", "neighbour_counts", "neighbour_text", "spatial_prior")
        of_models = {
            model: mean(scores, task="function", split=split, model=model)
            for model in ("placeprint", "shape", *rivals)
        }
        assert of_models["placeprint"] > 0.8
        assert of_models["placeprint"] > of_models["shape"] > max(of_models[m] for m in rivals)


def test_each_kind_has_its_own_baselines(evaluated_city: Run) -> None:
    scores = Evaluation(evaluated_city.path).scores
    models = scores.groupby("task")["model"].unique().map(set)
    shared = {"placeprint", "coordinates", "spatial_prior"}
    assert models["population"] == shared | {
        "spherical_harmonics",
        "raw",
        "pca",
        "tag_counts",
        "hex2vec",
    }
    round_about = {"neighbour_counts", "neighbour_text", "shape+neighbours"}
    own = {"shape", "own_text", "shape+text+neighbours"}
    assert models["function"] == models["height"] == shared | own | round_about


def test_the_own_text_is_read_where_there_is_one(evaluated_city: Run) -> None:
    atlas = evaluated_city.atlas
    places = entity_places(atlas, "buildings")
    models = entity_baselines(atlas, "buildings", places.region_ids)
    text = entity_table(atlas, "buildings").loc[places.region_ids, "text"]
    assert set(models["own_text"].index) == set(text.index[text != ""])
    whole, rest = models["shape+text+neighbours"], models["shape+neighbours"]
    beside = [name for name in whole if name.startswith("own_text.")]
    pd.testing.assert_frame_equal(whole.drop(columns=beside), rest)
    own = models["own_text"].reindex(whole.index).to_numpy()
    assert np.array_equal(whole[beside].to_numpy(), own, equal_nan=True)
    assert not np.isnan(own).all()
    # Half of the buildings have one, and it says something of the function.
    scores = Evaluation(evaluated_city.path).scores
    for split in ("stratified", "block"):
        of_models = {
            model: mean(scores, task="function", split=split, model=model)
            for model in ("shape+text+neighbours", "shape+neighbours")
        }
        assert of_models["shape+text+neighbours"] > of_models["shape+neighbours"]


def test_without_texts_of_their_own_entities_have_no_such_baseline(
    city: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mute(atlas: Atlas, kind: str) -> pd.DataFrame:
        table = entity_table(atlas, kind)
        return table.assign(text="") if kind == "buildings" else table

    monkeypatch.setattr("placeprint.evaluation.entity_baselines.entity_table", mute)
    places = entity_places(city.atlas, "buildings")
    models = entity_baselines(city.atlas, "buildings", places.region_ids)
    assert not {"own_text", "shape+text+neighbours"} & set(models)
    assert len(models["shape+neighbours"]) == len(places.region_ids)


def test_a_building_without_a_vector_is_a_miss(evaluated_city: Run) -> None:
    scores = Evaluation(evaluated_city.path).scores
    rows = scores[(scores["task"] == "function") & (scores["model"] == "placeprint")]
    # Of 380 labels two are of a class that is too rare; eight of the others have no vector.
    assert rows["coverage"].unique() == pytest.approx([370 / 378])
    halves = rows.loc[rows["split"] == "stratified", "n"].unique()
    assert halves.tolist() == [sum(n - 3 * n // 4 for n in class_sizes(evaluated_city))]


def class_sizes(run: Run) -> list[int]:
    (task,) = atlas_tasks(run.atlas, ["function"])
    return task.known()["value"].value_counts().tolist()


def test_rare_classes_are_left_out_by_name(city: Run) -> None:
    (task,) = atlas_tasks(city.atlas, ["function"])
    assert task.classes() == ["house", "industrial", "school"]
    assert task.description == "Use. Left out, with fewer than 4 members: castle (2)."
    assert (task.level, task.about, task.kind) == ("buildings", "buildings", "classification")


def test_a_task_of_rare_classes_alone_is_refused() -> None:
    values = pd.DataFrame({"value": ["house"] * 9 + ["castle", "hut"]})
    with pytest.raises(InputError, match="only 1 of its 3 classes have 4 members"):
        entity_task(Task("f", "buildings", "grid", values, kind="classification"))


def test_folds_are_the_stratified_splits(evaluated_city: Run) -> None:
    """The score of a seed is that of a fit by hand on the parts of the splitter."""
    from sklearn.metrics import f1_score

    from placeprint.evaluation.probes import LogisticProbe

    run = evaluated_city
    (task,) = atlas_tasks(run.atlas, ["function"])
    rows = task.known()
    X = run.entities("buildings").reindex(rows.index).to_numpy()
    classes = rows["value"].to_numpy(dtype=str)
    names, codes = np.unique(classes, return_inverse=True)
    expected = []
    for train, test in StratifiedSplits(2).split(X, classes):
        fitted = train[~np.isnan(X[train, 0])]
        probe = LogisticProbe().fit(X[fitted], np.eye(3)[codes[fitted]])
        said = np.full(len(test), np.bincount(codes[train]).argmax())
        known = ~np.isnan(X[test, 0])
        said[known] = probe.predict(X[test[known]]).argmax(axis=1)
        expected.append(f1_score(codes[test], said, average="macro"))
    scores = Evaluation(run.path).scores
    where = {"task": "function", "split": "stratified", "model": "placeprint"}
    found = scores[(scores[list(where)] == pd.Series(where)).all(axis=1)]
    assert found.loc[found["metric"] == "macro_f1", "value"].tolist() == pytest.approx(expected)
    assert len(names) == 3


def test_blocks_are_of_the_labelled_entities_and_hold_them_apart(city: Run) -> None:
    places = entity_places(city.atlas, "buildings")
    assert len(places.region_ids) == 400
    sizes = pd.Series(places.blocks).value_counts()
    assert len(sizes) >= 8
    assert sizes.max() <= 0.3 * 400
    assert places.about == "buildings"


def test_asked_again_it_adds_what_is_missing(city: Run, tmp_path) -> None:
    models = ["placeprint", "shape"]
    once = evaluate(city, ["function"], out=tmp_path, seeds=1, models=models)
    assert set(once["task"]) == {"function"}
    both = evaluate(city, out=tmp_path, seeds=1, models=models)
    assert set(both["task"]) == {"function", "height", "population"}
    kept = both[both["task"] == "function"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, once)
    assert set(both.loc[both["task"] == "population", "model"]) == {"placeprint"}
    predictions = Evaluation(tmp_path).predictions
    assert set(predictions["task"]) == {"function", "height", "population"}


def test_vectors_of_regions_stand_for_the_buildings_in_them(city: Run) -> None:
    (region,) = candidates(city.embeddings).values()
    places = entity_places(city.atlas, "buildings")
    found = region.at(places)()
    table = entity_table(city.atlas, "buildings")
    home = table["region_id"].dropna()
    assert found.index.tolist() == home.index.tolist()
    assert np.array_equal(found.loc["way/007"], city.embeddings.loc[table["region_id"]["way/007"]])
    own = city.entities("buildings")
    (peer,) = candidates(own).values()
    assert peer.at(places)() is own


def test_a_peer_of_buildings_is_judged(city: Run, tmp_path) -> None:
    from placeprint.files import write_vectors

    write_vectors(tmp_path / "peer.parquet", city.entities("buildings"))
    scores, tasks = evaluate_files(
        [str(tmp_path / "peer.parquet")],
        atlas=city.atlas.path,
        tasks=["function"],
        models=["peer"],
        seeds=1,
    )
    assert mean(scores, model="peer", split="block") > 0.8
    assert [task.about for task in tasks] == ["buildings"]
    with pytest.raises(InputError, match="is a region of the study area"):
        evaluate(city.entities("buildings"), ["population"], city.atlas, seeds=1)


def test_the_leaderboard_keeps_regions_and_buildings_apart(evaluated_city: Run) -> None:
    board = read_leaderboard([str(evaluated_city.path)])
    assert list(board["about"].unique()) == ["region", "buildings"]
    regions, buildings = (board[board["about"] == about] for about in ("region", "buildings"))
    assert "shape" not in set(regions["model"])
    assert regions.set_index("model")["block_mean"].notna().all()
    own = buildings.set_index("model").loc["placeprint"]
    assert own["block_tasks"] == 2
    assert np.isfinite(own["block_mean"])


def test_a_run_of_another_model_has_no_anchor(city: Run) -> None:
    assert list(candidates(city)) == ["placeprint"]
    with pytest.raises(InputError, match="has no anchor"):
        city.anchor_embeddings()


def test_the_graph_of_the_baselines(city: Run) -> None:
    assert "line" not in Benchmark.of_run(city, city.atlas).baselines  # the atlas has no graph


def test_labels_of_unknown_buildings_are_refused(city: Run, tmp_path) -> None:
    shutil.copytree(city.atlas.path, tmp_path / "atlas")
    labels = tmp_path / "atlas" / "labels" / "height.parquet"
    table = pd.read_parquet(labels)
    table.loc[0, "building_id"] = "way/999"
    table.to_parquet(labels, index=False)
    with pytest.raises(InputError, match="1 buildings that are not in the study area: way/999"):
        evaluate(city.entities("buildings"), ["height"], Atlas(tmp_path / "atlas"), seeds=1)


def test_other_splits_and_probes_are_asked_for_by_name(city: Run, tmp_path) -> None:
    scores = evaluate(
        city.entities("buildings"),
        ["function"],
        city.atlas,
        splits=["folds", "stratified"],
        probes=["knn", "logistic"],
        models=["embedding"],
        seeds=1,
    )
    assert set(scores["split"]) == {"folds", "stratified"}
    assert set(scores["probe"]) == {"knn", "logistic"}
    with pytest.raises(InputError, match="predicts classes"):
        evaluate(city, ["height"], probes=["logistic"], out=tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"task height, split stratified: .* class of each row"):
        evaluate(city.entities("buildings"), ["height"], city.atlas, splits=["stratified"])


def test_tables_of_plain_points_have_ids_and_texts_too(city: Run, tmp_path) -> None:
    atlas = Atlas(shutil.copytree(city.atlas.path, tmp_path / "atlas"))
    path = atlas.path / "entities" / "pois.parquet"
    table = pd.read_parquet(path)[["region_id", "name", "category", "lon", "lat"]]
    table.loc[0, "name"] = "Corner"
    table.to_parquet(path, index=False)
    found = entity_table(atlas, "pois")
    assert found.loc["row/0", "text"] == f"Corner {table['category'][0]}"
    assert found.loc["row/1", "text"] == table["category"][1]


def test_the_command_shows_buildings_apart_and_every_class(evaluated_city: Run, capsys) -> None:
    from placeprint.cli.app import main

    with pytest.raises(SystemExit) as found:
        main(["evaluate", str(evaluated_city.path), "--seeds", "2"])
    assert found.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "R² by ridge, population model random block" in out
    assert "R² by ridge, height of buildings model random block" in out
    assert "Macro F1 by logistic, function of buildings model stratified block" in out
    assert "F1 of each class by logistic, function" in out
    assert "Left out, with fewer than 4 members: castle (2)." in out
    with pytest.raises(SystemExit):
        main(["leaderboard", str(evaluated_city.path)])
    out = " ".join(capsys.readouterr().out.split())
    assert "Leaderboard, random, 1 tasks, by mean rank" in out
    assert "Leaderboard, stratified, 1 tasks of buildings, by mean rank" in out
    assert "Leaderboard, block, 2 tasks of buildings, by mean rank" in out
