"""Embeddings for other programs."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from placeprint.errors import InputError, OutputExistsError
from placeprint.files import read_metadata
from placeprint.lookup import RegionLookup, export, pool
from placeprint.models import Run
from placeprint.regions import Regions
from placeprint.sources import read_embeddings, read_outlines


def test_geoparquet(simulated_run, tmp_path) -> None:
    path = export(simulated_run, tmp_path / "out.parquet")
    table = gpd.read_parquet(path)
    assert table.columns.tolist() == ["region_id", "geometry", "embedding"]
    assert table.crs == 4326
    outlines = simulated_run.atlas.regions.geometry
    assert table.set_index("region_id").geometry.geom_equals(outlines).all()
    pd.testing.assert_frame_equal(
        read_embeddings(path), simulated_run.embeddings, check_index_type=False
    )
    assert len(read_outlines(path)) == len(table)
    kind = pq.read_schema(path).field("embedding").type
    assert (kind.list_size, str(kind.value_type)) == (16, "float")
    about = read_metadata(path)
    assert about["emb:dimensions"] == "16"
    assert json.loads(about["emb:features"]) == simulated_run.embeddings.columns.tolist()
    assert about["emb:model"] == "MobCLIP"
    assert json.loads(about["emb:source-data"]) == {
        "atlas": "simulated",
        "fingerprint": simulated_run.atlas.fingerprint,
    }
    assert about["data_type"] == "float32"
    assert "placeprint" in json.loads(about["processing:software"])


def test_wide_csv(simulated_run, tmp_path) -> None:
    path = export(simulated_run.path, tmp_path / "out.csv")
    table = pd.read_csv(path, index_col="region_id")
    centres = simulated_run.atlas.regions.centroids()
    np.testing.assert_allclose(table[["lon", "lat"]], centres.loc[table.index], rtol=1e-12)
    back = read_embeddings(path)
    np.testing.assert_array_equal(back, simulated_run.embeddings)
    assert back.columns.tolist() == simulated_run.embeddings.columns.tolist()


def test_a_table_with_outlines(vectors, board, tmp_path) -> None:
    path = export(vectors, tmp_path / "out.parquet", regions=board)
    assert read_embeddings(path).index.tolist() == vectors.index.tolist()
    assert "emb:model" not in read_metadata(path)


def test_the_same_bytes_and_nothing_overwritten(simulated_run, tmp_path) -> None:
    one = export(simulated_run, tmp_path / "one.parquet").read_bytes()
    assert export(simulated_run, tmp_path / "two.parquet").read_bytes() == one
    with pytest.raises(OutputExistsError):
        export(simulated_run, tmp_path / "one.parquet")
    export(simulated_run, tmp_path / "one.parquet", overwrite=True)
    with pytest.raises(InputError, match=r"cannot write vectors .* '\.gpkg'.*or \.pmtiles"):
        export(simulated_run, tmp_path / "one.gpkg")


def test_cells_are_exported_without_their_atlas(simulated_run, tmp_path) -> None:
    import shutil

    shutil.copytree(simulated_run.path, tmp_path / "alone" / "run")
    alone = Run(tmp_path / "alone" / "run")
    path = export(alone, tmp_path / "out.parquet")
    table = gpd.read_parquet(path).set_index("region_id")
    outlines = simulated_run.atlas.regions.geometry
    assert table.geometry.geom_equals_exact(outlines, 1e-9).all()
    assert "license" not in read_metadata(path)


@pytest.fixture(params=["points", "ids"])
def bare(request, board):
    """The regions of the board, of which the centres or the ids alone are known."""
    if request.param == "ids":
        return Regions.from_ids(board.ids)
    centres = board.centroids()
    return Regions.from_points(board.ids, centres["lon"].to_numpy(), centres["lat"].to_numpy())


def test_regions_without_outlines_are_points_or_plain_rows(bare, vectors, tmp_path) -> None:
    path = export(vectors, tmp_path / "o.parquet", regions=bare)
    pd.testing.assert_frame_equal(read_embeddings(path), vectors, check_index_type=False)
    table = pd.read_csv(export(vectors, tmp_path / "o.csv", regions=bare))
    if bare.has_coordinates:
        assert (gpd.read_parquet(path).geom_type == "Point").all()
        assert table.columns[:3].tolist() == ["region_id", "lon", "lat"]
    else:
        assert "geo" not in read_metadata(path)
        assert table.columns.tolist() == ["region_id", "a", "b", "c"]


def test_what_takes_outlines_says_so(bare, vectors, tmp_path) -> None:
    points = tmp_path / "p.csv"
    points.write_text("lon,lat\n10.1,50.05\n")
    have = "centres" if bare.has_coordinates else "ids"
    with pytest.raises(InputError, match=f"{have} alone .* takes outlines.*--regions"):
        RegionLookup(vectors, bare).fit()
    area = gpd.GeoSeries([shapely.box(10, 50, 11, 51)], crs=4326)
    with pytest.raises(InputError, match=f"{have} alone .* takes outlines.*--regions"):
        pool(vectors, area, regions=bare)


def test_a_table_of_centres_does_for_a_table_of_vectors(board, vectors, tmp_path) -> None:
    board.centroids().to_csv(tmp_path / "centres.csv")
    path = export(vectors, tmp_path / "o.parquet", regions=tmp_path / "centres.csv")
    assert (gpd.read_parquet(path).geom_type == "Point").all()
    with pytest.raises(InputError, match=r"centres alone .* takes outlines"):
        RegionLookup(vectors, tmp_path / "centres.csv").fit()
