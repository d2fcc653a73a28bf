from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint import baselines


class Letters:
    """Texts as counts of a few letters."""

    name, cacheable, dimensions, fingerprint = "letters", False, 3, "1"

    def encode(self, strings, tracker=None):
        counts = [[s.count(c) for c in "abc"] for s in strings]
        return np.array(counts, dtype=np.float32).reshape(len(strings), 3)


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placeprint.encoders.text.text_encoder", lambda name: Letters())


def test_each_entity_with_a_text_has_its_vector() -> None:
    texts = ["ab", "", "cc", None, "ab"]
    targets = pd.DataFrame({"text": texts}, index=list("vwxyz"))
    found = baselines.own_text(targets)
    assert found.index.tolist() == ["v", "x", "z"]
    assert found.to_numpy().tolist() == [[1, 1, 0], [0, 0, 2], [1, 1, 0]]
    assert found.to_numpy().dtype == np.float32


def test_without_texts_there_are_no_vectors() -> None:
    found = baselines.own_text(pd.DataFrame({"text": ["", None]}, index=["v", "w"]))
    assert found.shape == (0, 3)
