"""Evaluation of a run: its embedding beside the plain baselines, kept with the run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from placeprint.errors import InputError, OutputExistsError, closest
from placeprint.evaluation.comparison import baselines_for
from placeprint.evaluation.scoring import COLUMNS
from placeprint.evaluation.study_area import evaluate_atlas
from placeprint.files import fingerprint, read_metadata, read_parquet, write_table
from placeprint.models import Run
from placeprint.typing import PathLike

__all__ = ["EMBEDDING", "compared_models", "evaluate"]

EMBEDDING = "placeprint"
"""The name of a run's embedding in its scores."""


def compared_models(run: Run) -> dict[str, pd.DataFrame]:
    """The vectors that a run is judged by: its embedding, the published one, the baselines.

    Returns:
        Name → vectors: ``placeprint`` is the run's embedding and ``anchor`` the published place
        embedding, the output of the anchor alone; for the others see
        :func:`~placeprint.evaluation.comparison.baselines_for`.
    """
    graph = run.config["graph"]
    models = {EMBEDDING: run.embeddings, "anchor": run.anchor_embeddings()}
    name = graph["name"] if graph else None
    return models | baselines_for(run.atlas, run.embeddings.shape[1], name)


def evaluate(
    run: Run,
    *,
    out: PathLike | None = None,
    probes: Sequence[str] = ("ridge",),
    models: Sequence[str] | None = None,
    seeds: int = 10,
    overwrite: bool = False,
) -> pd.DataFrame:
    """Score a run's embedding beside the baselines, on random and on spatially blocked splits.

    The scores are written to ``scores.parquet`` and ``scores.csv``. Asked again, for another
    probe or another model, it adds what is missing and keeps what is there.

    Args:
        run: The run.
        out: The folder for the scores; None: the run's own.
        probes: ``ridge`` (penalty tuned inside the training rows), ``lightgbm`` (the published
            settings; seconds a fit), ``ridge_published`` (α = 1).
        models: Which of :func:`compared_models`; all of them if None.
        seeds: How many splits of either kind.
        overwrite: Whether scores of another run or with other seeds may be replaced.

    Returns:
        Columns task, split, probe, model, seed, metric, value, n, coverage.

    Raises:
        InputError: If a model or probe is unknown, or the atlas has no labels.
        OutputExistsError: If the folder holds the scores of another run or other seeds, and
            overwriting was not asked for.
    """
    path = Path(out or run.path) / "scores.parquet"
    known = compared_models(run)
    for name in models or ():
        if name not in known:
            raise InputError(f"no model {name!r} to compare", hint=closest(name, known))
    request = fingerprint({"run": run.manifest["request"], "seeds": seeds})
    parts = [] if overwrite else _finished(path, request)
    done = {pair for part in parts for pair in zip(part["probe"], part["model"], strict=True)}
    chosen = list(known) if models is None else list(models)
    for probe in probes:
        missing = {name: known[name] for name in chosen if (probe, name) not in done}
        if missing:
            parts.append(evaluate_atlas(run.atlas, missing, probes=[probe], seeds=seeds))
    keys = list(COLUMNS[:6])
    scores = pd.concat(parts).drop_duplicates(keys).sort_values(keys, ignore_index=True)
    write_table(path, scores, {"request": request})
    write_table(path.with_suffix(".csv"), scores)
    return scores


def _finished(path: Path, request: str) -> list[pd.DataFrame]:
    if not path.exists():
        return []
    if read_metadata(path).get("request") != request:
        raise OutputExistsError(path)
    return [read_parquet(path).to_pandas()]
