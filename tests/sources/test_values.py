"""Numbers, degrees and text as people write them."""

from __future__ import annotations

import math
import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.sources.values import SENTINELS, class_names, degrees, inferred, numbers, plain_text


def read(values, **how):
    told: list[str] = []
    found = numbers(pd.Series(values, name="v", dtype=object), "a.csv", told.append, **how)
    return found.tolist(), told


def written(number: float, *, point: str, group: str, places: int) -> str:
    text = f"{number:,.{places}f}"
    return text.replace(",", "\0").replace(".", point).replace("\0", group)


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (".", "\u00a0")]),
    st.sampled_from([1, 2, 4]),
    st.sampled_from(["", "%", " %", "€"]),
)
def test_numbers_however_they_are_written(values, signs, places, sign) -> None:
    point, group = signs
    texts = [written(v, point=point, group=group, places=places) + sign for v in values]
    found, _ = read(texts, decimal=point)
    expected = [float(f"{v:.{places}f}") for v in values]
    assume(not {*expected} & {*SENTINELS.tolist()})
    assert found == expected
    if places != 3 and any(point in text for text in texts):
        assert read(texts)[0] == expected  # found out from the values alone


@given(
    st.lists(st.integers(1000, 10**9), min_size=1, max_size=10),
    st.lists(st.sampled_from(["-", "(X)", "<5", "n/a", "..", "NA", "#N/A", "> 1,000"]), max_size=5),
    st.randoms(use_true_random=False),
)
def test_marks_are_missing_and_counted(values, marks, random) -> None:
    cells = [*(f"{value:,}" for value in values), *marks]
    random.shuffle(cells)
    found, told = read(cells)
    assert np.isnan(found).sum() == len(marks)
    assert sorted(v for v in found if not math.isnan(v)) == sorted(values)
    assert any(f"{len(marks)} mark" in sentence for sentence in told) == bool(marks)


@pytest.mark.parametrize(
    ("cells", "row"),
    [(["1", "2", "many"], 3), (["1,5", "x1"], 2), (["12 a", "1"], 1), (["1.2.3", "4"], 1)],
)
def test_a_bad_value_is_shown_with_its_row(cells, row) -> None:
    with pytest.raises(InputError, match=rf"column 'v' holds '{cells[row - 1]}' in row {row} "):
        read(cells)


@pytest.mark.parametrize("cells", [["10%", "20%", "0.3"], ["$5", "$6", "€7"], ["5", "6", "7 %"]])
def test_percent_and_currencies_do_not_mix(cells) -> None:
    with pytest.raises(InputError, match=rf"holds '{cells[2]}' in row 3 "):
        read(cells)
    assert read(["0", "5%"])[0] == [0, 5]


def test_a_column_of_marks_alone_is_no_column_of_numbers() -> None:
    with pytest.raises(InputError, match="holds 'x' in row 1"):
        read(["x", "x"])


def test_what_could_be_thousands_or_a_decimal_is_asked_for() -> None:
    with pytest.raises(InputError, match="may group thousands or be the decimal sign"):
        read(["1,234", "5,678"], sep=";")
    with pytest.raises(InputError, match="may group thousands or be the decimal sign"):
        read(["1.234", "567"], sep=";")
    with pytest.raises(InputError, match="may group thousands or be the decimal sign"):
        read(["1.234", "5.678"], sep=";")
    with pytest.raises(InputError, match="may group thousands or be the decimal sign"):
        read(["30,110", "31,111", "41,2"])
    assert read(["1.234", "5678"], sep=";")[0] == [1.234, 5678]
    assert read(["0.234", "5.678"], sep=";")[0] == [0.234, 5.678]
    assert read(["1,234", "5,678"], sep=";", decimal=",")[0] == [1.234, 5.678]
    assert read(["1,234", "567"])[0] == [1234, 567]
    assert read(["0,123", "1,234"])[0] == [0.123, 1.234]
    assert read(["1.234.567", "1.234"])[0] == [1234567, 1234]


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ([51_000, 48_000, -666666666], 1),
        ([1.5, -9999, 2.5, -9999], 2),
        ([12.0, -99, 30], 1),
        ([5, 99999, 99999, 7], 2),
        ([0.5, -3.4028234663852886e38], 1),
        ([-95.0, -99, 40], 0),
        ([-12000, -9999, 4000], 0),
        ([500.0, 9999, 3000], 0),
        ([-999.0, -999.0], 0),
        ([0.5, 9.96921e36, 9.96921e36], 2),
        ([0.5, -3.4e38, 2.5], 1),
    ],
)
def test_sentinels_are_missing_and_said(values, missing) -> None:
    told: list[str] = []
    found = numbers(pd.Series(values, name="v"), "a.parquet", told.append)
    assert found.isna().sum() == missing
    assert len(told) == bool(missing)


def test_numbers_that_are_not_allowed() -> None:
    with pytest.raises(InputError, match=r"holds -1\.0 in row 2 .*number of 0 or more"):
        numbers(pd.Series([1.0, -1.0], name="v"), "a.csv", print, minimum=0)
    with pytest.raises(InputError, match="holds inf in row 1"):
        numbers(pd.Series([np.inf, 1.0], name="v"), "a.csv", print)
    with pytest.raises(InputError, match="expected a number"):
        numbers(pd.Series(pd.to_datetime(["2024-01-01"]), name="v"), "a.csv", print)


