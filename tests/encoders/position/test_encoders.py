"""What holds for every position encoder as a scikit-learn transformer."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator

from placeprint.encoders.position import POSITION_ENCODERS, position_encoder
from placeprint.errors import InputError

FORMULAS = sorted(set(POSITION_ENCODERS) - {"geoclip"})
POINTS = np.array([[24.9, 60.2], [-180.0, 0.0], [180.0, -90.0], [0.0, 0.0], [-71.06, 42.36]])
NOT_PLACES = re.compile(
    "columns, expected longitude and latitude|expected degrees within|passing negative input"
)
"""What scikit-learn's battery meets where it feeds random tables that are no coordinates."""


@pytest.mark.parametrize("name", ["spherical_harmonics-3", "sphere2vec-sphereC+", "wrap", "rff"])
def test_scikit_learns_battery_as_far_as_it_feeds_places(name):
    results = check_estimator(position_encoder(name), on_fail=None, on_skip=None)
    failed = {r["check_name"]: str(r["exception"]) for r in results if r["status"] == "failed"}
    assert {check: why for check, why in failed.items() if not NOT_PLACES.search(why)} == {}
    passed = {result["check_name"] for result in results if result["status"] == "passed"}
    assert len(passed) >= 20
    assert "check_parameters_default_constructible" in passed
    assert "check_estimators_unfitted" in passed


@pytest.mark.parametrize("name", FORMULAS)
def test_every_encoder(name):
    encoder = position_encoder(name)
    with pytest.raises(NotFittedError):
        encoder.transform(POINTS)
    given = POINTS.copy()
    values = encoder.fit_transform(given)
    np.testing.assert_array_equal(given, POINTS)
    assert values.dtype == np.float64
    assert np.isfinite(values).all()
    names = encoder.get_feature_names_out()
    assert len(set(names)) == values.shape[1]

    reverse = encoder.transform(POINTS[::-1])
    np.testing.assert_array_equal(reverse[::-1], values)
    one_by_one = np.vstack([encoder.transform(POINTS[i : i + 1]) for i in range(len(POINTS))])
    np.testing.assert_allclose(one_by_one, values, atol=1e-15)
    np.testing.assert_array_equal(clone(encoder).fit(POINTS[:1]).transform(POINTS), values)
    np.testing.assert_array_equal(encoder.fit(POINTS).transform(POINTS), values)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(encoder)).transform(POINTS), values)
    table = clone(encoder).set_output(transform="pandas").fit_transform(POINTS)
    pd.testing.assert_frame_equal(table, pd.DataFrame(values, columns=names), check_names=False)


@pytest.mark.parametrize("name", FORMULAS)
def test_coordinates_are_checked(name):
    encoder = position_encoder(name)
    with pytest.raises(InputError, match="3 columns, expected longitude and latitude"):
        encoder.fit(np.zeros((2, 3)))
    encoder.fit(POINTS)
    with pytest.raises(InputError, match="look swapped"):
        encoder.transform([[40.7, -114.0], [41.0, -98.2]])
    with pytest.raises(ValueError, match="NaN"):
        encoder.transform([[np.nan, 0.0]])


@pytest.mark.parametrize("name", ["sphere2vec-sphereC+", "space2vec-grid", "space2vec-theory"])
def test_degrees_are_another_encoding(name):
    degrees = position_encoder(f"{name}-degrees")
    assert (degrees.unit, degrees.min_radius, degrees.max_radius) == ("degrees", 1.0, 360.0)
    by_hand = clone(degrees).set_params(
        unit="radians", min_radius=np.pi / 180, max_radius=2 * np.pi
    )
    np.testing.assert_allclose(
        by_hand.fit_transform(POINTS), degrees.fit_transform(POINTS), atol=1e-12
    )
