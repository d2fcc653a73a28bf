import numpy as np
import pytest
from sklearn import metrics as reference

from placeprint.evaluation.metrics import METRICS, mae, r2, rmse


def test_known_answers():
    truth = np.array([[1.0], [2.0], [3.0], [6.0]])
    predicted = np.array([[1.0], [2.0], [4.0], [4.0]])
    assert r2(truth, predicted) == pytest.approx(1 - 5 / 14)
    assert rmse(truth, predicted) == pytest.approx(np.sqrt(5 / 4))
    assert mae(truth, predicted) == pytest.approx(3 / 4)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("r2", reference.r2_score),
        ("rmse", reference.root_mean_squared_error),
        ("mae", reference.mean_absolute_error),
    ],
)
def test_they_agree_with_scikit_learn(name, known):
    rng = np.random.default_rng(0)
    truth, predicted = rng.normal(size=(2, 30, 4))
    expected = known(truth, predicted, multioutput="raw_values")
    np.testing.assert_allclose(METRICS[name](truth, predicted), expected)


def test_r2_of_a_constant_truth_is_not_defined():
    truth = np.full((5, 1), 0.1)
    assert np.isnan(r2(truth, truth)).all()
    assert np.isnan(r2(truth, truth + 1)).all()
