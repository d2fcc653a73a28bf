import numpy as np
import pytest

from placeprint.errors import InputError
from placeprint.mobility import line_factorised, line_memory
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.line import checks, codes, factorised

from .conftest import random_graph


def test_more_than_is_allowed_is_refused_before_work_starts():
    graph = random_graph(100)
    needed = line_memory(100, graph.adjacency.nnz, 8, weights="float32")
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


def ring(n, degree, kind):
    """Each region tied to its next ones, in both directions."""
    steps = np.concatenate([np.arange(1, degree // 2 + 1), -np.arange(1, degree // 2 + 1)])
    indices = np.sort((np.arange(n)[:, None] + steps) % n, axis=1).ravel().astype(np.int32)
    weights = None if kind is None else np.ones(len(indices), dtype=kind)
    return CompressedRows(np.arange(n + 1) * degree, indices, weights)


@pytest.mark.parametrize(
    ("n", "degree", "kind", "dim"),
    [
        (20_000, 10, np.uint16, 64),  # vectors are what counts
        (2000, 1900, np.float32, 4),  # entries are
        (2000, 1900, np.uint16, 4),
        (2000, 1900, None, 4),
    ],
)
def test_what_is_stated_is_what_is_held(n, degree, kind, dim, monkeypatch):
    """Arrays are followed by tracemalloc; it does not see pages that are mapped."""
    tracemalloc = pytest.importorskip("tracemalloc")
    for module, size in ((checks, "READ"), (codes, "CHUNK")):  # as little as it is of a nation
        monkeypatch.setattr(module, size, 10_000)
    # Chunks that several threads hold at once are nothing beside a nation's blocks.
    monkeypatch.setattr(factorised, "threads", lambda: 1)
    rows = ring(n, degree, kind)
    line_factorised(rows, dim)
    tracemalloc.start()
    line_factorised(rows, dim)
    held = tracemalloc.get_traced_memory()[1] + rows.nbytes
    tracemalloc.stop()
    stated = line_memory(n, rows.nnz, dim, weights=kind)
    assert 0.8 * stated < held < 1.05 * stated
