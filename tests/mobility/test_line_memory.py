import numpy as np
import pytest

from placeprint.errors import InputError
from placeprint.mobility import line_factorised, line_memory
from placeprint.mobility.compressed_rows import CompressedRows

from .conftest import random_graph


def test_more_than_is_allowed_is_refused_before_work_starts():
    graph = random_graph(100)
    needed = line_memory(100, graph.adjacency.nnz, 8, coded=True)
    line_factorised(graph, 8, memory_bytes=needed)
    with pytest.raises(InputError, match=r"LINE of 100 regions and .* needs .* GB are allowed"):
        line_factorised(graph, 8, memory_bytes=needed - 1)


def test_a_graph_on_disk_needs_less(tmp_path):
    n, nnz = 200_000, 2_000_000_000
    assert line_memory(n, nnz) - line_memory(n, nnz, mapped=True) > 5 * nnz
    rows = CompressedRows.from_scipy(random_graph(100).adjacency, np.uint16)
    rows.save(tmp_path)
    needed = line_memory(100, rows.nnz, 8, mapped=True)
    line_factorised(CompressedRows.open(tmp_path), 8, memory_bytes=needed)


def test_what_is_stated_is_what_is_held(tmp_path):
    """Arrays are followed by tracemalloc; it does not see pages that are mapped."""
    tracemalloc = pytest.importorskip("tracemalloc")
    n, degree = 20_000, 10
    generator = np.random.default_rng(0)
    indptr = np.arange(n + 1) * degree
    indices = generator.integers(0, n, n * degree).astype(np.int32)
    rows = CompressedRows(indptr, indices, np.ones(n * degree, dtype=np.uint16))
    line_factorised(rows, 64)
    tracemalloc.start()
    line_factorised(rows, 64)
    held = tracemalloc.get_traced_memory()[1] + rows.nbytes
    tracemalloc.stop()
    stated = line_memory(n, rows.nnz, 64)
    assert 0.8 * stated < held < 1.05 * stated
