from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.encoders.cache import VectorCache, cache_folder


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEPRINT_CACHE", "own")
    monkeypatch.setenv("XDG_CACHE_HOME", "shared")
    assert cache_folder() == Path("own")
    monkeypatch.delenv("PLACEPRINT_CACHE")
    assert cache_folder() == Path("shared/placeprint")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "placeprint"


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True)


@settings(deadline=None, max_examples=30)
@given(known=texts, asked=texts)
def test_finds_exactly_what_was_added(
    tmp_path_factory: pytest.TempPathFactory, known: list[str], asked: list[str]
) -> None:
    cache = VectorCache(tmp_path_factory.mktemp("cache"))
    vectors = {text: np.array([row, -row], dtype=np.float32) for row, text in enumerate(known)}
    half = len(known) // 2
    for part in (known[:half], known[half:]):
        if part:
            cache.add(part, np.stack([vectors[text] for text in part]))
    found, values = cache.find(asked, dimensions=2)
    assert found.tolist() == [text in vectors for text in asked]
    for text, value in zip(np.array(asked, dtype=object)[found], values[found], strict=True):
        np.testing.assert_array_equal(value, vectors[text])


def test_an_empty_cache_finds_nothing(tmp_path: Path) -> None:
    found, _ = VectorCache(tmp_path / "none").find(["a"], dimensions=3)
    assert not found.any()


def test_a_truncated_file_is_dropped_and_the_others_still_serve(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path)
    cache.add(["a"], np.ones((1, 2), dtype=np.float32))
    [whole] = tmp_path.glob("*.parquet")
    cache.add(["b"], np.zeros((1, 2), dtype=np.float32))
    [other] = set(tmp_path.glob("*.parquet")) - {whole}
    other.write_bytes(other.read_bytes()[:-20])
    found, _ = cache.find(["a", "b"], dimensions=2)
    assert found.tolist() == [True, False]
    assert list(tmp_path.glob("*.parquet")) == [whole]


def test_two_writers_of_the_same_strings_leave_one_file(tmp_path: Path) -> None:
    for _ in range(2):
        VectorCache(tmp_path).add(["a", "b"], np.eye(2, dtype=np.float32))
    assert len(list(tmp_path.iterdir())) == 1
