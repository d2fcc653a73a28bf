import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import cross_val_score

from placeprint.errors import InputError
from placeprint.evaluation.splits import SPLITS, RandomSplits, make_splits

X = np.random.default_rng(0).uniform([5, 45], [9, 49], (40, 2))
GROUPS = np.repeat(np.arange(8), 5)
CLASSES = np.arange(40) % 3


def folds(splitter):
    return [(a.tolist(), b.tolist()) for a, b in splitter.split(X, CLASSES, groups=GROUPS)]


@pytest.mark.parametrize("name", SPLITS)
def test_scikit_learn_takes_them(name):
    splitter = make_splits([name], 4)[name]
    scores = cross_val_score(DummyRegressor(), X, CLASSES, cv=splitter, groups=GROUPS)
    assert len(scores) == splitter.get_n_splits(groups=GROUPS)


@pytest.mark.parametrize("name", SPLITS)
def test_the_first_seeds_do_not_depend_on_how_many_there_are(name):
    few, many = (folds(make_splits([name], seeds)[name]) for seeds in (2, 5))
    assert many[: len(few)] == few
    assert folds(make_splits([name], 5)[name]) == many
    per_seed = {"region": 8, "folds": 5}.get(name, 1)
    if name != "region":
        assert many[:per_seed] != many[per_seed : 2 * per_seed]


@pytest.mark.parametrize("name", SPLITS)
def test_areas_are_held_out_with_the_buffer(name):
    plain, buffered = (folds(make_splits([name], 3, buffer_km=km)[name]) for km in (0, 60))
    assert [test for _, test in plain] == [test for _, test in buffered]
    narrower = sum(len(a) for a, _ in buffered) < sum(len(a) for a, _ in plain)
    assert narrower == (name in {"block", "region"})


def test_by_name_or_as_they_are():
    assert list(make_splits(["random", "block"], 3)) == ["random", "block"]
    mine = RandomSplits(2)
    assert make_splits({"mine": mine}, 3)["mine"] is mine
    with pytest.raises(InputError, match="did you mean 'block'"):
        make_splits(["blocks"], 3)
