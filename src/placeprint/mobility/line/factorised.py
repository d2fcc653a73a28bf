"""Second-order LINE in closed form: the matrix that its sampling factorises, factorised."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from placeprint.files import fingerprint
from placeprint.machine_code import threads
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.graph import MobilityGraph
from placeprint.mobility.line.checkpoint import Checkpoint
from placeprint.mobility.line.checks import check_settings, check_symmetric
from placeprint.mobility.line.krylov import BlockKrylov
from placeprint.mobility.line.log_ratios import PASS, LogRatios
from placeprint.mobility.line.memory import check_memory, line_memory
from placeprint.mobility.line.panels import HostPanels, Panel
from placeprint.progress import track
from placeprint.typing import FloatArray, PathLike

__all__ = ["line_factorised"]

ROUNDING: Final = 1e-4
"""What rounding comes to, against the largest number of a column: up to hundreds of units in the
last place of a float32, where two singular values are nearly the same."""

P = TypeVar("P", bound=Panel)


def line_factorised(
    graph: MobilityGraph | CompressedRows,
    dim: int = 128,
    *,
    negatives: int = 1,
    exponent: float = 0.75,
    power_iterations: int = 4,
    seed: int = 0,
    device: str = "cpu",
    memory_bytes: int | None = None,
    checkpoint: PathLike | None = None,
) -> FloatArray:
    r"""Embed the regions of a graph by their partners (second-order proximity).

    LINE with b negative samples, drawn by :math:`q_j \propto d_j^\alpha`, is at its optimum a
    factorisation of

    .. math::
        M_{ij} = \max\Big(\log \frac{A_{ij}}{d_i \, b \, q_j},\, 0\Big), \qquad
        q_j = \frac{d_j^\alpha}{\sum_k d_k^\alpha}

    over the edges; the embedding is :math:`U_d \Sigma_d^{1/2}` of its truncated singular value
    decomposition. With :math:`\alpha = 1` this is NetMF of window 1.

    M is made entry by entry as it is multiplied; see :class:`LogRatios` for how, and
    :class:`BlockKrylov` for the decomposition. Above 4,096 regions the rows that are gathered
    are rounded to bfloat16, which changes M V by a thousandth of itself, far less than another
    seed does. The result has the same bytes for any number of threads (on one device).

    Args:
        graph: The full mobility graph, or its symmetric adjacency; opened from disk
            (:meth:`CompressedRows.open`) it is streamed, and need not fit in memory. An adjacency
            is read once to see that it is symmetric, as far as :func:`check_symmetric` tells;
            a graph is by how it is made.
        dim: d.
        negatives: b. Only ties b times as strong as chance, or stronger, count: 1 keeps all
            that exceed chance, as in NetMF; LINE's 5 leaves whole regions of a dense graph
            without any, and their rows zero.
        exponent: α of the negatives' distribution; LINE's is 0.75.
        power_iterations: q; more resolve weak communities better. The graph is read 2q + 1 times.
        seed: Of the decomposition's first block.
        device: ``cpu``, or any device of torch, for instance ``cuda``.
        memory_bytes: How much memory may be used; :func:`line_memory` says how much is needed.
        checkpoint: A folder that keeps the work after each power iteration: started again with
            the same arguments, it goes on and ends with the same bytes. It stays until removed.

    Returns:
        (n, dim) float32. Rows of regions without links that count are zero, and so are the
        columns beyond the rank of M, if dim exceeds it.

    Raises:
        InputError: If an argument is out of its range, the adjacency is not symmetric or has
            weights that are negative or not finite, there is no such device, more memory is
            needed than allowed, or the checkpoint is of other work.

    Source:
        LINE (Tang et al. 2015), Sec. 4.1.2; NetMF (Qiu et al. 2018), Sec. 2; MobCLIP, Sec. 4.1.

    Example:
        >>> import pandas as pd
        >>> edges = pd.DataFrame({"source": ["a", "c"], "target": ["b", "d"], "weight": [1.0, 1]})
        >>> graph = MobilityGraph.from_edges(edges, ["a", "b", "c", "d", "e"])
        >>> line_factorised(graph, dim=2).shape
        (5, 2)
    """
    check_settings(dim, negatives, exponent, power_iterations, seed, device)
    rows = graph
    if isinstance(rows, MobilityGraph):
        rows = CompressedRows.from_scipy(rows.adjacency)
    n, nnz = rows.shape[0], rows.nnz
    needed = line_memory(
        n,
        nnz,
        dim,
        power_iterations=power_iterations,
        mapped=rows.mapped,
        weights=None if rows.weights is None else rows.weights.dtype,
    )
    check_memory(needed, memory_bytes, n, nnz)
    if not nnz:
        return np.zeros((n, dim), dtype=np.float32)
    if rows is graph:
        check_symmetric(rows)
    ratios = LogRatios.of(rows, negatives, exponent)
    title = f"LINE of {n:,} regions and {nnz // 2:,} ties ({needed / 1e9:.1f} GB)"
    settings = [dim, power_iterations, seed]
    kept = None
    if checkpoint is not None:
        request = fingerprint([*settings, negatives, exponent, _digest(ratios)])
        kept = Checkpoint(Path(checkpoint), request)
    if device == "cpu":
        with HostPanels.sharing(threads()) as algebra:
            work = BlockKrylov(ratios, algebra, n, *settings)
            vectors, values = _worked_through(work, title, kept)
    else:
        from placeprint.mobility.line.on_device import on_device

        matrix, panels = on_device(ratios, device)
        vectors, values = _worked_through(BlockKrylov(matrix, panels, n, *settings), title, kept)
    embedding = np.zeros((n, dim), dtype=np.float32)
    np.multiply(vectors, np.sqrt(values), out=embedding[:, : len(values)], casting="same_kind")
    embedding[ratios.strength == 0] = 0.0
    _drop_rounding(embedding)
    return embedding


def _drop_rounding(embedding: FloatArray) -> None:
    """Zero what is less than a ten-thousandth of its column.

    A column that is about one component of the graph is zero in all others. What sums of single
    precision leave there would be taken for a signal by whoever divides columns by the deviation
    that they have among some of the regions.
    """
    for column in embedding.T:
        size = np.abs(column)
        column[size < ROUNDING * size.max()] = 0.0


def _worked_through(
    work: BlockKrylov[P], title: str, kept: Checkpoint | None
) -> tuple[FloatArray, FloatArray]:
    """Take the steps that are left of a decomposition, and show how far it is."""
    if kept is not None:
        kept.restore(work)
    with track(title, work.readings) as tracker:
        while work.unfinished:
            work.step(tracker.advance)
            if kept is not None:
                kept.keep(work)
    return work.result()


def _digest(ratios: LogRatios) -> str:
    """Tells graphs apart by all of their entries, read some at a time.

    Weights go in by their codes and what these stand for, so that counts are the same graph
    whether they are kept as whole numbers or not.
    """
    rows, tables = ratios.rows, hashlib.blake2b()
    for table in (rows.indptr, ratios.strength, ratios.logs):
        tables.update(np.ascontiguousarray(table).data)
    columns, weights = hashlib.blake2b(), hashlib.blake2b()
    for first, last in rows.blocks(PASS):
        part = slice(int(rows.indptr[first]), int(rows.indptr[last]))
        columns.update(np.ascontiguousarray(rows.indices[part]).data)
        weights.update(np.ascontiguousarray(ratios.codes[part]).data)
        rows.forget(first, last)
    return "".join(digest.hexdigest() for digest in (tables, columns, weights))
