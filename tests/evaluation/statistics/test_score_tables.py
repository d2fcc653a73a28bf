import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.evaluation.ledger import COLUMNS
from placeprint.evaluation.statistics.score_tables import beside_every_probe, headline, of_headline


def table(rows):
    """Rows of (task, split, probe, model, metric, value)."""
    return pd.DataFrame(
        [[task, split, probe, model, 0, metric, value, 9, 1.0]
         for task, split, probe, model, metric, value in rows],
        columns=list(COLUMNS),
    )  # fmt: skip


def test_regression_is_judged_by_r2_and_classification_by_macro_f1():
    scores = table(
        [("reg", "random", "ridge", "m", metric, 0.1) for metric in ("mae", "r2", "rmse")]
        + [("cls", "random", "ridge", "m", metric, 0.2)
           for metric in ("accuracy", "f1[a]", "f1[b]", "macro_f1")]
    )  # fmt: skip
    assert headline(scores)[["task", "metric"]].to_numpy().tolist() == [
        ["reg", "r2"],
        ["cls", "macro_f1"],
    ]


def test_a_task_that_not_all_models_have_macro_f1_for_is_judged_by_accuracy():
    scores = table(
        [
            ("cls", "random", "ridge", "ours", "accuracy", 0.6),
            ("cls", "random", "ridge", "ours", "macro_f1", 0.5),
            ("cls", "random", "ridge", "theirs", "accuracy", 0.7),
            ("other", "random", "ridge", "ours", "accuracy", 0.6),
            ("other", "random", "ridge", "ours", "macro_f1", 0.5),
        ]
    )
    rows = headline(scores)
    assert rows["metric"].tolist() == ["accuracy", "accuracy", "macro_f1"]
    draws = rows.set_index(list(COLUMNS[:5]))[["value"]]
    assert of_headline(draws, rows).index.unique("task").tolist() == ["other"]


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(InputError, match="for the task t"):
        headline(table([("t", "random", "ridge", "m", "mae", 1.0)]))
    with pytest.raises(InputError, match="no column coverage"):
        headline(table([]).drop(columns="coverage"))


def test_the_prior_stands_beside_each_probe_of_its_own_task_and_split():
    scores = table(
        [
            ("x", "random", "ridge", "m", "r2", 0.1),
            ("x", "random", "knn", "m", "r2", 0.2),
            ("y", "random", "lightgbm", "m", "r2", 0.3),
            ("x", "random", "idw", "spatial_prior", "r2", 0.4),
            ("y", "random", "idw", "spatial_prior", "r2", 0.5),
            ("x", "block", "idw", "spatial_prior", "r2", 0.6),
        ]
    )
    found = beside_every_probe(scores)
    prior = found[found["model"] == "spatial_prior"]
    assert prior[["task", "split", "probe", "value"]].to_numpy().tolist() == [
        ["x", "random", "ridge", 0.4],
        ["x", "random", "knn", 0.4],
        ["y", "random", "lightgbm", 0.5],
        ["x", "block", "idw", 0.6],
    ]
    pd.testing.assert_frame_equal(found[found["model"] == "m"], scores[scores["model"] == "m"])
    assert found.dtypes.equals(scores.dtypes)


def test_resamples_are_repeated_as_scores_are():
    scores = table(
        [
            ("x", "random", "ridge", "m", "r2", 0.1),
            ("x", "random", "knn", "m", "r2", 0.2),
            ("x", "random", "idw", "spatial_prior", "r2", 0.4),
        ]
    )
    draws = scores.set_index(list(COLUMNS[:5]))[["value"]].set_axis([0], axis=1)
    found = beside_every_probe(draws)
    assert found.index.names == list(COLUMNS[:5])
    assert found[0].tolist() == [0.1, 0.2, 0.4, 0.4]


def test_without_a_prior_nothing_changes():
    scores = table([("x", "random", "ridge", "m", "r2", 0.1)])
    pd.testing.assert_frame_equal(beside_every_probe(scores), scores)
