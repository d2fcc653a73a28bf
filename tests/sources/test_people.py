from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from placeprint.errors import InputError
from placeprint.sources.people import are_numbers, numbered_people


def numbers(array, whole):
    return numbered_people(array, numbers=whole, name="user", source="visits.csv")


def test_numbers_stay_what_they_are() -> None:
    found, present = numbers(pa.array([-3, 2**40, None]), True)
    assert found[:2].tolist() == [-3, 2**40]
    assert present.tolist() == [True, True, False]
    found, present = numbers(pa.array([7.0, None, float("nan")]), True)
    assert (found[0], present.tolist()) == (7, [True, False, False])
    large, _ = numbers(pa.array([2**64 - 1, 0], pa.uint64()), True)
    assert len(np.unique(large)) == 2


def test_text_is_hashed_the_same_in_every_batch() -> None:
    first, _ = numbers(pa.array(["anna", "bo", None, "anna"]), False)
    second, _ = numbers(pa.array(["bo", "anna"]), False)
    assert first[0] == first[3] == second[1]
    assert first[1] == second[0] != first[0]
    many, _ = numbers(pa.array([f"user {i}" for i in range(50_000)]), False)
    assert len(np.unique(many)) == 50_000


def test_a_number_in_one_file_is_its_text_in_another() -> None:
    assert not are_numbers([pa.int64(), None])
    assert are_numbers([pa.int64(), pa.float64()])
    number, _ = numbers(pa.array([7, 8]), False)
    text, _ = numbers(pa.array(["8", "7"]), False)
    whole, _ = numbers(pa.array([7.0, None]), False)
    assert number.tolist() == text[::-1].tolist()
    assert whole[0] == number[0]


def test_a_fraction_is_no_identifier() -> None:
    with pytest.raises(InputError, match=r"'user' holds 7.5 in row 3 \(.*with a fraction"):
        numbers(pa.array([1.0, None, 7.5]), True)


def test_a_whole_number_that_pandas_wrote_with_a_point_is_that_number() -> None:
    found, _ = numbers(pa.array(["7", "7.0", "-7", "-7.00", "7.5", "x7.0"]), False)
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert len(set(found.tolist())) == 4


def test_raw_bytes_are_refused() -> None:
    with pytest.raises(InputError, match=r"'user' holds binary that is no text.*hexadecimal"):
        numbers(pa.array([b"\xff\x00", b"a"]), False)
    text, _ = numbers(pa.array([b"a"]), False)
    assert text.tolist() == numbers(pa.array(["a"]), False)[0].tolist()
