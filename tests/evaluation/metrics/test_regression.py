import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from placeprint.evaluation.metrics.regression import METRICS, RegressionSums, mae, r2, rmse
from placeprint.evaluation.metrics.resampling import block_weights

REFERENCES = {
    "r2": reference.r2_score,
    "rmse": reference.root_mean_squared_error,
    "mae": reference.mean_absolute_error,
}


def drawn(seed, m=60, t=3, n_blocks=7, offset=0.0, scale=1.0):
    rng = np.random.default_rng(seed)
    truth = offset + scale * rng.normal(size=(m, t))
    predicted = truth + scale * rng.normal(size=(m, t))
    return truth, predicted, rng.integers(0, n_blocks, m)


def assert_agrees(found, truth, predicted, tolerance=1e-12):
    for name, known in REFERENCES.items():
        expected = known(truth, predicted, multioutput="raw_values")
        np.testing.assert_allclose(
            METRICS[name](found), expected, rtol=tolerance, atol=tolerance, err_msg=name
        )


def test_known_answers():
    truth = np.array([[1.0], [2.0], [3.0], [6.0]])
    predicted = np.array([[1.0], [2.0], [4.0], [4.0]])
    sums = RegressionSums.from_rows(truth, predicted, np.array([0, 1, 0, 1]), 2).total()
    assert r2(sums) == pytest.approx(1 - 5 / 14)
    assert rmse(sums) == pytest.approx(np.sqrt(5 / 4))
    assert mae(sums) == pytest.approx(3 / 4)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(2, 80),
    st.integers(1, 3),
    st.integers(1, 9),
    st.floats(-100, 100),
    st.floats(0.1, 1000),
)
def test_the_total_agrees_with_scikit_learn(seed, m, t, n_blocks, offset, scale):
    truth, predicted, blocks = drawn(seed, m, t, n_blocks, offset * scale, scale)
    sums = RegressionSums.from_rows(truth, predicted, blocks, n_blocks)
    # scikit-learn loses digits of its own where the values are large beside their spread.
    assert_agrees(sums.total(), truth, predicted, 1e-12 * (1 + abs(offset)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_added_sums_are_the_sums_of_all_rows(seed, n_folds):
    truth, predicted, blocks = drawn(seed, offset=50)
    truth[:20] += 500
    fold = np.random.default_rng(seed).integers(0, n_folds, len(truth))
    parts = [
        RegressionSums.from_rows(truth[fold == k], predicted[fold == k], blocks[fold == k], 7)
        for k in range(n_folds)
    ]
    pooled = parts[0]
    for part in parts[1:]:
        pooled = pooled + part
    assert_agrees(pooled.total(), truth, predicted, 1e-11)
    whole = RegressionSums.from_rows(truth, predicted, blocks, 7)
    np.testing.assert_allclose(pooled.centre, whole.centre, rtol=1e-14)
    np.testing.assert_allclose(pooled.yy, whole.yy, rtol=1e-9)


def test_a_resample_is_the_metric_of_repeated_rows():
    truth, predicted, blocks = drawn(3, offset=10)
    weights = block_weights(7, resamples=12)
    found = RegressionSums.from_rows(truth, predicted, blocks, 7).resampled(weights)
    for b, weight in enumerate(weights.astype(int)):
        rows = np.repeat(np.arange(len(truth)), weight[blocks])
        for name, known in REFERENCES.items():
            expected = known(truth[rows], predicted[rows], multioutput="raw_values")
            np.testing.assert_allclose(METRICS[name](found)[b], expected, rtol=1e-12, atol=1e-12)


def test_by_block_the_metrics_are_those_of_the_block():
    truth, predicted, blocks = drawn(4)
    by_block = r2(RegressionSums.from_rows(truth, predicted, blocks, 7))
    inside = blocks == 2
    expected = reference.r2_score(truth[inside], predicted[inside], multioutput="raw_values")
    np.testing.assert_allclose(by_block[2], expected, rtol=1e-12)


def test_large_values_keep_the_digits_of_their_differences():
    truth, predicted, blocks = drawn(5)
    far = RegressionSums.from_rows(truth + 1e8, predicted + 1e8, blocks, 7).total()
    near = RegressionSums.from_rows(truth, predicted, blocks, 7).total()
    np.testing.assert_allclose(r2(far), r2(near), rtol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, -1 / 3, 1e8 + 0.1, 1e-30])
def test_r2_of_a_constant_truth_is_not_defined(value):
    truth = np.full((61, 1), value)
    blocks = np.arange(61) % 3
    for predicted in (truth, truth + 1):
        sums = RegressionSums.from_rows(truth, predicted, blocks, 3)
        pooled = sums + RegressionSums.from_rows(truth[:7], predicted[:7], blocks[:7], 3)
        assert np.isnan(r2(sums.total())).all()
        assert np.isnan(r2(pooled.total())).all()
        assert np.isnan(r2(sums.resampled(block_weights(3, 5)))).all()


def test_r2_of_small_values_that_vary_is_defined():
    truth, predicted, blocks = drawn(6, scale=1e-20)
    assert_agrees(RegressionSums.from_rows(truth, predicted, blocks, 7).total(), truth, predicted)


def test_a_resample_of_blocks_that_are_each_constant():
    truth = np.repeat([[0.1], [7.7]], 50, axis=0)
    blocks = np.repeat([0, 1], 50)
    sums = RegressionSums.from_rows(truth, truth + 0.1, blocks, 2)
    found = r2(sums.resampled(np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]]))).ravel()
    assert np.isnan(found).tolist() == [True, False, True]


def test_where_a_resample_holds_no_row_nothing_is_defined():
    truth, predicted, _ = drawn(7)
    sums = RegressionSums.from_rows(truth, predicted, np.zeros(len(truth), dtype=int), 2)
    for measure in METRICS.values():
        found = measure(sums.resampled(np.array([[2.0, 0.0], [0.0, 2.0]])))
        assert np.isfinite(found[0]).all()
        assert np.isnan(found[1]).all()


def test_no_rows_are_the_neutral_element():
    truth, predicted, blocks = drawn(8)
    sums = RegressionSums.from_rows(truth, predicted, blocks, 7)
    none = RegressionSums.from_rows(truth[:0], predicted[:0], blocks[:0], 7)
    assert_agrees((none + sums).total(), truth, predicted)
    assert_agrees((sums + none).total(), truth, predicted)
    assert np.isnan(r2((none + none).total())).all()


def test_predictions_in_single_precision_are_measured_in_double():
    truth, predicted, blocks = drawn(9)
    single = predicted.astype(np.float32)
    assert_agrees(RegressionSums.from_rows(truth, single, blocks, 7).total(), truth, single)
