import mmap
from filecmp import cmp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from placeprint.errors import InputError, OutputExistsError, PlaceprintError
from placeprint.mobility import compressed_rows
from placeprint.mobility.compressed_rows import CompressedRows


def some(n=40, m=30, density=0.3, seed=0):
    generator = np.random.default_rng(seed)
    draw = lambda size: generator.integers(1, 60_000, size)  # noqa: E731
    return csr_array(random_array((n, m), density=density, rng=generator, data_sampler=draw))


@pytest.mark.parametrize("kind", [np.float32, np.uint16])
@pytest.mark.parametrize("shape", [(40, 30), (5, 5), (3, 1)])
def test_scipy_there_and_back(kind, shape):
    matrix = some(*shape)
    rows = CompressedRows.from_scipy(matrix, kind)
    assert rows.shape == shape
    assert (rows.indptr.dtype, rows.indices.dtype, rows.weights.dtype) == (np.int64, np.int32, kind)
    assert abs(rows.to_scipy() - matrix).sum() == 0
    assert rows.nbytes == 8 * (shape[0] + 1) + (4 + np.dtype(kind).itemsize) * rows.nnz


def test_repeated_entries_are_added_and_columns_sorted():
    matrix = csr_array((np.ones(3), np.array([2, 0, 2]), np.array([0, 3, 3])), shape=(2, 3))
    rows = CompressedRows.from_scipy(matrix)
    assert rows.indices.tolist() == [0, 2]
    assert rows.weights.tolist() == [1, 2]
    assert matrix.nnz == 3  # the matrix given is left as it was


UNFIT = [
    (0.5, "uint16"),
    (7e4, "uint16"),
    (2.7, "uint16"),
    (-1, "uint16"),
    (np.nan, "uint16"),
    (7e4, "float16"),
    (1e6, "float16"),
    (1e-9, "float16"),
    (np.nan, "float32"),
    (1e39, "float32"),
]


@pytest.mark.parametrize(("value", "kind"), UNFIT)
def test_weights_that_do_not_fit_are_refused(tmp_path, value, kind):
    with pytest.raises(InputError, match=r"not all weights.*fit into.*(float32|not finite)"):
        CompressedRows.from_scipy(csr_array([[value]]), kind)
    blocks = [(np.array([1]), np.array([0]), np.array([1])) for _ in range(2)]
    blocks[1] = (*blocks[1][:2], np.array([value]))
    with pytest.raises(InputError, match=r"not all weights.*fit into"):
        CompressedRows.stream(tmp_path / "rows", blocks, kind, columns=1)
    with pytest.raises(InputError, match="not finished"):
        CompressedRows.open(tmp_path / "rows")


@pytest.mark.parametrize("kind", ["float32", "float16", "uint16"])
def test_weights_that_fit_are_streamed(tmp_path, kind):
    given = np.array([0, 1, 1000.0])
    blocks = [(np.array([3]), np.arange(3), given)]
    CompressedRows.stream(tmp_path / "rows", blocks, kind, columns=3)
    assert CompressedRows.open(tmp_path / "rows").weights.tolist() == given.tolist()
    third = [(np.array([1]), np.array([0]), np.array([1 / 3]))]
    if kind != "uint16":  # rounded as the type does
        CompressedRows.stream(tmp_path / "third", third, kind)
        found = CompressedRows.open(tmp_path / "third").weights
        assert found[0] == np.array(1 / 3).astype(kind)


@pytest.mark.parametrize(
    ("block", "columns", "message"),
    [
        (([2, 0], [0, 5], [1, 1]), 2, "a column 5, the matrix has columns 0 to 1"),
        (([2, 0], [0, 2], [1, 1]), None, "a column 2, the matrix has columns 0 to 1"),
        (([2, 0], [0, 2**32], [1, 1]), None, f"a column {2**32}"),
        (([2, 0], [0, -1], [1, 1]), 2, "a column -1"),
        (([2, 1], [0, 1], [1, 1]), 2, "2 columns, its rows are said to have 3 entries"),
        (([3, -1], [0, 1], [1, 1]), 2, "the shortest -1"),
        (([2, 0], [0, 1], [1]), 2, "1 weights, expected 2"),
        (([2, 0], [0, 1], None), 2, "0 weights, expected 2"),
    ],
)
def test_blocks_whose_parts_do_not_fit_together_are_refused(tmp_path, block, columns, message):
    parts = tuple(None if part is None else np.array(part) for part in block)
    with pytest.raises(InputError, match=message):
        CompressedRows.stream(tmp_path / "rows", [parts], "uint16", columns=columns)
    assert not (tmp_path / "rows" / "rows.json").exists()


