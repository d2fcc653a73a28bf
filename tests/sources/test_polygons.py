from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from placeprint.errors import InputError
from placeprint.sources import read_area, read_polygons


def frame(crs=4326):
    outlines = shapely.box([0, 1], 50.0, [1, 2], 51.0)
    return gpd.GeoDataFrame({"id": [2, 1], "land": [True, False]}, geometry=outlines, crs=crs)


def test_where_keeps_some_and_knows_the_rest(tmp_path) -> None:
    frame().to_parquet(tmp_path / "r.parquet")
    regions = read_polygons(tmp_path / "r.parquet", "id", {"land": True})
    assert regions.ids.tolist() == ["2"]
    assert regions.outside == {"1"}


@pytest.mark.parametrize("name", ["r.parquet", "r.gpkg"])
def test_another_crs_is_refused(tmp_path, name) -> None:
    path = tmp_path / name
    projected = frame().to_crs(3857)
    projected.to_parquet(path) if name == "r.parquet" else projected.to_file(path)
    with pytest.raises(InputError, match=r"have the CRS .*Mercator.*, expected EPSG:4326"):
        read_polygons(path, "id")


def test_no_crs_is_refused(tmp_path) -> None:
    frame(crs=None).to_parquet(tmp_path / "r.parquet")
    with pytest.raises(InputError, match="have no CRS"):
        read_polygons(tmp_path / "r.parquet", "id")


def test_a_wrong_column_and_a_damaged_file(tmp_path) -> None:
    path = tmp_path / "r.parquet"
    frame().to_parquet(path)
    with pytest.raises(InputError, match=r"no column 'ids'.*did you mean 'id'"):
        read_polygons(path, "ids")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="cannot be read as a vector file"):
        read_polygons(path, "id")


def test_area_is_the_union(tmp_path) -> None:
    frame().to_file(tmp_path / "a.geojson")
    assert read_area(tmp_path / "a.geojson").area == pytest.approx(2.0)
