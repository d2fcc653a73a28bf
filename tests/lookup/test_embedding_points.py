"""Tables of points, in parts, to tables of vectors."""

from filecmp import cmp
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.errors import InputError, OutputExistsError
from placeprint.files import read_metadata
from placeprint.lookup import RegionLookup, embed_points, embedding_points, open_encoder

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
    monkeypatch.setattr(embedding_points, "ROWS_AT_ONCE", 64)
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
        ({"lon": [None, None], "lat": [50.0, 50.0]}, "no row has a number in 'lon' and 'lat'"),
        ({"lon": [10.1, 200.0], "lat": [50.0, 50.0]}, r"row 2 \(counted .* has longitude 200.0"),
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
    with pytest.raises(InputError, match="the column lon twice"):
        embed_points(RegionLookup(vectors, board).fit(), tmp_path / "twice.csv", tmp_path / "o.csv")


def test_an_encoder_takes_no_outlines(tmp_path) -> None:
    (tmp_path / "config.json").write_text('{"kind": "placeprint coordinate encoder"}')
    with pytest.raises(InputError, match="can do nothing with outlines"):
        open_encoder(tmp_path, "regions.geojson")


def test_a_row_far_down_is_named(points, vectors, board, tmp_path, monkeypatch) -> None:
    table = pd.read_csv(points)
    table.loc[600, "lat"] = 95.0
    table.to_parquet(tmp_path / "bad.parquet")
    monkeypatch.setattr(embedding_points, "ROWS_AT_ONCE", 256)
    with pytest.raises(InputError, match=r"row 601 .* has longitude"):
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


TYPED = pd.DataFrame(
    {
        "LNG": [10.1, None, 10.3, 500.0],
        "LATITUDE": [50.05, 50.05, None, 50.05],
        "floors": pd.array([1, None, 3, 4], dtype="Int64"),
        "code": ["0111", "0112", None, "0114"],
        "size": [0.5, None, 2.0, 1.0],
        "opened": pd.to_datetime(["2020-01-05", None, "2021-02-06", "2022-03-07"]),
        "open": [True, False, True, True],
        "empty": [None, None, None, None],
    }
)[:3]


@pytest.mark.parametrize("made", [".csv", ".parquet"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_rows_without_coordinates_stay_and_columns_keep_their_types(
    suffix, made, vectors, board, tmp_path
) -> None:
    path, out = tmp_path / f"shops{suffix}", tmp_path / f"out{made}"
    if suffix == ".csv":
        TYPED.to_csv(path, index=False)
    else:
        TYPED.to_parquet(path, index=False)
    lookup = RegionLookup(vectors, board).fit()
    account = embed_points(lookup, path, out, lon="LNG", lat="LATITUDE")
    assert (account.points, account.covered, account.nowhere) == (3, 1, 2)
    if made == ".csv":
        found = pd.read_csv(out, dtype={"code": str, "floors": str})
        assert found["a"].notna().tolist() == [True, False, False]
        assert found["floors"].fillna("").tolist() == ["1", "", "3"]
        assert [text[:10] for text in found["opened"].fillna("")] == [
            "2020-01-05",
            "",
            "2021-02-06",
        ]
    else:
        schema = pq.read_schema(out)
        kinds = {"LNG": "double", "floors": "int64", "code": "string", "size": "double"}
        assert {
            name: str(schema.field(name).type).removeprefix("large_") for name in kinds
        } == kinds
        if suffix == ".parquet":
            for name in ("opened", "open", "empty"):
                assert schema.field(name).type == pq.read_schema(path).field(name).type
        found = pq.read_table(out).to_pandas()
        assert found["embedding"].notna().tolist() == [True, False, False]
        assert found["region_id"].notna().tolist() == [True, False, False]
    assert found["code"].fillna("").tolist() == ["0111", "0112", ""]


def test_coordinates_as_people_write_them(vectors, board, tmp_path) -> None:
    (tmp_path / "p.csv").write_text("lon;lat\n10,1;50,05\n10.3 E;50.05 N\n")
    account = embed_points(
        RegionLookup(vectors, board).fit(), tmp_path / "p.csv", tmp_path / "o.csv"
    )
    assert account.covered == 2


def test_lists_do_not_fit_in_csv(vectors, board, tmp_path) -> None:
    pd.DataFrame({"lon": [10.1], "lat": [50.05], "tags": [["a"]]}).to_parquet(
        tmp_path / "p.parquet"
    )
    lookup = RegionLookup(vectors, board).fit()
    with pytest.raises(InputError, match=r"columns tags hold lists.*\.parquet"):
        embed_points(lookup, tmp_path / "p.parquet", tmp_path / "o.csv")
    embed_points(lookup, tmp_path / "p.parquet", tmp_path / "o.parquet")
    assert pq.read_table(tmp_path / "o.parquet")["tags"].to_pylist() == [["a"]]


@given(
    columns=st.lists(
        st.lists(
            st.one_of(
                st.none(), st.integers(-(10**20), 10**20).map(str), st.floats(width=32).map(str),
                st.sampled_from(["007", "1e5", "-0", "x", "1.", ".5", "NaN", "2020-01-05"]),
            ),
            min_size=4, max_size=4,
        ),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_what_is_in_a_text_file_is_in_parquet_too(columns, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("texts")
    names = [f"c{number}" for number in range(len(columns))]
    rows = [
        ",".join([*(cell or "" for cell in row), "1", "2"]) for row in zip(*columns, strict=True)
    ]
    (folder / "p.csv").write_text("\n".join([",".join([*names, "lon", "lat"]), *rows, ""]))
    embed_points(Sines(), folder / "p.csv", folder / "o.parquet")
    found = pq.read_table(folder / "o.parquet")
    for name, column in zip(names, columns, strict=True):
        for cell, value in zip(column, found[name].to_pylist(), strict=True):
            if isinstance(value, str) or value is None:
                assert value == (cell or None)
            else:
                assert value == float(cell)
                assert not cell.lstrip("-").startswith("00")
