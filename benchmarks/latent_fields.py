"""How well an embedding recovers what was planted in a simulated country.

    python -m benchmarks.latent_fields RAW RUN

prints, for each latent field in RAW/truth.parquet, R² of ridge on the run's embedding beside R²
on the raw features of the modalities and on coordinates: 10 random 80/20 splits and 10 splits
that hold out whole blocks. The networks (trade, kin, draw) shape travel and nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from placeprint.baselines import coordinate_features, raw_features
from placeprint.evaluation import Task, atlas_places, score
from placeprint.models import Run


def main(raw: str, path: str) -> None:
    run = Run(path)
    truth = pd.read_parquet(Path(raw) / "truth.parquet").set_index("region_id")
    fields = truth.select_dtypes("number").columns
    tasks = [
        Task(field, level="region", scale="grid", values=truth[[field]].set_axis(["value"], axis=1))
        for field in fields
    ]
    features = {name: run.atlas.features(name) for name in run.atlas.feature_names}
    models = {
        "placeprint": run.embeddings,
        "raw": raw_features(features, run.atlas.region_ids),
        "coordinates": coordinate_features(run.atlas.regions.centroids()),
    }
    scores = score(models, tasks, atlas_places(run.atlas), probes=["ridge"])
    r2 = scores[scores["metric"] == "r2"]
    table = r2.pivot_table(index="task", columns=["split", "model"], values="value")
    print(table.round(2).to_string())


if __name__ == "__main__":
    main(*sys.argv[1:3])
