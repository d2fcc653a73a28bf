from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.sources.ids import (
    Coverage,
    check_unique,
    coordinate_columns,
    identifier_column,
    identifiers,
    respelt,
)


def table(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"id": [1], "h3": ["x"], "region_id": ["r"]}, "region_id"),
        ({"id": [1], "admincode": [2], "H3": ["x"]}, "H3"),
        ({"id": [1], "GEOID": [2], "name": ["x"]}, "GEOID"),
        ({"id": [1], "name": ["x"], "0": [0.1]}, "id"),
        ({"tract": ["x"], "0": [0.1]}, "tract"),
        ({"Unnamed: 0": ["x"], "name": ["n"], "0": [0.1]}, "Unnamed: 0"),
        ({"__index_level_0__": [3], "name": ["n"], "0": [0.1]}, "name"),
        ({"Unnamed: 0": [3], "0": [0.1]}, "Unnamed: 0"),
    ],
)
def test_the_column_of_ids_is_found_by_its_name_or_as_the_only_text(columns, expected) -> None:
    assert identifier_column(table(**columns), None, "t.csv") == expected


def test_several_candidates_are_listed() -> None:
    with pytest.raises(InputError, match=r"columns fips, geoid could all hold.*--id-column"):
        identifier_column(table(fips=["1"], geoid=["1"]), None, "t.csv")
    with pytest.raises(InputError, match=r"no column holds the identifiers.*a, b.*region_id"):
        identifier_column(table(a=[1], b=[2.0]), None, "t.csv")


def test_the_given_column_wins_and_must_exist() -> None:
    assert identifier_column(table(region_id=["r"], tract=[7]), "tract", "t.csv") == "tract"
    with pytest.raises(InputError, match=r"no column 'trackt'.*did you mean 'tract'"):
        identifier_column(table(tract=[7]), "trackt", "t.csv")


@given(
    st.lists(
        st.tuples(st.floats(-179, 179), st.floats(-89, 89), st.integers(0, 15)),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(["uint64", "int64", "str"]),
)
def test_integer_cells_become_hexadecimal(places, kind) -> None:
    cells = [h3.latlng_to_cell(lat, lon, resolution) for lon, lat, resolution in places]
    numbers = pd.Series([h3.str_to_int(cell) for cell in cells]).astype(kind)
    assert identifiers(numbers).tolist() == cells


def test_other_long_numbers_stay_decimal() -> None:
    assert identifiers(pd.Series([604189641255419904])).tolist() == ["604189641255419904"]


def test_floats_that_lost_digits_are_refused() -> None:
    cell = h3.str_to_int("861126d37ffffff")
    with pytest.raises(InputError, match="'cell' holds identifiers as floats of more than 15"):
        identifiers(pd.Series([float(cell)], name="cell"))
    assert identifiers(pd.Series([12345.0])).tolist() == ["12345"]


def test_identifiers_that_occur_twice_are_named() -> None:
    with pytest.raises(InputError, match="in column 'fips' occur more than once: 01001"):
        check_unique(pd.Index(["01001", "01003", "01001"], name="fips"), "t.csv")


def test_coordinates_need_both_columns() -> None:
    assert coordinate_columns(["Longitude", "LATITUDE", "v"]) == ("Longitude", "LATITUDE")
    assert coordinate_columns(["lon", "y", "v"]) is None
    assert coordinate_columns(["x", "y"]) == ("x", "y")


def test_nullable_integers_are_ids() -> None:
    assert identifiers(pd.Series([1, 2], dtype="Int64")).tolist() == ["1", "2"]
    with pytest.raises(InputError, match="no identifier in row 2"):
        identifiers(pd.Series([1, np.nan]))


@pytest.mark.parametrize(
    ("known", "given", "found"),
    [
        (["01", "02"], ["1", "2"], ["01", "02"]),
        (["010", "100"], ["10", "0100"], ["010", "100"]),
        (["010", "100"], ["10", "100", "0100"], ["010", "100", "0100"]),
        (["1", "2"], ["01", "1"], ["01", "1"]),
        (["01001", "01003"], ["0500000US01001", "0500000US01003"], ["01001", "01003"]),
        (["US01", "US02"], ["01", "02"], ["US01", "US02"]),
        (["US01"], ["0500000US01"], ["US01"]),
        (["E06", "E07"], ["W06", "W07"], ["W06", "W07"]),
        (["Ward 1"], ["District 1"], ["District 1"]),
        (["1", "2", "3"], ["1", "Total 3"], ["1", "Total 3"]),
        (["1", "2"], ["-1", "-2"], ["-1", "-2"]),
        (["1", "2"], ["1.2", "2020-1"], ["1.2", "2020-1"]),
        (["a", "b"], ["A", "a"], ["a", "a"]),
    ],
)
def test_ids_are_respelt_where_only_one_place_can_be_meant(known, given, found) -> None:
    assert respelt(pd.Series(given, name="id"), known, Coverage(0, 0)).tolist() == found
