"""The county columns of MobCLIP's Table 2, measured again on the counties of China.

Each H3 cell is encoded at its centre, the cells of a county are averaged, and LightGBM with the
published settings predicts the county's label: 80/20 at random, and, which the paper does not
report, whole provinces held out. The scores are kept in a folder, so that the work can be stopped
and taken up again; most of the time goes to the 1,024 spherical harmonics.

    python -m benchmarks.china_table DATA/china-counties --out china-table
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import pandas as pd

from placeprint.evaluation import evaluate, read_benchmark, summary
from placeprint.evaluation.statistics.summary import MEAN
from placeprint.evaluation.suites import load_suite

ENCODERS: Final = {
    "Siren (spherical harmonics)": "spherical_harmonics-32",
    "NeRF": "nerf",
    "Sphere2Vec sphereC+": "sphere2vec-sphereC+",
    "GeoCLIP": "geoclip",
}
"""The paper's name of each model → the name of its encoder."""

PLAIN: Final = ("coordinates", "spatial_prior")
"""What is shown beside them, and is not in the paper."""


def measured(data: Path, out: Path, seeds: int) -> pd.DataFrame:
    """Mean and spread of R² by task, split and model."""
    units = [data / "cells.parquet", data / "counties.parquet"]
    levels = ["admincode", "province"]
    benchmark = read_benchmark(data / "labels.parquet", units=units, levels=levels)
    models = [*ENCODERS, *PLAIN]
    scores = evaluate(
        ENCODERS, benchmark, out=out, protocol="published", models=models, seeds=seeds
    )
    brief = summary(scores, benchmark.tasks)
    return brief[brief["task"] != MEAN].set_index(["model", "task", "split"]).sort_index()


def table(found: pd.DataFrame) -> pd.DataFrame:
    """Rows are models; for each task ours, the paper's, and ours with provinces held out."""
    paper = load_suite("mobclip").published()
    rows: dict[str, dict[str, str]] = {}
    for model, task in dict.fromkeys(found.index.droplevel("split")):
        published = paper[task].get(model) if task in paper else None
        row = rows.setdefault(model, {})
        row[f"{task} ours"] = spread(found.loc[(model, task, "random")])
        row[f"{task} paper"] = "" if published is None else f"{published:.2f}"
        row[f"{task} by province"] = spread(found.loc[(model, task, "block")])
    order = [*ENCODERS, *PLAIN]
    return pd.DataFrame(rows).T.loc[[model for model in order if model in rows]]


def spread(row: pd.Series) -> str:
    return f"{row['mean']:.2f} ± {row['std']:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with labels, cells and counties")
    parser.add_argument("--out", type=Path, default=Path("china-table"))
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    rows = table(measured(arguments.data, arguments.out, arguments.seeds))
    header = ["model", *rows.columns]
    print(f"R², LightGBM as published, {arguments.seeds} seeds, mean ± std")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for model, cells in rows.iterrows():
        print("| " + " | ".join([str(model), *cells]) + " |")


if __name__ == "__main__":
    main()
