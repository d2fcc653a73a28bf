import pandas as pd
import pytest

from placeprint.evaluation import Task, summary
from placeprint.evaluation.ledger import COLUMNS
from placeprint.evaluation.statistics.summary import MEAN

VALUES = {"a": (0.1, 0.3), "b": (0.5, 0.9), "told": (1.0, 1.0)}


@pytest.fixture
def scores():
    rows = [
        [task, "random", "ridge", "m", seed, metric, value, 9, 0.5 if task == "a" else 1.0]
        for task, values in VALUES.items()
        for seed, value in enumerate(values)
        for metric in ("mae", "r2")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@pytest.fixture
def tasks():
    leaks = {"told": ("poi",)}
    return [Task(n, "region", "grid", pd.DataFrame(), leaks=leaks.get(n, ())) for n in VALUES]


def test_each_task_has_its_mean_spread_and_coverage(scores, tasks):
    found = summary(scores, tasks).set_index("task")
    assert found.loc["a", ["mean", "std", "coverage"]].tolist() == pytest.approx(
        [0.2, 0.02**0.5, 0.5]
    )
    assert found["leaky"].to_dict() == {"a": False, "b": False, "told": True, MEAN: False}


def test_the_mean_leaves_leaky_tasks_out_and_spreads_over_seeds(scores, tasks):
    found = summary(scores, tasks).set_index("task").loc[MEAN]
    assert found["mean"] == pytest.approx(0.45)
    assert found["std"] == pytest.approx(pd.Series([0.3, 0.6]).std())
    assert found["coverage"] == pytest.approx(0.75)


def test_where_every_task_leaks_there_is_no_mean(scores, tasks):
    told = [task for task in tasks if task.leaks]
    found = summary(scores[scores["task"] == "told"], told)
    assert found["task"].tolist() == ["told"]
