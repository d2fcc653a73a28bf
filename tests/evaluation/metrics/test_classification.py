import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from placeprint.evaluation.metrics.classification import (
    CLASS_METRICS,
    ConfusionSums,
    accuracy,
    f1,
    macro_f1,
)
from placeprint.evaluation.metrics.resampling import block_weights

BLOCKS = 6


def drawn(seed, m=50, n_classes=5):
    rng = np.random.default_rng(seed)
    truth, predicted = rng.integers(0, n_classes, (2, m))
    predicted = np.where(rng.random(m) < 0.5, truth, predicted)
    return truth, predicted, rng.integers(0, BLOCKS, m)


def assert_agrees(sums, truth, predicted, n_classes):
    macro = reference.f1_score(truth, predicted, average="macro", zero_division=0)
    per_class = reference.f1_score(
        truth, predicted, labels=np.arange(n_classes), average=None, zero_division=np.nan
    )
    assert accuracy(sums) == pytest.approx(reference.accuracy_score(truth, predicted), abs=1e-12)
    assert macro_f1(sums) == pytest.approx(macro, abs=1e-12)
    np.testing.assert_allclose(f1(sums), per_class, rtol=0, atol=1e-12)


def test_known_answers():
    truth, predicted = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0])
    sums = ConfusionSums.from_rows(truth, predicted, np.zeros(5, dtype=int), 1, 4).total()
    assert accuracy(sums) == pytest.approx(3 / 5)
    assert f1(sums)[:3].tolist() == pytest.approx([1 / 2, 4 / 5, 0])
    assert np.isnan(f1(sums)[3])
    assert macro_f1(sums) == pytest.approx(1.3 / 3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(2, 9))
def test_the_total_agrees_with_scikit_learn(seed, m, n_classes):
    truth, predicted, blocks = drawn(seed, m, n_classes)
    sums = ConfusionSums.from_rows(truth, predicted, blocks, BLOCKS, n_classes)
    assert_agrees(sums.total(), truth, predicted, n_classes)


def test_added_counts_are_the_counts_of_all_rows():
    truth, predicted, blocks = drawn(1)
    parts = [
        ConfusionSums.from_rows(truth[part], predicted[part], blocks[part], BLOCKS, 5)
        for part in (slice(0, 13), slice(13, None))
    ]
    assert_agrees((parts[0] + parts[1]).total(), truth, predicted, 5)


def test_a_resample_is_the_metric_of_repeated_rows():
    truth, predicted, blocks = drawn(2)
    weights = block_weights(BLOCKS, resamples=12)
    found = ConfusionSums.from_rows(truth, predicted, blocks, BLOCKS, 5).resampled(weights)
    for b, weight in enumerate(weights.astype(int)):
        rows = np.repeat(np.arange(len(truth)), weight[blocks])
        one = ConfusionSums(found.truth[b], found.predicted[b], found.hits[b])
        assert_agrees(one, truth[rows], predicted[rows], 5)
        for measure in CLASS_METRICS.values():
            assert measure(found)[b] == measure(one)


def test_where_a_resample_holds_no_row_nothing_is_defined():
    truth, predicted, _ = drawn(3)
    sums = ConfusionSums.from_rows(truth, predicted, np.zeros(50, dtype=int), 2, 5)
    found = sums.resampled(np.array([[0.0, 2.0]]))
    assert np.isnan(accuracy(found)).all()
    assert np.isnan(macro_f1(found)).all()
    assert np.isnan(f1(found)).all()
