from __future__ import annotations

import pickle

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely
import torch
from safetensors.numpy import save_file

from placeprint.errors import InputError
from placeprint.files import write_vectors
from placeprint.sources import read_embeddings, read_ids

CELLS = ["861126d37ffffff", "861126d2fffffff", "861126d27ffffff"]
X = np.array([[0.5, 1.0], [2.0, -3.0], [4.0, 0.25]], dtype=np.float32)


def frame(index=CELLS, name="region_id") -> pd.DataFrame:
    return pd.DataFrame(X, index=pd.Index(index, name=name), columns=["0", "1"])


def integers() -> list[int]:
    return [h3.str_to_int(cell) for cell in CELLS]


def save_parquet(path, columns) -> None:
    pd.DataFrame(columns).to_parquet(path, index=False)


WRITERS = {
    "ours.parquet": lambda path: write_vectors(path, frame()),
    "lists.parquet": lambda path: save_parquet(path, {"h3": CELLS, "ebd": list(X)}),
    "indexed.parquet": lambda path: frame().to_parquet(path),
    "unnamed.parquet": lambda path: frame(name=None).to_parquet(path),
    "integers.parquet": lambda path: save_parquet(
        path, {"h3": integers(), "a": X[:, 0], "b": X[:, 1]}
    ),
    "placed.parquet": lambda path: (
        frame(name="h3").assign(lon=1.0, lat=2.0, name="n").to_parquet(path)
    ),
    "geo.parquet": lambda path: gpd.GeoDataFrame(
        frame(name="GEOID").reset_index(), geometry=[shapely.Point(1, 2)] * 3, crs=4326
    ).to_parquet(path),
    "wide.csv": lambda path: frame(name="cell").to_csv(path),
    "unnamed.csv": lambda path: frame(name=None).to_csv(path),
    "counted.csv": lambda path: frame(name="h3").reset_index().to_csv(path),
    "wide.tsv": lambda path: frame(integers(), "h3").to_csv(path, sep="\t"),
    "a.npz": lambda path: np.savez(path, x=X, cells=np.array(CELLS), year=2020),
    "b.npz": lambda path: np.savez(path, embeddings=X, coords=X, region_ids=np.array(integers())),
    "dict.pt": lambda path: torch.save({"weight": torch.tensor(X), "ids": CELLS}, path),
    "half.pth": lambda path: torch.save(
        {"emb": torch.tensor(X).bfloat16(), "ids": torch.tensor(integers())}, path
    ),
    "a.safetensors": lambda path: save_file({"x": X, "ids": np.array(integers())}, path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_holds_the_same_vectors(tmp_path, name) -> None:
    WRITERS[name](tmp_path / name)
    found = read_embeddings(tmp_path / name)
    assert found.index.tolist() == CELLS
    assert found.index.name == "region_id"
    assert found.dtypes.unique().tolist() == [np.float32]
    np.testing.assert_array_equal(found.to_numpy(), X)


@pytest.mark.parametrize("suffix", ["txt", "npy", "csv", "parquet", "geojson"])
def test_ids_in_a_file_of_their_own_keep_its_order(tmp_path, suffix) -> None:
    ids = tmp_path / f"ids.{suffix}"
    if suffix == "txt":
        ids.write_text("\n".join(CELLS) + "\n")
    elif suffix == "npy":
        np.save(ids, np.array(CELLS))
    elif suffix == "csv":
        pd.DataFrame({"area": [1, 2, 3], "tract": CELLS}).to_csv(ids, index=False)
    else:
        regions = gpd.GeoDataFrame(
            {"region_id": CELLS}, geometry=[shapely.Point(1, 2)] * 3, crs=4326
        )
        regions.to_parquet(ids) if suffix == "parquet" else regions.to_file(ids)
    np.save(tmp_path / "x.npy", X)
    torch.save(torch.tensor(X), tmp_path / "x.pt")
    for name in ("x.npy", "x.pt"):
        found = read_embeddings(tmp_path / name, ids=ids)
        assert found.index.tolist() == CELLS
        np.testing.assert_array_equal(found.to_numpy(), X)


def test_as_many_ids_as_vectors(tmp_path) -> None:
    np.save(tmp_path / "x.npy", X)
    (tmp_path / "ids.txt").write_text("a\nb\n")
    with pytest.raises(InputError, match=r"3 vectors, but there are 2 ids in .*ids\.txt"):
        read_embeddings(tmp_path / "x.npy", ids=tmp_path / "ids.txt")
    with pytest.raises(InputError, match=r"not which regions they are of.*--ids"):
        read_embeddings(tmp_path / "x.npy")


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", "Län".encode("latin-1"), b"version https://git-lfs.github.com/x"]
)
def test_ids_that_are_no_text_are_refused(tmp_path, content) -> None:
    (tmp_path / "ids.txt").write_bytes(content)
    with pytest.raises(InputError, match="expected text with one id a line"):
        read_ids(tmp_path / "ids.txt")


def test_rows_that_are_all_missing_are_absent(tmp_path) -> None:
    values = frame().assign(extra=[1.0, np.nan, np.nan])
    values.iloc[1] = np.nan
    values.to_csv(tmp_path / "x.csv")
    found = read_embeddings(tmp_path / "x.csv")
    assert found.index.tolist() == [CELLS[0], CELLS[2]]
    assert np.isnan(found.loc[CELLS[2], "extra"])
    (values * np.nan).to_csv(tmp_path / "x.csv")
    with pytest.raises(InputError, match="it holds no vector"):
        read_embeddings(tmp_path / "x.csv")


def test_coordinates_count_only_where_there_is_nothing_else(tmp_path) -> None:
    pd.DataFrame({"id": ["a"], "lon": [1.0], "lat": [2.0]}).to_csv(tmp_path / "x.csv")
    assert read_embeddings(tmp_path / "x.csv").loc["a"].tolist() == [1.0, 2.0]
    pd.DataFrame({"id": ["a"], "x": [1.0], "y": [2.0], "z": [3.0]}).to_csv(tmp_path / "x.csv")
    assert read_embeddings(tmp_path / "x.csv").loc["a"].tolist() == [1.0, 2.0, 3.0]


def test_dimensions_keep_their_names(tmp_path) -> None:
    write_vectors(tmp_path / "v.parquet", frame().set_axis(["pop", "age"], axis=1))
    assert read_embeddings(tmp_path / "v.parquet").columns.tolist() == ["pop", "age"]


def test_thousands_of_columns(tmp_path) -> None:
    wide = pd.DataFrame(np.ones((2, 3000)), index=["a", "b"])
    wide.to_csv(tmp_path / "x.csv")
    assert read_embeddings(tmp_path / "x.csv").shape == (2, 3000)


def test_faults_are_named(tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("h3,v\na,1\na,2\n")
    with pytest.raises(InputError, match="'h3' occur more than once: a"):
        read_embeddings(path)
    path.write_text("h3,v\na,1\nb,inf\n")
    with pytest.raises(InputError, match="vector of 'b' holds infinite values"):
        read_embeddings(path)
    path.write_text('h3,ebd\na,"[1, 2]"\n')
    with pytest.raises(InputError, match=r"no column holds numbers.*ebd.*one column of lists"):
        read_embeddings(path)
    with pytest.raises(InputError, match="there is no such file"):
        read_embeddings(tmp_path / "y.npy")
    (tmp_path / "y.xlsx").touch()
    with pytest.raises(InputError, match="it is no table but empty"):
        read_embeddings(tmp_path / "y.xlsx")
    save_parquet(tmp_path / "l.parquet", {"h3": CELLS, "a": list(X), "b": list(X)})
    with pytest.raises(InputError, match="columns a, b all hold lists"):
        read_embeddings(tmp_path / "l.parquet")


class Opened:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def test_nothing_is_unpickled(tmp_path) -> None:
    for name in ("x.pkl", "x.pt", "x.npy", "x.npz"):
        path = tmp_path / name
        if name == "x.npy":
            np.save(path, np.array([Opened()]), allow_pickle=True)
        elif name == "x.npz":
            np.savez(path, emb=X, ids=np.array([Opened()] * 3))
        elif name == "x.pt":
            torch.save(Opened(), path)
        else:
            path.write_bytes(pickle.dumps(Opened()))
        with pytest.raises(InputError, match="pickle"):
            read_embeddings(path)


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.pt", "x.safetensors"])
def test_damaged_files(tmp_path, name) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(InputError, match=name):
        read_embeddings(tmp_path / name)


def test_arrays_that_are_not_clear(tmp_path) -> None:
    np.savez(tmp_path / "x.npz", a=X, b=X)
    with pytest.raises(InputError, match=r"expected one matrix.*a \(3, 2\) float32, b"):
        read_embeddings(tmp_path / "x.npz")
    np.save(tmp_path / "x.npy", X[None])
    with pytest.raises(InputError, match=r"expected one matrix.*\(1, 3, 2\)"):
        read_embeddings(tmp_path / "x.npy")


def test_ids_of_the_wrong_shape(tmp_path) -> None:
    np.save(tmp_path / "x.npy", X)
    with pytest.raises(InputError, match=r"shape \(3, 2\), expected one id a row"):
        read_ids(tmp_path / "x.npy")


@pytest.mark.data
def test_a_matrix_with_the_ids_of_a_regions_file(data) -> None:
    folder = data / "manhattan"
    found = read_embeddings(folder / "poi_similarity_alt.npy", ids=folder / "regions.parquet")
    assert found.shape == (180, 180)
    assert found.index[:3].tolist() == ["0", "1", "2"]
