import numpy as np
import pandas as pd
import pytest
from scipy.special import sph_harm_y
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from placeprint.encoders.position import (
    SphericalHarmonics,
    harmonic_features,
    harmonics,
    iter_harmonics,
)
from placeprint.errors import InputError


def points(n, seed=0):
    generator = np.random.default_rng(seed)
    lon = generator.uniform(-180, 180, n)
    lat = np.degrees(np.arcsin(generator.uniform(-1, 1, n)))
    return np.append(lon, [0.0, 180.0, -180.0, 7.0]), np.append(lat, [90.0, -90.0, 0.0, 0.0])


def of_scipy(lon, lat, degree):
    """Real harmonics from SciPy's complex ones, which carry the Condon–Shortley phase."""
    columns = []
    for l in range(degree):  # noqa: E741
        for m in range(-l, l + 1):
            value = sph_harm_y(l, abs(m), np.radians(90 - lat), np.radians(lon)) * (-1) ** m
            scale = np.sqrt(2) if m else 1
            columns.append(scale * (value.imag if m < 0 else value.real))
    return np.column_stack(columns)


def by_recurrence(lon, lat, degree):
    """The documented recurrence, one harmonic at a time."""
    lam, sine, cosine = np.radians(lon), np.sin(np.radians(lat)), np.cos(np.radians(lat))
    legendre = {(0, 0): np.full(len(lon), np.sqrt(1 / (4 * np.pi)))}
    for l in range(1, degree):  # noqa: E741
        legendre[l, l] = np.sqrt((2 * l + 1) / (2 * l)) * cosine * legendre[l - 1, l - 1]
        for m in range(l):
            before = legendre.get((l - 2, m), 0.0)
            fall = np.sqrt(((l - 1) ** 2 - m**2) / (4 * (l - 1) ** 2 - 1)) if l > 1 else 0.0
            scale = np.sqrt((4 * l**2 - 1) / (l**2 - m**2))
            legendre[l, m] = scale * (sine * legendre[l - 1, m] - fall * before)
    columns = []
    for l in range(degree):  # noqa: E741
        columns += [np.sqrt(2) * legendre[l, m] * np.sin(m * lam) for m in range(l, 0, -1)]
        columns += [legendre[l, 0]]
        columns += [np.sqrt(2) * legendre[l, m] * np.cos(m * lam) for m in range(1, l + 1)]
    return np.column_stack(columns)


@pytest.mark.parametrize("degree", [1, 2, 3, 20, 90])
def test_equals_the_recurrence_written_plainly(degree):
    lon, lat = points(40)
    np.testing.assert_allclose(
        harmonics(lon, lat, degree), by_recurrence(lon, lat, degree), atol=1e-12, rtol=0
    )


@pytest.mark.parametrize("degree", [1, 2, 3, 10, 32])
def test_equals_scipy(degree):
    lon, lat = points(100)
    np.testing.assert_allclose(
        harmonics(lon, lat, degree), of_scipy(lon, lat, degree), atol=2e-12, rtol=0
    )


@pytest.mark.parametrize("degree", [1, 4, 12, 40])
def test_orthonormal_over_the_sphere(degree):
    nodes, weights = np.polynomial.legendre.leggauss(degree)
    around = np.arange(2 * degree) * 360 / (2 * degree) - 180
    lat, lon = np.meshgrid(np.degrees(np.arcsin(nodes)), around, indexing="ij")
    area = np.repeat(weights, 2 * degree) * 2 * np.pi / (2 * degree)
    values = harmonics(lon.ravel(), lat.ravel(), degree)
    gram = values.T @ (area[:, None] * values)
    np.testing.assert_allclose(gram, np.eye(degree**2), atol=1e-12)


def test_high_degrees_are_orthonormal_from_pole_to_pole():
    degree = 200
    nodes, weights = np.polynomial.legendre.leggauss(degree)
    values = harmonics(np.zeros(degree), np.degrees(np.arcsin(nodes)), degree)
    l = np.arange(degree)  # noqa: E741
    for m in range(0, degree, 7):  # at longitude 0 the cosine of every order is 1
        of_order = values[:, l[m:] ** 2 + l[m:] + m]
        gram = np.pi * (2 if m == 0 else 1) * of_order.T @ (weights[:, None] * of_order)
        np.testing.assert_allclose(gram, np.eye(degree - m), atol=1e-12)


@pytest.mark.parametrize("degree", [2, 40, 300])
def test_addition_theorem_and_stability(degree):
    lon, lat = points(20)
    values = harmonics(lon, lat, degree)
    assert np.isfinite(values).all()
    expected = (2 * degree - 1) / (4 * np.pi)
    of_last_degree = (values[:, (degree - 1) ** 2 :] ** 2).sum(axis=1)
    np.testing.assert_allclose(of_last_degree, expected, rtol=1e-10)


@pytest.mark.parametrize("chunk", [1, 7, 512, 5000])
def test_chunks_do_not_show(chunk):
    lon, lat = points(1000)
    whole = harmonics(lon, lat, 5)
    pieces = list(iter_harmonics(lon, lat, 5, chunk=chunk))
    assert max(len(piece) for piece in pieces) == min(chunk, len(lon))
    np.testing.assert_array_equal(np.vstack(pieces), whole)


def test_pieces_are_checked_before_the_first():
    with pytest.raises(InputError, match="a chunk has 0 points"):
        iter_harmonics(np.zeros(1), np.zeros(1), 2, chunk=0)
    with pytest.raises(InputError, match="expected two numbers"):
        iter_harmonics(np.full(1, np.nan), np.zeros(1), 2)


def test_no_points_have_no_harmonics():
    assert harmonics(np.zeros(0), np.zeros(0), 3).shape == (0, 9)


def test_transformer():
    lon, lat = points(30)
    pairs = np.column_stack([lon, lat])
    encoder = clone(SphericalHarmonics(degree=4)).fit(pairs)
    np.testing.assert_array_equal(encoder.transform(pairs), harmonics(lon, lat, 4))
    assert len(encoder.get_feature_names_out()) == 16
    assert encoder.get_params() == {"degree": 4}
    with pytest.raises(NotFittedError):
        SphericalHarmonics().transform(pairs)
    with pytest.raises(InputError, match="3 columns, expected longitude and latitude"):
        SphericalHarmonics().fit(np.zeros((2, 3)))


def test_swapped_coordinates_are_refused():
    pairs = np.array([[40.7, -114.0], [41.0, -98.2]])
    with pytest.raises(InputError, match="look swapped"):
        SphericalHarmonics().fit_transform(pairs)
    with pytest.raises(InputError, match="give at least 1"):
        harmonics(pairs[:, 1], pairs[:, 0], 0)


def test_features_of_regions():
    table = pd.DataFrame({"lat": [60.0], "lon": [25.0]}, index=["x"])
    features = harmonic_features(table, degree=3)
    expected = of_scipy(np.array([25.0]), np.array([60.0]), 3)
    np.testing.assert_allclose(features.to_numpy(), expected, rtol=1e-6)
    assert (features.index.name, features.columns[5]) == ("region_id", "Y_2,-1")
