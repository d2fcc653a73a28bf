"""Each formula against a slow one, a point and a term at a time."""

from math import cos, pi, radians, sin, sqrt

import numpy as np
import pytest

from placeprint.encoders.position import (
    CartesianCoordinates,
    NeRF,
    RandomFourierFeatures,
    Space2Vec,
    Sphere2Vec,
    Wrap,
)
from placeprint.errors import InputError

POINTS = np.array([[24.9, 60.2], [-180.0, 0.0], [180.0, -90.0], [0.0, 0.0], [-71.06, 42.36]])


def radii(count, finest, coarsest):
    return [finest * (coarsest / finest) ** (s / (count - 1)) for s in range(count)]


def in_unit(point, unit):
    return [radians(value) if unit == "radians" else value for value in point]


def sphere2vec(point, variant, count, finest, coarsest, unit):
    lam, phi = in_unit(point, unit)
    row = []
    for radius in radii(count, finest, coarsest):
        ls, ps = lam / radius, phi / radius
        grid = [sin(ps), cos(ps), sin(ls), cos(ls)]
        sphere_c = [cos(ps) * cos(ls), cos(ps) * sin(ls)]
        sphere_m = [cos(ps) * cos(lam), cos(phi) * cos(ls), cos(ps) * sin(lam), cos(phi) * sin(ls)]
        row += {
            "sphereC": [sin(ps), *sphere_c],
            "sphereC+": grid + sphere_c,
            "sphereM": [sin(ps), *sphere_m],
            "sphereM+": grid + sphere_m,
        }[variant]
    return row


@pytest.mark.parametrize("unit", ["radians", "degrees"])
@pytest.mark.parametrize("variant", ["sphereC", "sphereC+", "sphereM", "sphereM+"])
def test_sphere2vec(variant, unit):
    settings = (5, 0.1, 40.0, unit)
    encoder = Sphere2Vec(variant, *settings).fit(POINTS)
    expected = [sphere2vec(point, variant, *settings) for point in POINTS]
    np.testing.assert_allclose(encoder.transform(POINTS), expected, atol=1e-12)


def test_sphere2vec_defaults_are_the_published_ones():
    expected = [sphere2vec(point, "sphereC+", 16, 10.0, 10_000.0, "radians") for point in POINTS]
    values = Sphere2Vec().fit_transform(POINTS)
    assert values.shape[1] == 96
    np.testing.assert_allclose(values, expected, atol=1e-14)


@pytest.mark.parametrize("unit", ["radians", "degrees"])
def test_space2vec(unit):
    grid, theory = [], []
    for point in POINTS:
        x, y = in_unit(point, unit)
        scales = radii(4, 0.5, 60.0)
        grid.append([f(v / r) for v in (x, y) for r in scales for f in (sin, cos)])
        axes = [(cos(2 * pi * j / 3), sin(2 * pi * j / 3)) for j in range(3)]
        theory.append([f((x * a + y * b) / r) for r in scales for a, b in axes for f in (sin, cos)])
    for variant, expected in (("grid", grid), ("theory", theory)):
        values = Space2Vec(variant, 4, 0.5, 60.0, unit).fit_transform(POINTS)
        np.testing.assert_allclose(values, expected, atol=1e-12)


def xyz(point):
    lam, phi = in_unit(point, "radians")
    return [cos(phi) * cos(lam), cos(phi) * sin(lam), sin(phi)]


def test_nerf_xyz_and_wrap():
    nerf = [
        [f(2**k * pi * v) for v in xyz(p) for k in range(5) for f in (sin, cos)] for p in POINTS
    ]
    np.testing.assert_allclose(NeRF(5).fit_transform(POINTS), nerf, atol=1e-12)
    assert NeRF().fit_transform(POINTS).shape[1] == 96
    expected = [xyz(point) for point in POINTS]
    np.testing.assert_allclose(CartesianCoordinates().fit_transform(POINTS), expected, atol=1e-15)
    wrap = [[f(radians(v)) for v in point for f in (sin, cos)] for point in POINTS]
    np.testing.assert_allclose(Wrap().fit_transform(POINTS), wrap, atol=1e-15)


@pytest.mark.parametrize("scale", [0.7, 3.0])
def test_random_fourier_features_approach_the_gaussian_kernel(scale):
    encoder = RandomFourierFeatures(n_features=40_000, scale=scale).fit(POINTS)
    values = encoder.transform(POINTS)
    far = np.linalg.norm(np.radians(POINTS)[:, None] - np.radians(POINTS), axis=2)
    np.testing.assert_allclose(values @ values.T, np.exp(-((scale * far) ** 2) / 2), atol=0.03)
    row = [
        sqrt(2 / 40_000) * cos(radians(24.9) * wx + radians(60.2) * wy + shift)
        for (wx, wy), shift in zip(encoder.directions_.T[:9], encoder.shifts_, strict=False)
    ]
    np.testing.assert_allclose(values[0, :9], row, atol=1e-14)


def test_random_fourier_features_follow_their_seed():
    first, again, other = (
        RandomFourierFeatures(random_state=seed).fit_transform(POINTS) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (Sphere2Vec("sphereX"), "unknown variant of Sphere2Vec 'sphereX'.*did you mean 'sphere"),
        (Space2Vec("gird"), "unknown variant of Space2Vec 'gird'.*did you mean 'grid'"),
        (Space2Vec(unit="degree"), "unknown unit 'degree'.*did you mean 'degrees'"),
        (Sphere2Vec(n_frequencies=0), "n_frequencies is 0"),
        (Sphere2Vec(min_radius=20.0, max_radius=10.0), "expected 0 < min_radius ≤ max_radius"),
        (NeRF(0), "n_frequencies is 0"),
        (RandomFourierFeatures(0), "n_features is 0"),
        (RandomFourierFeatures(scale=0.0), "scale is 0.0"),
    ],
)
def test_parameters_are_checked(encoder, message):
    with pytest.raises(InputError, match=message):
        encoder.fit(POINTS)
