"""Points to the vectors of the regions that they lie in."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from placeprint.errors import InputError
from placeprint.lookup import RegionLookup

POINTS = np.array([[10.1, 50.05], [10.7, 50.05], [0.0, 0.0], [10.99, 50.39]])
"""In r00; in r03, which has no vector; outside; in r19."""

NOT_PLACES = re.compile(
    "columns, expected longitude and latitude|expected degrees within|passing negative input"
    "|points have the columns"
)
"""What scikit-learn's battery meets where it feeds random tables that are no coordinates."""


@pytest.fixture
def lookup(vectors, board) -> RegionLookup:
    return RegionLookup(vectors, board).fit()


def test_scikit_learns_battery_as_far_as_it_feeds_places(vectors, board) -> None:
    results = check_estimator(RegionLookup(vectors, board), on_fail=None, on_skip=None)
    failed = {r["check_name"]: str(r["exception"]) for r in results if r["status"] == "failed"}
    assert {check: why for check, why in failed.items() if not NOT_PLACES.search(why)} == {}
    passed = {result["check_name"] for result in results if result["status"] == "passed"}
    assert {
        "check_estimator_cloneable",
        "check_estimator_repr",
        "check_estimators_unfitted",
        "check_get_params_invariance",
        "check_no_attributes_set_in_init",
        "check_set_params",
        "check_do_not_raise_errors_in_init_or_set_params",
    } <= passed


def test_vectors_of_points(lookup, vectors) -> None:
    found = lookup.transform(POINTS)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[[0, 3]], vectors.loc[["r00", "r19"]])
    assert np.isnan(found[[1, 2]]).all()
    assert lookup.coverage(POINTS).tolist() == [True, False, False, True]
    assert lookup.locate(POINTS).tolist() == ["r00", None, None, "r19"]
    np.testing.assert_array_equal(lookup.encode(*POINTS.T), found)
    one_by_one = [lookup.transform(POINTS[[row]])[0] for row in range(len(POINTS))]
    np.testing.assert_array_equal(one_by_one, found)


def test_cells_need_no_outlines(cells) -> None:
    lookup = RegionLookup(cells).fit()
    ids = lookup.locate([[5.5, 60.5], [0.0, 0.0]])
    np.testing.assert_array_equal(lookup.transform([[5.5, 60.5]])[0], cells.loc[ids[0]])
    assert ids[1] is None


def test_a_run_knows_its_regions(simulated_run) -> None:
    lookup = RegionLookup(simulated_run.path).fit()
    centres = simulated_run.atlas.regions.centroids().loc[simulated_run.embeddings.index]
    np.testing.assert_array_equal(lookup.transform(centres), simulated_run.embeddings)
    assert lookup.locate(centres).tolist() == centres.index.tolist()
    assert lookup.about_["emb:model"] == "MobCLIP"


@pytest.mark.parametrize(
    "names", [["lon", "lat"], ["Lat", "Lon"], ["latitude", "longitude"], ["id", "lat", "lng"]]
)
def test_columns_are_told_by_their_names(lookup, names) -> None:
    values = {"lon": POINTS[:, 0], "lng": POINTS[:, 0], "longitude": POINTS[:, 0]}
    values |= {"lat": POINTS[:, 1], "latitude": POINTS[:, 1], "id": [*"abcd"]}
    table = pd.DataFrame({name: values[name.lower()] for name in names}, index=[5, 6, 7, 8])
    np.testing.assert_array_equal(lookup.transform(table), lookup.transform(POINTS))
    framed = clone(lookup).set_output(transform="pandas").fit_transform(table)
    assert framed.columns.tolist() == ["a", "b", "c"]
    assert framed.index.tolist() == [5, 6, 7, 8]


def test_names_are_kept_and_other_tables_may_have_others(vectors, board, recwarn) -> None:
    lookup = RegionLookup(vectors, board).fit(pd.DataFrame(POINTS, columns=["lon", "lat"]))
    assert lookup.feature_names_in_.tolist() == ["lon", "lat"]
    other = pd.DataFrame(POINTS[:, ::-1], columns=["latitude", "longitude"])
    expected = RegionLookup(vectors, board).fit(POINTS).transform(other)
    np.testing.assert_array_equal(lookup.transform(other), expected)
    assert not recwarn.list


def test_as_many_longitudes_as_latitudes(lookup) -> None:
    with pytest.raises(InputError, match="2 longitudes and 1 latitudes"):
        lookup.encode(np.array([10.1, 10.3]), np.array([50.05]))


def test_in_a_pipeline(lookup, vectors) -> None:
    inside = POINTS[[0, 3, 0, 3]]
    labels = lookup.transform(inside) @ [1.0, 2.0, 3.0]
    pipeline = make_pipeline(RegionLookup(vectors, lookup.regions), LinearRegression())
    assert pipeline.fit(inside, labels).score(inside, labels) == pytest.approx(1)
    assert pipeline[0].vectors_ is not lookup.vectors_


def test_clones_and_copies_are_the_same(lookup) -> None:
    with pytest.raises(NotFittedError):
        clone(lookup).transform(POINTS)
    for copy in (clone(lookup).fit(POINTS), pickle.loads(pickle.dumps(lookup))):
        np.testing.assert_array_equal(copy.transform(POINTS), lookup.transform(POINTS))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[50.05, 10.1], [50.3, 10.5]], "lie in a region|swapped"),
        ([[10.1, 95.0]], "swapped"),
        ([[200.0, 95.0]], "within ±180"),
        ([[1.0, 2.0, 3.0]], "3 features"),
        ([[np.nan, 50.0]], "NaN"),
    ],
)
def test_points_that_are_none(lookup, points, message) -> None:
    with pytest.raises(ValueError, match=message):
        lookup.transform(points)


def test_swapped_coordinates_are_told_only_where_they_can_be(vectors, board, cells) -> None:
    with pytest.raises(InputError, match="longitude and latitude swapped"):
        RegionLookup(vectors, board).fit().transform([[50.05, 10.1]])
    # One point that lies in a region is enough to leave the others alone.
    found = RegionLookup(vectors, board).fit().coverage([[50.05, 10.1], [10.1, 50.05]])
    assert found.tolist() == [False, True]
    diagonal = board.geometry.translate(xoff=40)  # reaches over the line on which both are equal
    regions = type(board)(diagonal)
    assert not RegionLookup(vectors, regions).fit().coverage([[50.05, 50.45]]).any()


def test_tables_that_cannot_be_opened(vectors, board, tmp_path) -> None:
    with pytest.raises(InputError, match="their ids are no H3 cells"):
        RegionLookup(vectors).fit()
    strange = pd.concat([vectors, vectors.iloc[:1].set_axis(["elsewhere"])])
    with pytest.raises(InputError, match="1 of 19 vectors are of regions that have no outline"):
        RegionLookup(strange, board).fit()
    with pytest.raises(InputError, match="more than once"):
        RegionLookup(pd.concat([vectors, vectors]), board).fit()
    with pytest.raises(InputError, match="no finished run here"):
        RegionLookup(tmp_path).fit()
    with pytest.raises(InputError, match="expected numbers"):
        RegionLookup(vectors.astype(str), board).fit()
    mixed = pd.DataFrame({"a": [1.0, 2.0]}, index=["861126d37ffffff", "85283473fffffff"])
    with pytest.raises(InputError, match="resolutions 5, 6"):
        RegionLookup(mixed).fit()
