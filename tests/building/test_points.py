from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from placeprint.building.layers.tables import PointEntities
from placeprint.errors import InputError


def points(tmp_path, lon, lat):
    path = tmp_path / "pois.csv"
    names = [f"n{i}" if i else None for i in range(len(lon))]
    pd.DataFrame({"name": names, "category": "cafe", "kind": "x", "lon": lon, "lat": lat}).to_csv(
        path, index=False
    )
    return path


def test_points_get_their_region(tmp_path, read) -> None:
    table, coverage = read(PointEntities, points(tmp_path, [0.5, 2.5, 9.0], [50.5] * 3))
    assert table["region_id"].tolist() == ["a", "c"]
    assert table["name"].tolist() == ["", "n1"]
    assert coverage.dropped == {"outside the study area": 1}
    assert "2 of 3 rows matched (1 outside the study area); 2 of 3 regions" in coverage.describe()


def test_several_categories_are_joined(tmp_path, read) -> None:
    path = points(tmp_path, [0.5], [50.5])
    table, _ = read(PointEntities, path, name=None, category=["category", "kind"])
    assert table["category"].tolist() == ["cafe x"]
    assert table["name"].tolist() == [""]


def test_swapped_coordinates_are_recognised(tmp_path, read) -> None:
    with pytest.raises(InputError, match=r"with longitude and latitude swapped.*longitude comes"):
        read(PointEntities, points(tmp_path, [50.5, 50.5], [0.5, 1.5]))


def test_points_elsewhere_say_where_both_are(tmp_path, read) -> None:
    with pytest.raises(InputError, match=r"points reach from 100, 10 to 100, 10, regions from 0"):
        read(PointEntities, points(tmp_path, [100.0], [10.0]))


def test_an_empty_layer_is_refused(tmp_path, read) -> None:
    with pytest.raises(InputError, match="it holds no points"):
        read(PointEntities, points(tmp_path, [], []))


def test_points_of_a_geopackage_need_no_columns_of_degrees(tmp_path, read) -> None:
    path = tmp_path / "pois.gpkg"
    places = gpd.points_from_xy([0.5, 2.5], [50.5, 50.5], crs=4326).to_crs(3857)
    gpd.GeoDataFrame({"name": ["n", None], "category": "inn"}, geometry=places).to_file(path)
    spec = PointEntities(file="pois.gpkg")
    assert spec.columns(tmp_path) == {"pois.gpkg": ["name", "category"]}
    table, _ = read(PointEntities, path)
    assert table["region_id"].tolist() == ["a", "c"]
    assert table["name"].tolist() == ["n", ""]
    assert table["lon"].round(6).tolist() == [0.5, 2.5]
