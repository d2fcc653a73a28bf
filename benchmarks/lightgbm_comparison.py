"""LightGBM, published county setting: the embedding beside a compact set of raw inputs.

    python -m benchmarks.lightgbm_comparison RUN

scores the run's embedding and the raw inputs together: the features of all modalities but text and
random convolutions (of an image only the mean and deviation of its colours), and an SVD of the
flows. Three splits of each kind, the tasks that leak nothing. About 10 minutes on us-counties.
"""

from __future__ import annotations

import sys

import pandas as pd

from placeprint.baselines import flow_features
from placeprint.evaluation import atlas_tasks, evaluate
from placeprint.models import Run

SPLITS = 3


def compact_inputs(run: Run) -> pd.DataFrame:
    """Tables and counts as they are, colours of images, flows by their SVD."""
    atlas, parts = run.atlas, []
    for name in atlas.feature_names:
        kind = atlas.layer(f"features/{name}")["request"]["settings"]
        vectors = atlas.features(name)
        if kind["kind"] == "image":
            vectors = vectors[[c for c in vectors.columns if "mean_" in c or "std_" in c]]
        if kind["kind"] != "points" or kind["encoder"] == "counts":
            parts.append(vectors)
    edges = atlas.graph(run.config["graph"]["name"])
    return pd.concat([*parts, flow_features(edges, atlas.region_ids)], axis=1)


def main(path: str) -> None:
    run = Run(path)
    tasks = [task.name for task in atlas_tasks(run.atlas) if not task.leaks]
    models = {"placeprint": run.embeddings, "compact raw inputs": compact_inputs(run)}
    scores = evaluate(models, tasks, run.atlas, probes=["lightgbm"], models=[*models], seeds=SPLITS)
    r2 = scores[scores["metric"] == "r2"]
    table = r2.pivot_table(index="task", columns=["split", "model"], values="value", margins=True)
    print(table.round(3).to_string())


if __name__ == "__main__":
    main(sys.argv[1])
