"""The pieces of the compiled co-visits: sorting, spilling, reading."""

import errno

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError, PlaceprintError
from placeprint.mobility.covisits.edge_parts import EdgeParts, part_totals
from placeprint.mobility.covisits.radix import radix_sort, run_lengths
from placeprint.mobility.covisits.records import read_records
from placeprint.mobility.covisits.spilling import BlockLog


@given(st.lists(st.integers(0, 2**32 - 1), max_size=300), st.sampled_from(["u4", "u8"]))
@settings(deadline=None)
def test_radix_sort_sorts(numbers, dtype):
    keys = np.array(numbers, dtype=dtype)
    assert radix_sort(keys.copy(), 32).tolist() == sorted(numbers)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=50))
@settings(deadline=None)
def test_radix_sort_of_all_64_bits(numbers):
    assert radix_sort(np.array(numbers, dtype="u8"), 64).tolist() == sorted(numbers)


@given(st.lists(st.integers(0, 12), max_size=60), st.booleans())
@settings(deadline=None)
def test_run_lengths_count_what_is_equal(numbers, flagged):
    keys = np.array(sorted(numbers), dtype="u4")
    distinct, counts, marked = run_lengths(keys, flagged)
    whole = [number // 2 for number in numbers] if flagged else numbers
    assert keys[:distinct].tolist() == sorted(set(whole))
    assert counts.tolist() == [whole.count(key) for key in sorted(set(whole))]
    if flagged:
        assert marked.tolist() == [numbers.count(2 * key + 1) for key in sorted(set(whole))]


def test_a_log_goes_on_where_its_index_ends(tmp_path):
    with BlockLog(tmp_path / "log", "u4") as log:
        log.append(3, np.arange(5))
        log.append(0, np.arange(7))
        index = log.checkpoint()
        log.append(3, np.arange(100))
    with BlockLog(tmp_path / "log", "u4", index) as log:
        assert (tmp_path / "log").stat().st_size == 4 * 12
        log.append(3, np.array([9]))
        assert log.read(3, 4).tolist() == [0, 1, 2, 3, 4, 9]
        assert [block.tolist() for block in log.blocks(0, 3)] == [list(range(7))]
        assert log.counts(4).tolist() == [7, 0, 0, 6]


def test_a_full_disk_is_told_by_the_log(tmp_path):
    class Full:
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            pass

    with BlockLog(tmp_path / "log", "u4") as log:
        log._file.close()
        log._file = Full()
        with pytest.raises(PlaceprintError, match="the disk is full"):
            log.append(0, np.arange(5))


def write(path, **columns):
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return path


def test_records_are_read_file_after_file(tmp_path):
    paths = [
        write(tmp_path / "a.parquet", user=[5, -3, 5], week=[4, 11, 4], cell=[0, 1, 2]),
        write(tmp_path / "b.parquet", cell=[7], user=pa.array([2**64 - 1], pa.uint64()), week=[4]),
    ]
    batches = [[column.tolist() for column in batch] for batch in read_records(paths)]
    assert batches == [[[5, -3, 5], [4, 11, 4], [0, 1, 2]], [[2**64 - 1], [4], [7]]]


def test_records_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "a.parquet"
    with pytest.raises(InputError, match=r"no column 'cell'.*'cells'"):
        list(read_records([write(path, user=[1], week=[4], cells=[0])]))
    with pytest.raises(InputError, match=r"'user' holds string, expected whole numbers"):
        list(read_records([write(path, user=["x"], week=[4], cell=[0])]))
    with pytest.raises(InputError, match=r"'week' is empty in 1 of 2 rows.*drop"):
        list(read_records([write(path, user=[1, 2], week=[4, None], cell=[0, 0])]))


def test_a_folder_without_edges_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        EdgeParts.open(tmp_path)
    (tmp_path / "edges.json").write_text('{"edges": 3}')
    with pytest.raises(InputError, match="no account of a co-visit graph"):
        EdgeParts.open(tmp_path)
    (tmp_path / "part").write_bytes(b"short")
    with pytest.raises(InputError, match="no part"):
        part_totals(tmp_path / "part")
