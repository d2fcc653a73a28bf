"""The protocol of the Manhattan benchmark: ridge, five shuffled folds, ten repeats.

    python -m benchmarks.city_protocol RUN

prints R² of the run's embedding, of the published anchor, and of the raw mobility rows (all flows
out of a region and into it, two columns a region) for each label of the run's atlas. R² is over
the out-of-fold predictions of all regions, mean ± standard deviation over the repeats.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from placeprint.evaluation import atlas_places, atlas_tasks
from placeprint.evaluation.probes import make_probe
from placeprint.evaluation.samples import align
from placeprint.evaluation.scoring import predict_fold
from placeprint.mobility import directed_matrix
from placeprint.models import Run

FOLDS, REPEATS = 5, 10


def out_of_fold_r2(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """R² over the predictions of every row, each made by the four folds it is not in."""
    predicted = np.empty_like(y)
    for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(x):
        probe = make_probe("ridge", "grid")
        predicted[test] = predict_fold(probe, x, y[:, None], train, test)[:, 0]
    return float(1 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def main(path: str) -> None:
    run = Run(path)
    atlas, places = run.atlas, atlas_places(run.atlas)
    flows = directed_matrix(atlas.graph(run.config["graph"]["name"]), atlas.region_ids).toarray()
    rows = pd.DataFrame(np.hstack([flows, flows.T]), index=atlas.region_ids)
    models = {
        "placeprint": run.embeddings,
        "anchor, as published": run.anchor_embeddings(),
        "raw mobility rows": rows.astype(np.float32),
    }
    for task in atlas_tasks(atlas):
        samples = places.sample(task)
        for name, vectors in models.items():
            x = align(vectors, samples, places)
            scores = [out_of_fold_r2(x, samples.Y[:, 0], seed) for seed in range(REPEATS)]
            mean, spread = np.mean(scores), np.std(scores)
            print(
                f"{task.name:15s} {name:22s} {x.shape[1]:4d} columns  R² {mean:.3f} ± {spread:.3f}"
            )


if __name__ == "__main__":
    main(sys.argv[1])
