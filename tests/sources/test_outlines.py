from __future__ import annotations

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.errors import DataWarning, InputError
from placeprint.regions import Regions
from placeprint.sources import are_h3_cells, centroids_of_cells, read_centroids


def squares(**columns) -> gpd.GeoDataFrame:
    outlines = shapely.box([1, 0], 50.0, [2, 1], 52.0)
    return gpd.GeoDataFrame(columns, geometry=outlines, crs=4326)


@pytest.mark.parametrize("name", ["r.parquet", "r.geojson", "r.gpkg"])
@pytest.mark.parametrize("points", [False, True])
def test_centres_of_geometries(tmp_path, name, points) -> None:
    frame = squares(GEOID=["02", "01"], lon=[9.0, 9.0])
    if points:
        frame["geometry"] = shapely.centroid(frame.geometry.to_numpy())
    path = tmp_path / name
    frame.to_parquet(path) if name == "r.parquet" else frame.to_file(path)
    found = read_centroids(path)
    assert found.index.tolist() == ["01", "02"]
    np.testing.assert_allclose(found.to_numpy(), [[0.5, 51], [1.5, 51]])


def test_an_index_of_ids(tmp_path) -> None:
    squares(tract=[7, 5]).set_index("tract").to_parquet(tmp_path / "r.parquet")
    found = read_centroids(tmp_path / "r.parquet", id_column="tract")
    assert found.index.tolist() == ["5", "7"]
    assert found.index.name == "region_id"


def test_a_table_of_coordinates(tmp_path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("fips,Latitude,Longitude\n02,60,25\n01,59,10\n")
    assert read_centroids(path).to_dict("index") == {
        "01": {"lon": 10.0, "lat": 59.0},
        "02": {"lon": 25.0, "lat": 60.0},
    }


def test_faults_are_named(tmp_path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("fips,lat\n01,60\n")
    with pytest.raises(InputError, match=r"no columns of longitude and latitude.*fips, lat"):
        read_centroids(path)
    path.write_text("fips,lon,lat\n01,1,60\n01,2,60\n")
    with pytest.raises(InputError, match="occur more than once"):
        read_centroids(path)
    path.write_text("fips,lon,lat\n01,60,124\n")
    with pytest.raises(InputError, match="look swapped"):
        read_centroids(path)
    squares(id=[1, 2]).set_crs(None, allow_override=True).to_parquet(tmp_path / "r.parquet")
    with pytest.raises(InputError, match=r"no CRS.*set_crs\(4326\)"):
        read_centroids(tmp_path / "r.parquet")


def test_centres_in_another_crs_are_transformed(tmp_path) -> None:
    squares(id=[1, 2]).to_parquet(tmp_path / "a.parquet")
    squares(id=[1, 2]).to_crs(3857).to_parquet(tmp_path / "b.parquet")
    with pytest.warns(DataWarning, match="transformed from WGS 84 / Pseudo-Mercator"):
        found = read_centroids(tmp_path / "b.parquet")
    expected = read_centroids(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(found, expected, atol=1e-9)


def test_centres_of_cells_are_those_of_their_outlines() -> None:
    regions = Regions.from_h3(shapely.box(5.0, 60.0, 6.0, 61.0), resolution=6)
    ids = pd.Index([*regions.ids[::-1], h3.latlng_to_cell(10.0, 20.0, 3)])
    found = centroids_of_cells(ids)
    assert found.index.tolist() == ids.tolist()
    slow = [h3.cell_to_latlng(cell)[::-1] for cell in ids]
    np.testing.assert_array_equal(found.to_numpy(), slow)
    outlines = regions.centroids().loc[ids[:-1]]
    np.testing.assert_allclose(found.iloc[:-1].to_numpy(), outlines.to_numpy(), atol=1e-4)


def test_what_is_no_cell_is_refused() -> None:
    assert not are_h3_cells(pd.Index(["861126d37ffffff", "961126d37ffffff"]))
    assert not are_h3_cells(pd.Index([], dtype=object))
    with pytest.raises(InputError, match="1 of 2 ids are no H3 cells: 01001"):
        centroids_of_cells(pd.Index(["861126d37ffffff", "01001"]))


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "rows"),
    [("nyc-tracts/regions.parquet", 2325), ("osm/helsinki-population-grid-2020.parquet", 92)],
)
def test_real_regions(data, file, rows) -> None:
    assert len(read_centroids(data / file)) == rows
