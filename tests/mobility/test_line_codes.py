import numpy as np
import pytest

from placeprint.errors import InputError
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.line import codes
from placeprint.mobility.line.codes import coded


def of(weights, entries=None):
    """A matrix with one entry in each row."""
    n = len(weights) if entries is None else entries
    return CompressedRows(np.arange(n + 1), np.zeros(n, dtype=np.int32), weights, 1)


def test_counts_and_halves_are_their_own_codes():
    counts = np.array([0, 1, 65_535], dtype=np.uint16)
    found, values = coded(of(counts))
    assert np.shares_memory(found, counts)
    assert values[found].tolist() == [0, 1, 65_535]
    halves = np.array([0, 0.25, 1000, 6e-8], dtype=np.float16)
    found, values = coded(of(halves))
    assert np.shares_memory(found, halves)
    assert values[found].tolist() == halves.astype(float).tolist()


def test_no_weights_are_ones():
    found, values = coded(of(None, 5))
    assert values[found].tolist() == [1.0] * 5


def test_whole_numbers_are_kept_exactly():
    weights = np.array([3, 0, 65_535], dtype=np.float32)
    found, values = coded(of(weights))
    assert values[found].tolist() == [3, 0, 65_535]


@pytest.mark.parametrize("top", [1.5, 1e3, 1e9])
def test_other_numbers_change_by_less_than_half_a_step(top, monkeypatch):
    monkeypatch.setattr(codes, "CHUNK", 100)
    weights = np.geomspace(0.01, top, 1001).astype(np.float32)
    weights[500] = 0
    found, values = coded(of(weights))
    assert found.dtype == np.uint16
    kept = weights > 0
    error = np.abs(np.log(values[found[kept]] / weights[kept]))
    assert error.max() <= 0.51 * np.log(top / 0.01) / 65_534
    assert values[found[500]] == 0


def test_all_alike():
    found, values = coded(of(np.full(4, 0.3, dtype=np.float32)))
    np.testing.assert_allclose(values[found], 0.3, rtol=1e-6)


@pytest.mark.parametrize("kind", [np.float32, np.float16])
@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_unusable_weights_are_refused(bad, kind):
    with pytest.raises(InputError, match="negative or not finite"):
        coded(of(np.array([1.0, bad], dtype=kind)))
