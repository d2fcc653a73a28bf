"""The regions most like a region, exact, against plain NumPy and scikit-learn; and an index.

    python -m benchmarks similarity [--quick]

Vectors are planted: 128 numbers that depend on 16 hidden ones, with noise, so that near ones are as
near as those of places are. A piece of work is 20 questions, one after the other, for the ten
nearest. Wall times of single questions are in the notes: the median (p50) and the 99th percentile.
Of the index, what it takes to make it, and how many of the ten exact nearest it finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from benchmarks.harness import Row, compare, cpu_seconds
from placeprint.lookup import Similarity

SIZES, QUICK = (20_000, 200_000, 1_000_000), (20_000,)
INDEXED, QUICK_INDEXED = 1_200_000, 40_000
DIMENSIONS, HIDDEN, NEAREST, QUESTIONS = 128, 16, 10, 20
SINGLE, RECALL = 200, 200


def rows(quick: bool) -> Iterator[Row]:
    for size in QUICK if quick else SIZES:
        yield from searched(size)
    yield indexed(QUICK_INDEXED if quick else INDEXED)


def searched(size: int) -> Iterator[Row]:
    """Exact search."""
    vectors = planted(size)
    ours = Similarity(vectors, index="exact")
    units = vectors.to_numpy() / np.linalg.norm(vectors.to_numpy(), axis=1, keepdims=True)
    brute = NearestNeighbors(n_neighbors=NEAREST + 1, metric="cosine", algorithm="brute")
    brute.fit(units)
    asked = np.linspace(0, size - 1, QUESTIONS).astype(int)
    mine = partial(one_by_one, lambda row: ours.nearest(vectors.index[row], NEAREST), asked)
    plain = partial(one_by_one, partial(plainly, units), asked)
    note = single(ours, vectors.index)
    yield compare("20 questions, NumPy", size, mine, plain, note=note)
    theirs = partial(one_by_one, lambda row: brute.kneighbors(units[[row]]), asked)
    yield compare("20 questions, scikit-learn", size, mine, theirs, turns=3)
    many = partial(ours.nearest_each, [*vectors.index[:: max(1, size // 500)]], NEAREST)
    yield compare("500 questions at once", size, many, turns=3)


def indexed(size: int) -> Row:
    """The index: the time that making it takes, and what it finds."""
    vectors = planted(size)
    made: list[Similarity] = []
    cpu, wall = cpu_seconds(lambda: made.append(Similarity(vectors, index="approximate")))
    exact, index = Similarity(vectors, index="exact"), made[0]
    asked = [*vectors.index[:: max(1, size // RECALL)]]
    found, true = (each.nearest_each(asked, NEAREST)["region_id"] for each in (index, exact))
    pairs = zip(asked_of(found, asked), asked_of(true, asked), strict=True)
    recall = float(np.mean([len(one & other) / NEAREST for one, other in pairs]))
    note = f"recall@{NEAREST} {recall:.3f}; {single(index, vectors.index)}"
    return replace(
        Row("making the index", size, float("nan"), cpu, float("nan"), note=note), wall_s=wall
    )


def asked_of(found: pd.Series, asked: list[str]) -> list[set[str]]:
    return [set(part) for part in found.to_numpy().reshape(len(asked), NEAREST)]


def planted(size: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((HIDDEN, DIMENSIONS), dtype=np.float32)
    values = np.empty((size, DIMENSIONS), dtype=np.float32)
    for first in range(0, size, 1 << 16):
        some = values[first : first + (1 << 16)]
        hidden = rng.standard_normal((len(some), HIDDEN), dtype=np.float32)
        some[:] = np.tanh(hidden @ weights / 4)
        some += 0.1 * rng.standard_normal(some.shape, dtype=np.float32)
    ids = pd.Index([f"{row:07d}" for row in range(size)], name="region_id")
    return pd.DataFrame(values, index=ids, copy=False)


def one_by_one(answer: Callable[[int], object], asked: np.ndarray) -> None:
    for row in asked:
        answer(int(row))


def plainly(units: np.ndarray, row: int) -> np.ndarray:
    scores = units @ units[row]
    nearest = np.argpartition(-scores, NEAREST + 1)[: NEAREST + 1]
    return nearest[np.argsort(-scores[nearest])]


def single(ours: Similarity, ids: pd.Index) -> str:
    """Wall times of questions one by one."""
    taken = []
    ours.nearest(ids[0], NEAREST)
    for row in np.linspace(0, len(ids) - 1, SINGLE).astype(int):
        start = time.perf_counter()
        ours.nearest(ids[row], NEAREST)
        taken.append(1000 * (time.perf_counter() - start))
    return f"one question {np.median(taken):.2f} ms (p50), {np.percentile(taken, 99):.1f} ms (p99)"
