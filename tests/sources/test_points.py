from __future__ import annotations

import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.sources import read_points, read_visits


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


def test_visits_keep_user_and_time(tmp_path, regions) -> None:
    path = tmp_path / "visits.csv"
    visits = {"user": [1, 2, 3], "time": ["2024-01-01", "2024-01-02", None]}
    pd.DataFrame({**visits, "lon": [0.5, 1.5, 1.5], "lat": 50.5}).to_csv(path, index=False)
    table, coverage = read_visits(path, regions)
    assert table["region_id"].tolist() == ["a", "b"]
    assert coverage.dropped == {"without user or time": 1}


def test_visits_without_times(tmp_path, regions) -> None:
    path = tmp_path / "visits.csv"
    pd.DataFrame({"user": [1], "time": ["noon-ish"], "lon": [0.5], "lat": 50.5}).to_csv(path)
    with pytest.raises(InputError, match="column 'time' holds no times"):
        read_visits(path, regions)
