from __future__ import annotations

import pytest

from placeprint.errors import InputError
from placeprint.mobility.covisits import CoVisitRules


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"most_regions": 1}, "most_regions is 1, expected 2 or more"),
        ({"min_users": 0}, "min_users is 0, expected 1 or more"),
        ({"most_weeks": 0}, "most_weeks is 0"),
        ({"epsilon": 0.0, "most_regions": 5, "most_weeks": 1}, "expected a number above 0"),
        ({"epsilon": float("nan"), "most_regions": 5, "most_weeks": 1}, "epsilon is nan"),
        ({"epsilon": 1.0, "most_regions": 5, "most_weeks": 1, "delta": 1.0}, "delta is 1.0"),
        ({"epsilon": 1.0, "most_regions": 5}, "needs a bound.*most_weeks as well"),
        ({"epsilon": 1.0, "most_weeks": 5}, "needs a bound"),
    ],
)
def test_rules_out_of_range_are_refused(wrong, message) -> None:
    with pytest.raises(InputError, match=message):
        CoVisitRules(**wrong)


def test_exact_rules_keep_the_caps_and_lose_floor_and_noise() -> None:
    rules = CoVisitRules(most_regions=9, min_users=4, most_weeks=2, epsilon=1.0)
    assert rules.exact() == CoVisitRules(most_regions=9, most_weeks=2)
