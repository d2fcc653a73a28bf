from __future__ import annotations

import errno
import os
import pickle
import sqlite3
import zipfile

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from placeprint.errors import InputError, OutputExistsError, PlaceprintError
from placeprint.files import (
    check_place,
    fingerprint,
    prepare_output,
    read_json,
    read_parquet,
    read_vectors,
    replacing,
    what_is,
    write_frames,
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

    monkeypatch.setattr("placeprint.files.pq.ParquetWriter.write_table", full)
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


def test_a_place_where_nothing_can_be_written_is_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "afile").touch()
    check_place(tmp_path / "a" / "b" / "c.txt")
    for name in ("afile/run", "afile/a/run"):
        with pytest.raises(InputError, match="afile: it is a file, and no folder to write to"):
            prepare_output(tmp_path / name, overwrite=False)
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    with pytest.raises(InputError, match=r"may not be written to.*choose another place"):
        prepare_output(tmp_path / "new" / "run", overwrite=True)


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


def test_mapped_vectors_equal_those_in_memory(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("placeprint.files.BATCH", 3)
    ids = pd.Index([f"r{number}" for number in range(10)], name="region_id")
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(10, 4)).astype(np.float32), ids)
    write_vectors(tmp_path / "v.parquet", table)
    held = read_vectors(tmp_path / "v.parquet")
    np.testing.assert_array_equal(held, table)
    unpacked = tmp_path / "v.npy"
    mapped = read_vectors(tmp_path / "v.parquet", unpacked)
    pd.testing.assert_frame_equal(mapped, held)
    assert np.array_equal(np.load(unpacked), table.to_numpy())
    base = mapped.to_numpy()
    while not isinstance(base, np.memmap):
        base = base.base
    written = unpacked.stat().st_mtime_ns
    pd.testing.assert_frame_equal(read_vectors(tmp_path / "v.parquet", unpacked), held)
    assert unpacked.stat().st_mtime_ns == written


def test_parts_make_one_file(tmp_path) -> None:
    frames = [pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}), pd.DataFrame({"x": [3], "y": ["c"]})]
    write_frames(tmp_path / "parts.parquet", frames)
    whole = pd.read_parquet(tmp_path / "parts.parquet")
    assert whole.to_dict("list") == {"x": [1, 2, 3], "y": ["a", "b", "c"]}
    assert pq.ParquetFile(tmp_path / "parts.parquet").num_row_groups == 2


def test_a_part_that_fails_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "parts.parquet"
    write_frames(path, [pd.DataFrame({"x": [1]})])

    def parts():
        yield pd.DataFrame({"x": [2]})
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        write_frames(path, parts())
    assert pd.read_parquet(path)["x"].tolist() == [1]
    assert [each.name for each in tmp_path.iterdir()] == ["parts.parquet"]


def test_a_disk_that_is_full_in_words_alone(tmp_path) -> None:
    with (
        pytest.raises(PlaceprintError, match=r"the disk is full .*free some space, or write to"),
        replacing(tmp_path / "a"),
    ):
        raise ValueError("I/O error: No space left on device (os error 28)")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_file_that_may_not_grow_is_told(tmp_path, number) -> None:
    with (
        pytest.raises(PlaceprintError, match=r"a: .*MB left on the disk.*free some space"),
        replacing(tmp_path / "a"),
    ):
        raise OSError(number, "whatever")
    with pytest.raises(PlaceprintError, match="is intact"), replacing(tmp_path / "a"):
        raise ValueError(f"in words: {os.strerror(number)}")
    assert not list(tmp_path.iterdir())


def test_a_file_is_known_by_its_first_bytes(tmp_path) -> None:
    def made(content: bytes) -> str:
        path = tmp_path / "vectors.pt"
        path.write_bytes(content)
        return what_is(path)

    lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
    assert "git lfs pull" in made(lfs)
    assert "git annex get" in made(b"/annex/objects/MD5E-s12--0.pt\n")
    assert "HTML" in made(b"\n<!DOCTYPE html><p>404</p>")
    assert "XML" in made(b"<?xml version='1.0'?><Error/>")
    assert "PDF" in made(b"%PDF-1.7")
    assert "pickle" in made(pickle.dumps({"a": 1}))
    assert "safetensors" in made((12).to_bytes(8, "little") + b'{"x": null}')
    assert "gzip" in made(b"\x1f\x8b\x08\x00")
    assert "'h3,0,1'" in made(b"\xef\xbb\xbfh3,0,1\r\n8,1,2")
    assert "UTF-16" in made("h3,0,1".encode("utf-16"))
    assert "another encoding" in made("Län".encode("latin-1"))
    assert "'PK,name'" in made(b"PK,name\n1,a\n")
    assert made(b"") == "empty"
    assert made(b" \n") == "blank"
    assert "zero bytes" in made(bytes(5000))
    assert "unknown" in made(bytes(range(1, 200)))
    assert "text that begins 'ä" in made("ä".encode() * 5000)
    assert what_is(tmp_path) == "a folder"
    assert what_is(tmp_path / "nothing") == "not there"


def test_a_pointer_of_git_annex_is_a_link_to_nothing(tmp_path) -> None:
    link = tmp_path / "vectors.pt"
    link.symlink_to(".git/annex/objects/x/MD5E-s12--0.pt")
    assert "git annex get" in what_is(link)


def test_archives_and_databases_are_told_apart(tmp_path) -> None:
    path = tmp_path / "vectors.pt"
    for member, word in (
        ("xl/workbook.xml", "Excel"),
        ("v/data.pkl", "PyTorch"),
        ("v/code/constants.pkl", "TorchScript"),
        ("a.npy", "NumPy"),
        ("notes.txt", "notes.txt"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member, "")
        assert word in what_is(path)
    path.write_bytes(path.read_bytes()[:20])
    assert "cut short" in what_is(path)
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("create table a (b)")
    assert "SQLite" in what_is(path)


@given(content=st.binary(max_size=5000))
def test_any_bytes_are_something_in_words(content, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a"
    path.write_bytes(content)
    assert what_is(path)
