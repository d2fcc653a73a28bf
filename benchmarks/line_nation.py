"""LINE of a nation: 195,574 regions and 1.2·10⁹ ties, streamed from disk, on all cores.

    TMPDIR=/a/disk python -m benchmarks line_nation [--quick]

The graph is planted (``benchmarks/planted.py``, the hard one) and written to a folder under TMPDIR,
which is removed at the end: an undirected tie is stored from both ends, so there are 2.4·10⁹
entries of 6 bytes, 14.4 GB. Writing it is not timed but told. ``--quick`` takes a fiftieth of the
ties at the same density. The peak includes the pages of the graph that are mapped, not those that
the system keeps in its cache while memory is free.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numba
import numpy as np

from benchmarks.harness import Row, cpu_seconds, peak_megabytes
from benchmarks.planted import readout, society
from placeprint.mobility import line_factorised, line_memory
from placeprint.mobility.compressed_rows import CompressedRows

NODES, ENTRIES = 195_574, 2_400_000_000
COLUMNS = 128


def rows(quick: bool) -> Iterator[Row]:
    shrink = 50 if quick else 1
    nodes, entries = round(NODES / math.sqrt(shrink)), ENTRIES // shrink
    warm_up()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "graph"
        drawn = society(nodes, entries)
        drawing, _ = cpu_seconds(lambda: CompressedRows.stream(folder, drawn.blocks(), np.uint16))
        graph = CompressedRows.open(folder)
        times: list[tuple[float, float]] = []
        found: list[np.ndarray] = []

        def ours() -> None:
            times.append(cpu_seconds(lambda: found.append(line_factorised(graph, COLUMNS))))

        peak = peak_megabytes(ours)
        (cpu, wall), told = times[0], readout(found[0], drawn)
        stated = line_memory(nodes, graph.nnz, COLUMNS, mapped=True)
        yield Row(
            "LINE, streamed",
            graph.nnz,
            math.nan,
            cpu,
            peak,
            wall_s=wall,
            note=f"{nodes:,} nodes, {graph.nnz // 2:,} ties, {graph.nbytes / 1e9:.1f} GB on disk "
            f"(drawn in {drawing:.0f} CPU s), {numba.get_num_threads()} threads; "
            f"{stated / 1e6:.0f} MB stated; "
            + " ".join(f"{name} {value:.3f}" for name, value in told.items()),
        )


def warm_up() -> None:
    """Compile before anything is timed."""
    with tempfile.TemporaryDirectory() as folder:
        CompressedRows.stream(folder, society(5000, 50_000).blocks(), np.uint16)
        line_factorised(CompressedRows.open(folder), COLUMNS)
