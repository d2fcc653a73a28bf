from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from placeprint.simulation.fields import smooth_field, standardise
from placeprint.simulation.streams import stream


@pytest.mark.parametrize(("width", "height", "scale"), [(1, 1, 5.0), (7, 3, 0.8), (20, 31, 60.0)])
def test_lattice_agrees_with_points(width: int, height: int, scale: float) -> None:
    field = smooth_field(np.random.default_rng(0), scale, modes=16)
    x, y = np.linspace(-300, 300, width), np.linspace(200, -200, height)
    across, down = np.meshgrid(x, y)
    assert_allclose(field.on_lattice(x, y), field.at(across, down), atol=1e-5)


def test_covariance_is_the_gaussian_of_the_scale() -> None:
    rng = np.random.default_rng(1)
    x = np.array([0.0, 5.0, 10.0, 20.0])
    values = np.array([smooth_field(rng, 10.0).at(x, np.zeros(4)) for _ in range(1000)])
    covariance = (values[:, :1] * values).mean(axis=0)
    assert_allclose(covariance, np.exp(-(x**2) / 200.0), atol=0.12)


def test_standardise_weighted() -> None:
    values, weights = np.array([1.0, 2.0, 9.0]), np.array([2.0, 1.0, 3.0])
    repeated = np.repeat(values, weights.astype(int))
    expected = (values - repeated.mean()) / repeated.std()
    assert_allclose(standardise(values, weights), expected)


def test_standardise_a_constant_gives_zeros() -> None:
    assert_allclose(standardise(np.full(4, 3.0)), 0.0)


def test_streams_differ_by_part_and_by_seed() -> None:
    draws = {stream(seed, part).random() for seed in (0, 1) for part in ("terrain", "trips")}
    assert len(draws) == 4
