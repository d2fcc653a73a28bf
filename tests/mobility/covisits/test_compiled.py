"""The compiled co-visits against a slow loop of the definition, whatever the order and memory."""

import shutil
from collections import Counter, defaultdict
from filecmp import cmp
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError, OutputExistsError
from placeprint.mobility.covisits import (
    CoVisitRules,
    compiled,
    compiled_pairs,
    compiled_visits,
    edge_counts,
    pair_buckets,
)
from placeprint.mobility.covisits.compiled import compiled_co_visits

MONDAY = 19_723
USERS = [0, 1, -1, 2**63 - 1, -(2**63)]
RULES = [
    CoVisitRules(),
    CoVisitRules(most_regions=2),
    CoVisitRules(min_users=2),
    CoVisitRules(most_weeks=2, min_users=2),
    CoVisitRules(most_regions=3, min_users=2, most_weeks=3),
]


def one_by_one(visits, rules, snapshots):
    """The edges, and the regions of a user and week that the caps take away."""
    often = Counter(visits)
    weeks = defaultdict(lambda: defaultdict(list))
    for (user, week, region), count in often.items():
        weeks[user][week].append((-count, region))
    tied, dropped = defaultdict(list), 0
    for user, by_week in weeks.items():
        for place, week in enumerate(sorted(by_week)):
            ranked = [region for _, region in sorted(by_week[week])]
            skipped = rules.most_weeks is not None and place >= rules.most_weeks
            kept = [] if skipped else ranked[: rules.most_regions]
            dropped += len(ranked) - len(kept)
            for pair in combinations(sorted(kept), 2):
                tied[(week, *pair) if snapshots else pair].append(user)
    strong = {k: v for k, v in tied.items() if len(set(v)) >= rules.min_users}
    return sorted((*k, len(v)) for k, v in strong.items()), dropped


def batches(visits, size):
    for start in range(0, len(visits), size):
        some = visits[start : start + size]
        users, weeks, regions = zip(*some)
        yield np.array(users), np.array(weeks, dtype="i4"), np.array(regions, dtype="i4")


def listed(edges):
    rows = []
    for part in edges:
        names = ["week"] if part.week is not None else []
        columns = [getattr(part, name) for name in [*names, "source", "target", "weight"]]
        assert [column.dtype for column in columns[-3:]] == ["int32", "int32", "int64"]
        rows += zip(*(column.tolist() for column in columns))
    return rows


def count(visits, regions, folder, rules=RULES[0], snapshots=False, size=7, **options):
    shutil.rmtree(folder, ignore_errors=True)
    return compiled_co_visits(
        batches(visits, size), regions, folder, rules=rules, snapshots=snapshots, **options
    )


