"""Pass 2 of the compiled co-visits: pairs of regions dealt out to buckets of sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from placeprint.mobility.covisits.checkpoint import Checkpoint
from placeprint.mobility.covisits.pair_buckets import PairBuckets, emit_pairs
from placeprint.mobility.covisits.spilling import (
    BlockLog,
    Buffers,
    block_length,
    memory_exceeded,
)
from placeprint.mobility.covisits.user_partitions import (
    PARTITIONS,
    SLICE_BITS,
    packed,
    record_words,
    region_bits,
    select_users,
    slice_counts,
)
from placeprint.mobility.covisits.user_weeks import user_weeks
from placeprint.progress import track
from placeprint.typing import AnyArray

if TYPE_CHECKING:
    from placeprint.mobility.covisits.rules import CoVisitRules

__all__ = ["spill_pairs"]

BLOCK: Final = 1 << 14
VISIT_BYTES: Final = 56
"""Memory that a visit takes while its user's are grouped, at most."""
VISITS_AT_ONCE: Final = 1 << 16
CHECKPOINT_VISITS: Final = 1 << 26


def spill_pairs(
    work: Path, state: Checkpoint, buckets: PairBuckets, rules: CoVisitRules, memory: int
) -> Checkpoint:
    """Partition by partition, write every pair of regions that a user visited in one week.

    Args:
        work: The folder of what is spilled.
        state: How far the work has come; all visits are written.
        buckets: The layout of the pairs.
        rules: The caps.
        memory: In bytes.

    Returns:
        The state once all pairs are written; the visits are removed.

    Raises:
        InputError: If the visits of one user do not fit in the memory.
    """
    if state.stage != "pairs":
        return state
    bits, words = region_bits(buckets.regions), record_words(buckets.regions)
    length = block_length(memory // 8 // (buckets.count * buckets.dtype.itemsize), 1, BLOCK)
    capacity = memory * 5 // 8 // (VISIT_BYTES + (16 if buckets.flagged else 0))
    since = 0
    with (
        BlockLog(work / "visits.bin", np.uint32, state.visits) as visits,
        BlockLog(work / "pairs.bin", buckets.dtype, state.pairs) as log,
        track("pairing regions", total=PARTITIONS) as tracker,
    ):
        buffers = Buffers(log, buckets.count, length)
        tracker.advance(state.partition)
        counts = visits.counts(PARTITIONS)[state.partition :] // words
        begin = state.partition
        for first, stop in packed(counts, min(capacity, VISITS_AT_ONCE)):
            dropped = 0
            partitions = (begin + first, begin + stop)
            for records in _records(visits, words, partitions, capacity, memory):
                held = user_weeks(records, words, bits, rules.most_regions, rules.most_weeks)
                emit_pairs(held, buckets, buffers)
                dropped += held.dropped
                since += len(held.stops)
            state = replace(state, partition=begin + stop, dropped=state.dropped + dropped)
            tracker.advance(stop - first)
            if since >= CHECKPOINT_VISITS:
                buffers.flush_all()
                state = replace(state, pairs=log.checkpoint())
                state.save(work)
                since = 0
        buffers.flush_all()
        state = replace(state, stage="edges", pairs=log.checkpoint())
    state.save(work)
    (work / "visits.bin").unlink()
    return state


def _records(
    log: BlockLog, words: int, partitions: tuple[int, int], capacity: int, memory: int
) -> Iterator[AnyArray]:
    """The visits of some partitions; of one that is too large, slice of users after slice."""
    if log.count(*partitions) <= capacity * words:
        yield log.read(*partitions)
        return
    counts = np.zeros(1 << SLICE_BITS, dtype=np.int64)
    for block in log.blocks(*partitions):
        slice_counts(counts, block, words)
    largest = int(counts.max())
    if largest > capacity:
        raise memory_exceeded(
            f"{largest:,} visits of one user, or of few, take",
            1.01 * largest * memory / capacity,
            memory,
            ", or leave out users with so many visits",
        )
    for first, stop in packed(counts, capacity):
        records = np.empty(int(counts[first:stop].sum()) * words, dtype=np.uint32)
        fill = 0
        for block in log.blocks(*partitions):
            chosen = select_users(block, words, first, stop)
            records[fill : fill + len(chosen)] = chosen
            fill += len(chosen)
        yield records
