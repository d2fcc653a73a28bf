from __future__ import annotations

import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.sources import read_points


def points(tmp_path, lon, lat):
    path = tmp_path / "pois.csv"
    names = [f"n{i}" if i else None for i in range(len(lon))]
    pd.DataFrame({"name": names, "category": "cafe", "kind": "x", "lon": lon, "lat": lat}).to_csv(
        path, index=False
    )
    return path


def test_points_get_their_region(tmp_path, regions) -> None:
    table, coverage = read_points(points(tmp_path, [0.5, 2.5, 9.0], [50.5] * 3), regions)
    assert table["region_id"].tolist() == ["a", "c"]
    assert table["name"].tolist() == ["", "n1"]
    assert coverage.dropped == {"outside the study area": 1}
    assert "2 of 3 rows matched (1 outside the study area); 2 of 3 regions" in coverage.describe()


def test_several_categories_are_joined(tmp_path, regions) -> None:
    path = points(tmp_path, [0.5], [50.5])
    table, _ = read_points(path, regions, name=None, category=["category", "kind"])
    assert table["category"].tolist() == ["cafe x"]
    assert table["name"].tolist() == [""]


def test_swapped_coordinates_are_recognised(tmp_path, regions) -> None:
    with pytest.raises(InputError, match=r"with longitude and latitude swapped.*longitude comes"):
        read_points(points(tmp_path, [50.5, 50.5], [0.5, 1.5]), regions)


def test_points_elsewhere_say_where_both_are(tmp_path, regions) -> None:
    with pytest.raises(InputError, match=r"points reach from 100, 10 to 100, 10, regions from 0"):
        read_points(points(tmp_path, [100.0], [10.0]), regions)


def test_an_empty_layer_is_refused(tmp_path, regions) -> None:
    with pytest.raises(InputError, match="it holds no points"):
        read_points(points(tmp_path, [], []), regions)
