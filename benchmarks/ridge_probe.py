"""What it costs to tune and fit the ridge probe for every task and seed, beside scikit-learn.

The first 128 columns of a nation's regions, eleven tasks, ten seeds of 80/20 splits: the
probe takes one decomposition a fold for all penalties and tasks; scikit-learn's ``RidgeCV``, with
the rows standardised, is the reference, on fewer seeds.

    python -m benchmarks.ridge_probe --regions 200000
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from placeprint.evaluation import Places, RandomSplits, Task, score
from placeprint.evaluation.probes.ridge import ALPHAS

TASKS = 11
REFERENCE_SEEDS = 1


def country(regions: int, dim: int) -> tuple[pd.DataFrame, list[Task], Places]:
    rng = np.random.default_rng(0)
    ids = pd.Index([f"{position:07d}" for position in range(regions)], name="region_id")
    vectors = pd.DataFrame(rng.normal(size=(regions, dim)).astype(np.float32), index=ids)
    signal = vectors.to_numpy() @ rng.normal(size=(dim, TASKS)) / np.sqrt(dim)
    values = signal + rng.normal(size=signal.shape)
    tasks = [
        Task(f"t{number:02d}", "region", "grid", pd.DataFrame({"value": column}, index=ids))
        for number, column in enumerate(values.T)
    ]
    blocks = np.array([f"{position * 50 // regions:02d}" for position in range(regions)])
    return vectors, tasks, Places(ids, blocks.astype(object))


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def reference(vectors: pd.DataFrame, tasks: list[Task]) -> None:
    X, Y = vectors.to_numpy(), np.column_stack([task.target() for task in tasks])
    for train, test in RandomSplits(REFERENCE_SEEDS).split(X):
        ridge = make_pipeline(StandardScaler(), RidgeCV(ALPHAS, alpha_per_target=True))
        ridge.fit(X[train].astype(np.float64), Y[train]).predict(X[test])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--regions", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    vectors, tasks, places = country(arguments.regions, arguments.dim)
    print(f"{arguments.regions:,} regions × {arguments.dim}, {TASKS} tasks, ridge tuned inside")
    costs = {}
    for split in ("random", "block"):
        costs[split] = seconds(
            lambda split=split: score(
                {"m": vectors},
                tasks,
                places,
                splits=[split],
                probes=["ridge"],
                seeds=arguments.seeds,
            )
        )
        wall, cpu = costs[split]
        print(f"{split}: {arguments.seeds} seeds in {wall:.1f} s, {cpu:.1f} CPU s")
    wall, cpu = seconds(lambda: reference(vectors, tasks))
    ratio = cpu / REFERENCE_SEEDS * arguments.seeds / costs["random"][1]
    print(f"scikit-learn RidgeCV: {REFERENCE_SEEDS} seed in {wall:.1f} s, {cpu:.1f} CPU s")
    print(f"CPU ratio at {arguments.seeds} random seeds: {ratio:.1f} ×")


if __name__ == "__main__":
    main()
