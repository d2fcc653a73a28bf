from __future__ import annotations

from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from placeprint.errors import InputError
from placeprint.sources.any_table import list_columns, read_any_table, read_list_column


def test_an_index_is_a_column_like_others(tmp_path) -> None:
    frame = pd.DataFrame({"v": [1.0, 2.0]}, index=pd.Index(["a", "b"], name="region_id"))
    frame.to_parquet(tmp_path / "t.parquet")
    assert set(read_any_table(tmp_path / "t.parquet")) == {"v", "region_id"}


def test_integers_with_gaps_stay_integers_and_decimals_are_numbers(tmp_path) -> None:
    arrow = pa.table(
        {"code": pa.array([1, None, 3]), "price": pa.array([Decimal("1.5"), None, Decimal("2.5")])}
    )
    pq.write_table(arrow, tmp_path / "t.parquet")
    table = read_any_table(tmp_path / "t.parquet")
    assert table["code"].dtype == "Int64"
    assert table["price"].tolist() == pytest.approx([1.5, np.nan, 2.5], nan_ok=True)


def test_ids_of_a_csv_keep_their_zeros(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("GEOID,zone,v\n01001,007,1\n")
    assert read_any_table(tmp_path / "t.csv", ["zone"]).iloc[0].tolist() == ["01001", "007", 1]


@pytest.mark.parametrize("name", ["t.parquet", "t.geojson", "t.gpkg"])
def test_geometries_are_left_out(tmp_path, name) -> None:
    points = gpd.GeoDataFrame({"v": [1.0]}, geometry=[shapely.Point(1, 2)], crs=4326)
    path = tmp_path / name
    points.to_parquet(path) if name == "t.parquet" else points.to_file(path)
    assert read_any_table(path).columns.tolist() == ["v"]


def test_interleaved_point_geometries_are_no_vectors(tmp_path) -> None:
    points = gpd.GeoDataFrame({"v": [1.0]}, geometry=[shapely.Point(1, 2)], crs=4326)
    arrow = pa.table(points.to_arrow(geometry_encoding="geoarrow", interleaved=True))
    geo = b'{"columns": {"geometry": {}}}'
    pq.write_table(arrow.replace_schema_metadata({b"geo": geo}), tmp_path / "t.parquet")
    assert list_columns(tmp_path / "t.parquet") == []


def test_no_rows(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("id,v\n")
    with pytest.raises(InputError, match="it holds no rows"):
        read_any_table(tmp_path / "t.csv")


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.float64()),
        pa.large_list(pa.float32()),
        pa.list_(pa.int64()),
        pa.list_(pa.float16(), 2),
    ],
)
def test_lists_of_any_kind(tmp_path, kind) -> None:
    rows = [[1, 2], None, [3, 4]]
    pq.write_table(pa.table({"v": pa.array(rows, kind)}), tmp_path / "t.parquet", row_group_size=1)
    found = read_list_column(tmp_path / "t.parquet", "v")
    np.testing.assert_array_equal(found, [[1, 2], [np.nan, np.nan], [3, 4]])
    assert found.dtype == np.float32


def test_a_number_missing_inside_a_list(tmp_path) -> None:
    pq.write_table(pa.table({"v": [[1, None], [3, 4]]}), tmp_path / "t.parquet")
    np.testing.assert_array_equal(
        read_list_column(tmp_path / "t.parquet", "v"), [[1, np.nan], [3, 4]]
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [([[1.0], [1.0, 2.0]], "lists of 1 to 2 numbers"), ([None, None], "no list")],
)
def test_ragged_and_missing_lists(tmp_path, rows, message) -> None:
    arrow = pa.table({"v": pa.array(rows, pa.list_(pa.float64()))})
    pq.write_table(arrow, tmp_path / "t.parquet")
    with pytest.raises(InputError, match=message):
        read_list_column(tmp_path / "t.parquet", "v")
