from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import placeprint as pp
from placeprint.evaluation import Task
from placeprint.files import write_table
from placeprint.models import Run
from placeprint.serving.labels import held_out, labels_of_regions, original, shown_tasks


def test_labels_at_points_are_not_shown(simulated_atlas) -> None:
    names = [task.name for task in shown_tasks(simulated_atlas)]
    assert "POP" in names
    assert "EDU" in names
    assert "ELE" not in names


def test_an_unknown_label(simulated_atlas) -> None:
    with pytest.raises(pp.errors.InputError, match=r"no labels 'PUP'.*did you mean 'POP'"):
        shown_tasks(simulated_atlas, ["PUP"])


def test_a_region_has_its_own_value_or_that_of_its_unit(simulated_atlas) -> None:
    atlas = simulated_atlas
    found = {one.task.name: one for one in labels_of_regions(atlas, shown_tasks(atlas))}
    own, of_county = atlas.labels("POP")["value"], atlas.labels("EDU")["value"]
    county = atlas.units("county")
    for region in atlas.region_ids[::17]:
        assert found["POP"].by_region[region] == own[region]
        expected = of_county.get(county.get(region), np.nan)
        np.testing.assert_equal(found["EDU"].by_region[region], expected)
    assert found["POP"].by_region.index.equals(atlas.region_ids)


def test_held_out_predictions_are_in_the_unit_of_the_label(simulated_run) -> None:
    tasks = shown_tasks(simulated_run.atlas, ["POP", "EDU"])
    pop, edu = held_out(simulated_run, tasks, fit=True)
    truth = labels_of_regions(simulated_run.atlas, tasks)[0].by_region
    assert pop.task.transform == "log1p"
    assert pop.split == "block"
    # In the label's unit: of the size of people per km², not of their logarithm.
    assert 0.2 < pop.by_region.median() / truth.median() < 5
    known = pop.by_region.notna() & truth.notna()
    log_truth, log_found = np.log1p(truth[known]), np.log1p(pop.by_region[known])
    r2 = 1 - ((log_truth - log_found) ** 2).sum() / ((log_truth - log_truth.mean()) ** 2).sum()
    assert pop.score == pytest.approx(r2, abs=1e-5)
    assert edu.by_region.groupby(simulated_run.atlas.units("county")).nunique().max() == 1


def test_those_of_the_last_evaluation_are_taken(simulated_run, tmp_path) -> None:
    ids = simulated_run.atlas.region_ids[:3]
    rows = {
        "task": "POP",
        "split": ["block"] * 3 + ["random"] * 3,
        "model": "placeprint",
        "id": [*ids, *ids],
        "truth": [1.0, 2.0, 3.0] * 2,
        "predicted": [1.0, 2.0, np.nan, 9.0, 9.0, 9.0],
    }
    for name in ("run.json", "config.json", "embeddings.parquet"):
        (tmp_path / name).write_bytes((simulated_run.path / name).read_bytes())
    write_table(tmp_path / "predictions.parquet", pd.DataFrame(rows))
    evaluated = Run(tmp_path, simulated_run.atlas)
    tasks = shown_tasks(simulated_run.atlas, ["POP", "EDU"])
    (found,) = held_out(evaluated, tasks)
    assert found.by_region[ids].tolist()[:2] == pytest.approx(np.expm1([1.0, 2.0]))
    assert found.by_region.notna().sum() == 2
    assert found.score == 1


def test_predicted_classes_have_names_and_a_score(simulated_run, tmp_path, monkeypatch) -> None:
    ids = simulated_run.atlas.region_ids[:4]
    table = pd.DataFrame({"value": ["field", "town", "town", "field"]}, index=ids)
    task = Task("use", "region", "grid", table, kind="classification")
    rows = {
        "task": "use",
        "split": "random",
        "model": "m",
        "id": ids,
        "truth": [0.0, 1.0, 1.0, 0.0],
        "predicted": [0.0, 1.0, 0.0, 0.0],
    }
    for name in ("run.json", "config.json", "embeddings.parquet"):
        (tmp_path / name).write_bytes((simulated_run.path / name).read_bytes())
    write_table(tmp_path / "predictions.parquet", pd.DataFrame(rows))
    (found,) = held_out(Run(tmp_path, simulated_run.atlas), [task])
    assert found.by_region[ids].tolist() == ["field", "town", "field", "field"]
    assert found.by_region.isna().sum() == len(found.by_region) - 4
    assert found.score == pytest.approx((0.8 + 2 / 3) / 2)


@pytest.mark.parametrize(("transform", "there"), [("none", np.asarray), ("log1p", np.log1p)])
def test_original_undoes_the_transform(transform, there) -> None:
    task = Task("t", "region", "grid", pd.DataFrame({"value": [1.0]}), transform=transform)
    values = np.array([0.0, 3.5, 1e6])
    np.testing.assert_allclose(original(task, there(values)), values)
