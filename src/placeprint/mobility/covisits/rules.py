"""What counts as a tie: the caps, the floor, and how much privacy an edge gives away."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from placeprint.errors import InputError

__all__ = ["CoVisitRules"]


@dataclass(frozen=True)
class CoVisitRules:
    """The rules by which visits become edges; the same for every engine.

    The caps look at the visits of one person only, so that they bound what that person adds
    whatever anybody else does: first the weeks are chosen, then the regions within each.

    Attributes:
        most_regions: k. In each week a person keeps the k regions visited most often, ties by
            region id, ascending. It bounds the pairs of a week to k (k − 1) / 2. None: all.
        min_users: An edge stays only if at least so many distinct people tie it: of a snapshot,
            within its week; of the whole, over all weeks.
        most_weeks: W. A person keeps the first W weeks with a visit. None: all.
        epsilon: Weights are released with noise, (ε, δ)-differentially private for each person.
            Needs both caps, which bound what a person adds. ``min_users`` then raises the
            threshold of the release instead of looking at true counts.
        delta: The δ of that promise; well below one over the number of people.

    Raises:
        InputError: If a rule is out of range, or ``epsilon`` comes without the caps.

    Example:
        >>> CoVisitRules(most_regions=50, min_users=5).exact()
        CoVisitRules(most_regions=50, min_users=1, most_weeks=None, epsilon=None, delta=1e-06)
    """

    most_regions: int | None = None
    min_users: int = 1
    most_weeks: int | None = None
    epsilon: float | None = None
    delta: float = 1e-6

    def __post_init__(self) -> None:
        least = {"most_regions": 2, "min_users": 1, "most_weeks": 1}
        for name, minimum in least.items():
            value = getattr(self, name)
            if value is not None and value < minimum:
                raise InputError(f"{name} is {value}, expected {minimum} or more")
        if self.epsilon is None:
            return
        if not (math.isfinite(self.epsilon) and self.epsilon > 0):
            raise InputError(f"epsilon is {self.epsilon}, expected a number above 0")
        if not 0 < self.delta < 1:
            raise InputError(f"delta is {self.delta}, expected a number between 0 and 1")
        if self.most_regions is None or self.most_weeks is None:
            raise InputError(
                "epsilon needs a bound on what one person adds",
                hint="set most_regions (a person's regions a week) and most_weeks as well",
            )

    def exact(self) -> CoVisitRules:
        """The caps alone: the rules of the true counts that noise is added to."""
        return replace(self, min_users=1, epsilon=None)
