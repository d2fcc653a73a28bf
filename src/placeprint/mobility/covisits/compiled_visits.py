"""Pass 1 of the compiled co-visits: visits dealt out to the partitions of their users."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from placeprint.errors import InputError
from placeprint.mobility.covisits.checkpoint import Checkpoint
from placeprint.mobility.covisits.spilling import BlockLog, Buffers, block_length
from placeprint.mobility.covisits.user_partitions import (
    PARTITIONS,
    Tally,
    check_batch,
    record_words,
    scatter_visits,
)
from placeprint.typing import AnyArray

__all__ = ["spill_visits"]

BLOCK: Final = 1 << 16
CHECKPOINT_VISITS: Final = 1 << 26


def spill_visits(
    batches: Iterable[tuple[AnyArray, AnyArray, AnyArray]],
    n_regions: int,
    work: Path,
    state: Checkpoint,
    memory: int,
) -> Checkpoint:
    """Read all visits and write each to the partition of its user.

    What was read before an interruption is read again, to see that it is the same, but not
    written again.

    Args:
        batches: As for :func:`~placeprint.mobility.covisits.compiled.compiled_co_visits`.
        n_regions: n.
        work: The folder of what is spilled.
        state: How far the work has come.
        memory: In bytes; an eighth of it is taken.

    Returns:
        The state once all visits are written.

    Raises:
        InputError: If a visit is invalid, or the visits are not those read before.
    """
    if state.stage != "visits":
        return state
    words = record_words(n_regions)
    length = block_length(memory // 8 // (PARTITIONS * 4), words, BLOCK)
    tally = Tally.zero(n_regions)
    since = number = visits = 0
    with BlockLog(work / "visits.bin", np.uint32, state.visits) as log:
        buffers = Buffers(log, PARTITIONS, length)
        for number, (users, weeks, regions) in enumerate(batches, start=1):
            again = number <= state.batches
            batch = (check_batch(users, weeks, regions), weeks, regions)
            start, full = 0, 0
            while full >= 0:
                start, full = scatter_visits(
                    batch, start, n_regions, buffers.room, buffers.fill, tally
                )
                if full >= 0 and again:
                    buffers.fill[full] = 0
                elif full >= 0:
                    buffers.flush(full)
            visits += len(users)
            if again:
                if number == state.batches:
                    buffers.fill[:] = 0
                    _read_before(state, tally, work)
                continue
            since += len(users)
            if since >= CHECKPOINT_VISITS:
                buffers.flush_all()
                replace(state, batches=number, tally=tally, visits=log.checkpoint()).save(work)
                since = 0
        if number < state.batches:
            _read_before(state, tally, work)
        buffers.flush_all()
        state = replace(
            state, stage="pairs", batches=number, read=visits, tally=tally, visits=log.checkpoint()
        )
    state.save(work)
    return state


def _read_before(before: Checkpoint, now: Tally, work: Path) -> None:
    if before.tally.digest[0] != now.digest[0]:
        raise InputError(
            "the visits are not those that were read before the work was interrupted",
            source=work.parent,
            hint="give the same files in the same order, or remove the folder and start anew",
        )
