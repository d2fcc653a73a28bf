import io

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.evaluation.ledger import COLUMNS
from placeprint.evaluation.statistics.coordbench import (
    COORDBENCH_COLUMNS,
    from_coordbench,
    to_coordbench,
)
from placeprint.evaluation.statistics.leaderboard import leaderboard

# Rows as torchgeo-bench writes them; the figures are made up.
THEIRS = """\
dataset,task,task_type,method,split,metric_name,metric_value,ci_lower,ci_upper,n_folds,cell_deg,feature_dim,n_samples,n_test,seed,model_name,model_target
air,temp,regression,linear,random,r2,0.85,0.84,0.86,5,10.0,4,3076,3076,0,sincos,some.SinCos
air,temp,regression,linear,spatial,r2,0.5,0.46,0.54,5,10.0,4,3076,3076,0,sincos,some.SinCos
land,biome,classification,knn5,spatial,accuracy,0.82,0.81,0.83,5,10.0,4,900,900,0,sincos,some.SinCos
land,biome,classification,linear,official,accuracy,0.7,0.7,0.7,1,10.0,4,900,200,0,sincos,some.SinCos
"""


@pytest.fixture
def theirs():
    return pd.read_csv(io.StringIO(THEIRS))


def make(task="income", split="block", probe="ridge", metrics=("mae", "r2"), values=(0.2, 0.4)):
    rows = [
        [task, split, probe, "m", seed, metric, value, 9, 1.0]
        for seed, value in enumerate(values)
        for metric in metrics
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_our_scores_in_their_columns():
    table = to_coordbench(make(), "zurich", dimensions={"m": 128}, cell_deg=2.0)
    assert tuple(table.columns) == COORDBENCH_COLUMNS
    row = table.iloc[0].to_dict()
    assert row.pop("ci_lower") == pytest.approx(0.3 - np.std([0.2, 0.4]))
    assert row.pop("ci_upper") == pytest.approx(0.3 + np.std([0.2, 0.4]))
    assert row.pop("metric_value") == pytest.approx(0.3)
    assert pd.isna(row.pop("n_samples"))
    assert row == {
        "dataset": "zurich",
        "task": "income",
        "task_type": "regression",
        "method": "linear",
        "split": "spatial",
        "metric_name": "r2",
        "n_folds": 2,
        "cell_deg": 2.0,
        "feature_dim": 128,
        "n_test": 18,
        "seed": 0,
        "model_name": "m",
        "model_target": "placeprint",
    }


def test_classification_is_given_by_its_accuracy():
    table = to_coordbench(make(probe="knn", metrics=("accuracy", "f1[a]", "macro_f1")), "d")
    assert table[["task_type", "metric_name", "method"]].to_numpy().tolist() == [
        ["classification", "accuracy", "knn"]
    ]


def test_one_fold_has_no_spread():
    table = to_coordbench(make(values=(0.2,)), "d")
    assert table[["ci_lower", "ci_upper"]].isna().all(axis=None)
    assert table["n_folds"].tolist() == [1]


def test_a_name_with_its_data_set_needs_no_other():
    table = to_coordbench(pd.concat([make("air/temp"), make("income")]), "zurich")
    assert table[["dataset", "task"]].to_numpy().tolist() == [["air", "temp"], ["zurich", "income"]]
    with pytest.raises(InputError, match="task 'income' is not known"):
        to_coordbench(make())


def test_scores_without_their_metrics_are_refused():
    with pytest.raises(InputError, match="there are mae"):
        to_coordbench(make(metrics=("mae",)), "d")


def test_their_table_in_our_columns(theirs):
    found = from_coordbench(theirs)
    assert tuple(found.columns) == COLUMNS
    assert found[["task", "split", "probe", "metric", "value", "n"]].to_numpy().tolist() == [
        ["air/temp", "block", "ridge", "r2", 0.5, 3076],
        ["air/temp", "random", "ridge", "r2", 0.85, 3076],
        ["land/biome", "block", "knn", "accuracy", 0.82, 900],
        ["land/biome", "official", "ridge", "accuracy", 0.7, 200],
    ]
    assert (found["coverage"] == 1).all()


def test_there_and_back():
    ours = pd.concat([make("d/x"), make("d/y", "random", "knn", ("accuracy",))])
    back = from_coordbench(to_coordbench(ours))
    keys = ["task", "split", "probe", "model", "metric"]
    expected = ours[ours["metric"].isin(["r2", "accuracy"])].groupby(keys)["value"].mean()
    pd.testing.assert_series_equal(back.set_index(keys)["value"], expected, check_dtype=False)


def test_back_and_there(theirs):
    again = to_coordbench(from_coordbench(theirs))
    same = ["dataset", "task", "task_type", "split", "metric_name", "metric_value", "n_test"]
    same += ["seed", "model_name"]
    keys = ["dataset", "task", "split"]
    pd.testing.assert_frame_equal(
        again.sort_values(keys)[same].reset_index(drop=True),
        theirs.sort_values(keys)[same].reset_index(drop=True),
        check_dtype=False,
    )
    assert again.sort_values(keys)["method"].tolist() == ["linear", "linear", "linear", "knn"]


def test_a_table_without_a_needed_column_or_value_is_refused(theirs):
    with pytest.raises(InputError, match="without n_test"):
        from_coordbench(theirs.drop(columns="n_test"))
    theirs.loc[0, "dataset"] = None
    with pytest.raises(InputError, match="no dataset"):
        from_coordbench(theirs)


def test_both_stand_on_one_leaderboard(theirs):
    ours = make("air/temp", metrics=("r2",))
    biome = make("land/biome", "official", metrics=("accuracy", "macro_f1"), values=(0.9,))
    board = leaderboard(pd.concat([from_coordbench(theirs), ours, biome]), probe="ridge")
    assert board["model"].tolist() == ["sincos", "m"]
    assert board["official_mean"].tolist() == [0.7, 0.9]
