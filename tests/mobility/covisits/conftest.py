"""Co-visits counted one by one, as the definition says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations

import pytest

from placeprint.mobility.covisits import CoVisitRules

Rows = list[tuple[int, ...]]


def counted(visits: Iterable[tuple[int, int, int]], rules: CoVisitRules, snapshots: bool) -> Rows:
    times: dict[int, dict[int, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for user, week, region in visits:
        times[user][week][region] += 1
    weight: Counter[tuple[int, ...]] = Counter()
    users = defaultdict(set)
    for user, weeks in times.items():
        for week in sorted(weeks)[: rules.most_weeks]:
            visited = weeks[week]
            favourites = sorted(visited, key=lambda region: (-visited[region], region))
            for pair in combinations(sorted(favourites[: rules.most_regions]), 2):
                edge = (week, *pair) if snapshots else pair
                weight[edge] += 1
                users[edge].add(user)
    return sorted((*e, w) for e, w in weight.items() if len(users[e]) >= rules.min_users)


@pytest.fixture(scope="session")
def one_by_one() -> Callable[[Iterable[tuple[int, int, int]], CoVisitRules, bool], Rows]:
    return counted
