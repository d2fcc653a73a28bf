import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from placeprint.errors import InputError
from placeprint.evaluation.statistics.intervals import (
    corrected_t_test,
    holm,
    intervals,
    mean_intervals,
    percentile_interval,
)

NAMES = ["task", "split", "probe", "model", "seed"]


def resamples(keys, values):
    index = pd.MultiIndex.from_tuples(keys, names=NAMES)
    return pd.DataFrame(np.asarray(values, dtype=float), index=index)


@pytest.fixture
def draws():
    keys = [
        (task, "random", "ridge", model, seed)
        for task in ("x", "y")
        for model in ("a", "b")
        for seed in (0, 1, 2)
    ]
    return resamples(keys, np.random.default_rng(0).normal(size=(len(keys), 50)))


def test_an_interval_is_of_the_mean_over_the_seeds(draws):
    found = intervals(draws, level=0.9).set_index(["task", "model"])
    of_one = draws.loc[("x", "random", "ridge", "b")].to_numpy().mean(axis=0)
    expected = np.percentile(of_one, [5, 95])
    np.testing.assert_allclose(found.loc[("x", "b"), ["low", "high"]].astype(float), expected)
    assert len(found) == 4


def test_the_interval_of_the_mean_over_tasks_pairs_their_resamples(draws):
    found = mean_intervals(draws, ["x", "y"]).set_index("model")
    means = [draws.loc[(task, "random", "ridge", "a")].to_numpy().mean(axis=0) for task in "xy"]
    expected = np.percentile(np.mean(means, axis=0), [2.5, 97.5])
    np.testing.assert_allclose(found.loc["a", ["low", "high"]].astype(float), expected)


def test_a_model_without_one_of_the_tasks_has_no_interval_of_their_mean(draws):
    partial = draws.drop(index=[("y", "random", "ridge", "b", seed) for seed in (0, 1, 2)])
    found = mean_intervals(partial, ["x", "y"]).set_index("model")
    assert found.loc["b", ["low", "high"]].isna().all()
    assert found.loc["a", ["low", "high"]].notna().all()


def test_a_fold_without_a_value_is_left_out_of_its_resample():
    keys = [("t", "block", "ridge", "m", seed) for seed in (0, 1)]
    found = intervals(resamples(keys, [[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]]), level=0.5)
    # The seeds' means are 2 and 5, and the last resample has none.
    assert found.loc[0, ["low", "high"]].tolist() == [2.75, 4.25]


def test_where_nothing_is_defined_there_is_no_interval():
    found = percentile_interval(pd.DataFrame([[np.nan, np.nan], [1.0, 1.0]]))
    assert np.isnan(found.iloc[0]).all()
    assert found.iloc[1].tolist() == [1, 1]


def test_a_level_outside_zero_and_one_is_refused(draws):
    with pytest.raises(InputError, match="95"):
        intervals(draws, level=95)


def test_the_corrected_test_on_known_numbers():
    d = np.array([0.02, 0.05, 0.01, 0.04, 0.03])
    t = 0.03 / np.sqrt((1 / 5 + 0.25) * 0.00025)
    assert corrected_t_test(d, test_size=0.2) == pytest.approx(2 * stats.t.sf(t, 4))
    assert corrected_t_test(d, test_size=1e-15) == pytest.approx(stats.ttest_1samp(d, 0).pvalue)
    assert corrected_t_test(-d) == corrected_t_test(d)
    assert corrected_t_test(d) > stats.ttest_1samp(d, 0).pvalue


def test_more_seeds_do_not_make_a_difference_certain():
    # Each time ten seeds more, the same mean and spread: the plain test would go to zero.
    few, many = (corrected_t_test(np.tile([0.01, -0.005], n)) for n in (5, 500))
    assert few > 0.3
    assert many > 0.3
    assert stats.ttest_1samp(np.tile([0.01, -0.005], 500), 0).pvalue < 1e-15


def test_the_test_keeps_its_word_under_overlapping_splits():
    # Two models that are equally good: their errors on 100 rows are exchangeable, and each seed
    # tests 20 of these rows. The plain test finds a difference far too often.
    rng = np.random.default_rng(0)
    found, plain = [], []
    for _ in range(300):
        difference = rng.normal(size=100)
        d = np.array([difference[rng.permutation(100)[:20]].mean() for _ in range(10)])
        found.append(corrected_t_test(d) < 0.05)
        plain.append(stats.ttest_1samp(d, 0).pvalue < 0.05)
    assert np.mean(found) < 0.08
    assert np.mean(plain) > 0.15


def test_without_two_seeds_there_is_no_test():
    assert np.isnan(corrected_t_test(np.array([0.1])))
    assert np.isnan(corrected_t_test(np.array([0.1, np.nan])))


def test_differences_that_do_not_vary():
    assert corrected_t_test(np.zeros(3)) == 1
    assert corrected_t_test(np.full(3, 0.1)) == 0


def test_a_test_share_outside_zero_and_one_is_refused():
    with pytest.raises(InputError, match="test share"):
        corrected_t_test(np.zeros(3), test_size=1)


def test_holm_on_known_numbers():
    # R: p.adjust(c(.01, .02, .03, .04, .05), "holm"), and the same in another order.
    assert holm(np.array([0.01, 0.02, 0.03, 0.04, 0.05])).tolist() == pytest.approx(
        [0.05, 0.08, 0.09, 0.09, 0.09]
    )
    assert holm(np.array([0.04, 0.01, 0.6, 0.5])).tolist() == pytest.approx([0.12, 0.04, 1, 1])


def test_holm_leaves_what_is_not_defined_out():
    found = holm(np.array([np.nan, 0.01, 0.04]))
    assert np.isnan(found[0])
    assert found[1:].tolist() == pytest.approx([0.02, 0.04])
    assert np.isnan(holm(np.array([np.nan]))).all()


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(values):
    p = np.array(values)
    found = holm(p)
    assert (found >= p).all()
    assert (found <= np.minimum(p * len(p), 1) + 1e-15).all()
    assert (np.diff(found[np.argsort(p, kind="stable")]) >= 0).all()


def test_holm_refuses_what_is_no_p_value():
    with pytest.raises(InputError, match=r"1\.2"):
        holm(np.array([1.2, 0.1]))
