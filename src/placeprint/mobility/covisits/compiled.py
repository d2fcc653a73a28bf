"""Visits to co-visit edges in machine code: sorted and counted, never joined, in bounded memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from placeprint.errors import InputError
from placeprint.files import fingerprint, prepare_output
from placeprint.mobility.covisits.checkpoint import Checkpoint
from placeprint.mobility.covisits.compiled_pairs import spill_pairs
from placeprint.mobility.covisits.compiled_visits import spill_visits
from placeprint.mobility.covisits.edge_counts import bucket_edges, pair_bytes
from placeprint.mobility.covisits.edge_parts import (
    ACCOUNT,
    TOTALS,
    EdgeParts,
    check_request,
    part_path,
    part_totals,
    write_part,
)
from placeprint.mobility.covisits.pair_buckets import (
    PairBuckets,
    layout_constants,
    pair_buckets,
)
from placeprint.mobility.covisits.spilling import BlockLog, memory_exceeded
from placeprint.mobility.covisits.user_partitions import packed
from placeprint.progress import track
from placeprint.typing import AnyArray, PathLike

if TYPE_CHECKING:
    from placeprint.mobility.covisits.rules import CoVisitRules

__all__ = ["SMALLEST_MEMORY", "compiled_co_visits"]

SMALLEST_MEMORY: Final = 1 << 25
PAIRS_PER_PART: Final = 1 << 22


def compiled_co_visits(
    batches: Iterable[tuple[AnyArray, AnyArray, AnyArray]],
    n_regions: int,
    folder: PathLike,
    *,
    rules: CoVisitRules,
    snapshots: bool = False,
    memory_bytes: int = 2 << 30,
    resume: bool = False,
    inputs: object = None,
) -> EdgeParts:
    """Count co-visits of any number of visits, exactly, in the memory allowed.

    Three passes, each of which writes what the next one reads:

    1. visits are dealt out to partitions by a bijective mix of the user's number, so that all
       visits of a user meet again;
    2. partition by partition, each user's visits are grouped by week, repetitions dropped, the
       caps applied, and the pairs of regions written as whole numbers, dealt out by source;
    3. bucket by bucket, pairs are sorted digit by digit and equal ones counted.

    The edges are the same whatever the order of the visits, the batches and the memory.

    Args:
        batches: Users (int64 or uint64), weeks (the Monday in days since 1970-01-01) and regions
            (0 ≤ r < n) of some visits at a time. Each batch is held in memory.
        n_regions: n.
        folder: Where the edges go, and what is spilled meanwhile: about 12 bytes for a visit and
            4 for each pair of regions of a user and week. 1e9 visits, six a user and week, take
            12 GB, then 6 GB beside them, and end as 5 GB of edges.
        rules: The caps and the floor; noise is not added here.
        snapshots: Keep each week a graph of its own.
        memory_bytes: How much memory may be taken beside the batches and the program itself.
        resume: Continue what was begun in the folder, or return what is finished there. The
            batches must be the same, in the same order.
        inputs: What the batches come from (paths, sizes, dates of change): whatever JSON can say.
            Work is continued only if it is the same.

    Returns:
        The edges on disk and the account of them.

    Raises:
        OutputExistsError: If the folder is not empty and is not to be continued.
        InputError: If a visit is invalid, the memory is too little for one user's visits, or the
            folder holds other work.
        PlaceprintError: If the disk is full.

    Source:
        MobCLIP (Wen et al. 2025), Sec. 4.1.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from placeprint.mobility.covisits.rules import CoVisitRules
        >>> week = np.full(4, 19723)  # 2024-01-01
        >>> visits = (np.array([1, 1, 2, 2]), week, np.array([2, 0, 0, 2]))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     edges = compiled_co_visits([visits], 3, folder, rules=CoVisitRules())
        ...     [[column.tolist() for column in part[:3]] for part in edges]
        [[[0], [2], [2]]]
    """
    if memory_bytes < SMALLEST_MEMORY:
        raise memory_exceeded("counting co-visits takes", SMALLEST_MEMORY, memory_bytes)
    if n_regions < 1:
        raise InputError(f"there are {n_regions} regions, expected at least 1")
    home = Path(folder)
    caps = (rules.most_regions, rules.min_users, rules.most_weeks)
    request = fingerprint([n_regions, caps, snapshots, inputs, layout_constants(), PAIRS_PER_PART])
    if not resume:
        prepare_output(home, overwrite=False)
    elif (home / ACCOUNT).exists():
        done = EdgeParts.open(home)
        check_request(done.request, request, home)
        shutil.rmtree(home / ".spill", ignore_errors=True)
        return done
    work = home / ".spill"
    state = Checkpoint.load(work) or Checkpoint.new(request, n_regions)
    check_request(state.request, request, home)
    state = spill_visits(batches, n_regions, work, state, memory_bytes)
    flagged = not snapshots and rules.min_users > 1
    buckets = pair_buckets(state.tally, state.read, snapshots, flagged)
    state = spill_pairs(work, state, buckets, rules, memory_bytes)
    edges = _count_edges(work, home, state, buckets, rules.min_users, memory_bytes)
    edges.save()
    shutil.rmtree(work)
    return edges


def _count_edges(
    work: Path,
    home: Path,
    state: Checkpoint,
    buckets: PairBuckets,
    min_users: int,
    memory: int,
) -> EdgeParts:
    """Pass 3: bucket by bucket, sort and count the pairs, and write the edges."""
    capacity = memory * 3 // 4 // pair_bytes(buckets)
    snapshots = buckets.weeks > 0
    totals = dict.fromkeys(TOTALS, 0)
    parts = []
    with (
        BlockLog(work / "pairs.bin", buckets.dtype, state.pairs) as log,
        track("counting pairs", total=buckets.count) as tracker,
    ):
        counts = log.counts(buckets.count)
        for first, stop in packed(counts, PAIRS_PER_PART):
            path = part_path(home, first)
            if counts[first:stop].any():
                if not path.exists():
                    edges = (
                        bucket_edges(log, bucket, buckets, min_users, capacity)
                        for bucket in range(first, stop)
                    )
                    write_part(path, chain.from_iterable(edges), snapshots)
                for name, value in part_totals(path).items():
                    totals[name] += value
                parts.append(path.name)
            tracker.advance(stop - first)
    return EdgeParts(
        folder=home,
        parts=tuple(parts),
        regions=buckets.regions,
        snapshots=snapshots,
        visits=state.read,
        dropped_visits=state.dropped,
        request=state.request,
        **totals,
    )