@given(st.lists(st.one_of(st.integers(-(10**12), 10**12), st.none()), min_size=1))
def test_whole_numbers_stay_whole(values) -> None:
    texts = pd.Series([None if v is None else str(v) for v in values], dtype=object)
    found = inferred(texts, "a.csv", print)
    if any(v is not None for v in values):
        assert pd.api.types.is_integer_dtype(found)
    expected = [None if v in SENTINELS and pd.isna(f) else v for v, f in zip(values, found)]
    assert [None if pd.isna(v) else int(v) for v in found] == expected


def test_what_columns_of_text_hold() -> None:
    def kind(*cells):
        return inferred(pd.Series(cells, name="v", dtype=object), "a.csv", lambda told: None)

    assert kind("0111", "111").tolist() == ["0111", "111"]
    assert kind("1.5", None).tolist()[0] == 1.5
    assert kind("true", "False").tolist() == [True, False]
    assert kind("a", "1", "2").tolist() == ["a", "1", "2"]
    assert kind(None, None).isna().all()
    assert kind("10%", "1,000%").tolist() == [10, 1000]
    numbered = [str(i) for i in range(20)]
    with pytest.raises(InputError, match=r"holds 'oops' in row 21 .*as in the other rows"):
        kind(*numbered, "oops")


@given(
    st.floats(0, 180),
    st.sampled_from(["EW", "NS"]),
    st.booleans(),
    st.sampled_from(["plain", "comma", "letter", "first", "minutes", "seconds"]),
)
def test_degrees_however_they_are_written(size, letters, negative, style) -> None:
    size = round(size if letters == "EW" else size / 2, 4)
    value = -size if negative else size
    letter = letters[negative]
    whole, rest = int(size), (size - int(size)) * 60
    text = {
        "plain": f"{value:.4f}",
        "comma": f"{value:.4f}".replace(".", ","),
        "letter": f"{size:.4f}° {letter}",
        "first": f"{letter} {size:.4f}",
        "minutes": f"{whole}°{min(rest, 59.999999):.6f}'{letter}",
        "seconds": f"{whole}° {int(rest)}' {min((rest - int(rest)) * 60, 59.9999):.4f}\" {letter}",
    }[style]
    found = degrees(pd.Series([text], dtype=object), letters, "a.csv", lambda told: None)
    assert found[0] == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("text", ["12 O", "northish", "12E", "1°75'N", "-5 S", "1,2,3", "5 E"])
def test_what_is_no_latitude_is_refused(text) -> None:
    with pytest.raises(InputError, match=r"column 'lat' holds .* in row 2 .*expected degrees"):
        degrees(pd.Series(["50", text], name="lat", dtype=object), "NS", "a.csv", print)


@given(st.lists(st.text(max_size=8)))
def test_text_is_spelt_one_way(texts) -> None:
    found = plain_text(pa.array(texts, pa.string()), "name", "a.csv").tolist()
    composed = plain_text(
        pa.array([unicodedata.normalize("NFD", text) for text in texts], pa.string()), "n", "a"
    ).tolist()
    assert found == composed
    assert all(text is None or text == text.strip() for text in found)


@given(st.lists(st.one_of(st.integers(0, 2**53), st.none()), min_size=1))
def test_numbers_as_text_keep_every_digit(values) -> None:
    expected = [None if v is None else str(v) for v in values]
    for kind in (pa.int64(), pa.float64()):
        array = pa.array(values, pa.int64()).cast(kind)
        assert plain_text(array, "id", "a.parquet").tolist() == expected


def test_floats_that_lost_digits_are_no_text() -> None:
    with pytest.raises(InputError, match="last digits are lost"):
        plain_text(pa.array([6.04189641255419903e17]), "cell", "a.parquet")
    with pytest.raises(InputError, match="no text"):
        plain_text(pa.array([[1]]), "cell", "a.parquet")


def test_a_column_that_is_nearly_numbers_and_taken_for_text_is_said() -> None:
    told: list[str] = []
    values = pd.Series([*map(str, range(1000, 1010)), "30674 b", "(1200)"], name="income")
    assert inferred(values, "a.csv", told.append).dtype == object
    assert told == [
        "column 'income' is taken for text, for it holds '30674 b' in row 11 (counted from 1, "
        "without the header)"
    ]
    assert inferred(pd.Series(["-05", "3"]), "a.csv", told.append).tolist() == [-5, 3]
    assert inferred(pd.Series(["3", "-9999", "7"]), "a.csv", told.append).isna().sum() == 1


def test_marks_are_no_classes_and_what_differs_by_little_is_said() -> None:
    told: list[str] = []
    found = class_names(pd.Series(["1", "1.0", "01", "2", "N/A", None]), "zone", told.append)
    assert found.isna().tolist() == [False, False, False, False, True, True]
    assert (
        told[1] == "column 'zone': classes '1', '1.0', '01' are written much alike, and kept apart"
    )
    assert plain_text(pa.array(["New\u00a0York", "urban\u200b"]), "n", "a").tolist() == [
        "New York",
        "urban",
    ]