def random_visits(rng, users, weeks, regions, count):
    names = rng.integers(-(2**63), 2**63 - 1, users)
    chosen = names[rng.integers(0, users, count)].tolist()
    mondays = (MONDAY + 7 * rng.integers(-weeks // 2, weeks, count)).tolist()
    return list(zip(chosen, mondays, (rng.zipf(1.3, count) % regions).tolist()))


VISITS = st.lists(
    st.tuples(
        st.sampled_from(USERS),
        st.integers(-3, 3).map(lambda week: MONDAY + 7 * week),
        st.integers(0, 4),
    ),
    max_size=60,
)


@given(VISITS, st.sampled_from(RULES), st.booleans(), st.integers(1, 60), st.randoms())
@settings(max_examples=40, deadline=None)
def test_equals_counting_pairs_one_by_one(tmp_path_factory, visits, rules, snapshots, size, random):
    folder = tmp_path_factory.mktemp("covisits") / "edges"
    edges = count(visits, 5, folder, rules, snapshots, size)
    wanted, dropped = one_by_one(visits, rules, snapshots)
    assert listed(edges) == wanted
    assert (edges.edges, edges.weight) == (len(wanted), sum(row[-1] for row in wanted))
    assert (edges.visits, edges.dropped_visits) == (len(visits), dropped)
    everything = one_by_one(
        visits, CoVisitRules(rules.most_regions, 1, rules.most_weeks), snapshots
    )
    assert edges.dropped_edges == len(everything[0]) - len(wanted)
    assert edges.dropped_weight == sum(row[-1] for row in everything[0]) - edges.weight
    random.shuffle(visits)
    assert listed(count(visits, 5, folder, rules, snapshots, size)) == wanted


@pytest.mark.parametrize("snapshots", [False, True])
@pytest.mark.parametrize("rules", RULES[::2], ids=["all", "two users", "all rules"])
@pytest.mark.parametrize(
    ("users", "weeks", "regions"),
    [(40, 3, 1), (3, 200, 30), (40, 4, 300_000), (40, 2, 3_000_000), (4, 1_500, 5)],
    ids=["one region", "many weeks", "wide visits", "wide pairs", "more weeks than buckets"],
)
def test_whatever_the_sizes(tmp_path, users, weeks, regions, rules, snapshots):
    visits = random_visits(np.random.default_rng(0), users, weeks, regions, 1_000)
    edges = count(visits, regions, tmp_path / "edges", rules, snapshots, size=512)
    assert listed(edges) == one_by_one(visits, rules, snapshots)[0]


@pytest.mark.parametrize("snapshots", [False, True])
@pytest.mark.parametrize(
    "rules", RULES, ids=["all", "two regions", "two users", "two weeks", "all rules"]
)
def test_whatever_the_memory(tmp_path, monkeypatch, rules, snapshots):
    rng = np.random.default_rng(1)
    visits = random_visits(rng, 400, 3, 70, 3_000) + [(5, MONDAY, region) for region in range(40)]
    whole = count(visits, 70, tmp_path / "whole", rules, snapshots, size=999)
    assert whole.edges > 40
    monkeypatch.setattr(compiled_pairs, "VISIT_BYTES", 200_000)  # a hundred visits fit
    monkeypatch.setattr(compiled, "pair_bytes", lambda _: 5_000_000)  # five pairs do
    monkeypatch.setattr(edge_counts, "GRANULES", 4)
    monkeypatch.setattr(compiled_visits, "BLOCK", 48)
    monkeypatch.setattr(compiled_pairs, "BLOCK", 16)
    monkeypatch.setattr(pair_buckets, "PAIRS_PER_BUCKET", 1 << 10)
    monkeypatch.setattr(compiled, "PAIRS_PER_PART", 1 << 8)
    small = count(
        visits, 70, tmp_path / "small", rules, snapshots, memory_bytes=compiled.SMALLEST_MEMORY
    )
    assert len(small.parts) > len(whole.parts)
    assert listed(small) == listed(whole)
    assert (small.dropped_edges, small.dropped_visits) == (
        whole.dropped_edges,
        whole.dropped_visits,
    )


def test_equal_visits_give_equal_bytes(tmp_path):
    visits = random_visits(np.random.default_rng(2), 50, 3, 30, 3_000)
    first = count(visits, 30, tmp_path / "a", size=500)
    second = count(visits[::-1], 30, tmp_path / "b", size=77, memory_bytes=1 << 26)
    for one, other in zip(first.paths(), second.paths(), strict=True):
        assert cmp(one, other, shallow=False)


def test_a_user_who_was_everywhere(tmp_path):
    visits = [(7, MONDAY, region) for region in range(300)] * 2 + [(8, MONDAY, 0)]
    edges = count(visits, 300, tmp_path / "edges", RULES[2])
    assert (edges.edges, edges.dropped_edges) == (0, 300 * 299 // 2)
    assert count(visits, 300, tmp_path / "edges").edges == 300 * 299 // 2


def test_no_visits_give_no_edges(tmp_path):
    for snapshots in (False, True):
        edges = count([], 5, tmp_path / "edges", snapshots=snapshots)
        assert (edges.edges, edges.visits, list(edges)) == (0, 0, [])


@pytest.mark.parametrize(
    ("visit", "message"),
    [
        ((1, MONDAY + 1, 0), r"begins on day 19724 .*Tuesday 2024-01-02.*expected a Monday"),
        ((1, 2_000_000_003, 0), "in the week of day 2000000003, expected years 1813 to 2126"),
        ((1, -2_000_000_003, 0), "expected years 1813 to 2126"),
        ((1, MONDAY, 5), "to region 5, expected 0 to 4"),
        ((1, MONDAY, -1), "to region -1, expected 0 to 4"),
    ],
)
def test_an_invalid_visit_is_named(tmp_path, visit, message):
    with pytest.raises(InputError, match=message):
        count([(1, MONDAY, 0), visit], 5, tmp_path / "edges")


def test_only_whole_numbers_are_visits(tmp_path):
    batch = (np.array([0.5]), np.array([MONDAY]), np.array([0]))
    with pytest.raises(InputError, match=r"the users of a batch are float64.*number users"):
        compiled_co_visits([batch], 5, tmp_path / "edges", rules=RULES[0])


def test_too_little_memory_is_told_with_what_would_do(tmp_path, monkeypatch):
    with pytest.raises(
        InputError, match=r"takes 34 MB of memory, 1 MB are allowed.*at least 34 MB"
    ):
        count([], 5, tmp_path / "edges", memory_bytes=1 << 20)
    monkeypatch.setattr(compiled_pairs, "VISIT_BYTES", 200_000)
    visits = [(7, MONDAY, region % 5) for region in range(400)]
    with pytest.raises(
        InputError, match=r"400 visits of one user.*allow at least \d+ MB.*leave out"
    ):
        count(visits, 5, tmp_path / "edges", memory_bytes=compiled.SMALLEST_MEMORY)


def test_what_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(OutputExistsError):
        compiled_co_visits([], 5, tmp_path, rules=RULES[0])
