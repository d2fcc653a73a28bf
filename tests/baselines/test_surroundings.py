from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint import baselines
from placeprint.errors import InputError
from placeprint.regions.metric import haversine_m


class Letters:
    """Texts as counts of a few letters."""

    name, cacheable, dimensions, fingerprint = "letters", False, 3, "1"

    def encode(self, strings, tracker=None):
        return np.array([[s.count(c) for c in "abc"] for s in strings], dtype=np.float32)


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placeprint.encoders.text.text_encoder", lambda name: Letters())


def make(n: int, seed: int = 0, east: float = 5.0) -> pd.DataFrame:
    """Entities within 2 km; some without a text or a category, two in the same spot."""
    rng = np.random.default_rng(seed)
    lon, lat = east + rng.uniform(0, 0.03, n), 60 + rng.uniform(0, 0.015, n)
    lon[1], lat[1] = lon[0], lat[0]
    table = {
        "lon": (lon + 180) % 360 - 180,
        "lat": lat,
        "text": rng.choice(["a", "bb", "cab", ""], n),
        "category": rng.choice(["cafe", "school", "bench", ""], n, p=[0.4, 0.3, 0.2, 0.1]),
    }
    # Of two at the same distance either may be the last that counts: they say the same.
    for column in ("text", "category"):
        table[column][1] = table[column][0]
    return pd.DataFrame(table, index=[f"node/{number}" for number in range(n)])


def distances(entity: pd.Series, others: pd.DataFrame) -> np.ndarray:
    return haversine_m(entity["lon"], entity["lat"], others["lon"], others["lat"])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100), st.sampled_from([1, 3, 50]), st.sampled_from([5.0, 179.985]))
def test_the_text_round_an_entity_is_that_of_a_loop(seed: int, k: int, east: float) -> None:
    others = make(30, seed, east)
    # Half of the targets are among the others; the rest are not.
    targets = pd.concat([others.iloc[::2], make(5, seed + 1, east).add_prefix("x", axis=0)])
    found = baselines.neighbour_text(targets, others, k)
    for name, entity in targets.iterrows():
        rest = others[(others.index != name) & (others["text"] != "")]
        distance = distances(entity, rest)
        nearest = np.argsort(distance, kind="stable")[:k]
        weights = 1 / (distance[nearest] + 10)
        texts = Letters().encode(rest["text"].iloc[nearest])
        expected = weights @ texts / weights.sum()
        assert np.allclose(found.loc[name], expected, rtol=1e-4), name


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100), st.sampled_from([5.0, 179.985]))
def test_the_counts_round_an_entity_are_those_of_a_loop(seed: int, east: float) -> None:
    others = make(40, seed, east)
    targets = pd.concat([others.iloc[::2], make(5, seed + 1, east).add_prefix("x", axis=0)])
    found = baselines.neighbour_counts(targets, others, (200, 900))
    for name, entity in targets.iterrows():
        rest = others[others.index != name]
        distance = distances(entity, rest)
        for radius in (200, 900):
            for category in set(others["category"]) - {""}:
                count = ((distance <= radius) & (rest["category"] == category)).sum()
                value = found.loc[name, f"{category} within {radius} m"]
                assert value == pytest.approx(np.log1p(count), rel=1e-5)
    assert found.shape[1] == 2 * 3


def test_only_the_most_frequent_categories_are_counted() -> None:
    others = make(60)
    found = baselines.neighbour_counts(others, others, [500], most=1)
    assert found.columns.tolist() == [f"{others['category'].value_counts().index[0]} within 500 m"]


def test_an_entity_never_sees_itself() -> None:
    """What it is tagged with changes its neighbours' vectors, and not its own."""
    others = make(20)
    changed = others.copy()
    changed.loc["node/0", ["text", "category"]] = ["ccc", "school"]
    others.loc["node/0", ["text", "category"]] = ["a", "cafe"]
    for make_features in (baselines.neighbour_text, baselines.neighbour_counts):
        before, after = (make_features(each, each) for each in (others, changed))
        assert before.loc["node/0"].equals(after.loc["node/0"])
        assert not before.loc["node/1"].equals(after.loc["node/1"])


def test_many_are_handled_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    others = make(50)
    whole = baselines.neighbour_counts(others, others), baselines.neighbour_text(others, others)
    monkeypatch.setattr("placeprint.baselines.surroundings._CHUNK", 7)
    parts = baselines.neighbour_counts(others, others), baselines.neighbour_text(others, others)
    assert parts[0].equals(whole[0])
    assert np.allclose(parts[1], whole[1])


def test_what_cannot_be_counted_is_refused() -> None:
    one = make(2).iloc[:1].assign(text="a", category="cafe")
    for make_features in (baselines.neighbour_text, baselines.neighbour_counts):
        with pytest.raises(InputError, match="no other entity says anything"):
            make_features(one, one)
    with pytest.raises(InputError, match="expected some above 0"):
        baselines.neighbour_counts(one, make(9), [0.0])
    with pytest.raises(InputError, match="0 neighbours"):
        baselines.neighbour_text(one, make(9), 0)
