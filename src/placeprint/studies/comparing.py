"""Train several configurations on one atlas, and score them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from placeprint.errors import InputError
from placeprint.evaluation import evaluate
from placeprint.files import write_table
from placeprint.models import train
from placeprint.progress import track
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from placeprint.atlas import Atlas
    from placeprint.models.registry import ModelConfig

__all__ = ["compare_variants"]

METRICS = ("r2", "macro_f1")


def compare_variants(
    atlas: Atlas,
    variants: Mapping[str, ModelConfig],
    out: PathLike,
    *,
    tasks: Sequence[str] | None = None,
    seeds: int = 10,
) -> pd.DataFrame:
    """Train every variant and score it on the tasks of the atlas.

    Each variant is a run of its own in ``out``; what is there already is kept, so a study that was
    stopped goes on where it was.

    Args:
        atlas: The atlas to train on, with labels.
        variants: Name → configuration.
        out: The folder of the study; it gets one run a variant, and ``scores.csv``.
        tasks: Which labels; all of them if None.
        seeds: How many splits of each kind.

    Returns:
        Columns variant, task, metric, split, mean, std, in the order of the variants: of numbers
        R², of classes macro F1; std over the seeds of the splits.

    Raises:
        InputError: If the atlas has no labels, or ``out`` holds runs of another atlas or
            configuration.
    """
    if not atlas.label_names:
        raise InputError(
            "there are no labels to score the variants on",
            source=atlas.path,
            hint="add a `labels` entry to its recipe and build it again",
        )
    parts = []
    with track("variants", total=len(variants)) as tracker:
        for name, variant in variants.items():
            tracker.advance(0, note=name)
            run = train(atlas, variant, Path(out) / name.replace(" ", "-"), resume=True)
            scores = evaluate(run, tasks, models=["placeprint"], seeds=seeds)
            parts.append(_means(scores).assign(variant=name))
            tracker.advance()
    table = pd.concat(parts, ignore_index=True)
    table = table[["variant", "task", "metric", "split", "mean", "std"]]
    write_table(Path(out) / "scores.csv", table)
    return table


def _means(scores: pd.DataFrame) -> pd.DataFrame:
    shown = scores[scores["metric"].isin(METRICS)]
    by = shown.groupby(["task", "metric", "split"], sort=True)["value"]
    return by.agg(mean="mean", std="std").reset_index()
