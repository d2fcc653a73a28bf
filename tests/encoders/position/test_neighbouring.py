import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.encoders.position.neighbouring import interpolation, neighbouring, nodes_for


@given(n=st.integers(0, 300), size=st.integers(1, 64), together=st.integers(1, 16))
def test_every_point_is_in_one_batch(n, size, together):
    generator = np.random.default_rng(n)
    lon, lat = generator.uniform(-180, 180, n), generator.uniform(-90, 90, n)
    batches = list(neighbouring(lon, lat, size, together))
    assert all(len(batch) <= size for batch in batches)
    together_again = np.sort(np.concatenate([*batches, np.empty(0, np.int64)]))
    np.testing.assert_array_equal(together_again, np.arange(n))


def test_batches_are_small_rectangles():
    generator = np.random.default_rng(0)
    lon, lat = generator.uniform(0, 1, 10_000), generator.uniform(0, 1, 10_000)
    sides = [
        side
        for batch in neighbouring(lon, lat, 100, 10)
        for side in (np.ptp(lon[batch]), np.ptp(lat[batch]))
    ]
    assert max(sides) < 0.15  # a hundredth of the square has sides of 0.1


@pytest.mark.parametrize("band", [1.0, 31.0, 400.0])
@pytest.mark.parametrize("half", [1e-4, 0.01, 0.3])
def test_the_bound_holds_and_is_not_wasteful(band, half):
    nodes = nodes_for(band, half)
    x = np.random.default_rng(0).uniform(2 - half, 2 + half, 200)
    x[:2] = 2 - half, 2 + half
    at, weights = interpolation(x, nodes)
    assert np.abs(weights @ np.cos(band * at) - np.cos(band * x)).max() < 3e-7
    if nodes > 4:
        at, weights = interpolation(x, nodes // 2)
        assert np.abs(weights @ np.sin(band * at) - np.sin(band * x)).max() > 1e-7


def test_at_a_node_and_of_equal_points():
    at, _ = interpolation(np.array([0.0, 1.0]), 5)
    x = np.concatenate([[0.0, 1.0], at])
    again, weights = interpolation(x, 5)
    np.testing.assert_allclose(weights[2:], np.eye(5), atol=1e-12)
    np.testing.assert_allclose(again, at)
    at, weights = interpolation(np.array([3.0, 3.0]), 2)
    np.testing.assert_allclose(weights @ at, [3.0, 3.0])
