"""Tables of points, in parts, to tables of vectors."""

from filecmp import cmp
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from placeprint.errors import InputError, OutputExistsError
from placeprint.files import read_metadata
from placeprint.lookup import RegionLookup, embed_points, open_encoder
from placeprint.sources import table_batches

ROWS = 700


@pytest.fixture
def points(tmp_path) -> Path:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "lat": rng.uniform(49.9, 50.5, ROWS),
            "shop": [f"{number:04d}" for number in range(ROWS)],
            "lon": rng.uniform(9.9, 11.1, ROWS),
        }
    )
    table.to_csv(tmp_path / "points.csv", index=False)
    table.to_parquet(tmp_path / "points.parquet")
    return tmp_path / "points.csv"


class Sines:
    """A stand-in for a coordinate encoder."""

    def encode(self, lon, lat):
        vectors = np.sin(np.column_stack([lon, lat]))
        vectors[lat > 50.2] = np.nan
        return vectors

    def get_feature_names_out(self, input_features=None):
        return np.array(["e000", "e001"], dtype=object)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_every_row_stays_and_gets_its_vector(points, suffix, vectors, board, tmp_path) -> None:
    lookup = RegionLookup(vectors, board).fit()
    source = points.with_suffix(suffix)
    account = embed_points(lookup, source, tmp_path / "out.parquet")
    table = pd.read_parquet(account.path)
    given = pd.read_csv(points, dtype={"shop": str})
    assert table.columns.tolist() == ["lat", "shop", "lon", "region_id", "embedding"]
    assert table["shop"].tolist() == given["shop"].tolist()
    expected = lookup.transform(given)
    covered = ~np.isnan(expected).any(axis=1)
    assert account.points == ROWS
    assert account.covered == covered.sum()
    assert 100 < covered.sum() < ROWS
    assert table["embedding"].isna().tolist() == (~covered).tolist()
    np.testing.assert_array_equal(np.stack(table["embedding"][covered]), expected[covered])
    found = pq.read_table(account.path, columns=["region_id"]).column(0).to_pylist()
    assert found == lookup.locate(given).tolist()
    assert str(pq.read_schema(account.path).field("embedding").type) == (
        "fixed_size_list<element: float>[3]"
    )
    assert read_metadata(account.path)["emb:features"] == '["a", "b", "c"]'


def test_wide_csv(points, vectors, board, tmp_path) -> None:
    lookup = RegionLookup(vectors, board).fit()
    embed_points(lookup, points, tmp_path / "out.csv")
    table = pd.read_csv(tmp_path / "out.csv", dtype={"shop": str})
    assert table.columns.tolist() == ["lat", "shop", "lon", "region_id", "a", "b", "c"]
    np.testing.assert_array_equal(
        table[["a", "b", "c"]].to_numpy(np.float32), lookup.transform(table)
    )


def test_parts_give_what_the_whole_gives(points, vectors, board, tmp_path, monkeypatch) -> None:
    lookup = RegionLookup(vectors, board).fit()
    whole = embed_points(lookup, points, tmp_path / "whole.csv")
    monkeypatch.setattr(table_batches, "ROWS_AT_ONCE", 64)
    parts = embed_points(lookup, points, tmp_path / "parts.csv")
    assert cmp(tmp_path / "whole.csv", tmp_path / "parts.csv", shallow=False)
    assert (whole.points, whole.covered) == (parts.points, parts.covered)


def test_an_encoder_of_coordinates(points, tmp_path) -> None:
    account = embed_points(Sines(), points, tmp_path / "out.csv")
    table = pd.read_csv(account.path)
    assert "region_id" not in table
    known = table["lat"] <= 50.2
    assert account.covered == known.sum()
    np.testing.assert_allclose(table.loc[known, "e000"], np.sin(table.loc[known, "lon"]), atol=1e-6)
    assert table.loc[~known, "e000"].isna().all()


def test_a_run_is_opened_by_its_folder(simulated_run, tmp_path) -> None:
    assert isinstance(open_encoder(simulated_run.path), RegionLookup)
    centres = simulated_run.atlas.regions.centroids()
    centres.reset_index(drop=True).to_parquet(tmp_path / "centres.parquet")
    account = embed_points(simulated_run.path, tmp_path / "centres.parquet", tmp_path / "out.csv")
    assert account.covered == len(simulated_run.embeddings)
    with pytest.raises(InputError, match="no finished run"):
        open_encoder(tmp_path)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"a": [1.0], "b": [2.0]}, "it has the columns a, b, expected longitude and latitude"),
        ({"lon": [10.1, None], "lat": [50.0, 50.0]}, "column 'lon' holds no number in row 1"),
        ({"lon": [10.1], "lat": [95.0]}, "swapped"),
        ({"lon": [50.05], "lat": [10.1]}, "swapped"),
        ({"lon": [10.1], "lat": [50.0], "embedding": [1]}, "columns embedding already"),
        ({"lon": [10.1], "lat": [50.0], "region_id": [1]}, "columns region_id already"),
        ({"lon": ["here"], "lat": [50.0]}, "points"),
        ({"lon": [], "lat": []}, "it holds no points"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_tables_that_are_no_use(table, message, suffix, vectors, board, tmp_path) -> None:
    lookup, path = RegionLookup(vectors, board).fit(), tmp_path / f"points{suffix}"
    frame = pd.DataFrame(table, dtype=None if len(table.get("lon", [1])) else float)
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    with pytest.raises(InputError, match=message) as error:
        embed_points(lookup, path, tmp_path / "out.parquet")
    assert str(error.value).startswith(str(path))
    assert not (tmp_path / "out.parquet").exists()


def test_columns_of_one_name(vectors, board, tmp_path) -> None:
    (tmp_path / "twice.csv").write_text("lon,lat,lon\n10.1,50.0,10.2\n")
    with pytest.raises(InputError, match="a column twice"):
        embed_points(RegionLookup(vectors, board).fit(), tmp_path / "twice.csv", tmp_path / "o.csv")


def test_an_encoder_takes_no_outlines(tmp_path) -> None:
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(InputError, match="can do nothing with outlines"):
        open_encoder(tmp_path, "regions.geojson")


def test_a_row_far_down_is_named(points, vectors, board, tmp_path, monkeypatch) -> None:
    table = pd.read_csv(points)
    table.loc[600, "lat"] = 95.0
    table.to_parquet(tmp_path / "bad.parquet")
    monkeypatch.setattr(table_batches, "ROWS_AT_ONCE", 256)
    with pytest.raises(InputError, match="rows from 512 on: row 88 has longitude"):
        embed_points(
            RegionLookup(vectors, board).fit(), tmp_path / "bad.parquet", tmp_path / "o.csv"
        )


def test_nothing_is_overwritten_unasked(points, tmp_path) -> None:
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(OutputExistsError):
        embed_points(Sines(), points, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "mine"
    embed_points(Sines(), points, tmp_path / "out.csv", overwrite=True)
    with pytest.raises(InputError, match=r"ends in \.parquet or \.csv"):
        embed_points(Sines(), points, tmp_path / "out.json")
