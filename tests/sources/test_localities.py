from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources import EveryCell, KnownRegions


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
