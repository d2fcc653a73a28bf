import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from placeprint.errors import InputError
from placeprint.mobility import line_factorised
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.line import checks
from placeprint.mobility.line.checks import check_symmetric

from .conftest import random_graph

GRAPH = random_graph(60, density=0.3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": 0}, "dim is 0, expected a whole number of at least 1"),
        ({"dim": -3}, "dim is -3"),
        ({"dim": 2.5}, "dim is 2.5"),
        ({"negatives": 0}, "negatives is 0"),
        ({"power_iterations": -1}, "power_iterations is -1, .* at least 0"),
        ({"seed": -1}, "seed is -1"),
        ({"exponent": float("nan")}, "exponent is nan, expected a finite number"),
        ({"exponent": float("inf")}, "exponent is inf"),
        ({"device": "gpu"}, "no device 'gpu'"),
        ({"device": "cuad"}, "did you mean 'cuda'"),
        ({"device": "meta"}, "no device 'meta'"),
    ],
)
def test_arguments_out_of_their_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        line_factorised(GRAPH, **options)


@pytest.mark.parametrize(("device", "number"), [("cuda", 0), ("cuda:3", 3)])
def test_a_gpu_that_is_not_there_is_refused(device, number, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(InputError, match=f"GPU {number} is asked for, torch finds 0"):
        line_factorised(GRAPH, 8, device=device)


def symmetric(n=50, kind=np.float32):
    return CompressedRows.from_scipy(random_graph(n, 0.4).adjacency, kind)


def ring(n, forth, back):
    """Each region tied to the next and to the one before."""
    regions = np.arange(n)
    ends = np.tile(regions, 2), np.concatenate([np.roll(regions, -1), np.roll(regions, 1)])
    weights = np.repeat([forth, back], n)
    rows = csr_array((weights, ends), shape=(n, n))
    rows.eliminate_zeros()
    return CompressedRows.from_scipy(rows)


@pytest.mark.parametrize(
    "directed",
    [
        CompressedRows.from_scipy(csr_array(np.triu(np.ones((9, 9)), k=1))),
        CompressedRows(np.array([0, 1, 1]), np.array([1], dtype=np.int32), None),
        ring(40, 1.0, 0.0),  # rows and columns have the same sums, and as many entries
        ring(40, 3.0, 2.0),
    ],
    ids=["triangle", "a single tie", "ring of one direction", "ring of unequal directions"],
)
def test_a_directed_matrix_is_refused(directed, tmp_path):
    directed.save(tmp_path / "rows")
    for rows in (directed, CompressedRows.open(tmp_path / "rows")):
        with pytest.raises(InputError, match=r"not symmetric: row \d+ and column \d+ differ"):
            line_factorised(rows, 4)


def test_one_weight_of_many_that_differs_is_noticed():
    rows = symmetric(200, np.uint16)
    check_symmetric(rows)
    rows.weights[777] += 1
    with pytest.raises(InputError, match=r"not symmetric.*\(2 of 200 do\)"):
        check_symmetric(rows)


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.uint16, None])
@pytest.mark.parametrize("read", [7, 1 << 22])
def test_symmetric_matrices_of_any_kind_pass(kind, read, tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "READ", read)
    rows = symmetric(kind=kind or np.float32)
    rows = CompressedRows(rows.indptr, rows.indices, None if kind is None else rows.weights)
    check_symmetric(rows)
    rows.save(tmp_path / "rows")
    check_symmetric(CompressedRows.open(tmp_path / "rows"))


def test_what_single_precision_rounds_is_no_difference():
    rows = CompressedRows.from_scipy(random_graph(300, 0.3, whole=False).adjacency)
    noise = np.random.default_rng(0).choice([1 - 2.0**-24, 1 + 2.0**-23], rows.nnz)
    rows.weights[:] = rows.weights * noise
    dense = rows.to_scipy().toarray()
    assert (dense != dense.T).any()
    check_symmetric(rows)


def test_what_is_no_square_or_has_wild_columns_is_refused():
    with pytest.raises(InputError, match="2 x 3, expected a square one"):
        line_factorised(CompressedRows.from_scipy(csr_array(np.ones((2, 3)))), 4)
    wild = CompressedRows(np.array([0, 1, 2]), np.array([1, 700], dtype=np.int32), None)
    with pytest.raises(InputError, match="a column 700, the matrix has columns 0 to 1"):
        line_factorised(wild, 4)


@pytest.mark.parametrize("kind", [np.float32, np.float16])
@pytest.mark.parametrize("bad", [-1.0, -1e-3, np.nan, np.inf])
def test_unusable_weights_are_refused(kind, bad):
    rows = symmetric(kind=kind)
    dense = rows.to_scipy().toarray()
    row = int(np.flatnonzero(dense.sum(axis=1))[0])
    column = int(np.flatnonzero(dense[row])[0])
    for one, other in ((row, column), (column, row)):
        places = slice(rows.indptr[one], rows.indptr[one + 1])
        rows.weights[places][rows.indices[places] == other] = bad
    with pytest.raises(InputError, match="negative or not finite"):
        line_factorised(rows, 4)
