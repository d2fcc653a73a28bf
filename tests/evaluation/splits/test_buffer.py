import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.evaluation.splits import BlockSplits, UnitSplits
from placeprint.evaluation.splits.buffer import buffered

RADIUS_KM = 6371.0088

positions = st.one_of(
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    st.tuples(st.sampled_from([-180.0, -179.9, 179.9, 180.0]), st.floats(-1, 1)),
    st.tuples(st.floats(-180, 180), st.sampled_from([-90.0, -89.5, 89.5, 90.0])),
    st.just((math.nan, math.nan)),
)
maps = st.lists(positions, min_size=4, max_size=25).map(np.array)
widths = st.sampled_from([1e-6, 1.0, 50.0, 500.0, 5000.0])


def kilometres(one, other):
    """The haversine formula, one pair at a time."""
    lon, lat, to_lon, to_lat = map(math.radians, (*one, *other))
    h = math.sin((to_lat - lat) / 2) ** 2
    h += math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
    return 2 * RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


def nearest_test_row(X, row, test):
    known = [i for i in test if not math.isnan(X[i, 0])]
    return min((kilometres(X[row], X[i]) for i in known), default=math.inf)


def check(X, before, after, km):
    """What was dropped lay within the buffer or nowhere, what was kept did not."""
    (train, test), (kept, tested) = before, after
    np.testing.assert_array_equal(tested, test)
    assert set(kept) <= set(train)
    for row in train:
        if math.isnan(X[row, 0]):
            assert row not in kept
            continue
        distance = nearest_test_row(X, row, test)
        if abs(distance - km) > 1e-6:
            assert (row in kept) == (distance > km)


@given(X=maps, km=widths, cut=st.integers(1, 3))
def test_no_training_row_lies_within_the_buffer_of_a_test_row(X, km, cut):
    fold = np.arange(cut, len(X)), np.arange(cut)
    far = [i for i in fold[0] if not math.isnan(X[i, 0])]
    far = [i for i in far if nearest_test_row(X, i, fold[1]) > km - 1e-6]
    if not far:
        with pytest.raises(InputError, match=r"leaves none of the \d+ training rows"):
            next(buffered([fold], X, km))
        return
    if any(nearest_test_row(X, i, fold[1]) > km + 1e-6 for i in far):
        check(X, fold, next(buffered([fold], X, km)), km)


@given(X=maps, seed=st.integers(0, 100))
def test_splitters_apply_it(X, seed):
    groups = np.arange(len(X)) % 4
    for plain, wide in [
        (BlockSplits(2, seed=seed), BlockSplits(2, seed=seed, buffer_km=300)),
        (UnitSplits(), UnitSplits(buffer_km=300)),
    ]:
        try:
            found = list(wide.split(X, groups=groups))
        except InputError:
            continue
        for before, after in zip(plain.split(X, groups=groups), found, strict=True):
            check(X, before, after, 300)


def test_it_reaches_across_the_antimeridian_and_the_pole():
    X = np.array([[179.9, 0.0], [-179.9, 0.0], [0.0, 89.9], [180.0, 89.9], [90.0, 45.0]])
    fold = np.array([1, 3, 4]), np.array([0, 2])
    assert next(buffered([fold], X, 23))[0].tolist() == [4]
    assert next(buffered([fold], X, 22))[0].tolist() == [1, 3, 4]


def test_rows_in_the_same_spot_are_within_any_buffer():
    X = np.array([[10.0, 50.0], [10.0, 50.0], [11.0, 50.0]])
    fold = np.array([1, 2]), np.array([0])
    assert next(buffered([fold], X, 1e-6))[0].tolist() == [2]


def test_without_a_buffer_positions_are_not_looked_at():
    fold = np.array([1]), np.array([0])
    assert next(buffered([fold], None, 0.0)) == fold


@pytest.mark.parametrize(
    ("X", "km", "message"),
    [
        (np.zeros((2, 2)), -1.0, "0 or more"),
        (np.zeros((2, 2)), math.nan, "0 or more"),
        (np.zeros((2, 3)), 1.0, r"shape \(2, 3\)"),
        (np.array([[60.0, 100.0], [61.0, 101.0]]), 1.0, "look swapped"),
        (np.array([[np.nan, 0.0], [np.inf, 0.0]]), 1.0, "row 2 has longitude inf"),
        (np.zeros((2, 2)), 1.0, "leaves none of the 1 training rows"),
    ],
)
def test_what_cannot_be_done_is_refused(X, km, message):
    with pytest.raises(InputError, match=message):
        list(buffered([(np.array([0]), np.array([1]))], X, km))
