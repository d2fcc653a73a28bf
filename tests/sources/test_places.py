from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources.places import EveryCell, KnownRegions, are_numbers, numbered_people
from placeprint.sources.weeks import Column


def test_known_regions_are_numbered_by_position(regions) -> None:
    places = KnownRegions(regions)
    lon, lat = np.array([2.5, 0.5, 9.0]), np.full(3, 50.5)
    assert places.locate(lon, lat, "v.csv").tolist() == [2, 0, -1]
    assert places.match(pd.Series(["c", "d", "a"], name="cell"), "v.csv").tolist() == [2, -1, 0]
    assert places.names(np.array([0, 2])).tolist() == ["a", "c"]
    assert places.count == 3
    with pytest.raises(InputError, match=r"'cell' names regions that do not exist: x; .* a, b, c"):
        places.match(pd.Series(["a", "x"], name="cell"), "v.csv")


def test_regions_elsewhere_have_another_fingerprint(regions) -> None:
    moved = Regions.from_polygons(
        regions.ids, shapely.box([0, 1, 2], 51.0, [1, 2, 3], 52.0), frozenset("d")
    )
    assert KnownRegions(regions).fingerprint == KnownRegions(regions).fingerprint
    assert KnownRegions(regions).fingerprint != KnownRegions(moved).fingerprint


def test_cells_may_be_text_or_numbers() -> None:
    known = Regions.from_h3(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=5)
    numbers = pd.Series([int(cell, 16) for cell in known.ids[:3]], name="cell")
    for places in (KnownRegions(known), EveryCell(5)):
        texts = places.match(pd.Series(known.ids[:3], name="cell"), "v.csv")
        assert places.match(numbers, "v.csv").tolist() == texts.tolist()
        assert places.names(texts).tolist() == known.ids[:3].tolist()
        assert places.match(numbers.astype(str), "v.csv").tolist() == texts.tolist()
        for longer in ("8" * 18, "8" * 40):
            with pytest.raises(InputError, match="'cell' names regions that do not exist"):
                places.match(pd.Series([longer], name="cell"), "v.csv")
    far = pd.Series([h3.latlng_to_cell(0, 0, 5)], name="cell")
    assert KnownRegions(known).match(far, "v.csv").tolist() == [-1]


def test_every_cell_keeps_the_order_of_ids() -> None:
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-89, 89, 500)
    places = EveryCell(7)
    found = places.locate(lon, lat, "v.csv")
    names = [h3.latlng_to_cell(y, x, 7) for x, y in zip(lon, lat)]
    assert places.names(found).tolist() == names
    assert places.names(np.sort(found)).tolist() == sorted(names)
    assert EveryCell(0).count == len(h3.get_res0_cells()) == 122
    assert EveryCell(7).fingerprint != EveryCell(6).fingerprint


def test_cells_of_another_resolution_are_refused() -> None:
    with pytest.raises(InputError, match="'cell' names regions that do not exist"):
        EveryCell(6).match(pd.Series([h3.latlng_to_cell(60, 5, 7)], name="cell"), "v.csv")
    with pytest.raises(InputError, match="H3 has no resolution 16"):
        EveryCell(16)


def numbers(array, whole):
    return numbered_people(array, Column("user", "visits.csv"), numbers=whole)


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
    assert not are_numbers([pa.int64(), pa.string()])
    assert are_numbers([pa.int64(), pa.float64()])
    number, _ = numbers(pa.array([7, 8]), False)
    text, _ = numbers(pa.array(["8", "7"]), False)
    whole, _ = numbers(pa.array([7.0, None]), False)
    assert number.tolist() == text[::-1].tolist()
    assert whole[0] == number[0]


def test_a_fraction_is_no_identifier() -> None:
    with pytest.raises(InputError, match=r"'user' holds 7.5 in row 3 \(.*not fractions"):
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
