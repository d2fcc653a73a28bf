"""Second-order LINE in closed form, against sampling edges and against scikit-learn's SVD.

    python -m benchmarks line [--quick]

Graphs are planted (``benchmarks/planted.py``, the hard ones), 128 columns, one thread each.

* published sampling: one step for each sampled edge, written here as the published program does
  it: an alias table for edges, a table of 10⁸ entries for negatives, 1,000 bins of the sigmoid,
  5 negatives, 10 samples for each stored entry. Of large graphs a share of the samples is taken,
  and its time, but not that of making the tables, multiplied;
* fast sampling: :func:`placeprint.mobility.line_sampled`, the same with alias tables throughout;
* randomised SVD: scikit-learn's, of the same matrix; making the matrix is not timed, as ours makes
  it while multiplying. Once with the same number of power iterations q, and once ours with as many
  as it takes to read city and field as well.

The notes say what a ridge regression reads from the embeddings, ours and theirs (see
``planted.readout``), where all samples were taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numba
import numpy as np
import torch
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from benchmarks.harness import Row, compare, cpu_seconds
from benchmarks.planted import Planted, planted_graph, readout
from placeprint.mobility import line_factorised, line_sampled
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.line.sampling_kernels import alias_table

SIZES = {6_000: (1_030_000, 1.0), 28_855: (16_100_000, 0.1), 195_574: (55_700_000, 0.02)}
"""Nodes → stored entries, and the share of the samples that the published way takes."""

FAST_SHARE = {6_000: 1.0, 28_855: 1.0, 195_574: 0.05}
"""Nodes → the share of the samples that the fast way takes."""

COLUMNS, NEGATIVES, SAMPLES, ITERATIONS = 128, 5, 10, 4
NOISE_TABLE, BINS, BOUND = 100_000_000, 1000, 6.0


def rows(quick: bool) -> Iterator[Row]:
    threads = torch.get_num_threads(), numba.get_num_threads()
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    try:
        with threadpool_limits(1):
            for nodes, (entries, share) in SIZES.items():
                yield from comparisons(planted_graph(nodes, entries), share, FAST_SHARE[nodes])
                if quick:
                    return
    finally:
        torch.set_num_threads(threads[0])
        numba.set_num_threads(threads[1])


def comparisons(planted: Planted, share: float, fast_share: float) -> Iterator[Row]:
    graph = planted.graph
    nodes, turns = graph.shape[0], 5 if graph.nnz < 20_000_000 else 1

    def ours() -> np.ndarray:
        return line_factorised(graph, COLUMNS, power_iterations=ITERATIONS)

    found = ours()
    alone = compare("", graph.nnz, ours, turns=turns)
    for name, way, part in (
        ("published sampling", sampled, share),
        ("fast sampling", fast, fast_share),
    ):
        count = int(part * SAMPLES * graph.nnz)
        way(planted_graph(200, 2000).graph, 10)  # compiles
        tables, _ = timed(lambda way=way: way(graph, 10))
        seconds, theirs = timed(lambda way=way, count=count: way(graph, count))
        seconds = max(seconds - tables, 0.0)
        read = told(theirs, planted) if part == 1 else f"{part:.0%} of the samples taken"
        yield replace(
            alone,
            operation=f"LINE / {name}",
            reference_cpu_s=tables + seconds / part,
            note=f"{nodes:,} nodes; {told(found, planted)} / {read}; "
            f"{count / seconds:,.0f} samples/s",
        )
    matrix = log_ratios(graph)

    def plain() -> np.ndarray:
        left, values, _ = randomized_svd(matrix, COLUMNS, n_iter=ITERATIONS, random_state=0)
        return left * np.sqrt(values)

    theirs = plain()
    few = min(turns, 3)
    row = compare("LINE / randomised SVD, same q", graph.nnz, ours, plain, turns=few)
    yield replace(row, note=f"{nodes:,} nodes; {told(found, planted)} / {told(theirs, planted)}")
    wanted, enough = readout(theirs, planted), 0
    for enough in range(1, 2 * ITERATIONS):
        found = line_factorised(graph, COLUMNS, power_iterations=enough)
        reached = readout(found, planted)
        if all(reached[name] >= wanted[name] - 0.001 for name in ("city", "field")):
            break
    again = compare(
        "", graph.nnz, lambda: line_factorised(graph, COLUMNS, power_iterations=enough), turns=few
    )
    yield replace(
        again,
        operation="LINE / randomised SVD, same reading",
        reference_cpu_s=row.reference_cpu_s,
        note=f"{nodes:,} nodes; q = {enough} / {ITERATIONS}; "
        f"{told(found, planted)} / {told(theirs, planted)}",
    )


def fast(graph: CompressedRows, count: int) -> np.ndarray:
    return line_sampled(graph, COLUMNS, count, negatives=NEGATIVES)


def told(embedding: np.ndarray, planted: Planted) -> str:
    return " ".join(f"{name} {value:.3f}" for name, value in readout(embedding, planted).items())


def timed(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    results: list[np.ndarray] = []
    seconds, _ = cpu_seconds(lambda: results.append(work()))
    return seconds, results[0]


def log_ratios(graph: CompressedRows) -> csr_array:
    """max(log A_ij − log d_i − log q_j, 0), q ∝ d^0.75."""
    matrix = graph.to_scipy()
    strength = matrix.sum(axis=1)
    noise = strength**0.75 / (strength**0.75).sum()
    row = np.repeat(np.arange(len(strength)), np.diff(matrix.indptr))
    ratio = np.log(matrix.data) - np.log(strength[row]) - np.log(noise[matrix.indices])
    matrix.data = np.maximum(ratio, 0).astype(np.float32)
    matrix.eliminate_zeros()
    return matrix


def sampled(graph: CompressedRows, count: int, seed: int = 0) -> np.ndarray:
    """The vertex vectors after so many samples."""
    n = graph.shape[0]
    weights = graph.weights.astype(np.float64)
    sources = np.repeat(np.arange(n), np.diff(graph.indptr))
    mass = np.cumsum(np.bincount(sources, weights, minlength=n) ** 0.75)
    noise = np.searchsorted(mass, (np.arange(NOISE_TABLE) + 0.5) * mass[-1] / NOISE_TABLE)
    inner = (2 * np.arange(BINS) / BINS - 1) * BOUND
    sigmoid = (1 / (1 + np.exp(-inner))).astype(np.float32)
    start = np.random.default_rng(seed).uniform(-0.5 / COLUMNS, 0.5 / COLUMNS, (n, COLUMNS))
    vertex = start.astype(np.float32)
    published(
        vertex, np.zeros_like(vertex), sources, graph.indices, *alias_table(weights),
        noise.astype(np.int32), sigmoid, count, seed + 1,
    )  # fmt: skip
    return vertex


@numba.njit(cache=True)
def uniform(state):
    """The next state of a linear congruential generator, and a number between 0 and 1."""
    state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return state, np.float64(state >> np.uint64(11)) * 2.0**-53


@numba.njit(cache=True, fastmath=True)
def published(
    vertex, context, sources, targets, share, alias, noise, sigmoid, count, seed
):  # fmt: skip
    state = np.uint64(seed)
    change = np.empty(vertex.shape[1], np.float32)
    rate = np.float32(0.025)
    for sample in range(count):
        if sample % 10_000 == 0:
            rate = np.float32(0.025 * max(1 - sample / count, 1e-4))
        state, first = uniform(state)
        state, second = uniform(state)
        edge = int(first * len(share))
        if second >= share[edge]:
            edge = alias[edge]
        own = vertex[sources[edge]]
        change[:] = 0
        for turn in range(NEGATIVES + 1):
            if turn == 0:
                other, label = targets[edge], np.float32(1)
            else:
                state, drawn = uniform(state)
                other = noise[int(drawn * NOISE_TABLE)]
                label = np.float32(0)
            there = context[other]
            score = np.float32(0)
            for k in range(len(own)):
                score += own[k] * there[k]
            if score > BOUND:
                value = np.float32(1)
            elif score < -BOUND:
                value = np.float32(0)
            else:
                value = sigmoid[min(int((score + BOUND) * (BINS / BOUND / 2)), BINS - 1)]
            error = (label - value) * rate
            for k in range(len(own)):
                change[k] += error * there[k]
            for k in range(len(own)):
                there[k] += error * own[k]
        for k in range(len(own)):
            own[k] += change[k]