def test_weights_of_no_type_or_another_are_refused(tmp_path):
    block = np.array([1]), np.array([0]), np.array([2])
    with pytest.raises(InputError, match="1 weights, expected 0"):
        CompressedRows.stream(tmp_path / "rows", [block], None)
    with pytest.raises(InputError, match="weights of type float64"):
        CompressedRows.stream(tmp_path / "rows", [block], "float64")


def test_saved_in_parts_is_saved_at_once(tmp_path, monkeypatch):
    rows = CompressedRows.from_scipy(some())
    rows.save(tmp_path / "whole")
    monkeypatch.setattr(compressed_rows, "AT_ONCE", 25)
    rows.save(tmp_path / "parts")
    for file in (tmp_path / "whole").iterdir():
        assert cmp(file, tmp_path / "parts" / file.name, shallow=False)


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.uint16, None])
def test_saved_is_opened_the_same(tmp_path, kind):
    matrix = some()
    matrix.data %= 1000
    rows = CompressedRows.from_scipy(matrix, np.float32 if kind is None else kind)
    if kind is None:
        rows = CompressedRows(rows.indptr, rows.indices, None, 30)
    assert not rows.mapped
    rows.save(tmp_path / "rows")
    opened = CompressedRows.open(tmp_path / "rows")
    assert opened.mapped
    assert opened.shape == rows.shape
    assert abs(opened.to_scipy() - rows.to_scipy()).sum() == 0
    assert (opened.weights is None) == (kind is None)


def test_an_empty_matrix_is_saved(tmp_path):
    CompressedRows.from_scipy(csr_array((3, 3), dtype=np.float32)).save(tmp_path / "rows")
    assert CompressedRows.open(tmp_path / "rows").to_scipy().nnz == 0


@settings(deadline=None, max_examples=30)
@given(entries=st.integers(1, 200), seed=st.integers(0, 99))
def test_blocks_cover_all_rows_once_and_are_no_larger_than_asked(entries, seed):
    rows = CompressedRows.from_scipy(some(seed=seed))
    blocks = list(rows.blocks(entries))
    assert [row for first, last in blocks for row in range(first, last)] == list(range(40))
    for first, last in blocks:
        assert last == first + 1 or rows.indptr[last] - rows.indptr[first] <= entries


def test_streamed_equals_saved(tmp_path):
    rows = CompressedRows.from_scipy(some(), np.uint16)

    def blocks():
        for first, last in rows.blocks(25):
            part = slice(rows.indptr[first], rows.indptr[last])
            yield np.diff(rows.indptr[first : last + 1]), rows.indices[part], rows.weights[part]

    rows.save(tmp_path / "saved")
    CompressedRows.stream(tmp_path / "streamed", blocks(), np.uint16, columns=30)
    for file in (tmp_path / "saved").iterdir():
        assert cmp(file, tmp_path / "streamed" / file.name, shallow=False)


def test_nothing_is_overwritten_unasked(tmp_path):
    rows = CompressedRows.from_scipy(some())
    rows.save(tmp_path)
    with pytest.raises(OutputExistsError):
        rows.save(tmp_path)
    CompressedRows.from_scipy(some(seed=1)).save(tmp_path, overwrite=True)
    opened = CompressedRows.open(tmp_path).to_scipy()
    assert abs(opened - some(seed=1)).sum() == 0


def test_what_was_not_finished_is_not_opened(tmp_path):
    def interrupted():
        yield np.array([1]), np.array([0]), np.array([1.0])
        raise OSError(28, "No space left on device")

    with pytest.raises(PlaceprintError, match="the disk is full"):
        CompressedRows.stream(tmp_path / "rows", interrupted(), np.float32)
    with pytest.raises(InputError, match="not finished"):
        CompressedRows.open(tmp_path / "rows")
    assert list((tmp_path / "rows").iterdir()) == []


@pytest.mark.parametrize("name", ["indices.npy", "weights.npy", "indptr.npy"])
def test_a_truncated_file_is_noticed(tmp_path, name):
    CompressedRows.from_scipy(some()).save(tmp_path)
    file = tmp_path / name
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(InputError, match="truncated"):
        CompressedRows.open(tmp_path)


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="the system has no such call")
def test_rows_that_were_forgotten_are_read_again(tmp_path):
    matrix = some(400, 3000)
    CompressedRows.from_scipy(matrix, np.uint16).save(tmp_path)
    rows = CompressedRows.open(tmp_path)
    before = rows.indices[:].copy(), rows.weights[:].copy()
    for first, last in rows.blocks(50_000):
        rows.forget(first, last)
    np.testing.assert_array_equal(rows.indices, before[0])
    np.testing.assert_array_equal(rows.weights, before[1])
    CompressedRows.from_scipy(matrix).forget(0, 400)  # in memory: nothing happens
