"""With few labels there are scores, or it is said how many are needed; never a traceback."""

from __future__ import annotations

import tempfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.evaluation import Places, Task, evaluate
from placeprint.evaluation.probes import PROBES
from placeprint.evaluation.splits import SPLITS

N = 24
IDS = pd.Index([f"r{i:02d}" for i in range(N)], name="region_id")
RNG = np.random.default_rng(0)
CENTRES = pd.DataFrame({"lon": RNG.uniform(5, 9, N), "lat": RNG.uniform(45, 49, N)}, IDS)
VECTORS = pd.DataFrame(RNG.normal(size=(N, 30)).astype(np.float32), index=IDS)
STATES = pd.Series(np.repeat(list("abcdef"), 4), index=IDS)
PLACES = {
    "units": Places.from_centroids(CENTRES, {"state": STATES}),
    "cells": Places.from_centroids(CENTRES, {}),
    "nowhere": Places.from_ids(IDS, {"state": STATES}),
}
TREES = "lightgbm"


@st.composite
def few_labels(draw: st.DrawFn) -> pd.DataFrame:
    """One to twenty labels: many kinds of ties, constants, classes of one row."""
    n = draw(st.integers(1, 20))
    rows = draw(st.permutations(range(N)))[:n]
    values = draw(
        st.one_of(
            st.lists(st.integers(-2, 2).map(float), min_size=n, max_size=n),
            st.just([7.5] * n),
            st.lists(st.floats(-1e9, 1e9), min_size=n, max_size=n),
        )
    )
    return pd.DataFrame({"value": values}, index=IDS[rows])


@settings(max_examples=60)
@given(
    labels=few_labels(),
    kind=st.sampled_from(["regression", "classification"]),
    split=st.sampled_from(sorted(SPLITS)),
    probe=st.sampled_from([*(name for name in PROBES if name != TREES), "linear"]),
    where=st.sampled_from(sorted(PLACES)),
    columns=st.sampled_from([1, 3, 30]),
    covered=st.integers(1, N),
)
def test_few_labels_are_scored_or_refused(
    labels, kind, split, probe, where, columns, covered
) -> None:
    if kind == "classification":
        labels = labels.assign(value=labels["value"].astype(str))
    task = Task("t", "region", "grid", labels, kind=kind)
    vectors = VECTORS.iloc[:covered, :columns]
    with tempfile.TemporaryDirectory() as folder:
        try:
            scores = evaluate(
                {"m": vectors},
                [task],
                PLACES[where],
                splits=[split],
                probes=[probe],
                seeds=2,
                out=folder,
            )
        except InputError:
            return
    headline = scores[scores["metric"] == task.metric]
    assert len(headline)
    assert (headline["n"] > 0).all()
    assert np.isfinite(scores.loc[scores["metric"] != "r2", "value"].dropna()).all()


@pytest.mark.parametrize("n", [2, 3, 20])
@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_trees_take_few_labels_too(n, kind) -> None:
    values = np.arange(n) % 3 if kind == "regression" else [f"c{i % 2}" for i in range(n)]
    task = Task("t", "region", "grid", pd.DataFrame({"value": values}, index=IDS[:n]), kind=kind)
    asked = {"splits": ["random"], "probes": [TREES], "models": ["m"], "seeds": 1}
    assert len(evaluate({"m": VECTORS}, [task], PLACES["cells"], **asked))


@pytest.mark.parametrize(
    ("n", "split", "said"),
    [
        (1, "random", "expected at least 2"),
        (3, "folds", "3 rows cannot be put into 5 folds, which need as many rows"),
        (1, "block", "all 1 rows are in one block.* rows in two blocks are needed"),
        (1, "region", "rows in two units are needed"),
    ],
)
def test_a_refusal_says_how_many_are_needed(n, split, said) -> None:
    task = Task("t", "region", "grid", pd.DataFrame({"value": np.arange(n)}, index=IDS[:n]))
    with pytest.raises(InputError, match=said):
        evaluate({"m": VECTORS}, [task], PLACES["units"], splits=[split], models=["m"])


def test_classes_that_are_too_rare_are_named() -> None:
    values = ["wood"] * 3 + ["town"] * 5
    labels = pd.DataFrame({"value": values}, index=IDS[:8])
    task = Task("t", "region", "grid", labels, kind="classification")
    with pytest.raises(InputError, match=r"wood \(3\); each class needs 4 or more"):
        evaluate({"m": VECTORS}, [task], PLACES["units"], splits=["stratified"], models=["m"])


def test_alike_vectors_are_no_error() -> None:
    values = np.arange(8.0)
    task = Task("t", "region", "grid", pd.DataFrame({"value": values}, index=IDS[:8]))
    alike = pd.DataFrame(np.ones((N, 3), dtype=np.float32), index=IDS)
    scores = evaluate({"m": alike}, [task], PLACES["units"], seeds=2, models=["m"])
    assert scores.loc[scores["metric"] == "mae", "value"].notna().all()
