"""Counting that is killed, or runs out of disk, and is started again."""

import errno
import os
import signal
from multiprocessing import get_context

import numpy as np
import pytest

from placeprint.errors import InputError, PlaceprintError
from placeprint.mobility.covisits import (
    CoVisitRules,
    compiled,
    compiled_pairs,
    compiled_visits,
    pair_buckets,
    spilling,
)
from placeprint.mobility.covisits.compiled import compiled_co_visits
from placeprint.mobility.covisits.edge_parts import EdgeParts

REGIONS = 40
RULES = CoVisitRules(most_regions=4, min_users=2)


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(compiled_visits, "CHECKPOINT_VISITS", 300)
    monkeypatch.setattr(compiled_pairs, "CHECKPOINT_VISITS", 300)
    monkeypatch.setattr(compiled_pairs, "VISITS_AT_ONCE", 100)
    monkeypatch.setattr(compiled, "PAIRS_PER_PART", 50)
    monkeypatch.setattr(pair_buckets, "PAIRS_PER_BUCKET", 500)


def batches(seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(8):
        weeks = (19_723 + 7 * rng.integers(0, 3, 200)).astype(np.int32)
        yield rng.integers(0, 60, 200), weeks, rng.integers(0, REGIONS, 200)


def count(folder, given=None, *, rules=RULES, resume=True, inputs=None, snapshots=False):
    return compiled_co_visits(
        batches() if given is None else given,
        REGIONS,
        folder,
        rules=rules,
        snapshots=snapshots,
        resume=resume,
        inputs=inputs,
    )


def contents(edges):
    return [path.read_bytes() for path in edges.paths()], edges.edges, edges.dropped_visits


def die_after(calls, function):
    """The function, that kills its process when it has been called so often."""
    left = [calls]

    def called(*args, **kwargs):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)

    return called


def die_in(folder, name, calls, snapshots):
    place, function = name.split(".")
    module = {"compiled": compiled, "compiled_pairs": compiled_pairs}.get(place, compiled_visits)
    setattr(module, function, die_after(calls, getattr(module, function)))
    count(folder, snapshots=snapshots)


@pytest.mark.parametrize("snapshots", [False, True])
@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("compiled_visits.check_batch", 1),
        ("compiled_visits.check_batch", 5),
        ("compiled.pair_buckets", 0),
        ("compiled_pairs.emit_pairs", 1),
        ("compiled_pairs.emit_pairs", 11),
        ("compiled.write_part", 0),
        ("compiled.write_part", 2),
        ("compiled.EdgeParts", 0),
    ],
)
def test_killed_and_started_again_it_ends_the_same(tmp_path, name, calls, snapshots):
    whole = contents(count(tmp_path / "whole", snapshots=snapshots))
    child = get_context("fork").Process(
        target=die_in, args=(tmp_path / "cut", name, calls, snapshots)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert contents(count(tmp_path / "cut", snapshots=snapshots)) == whole
    assert not list((tmp_path / "cut").glob(".*"))


def test_work_that_is_done_is_not_done_again(tmp_path, monkeypatch):
    whole = contents(count(tmp_path / "whole"))
    done = []

    def pair(*args):
        if len(done) == 11:
            raise KeyboardInterrupt
        done.append(args)
        emit_pairs(*args)

    emit_pairs = compiled_pairs.emit_pairs
    monkeypatch.setattr(compiled_pairs, "emit_pairs", pair)
    with pytest.raises(KeyboardInterrupt):
        count(tmp_path / "cut")
    begun = len(done)
    done.clear()
    monkeypatch.setattr(
        compiled_pairs, "emit_pairs", lambda *args: (done.append(args), emit_pairs(*args))
    )
    # All visits were spilled: they are not read again.
    assert contents(count(tmp_path / "cut", iter(()))) == whole
    assert begun == 11
    assert 0 < len(done) < 16


def test_what_is_finished_is_returned(tmp_path):
    edges = count(tmp_path)
    assert count(tmp_path, iter(())) == edges == EdgeParts.open(tmp_path)


def test_a_full_disk_is_told_and_work_continues_when_there_is_room(tmp_path, monkeypatch):
    whole = contents(count(tmp_path / "whole"))
    synced = []

    def full(handle):
        synced.append(handle)
        if len(synced) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(spilling.os, "fsync", full)
        with pytest.raises(
            PlaceprintError, match=r"disk is full.*free some space.*continues where it stopped"
        ):
            count(tmp_path / "cut")
    assert contents(count(tmp_path / "cut")) == whole


def interrupt(folder, after=5, **options):
    given = batches()

    def cut():
        for _ in range(after):
            yield next(given)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        count(folder, cut(), **options)


def test_other_visits_are_not_taken_for_the_same(tmp_path):
    interrupt(tmp_path)
    with pytest.raises(InputError, match=r"not those that were read before.*same files"):
        count(tmp_path, batches(seed=1))
    with pytest.raises(InputError, match="not those that were read before"):
        count(tmp_path, list(batches())[:1])


@pytest.mark.parametrize("options", [{"rules": CoVisitRules()}, {"inputs": ["b"]}])
def test_other_work_is_not_continued(tmp_path, options):
    interrupt(tmp_path, inputs=["a"])
    with pytest.raises(InputError, match=r"other visits or by other rules.*another folder"):
        count(tmp_path, **{"inputs": ["a"], **options})
    done = count(tmp_path, inputs=["a"])
    assert done.edges
    with pytest.raises(InputError, match="other visits or by other rules"):
        count(tmp_path, **{"inputs": ["a"], **options})


def test_a_spilled_file_that_was_cut_off_is_told(tmp_path):
    interrupt(tmp_path)
    spilled = tmp_path / ".spill" / "visits.bin"
    spilled.write_bytes(spilled.read_bytes()[:100])
    with pytest.raises(InputError, match=r"holds 100 bytes, expected .*start anew"):
        count(tmp_path)
