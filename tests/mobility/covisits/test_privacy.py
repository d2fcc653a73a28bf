"""The noise hides one person: the bound is right, the scale is right, the threshold holds."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.mobility.covisits import CoVisitRules, NoisyRelease, sensitivity

VISITS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([4, 11, 18]), st.integers(0, 5)),
    min_size=1,
    max_size=60,
)


def change(before, after):
    """By how much each weight differs between two graphs."""
    changes = defaultdict(int)
    for sign, edges in ((1, before), (-1, after)):
        for *edge, weight in edges:
            changes[tuple(edge)] += sign * weight
    return np.array([value for value in changes.values() if value])


@given(VISITS, st.integers(2, 4), st.integers(1, 3), st.booleans())
@settings(max_examples=60, deadline=None)
def test_one_person_changes_no_more_than_the_sensitivity(
    one_by_one, rows, most_regions, most_weeks, snapshots
) -> None:
    rules = CoVisitRules(most_regions=most_regions, most_weeks=most_weeks)
    without = [row for row in rows if row[0] != 0]
    values = change(one_by_one(rows, rules, snapshots), one_by_one(without, rules, snapshots))
    bound = sensitivity(rules, 6, snapshots=snapshots)
    assert len(values) <= bound.edges
    assert np.abs(values).max(initial=0) <= bound.weight
    assert np.sqrt((values**2).sum()) <= bound.euclidean + 1e-12


@pytest.mark.parametrize("snapshots", [True, False])
def test_the_sensitivity_is_reached(one_by_one, snapshots) -> None:
    rules = CoVisitRules(most_regions=4, most_weeks=3)
    rows = [(0, week, region) for week in (4, 11, 18) for region in range(5)]
    values = change(one_by_one(rows, rules, snapshots), [])
    bound = sensitivity(rules, 5, snapshots=snapshots)
    assert np.sqrt((values**2).sum()) == pytest.approx(bound.euclidean)
    assert values.max() == bound.weight
    assert sensitivity(rules, 3, snapshots=True).edges == 9  # no more regions than there are


def test_without_caps_nothing_is_bounded() -> None:
    with pytest.raises(InputError, match="set most_regions and most_weeks"):
        sensitivity(CoVisitRules(most_regions=4), 10, snapshots=True)
    with pytest.raises(InputError, match="no epsilon"):
        NoisyRelease(CoVisitRules(), 10, snapshots=True)


def test_noise_has_the_scale_that_it_states() -> None:
    rules = CoVisitRules(most_regions=5, most_weeks=2, epsilon=1.0)
    release = NoisyRelease(rules, 100, snapshots=False)
    weights = np.full(8_000, 10 * release.threshold)
    kept, noised = release(weights)
    assert kept.tolist() == list(range(8_000))
    noise = noised - weights
    assert abs(noise.mean()) < 5 * release.scale / math.sqrt(len(noise))
    assert noise.std() == pytest.approx(release.scale, rel=0.04)
    # A normal distribution has 4.55 % beyond two standard deviations, a Laplace one 5.9 %.
    assert (np.abs(noise) > 2 * release.scale).mean() == pytest.approx(0.0455, abs=0.009)


def test_the_scale_is_that_of_the_gaussian_mechanism() -> None:
    """Near what the analytic Gaussian mechanism (Balle and Wang 2018) asks for, never below."""
    from scipy.stats import norm

    rules = CoVisitRules(most_regions=5, most_weeks=2, epsilon=1.0, delta=1e-6)
    release = NoisyRelease(rules, 100, snapshots=True)
    ratio = release.sensitivity.euclidean / release.scale
    spent = norm.cdf(ratio / 2 - 1 / ratio) - math.e * norm.cdf(-ratio / 2 - 1 / ratio)
    assert 1e-8 < spent <= rules.delta / 2


def test_a_tie_of_one_person_stays_below_the_threshold() -> None:
    from scipy.stats import norm

    rules = CoVisitRules(most_regions=4, most_weeks=2, epsilon=1.0, delta=0.1)
    release = NoisyRelease(rules, 100, snapshots=False)
    bound = release.sensitivity
    one = norm.sf((release.threshold - 0.5 - bound.weight) / release.scale)
    assert 1 - (1 - one) ** bound.edges == pytest.approx(rules.delta / 2, rel=0.35)
    # Over many edges of weight 0 and 1, about as many pass as the normal tail says.
    kept, noised = release(np.full(8_000, bound.weight))
    assert len(kept) == pytest.approx(8_000 * one, abs=5 * math.sqrt(8_000 * one) + 1)
    assert (noised >= release.threshold).all()


def test_positions_belong_to_their_weights() -> None:
    rules = CoVisitRules(most_regions=2, most_weeks=1, epsilon=5.0)
    release = NoisyRelease(rules, 100, snapshots=True)
    weights = np.arange(8_000) * 250 % 1_000_003
    kept, noised = release(weights)
    assert (np.diff(kept) > 0).all()
    assert np.abs(noised - weights[kept]).max() < 12 * release.scale
    lost = np.setdiff1d(np.arange(len(weights)), kept)
    assert weights[lost].max(initial=0) < release.threshold + 12 * release.scale
    none, empty = release(np.empty(0, dtype=np.int64))
    assert len(none) == len(empty) == 0


def test_noise_is_never_the_same_twice() -> None:
    rules = CoVisitRules(most_regions=5, most_weeks=2, epsilon=1.0)
    release = NoisyRelease(rules, 100, snapshots=True)
    weights = np.full(100, 10_000)
    assert release(weights)[1].tolist() != release(weights)[1].tolist()


def test_less_epsilon_is_more_noise_and_min_users_raises_the_threshold() -> None:
    caps = {"most_regions": 5, "most_weeks": 3}
    tight, loose = (
        NoisyRelease(CoVisitRules(**caps, epsilon=epsilon), 100, snapshots=False)
        for epsilon in (0.5, 4.0)
    )
    assert tight.scale > 5 * loose.scale
    assert tight.threshold > loose.threshold
    floor = CoVisitRules(**caps, epsilon=4.0, min_users=1000)
    assert NoisyRelease(floor, 100, snapshots=False).threshold == 3000
    assert NoisyRelease(floor, 100, snapshots=True).threshold == 1000


def test_the_provenance_states_all_of_it() -> None:
    rules = CoVisitRules(most_regions=3, most_weeks=1, epsilon=1.0)
    release = NoisyRelease(rules, 100, snapshots=False)
    stated = release.describe()
    assert (stated["epsilon"], stated["delta"]) == (1.0, 1e-6)
    assert (stated["scale"], stated["threshold"]) == (release.scale, release.threshold)
    assert stated["sensitivity"] == {"edges": 3, "weight": 1, "euclidean": math.sqrt(3)}
    assert stated["library"].startswith("opendp 0.")


def test_an_epsilon_beyond_reach_is_refused() -> None:
    with pytest.raises(InputError, match=r"choose an epsilon between"):
        NoisyRelease(CoVisitRules(most_regions=3, most_weeks=1, epsilon=1e6), 100, snapshots=False)


def test_caps_too_large_for_epsilon_are_told() -> None:
    rules = CoVisitRules(most_regions=1000, most_weeks=52, epsilon=0.01, delta=1e-9)
    with pytest.raises(InputError, match="lower most_regions and most_weeks, or allow a larger"):
        NoisyRelease(rules, 100_000, snapshots=False)
