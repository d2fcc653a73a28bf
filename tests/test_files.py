from __future__ import annotations

import errno

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from placeprint.errors import InputError, OutputExistsError, PlaceprintError
from placeprint.files import (
    fingerprint,
    prepare_output,
    read_json,
    read_parquet,
    read_vectors,
    replacing,
    write_json,
    write_table,
    write_vectors,
)


def test_a_failed_write_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("new, but not all of it")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path, monkeypatch) -> None:
    path = tmp_path / "table.parquet"
    write_table(path, pd.DataFrame({"a": [1]}))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("placeprint.files.pq.write_table", full)
    with pytest.raises(PlaceprintError, match=r"the disk is full .* is intact"):
        write_table(path, pd.DataFrame({"a": [2]}))
    assert read_parquet(path).to_pandas()["a"].tolist() == [1]
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_output_is_refused(tmp_path) -> None:
    (tmp_path / "out").mkdir()
    prepare_output(tmp_path / "out", overwrite=False)
    (tmp_path / "out" / "file").touch()
    with pytest.raises(OutputExistsError, match="--overwrite"):
        prepare_output(tmp_path / "out", overwrite=False)
    prepare_output(tmp_path / "out", overwrite=True)


def test_a_truncated_parquet_file_is_named(tmp_path) -> None:
    path = tmp_path / "cut.parquet"
    write_table(path, pd.DataFrame({"a": range(1000)}))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(InputError, match=r"cut\.parquet: cannot be read as Parquet, .*truncated"):
        read_parquet(path)


def test_a_missing_column_suggests_the_right_one(tmp_path) -> None:
    write_table(tmp_path / "t.parquet", pd.DataFrame({"weight": [1]}))
    with pytest.raises(InputError, match=r"no column 'wieght'.*did you mean 'weight'"):
        read_parquet(tmp_path / "t.parquet", ["wieght"])


@given(arrays(np.float32, st.tuples(st.integers(1, 8), st.integers(1, 5))))
def test_vectors_round_trip(tmp_path_factory, values) -> None:
    path = tmp_path_factory.mktemp("vectors") / "v.parquet"
    index = pd.Index([f"r{i}" for i in range(len(values))], name="region_id")
    frame = pd.DataFrame(values, index=index, columns=[f"f{j}" for j in range(values.shape[1])])
    write_vectors(path, frame)
    again = read_vectors(path)
    np.testing.assert_array_equal(again.to_numpy(), values)
    assert again.index.tolist() == index.tolist()
    assert again.columns.tolist() == frame.columns.tolist()


def test_json_round_trip_and_errors(tmp_path) -> None:
    write_json(tmp_path / "a.json", {"b": 1})
    assert read_json(tmp_path / "a.json") == {"b": 1}
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        read_json(tmp_path / "bad.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(InputError, match="expected a JSON object, found a list"):
        read_json(tmp_path / "list.json")


def test_fingerprint_depends_on_content_alone() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
