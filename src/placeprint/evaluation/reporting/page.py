"""The report: one HTML page that explains a run, and opens without any network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError
from placeprint.evaluation.reporting import names, words
from placeprint.evaluation.reporting.colours import Scale, principal_colours
from placeprint.evaluation.reporting.curves import training_curves
from placeprint.evaluation.reporting.inputs import label_rows, layer_rows, raw_files
from placeprint.evaluation.reporting.maps import LONGEST, Canvas, png
from placeprint.evaluation.reporting.numbers import (
    breakable,
    count,
    decimal,
    percent,
    score,
    spread,
)
from placeprint.evaluation.reporting.prediction import predict_held_out
from placeprint.evaluation.reporting.tables import (
    EMBEDDING,
    ScoreTable,
    check_scores,
    ranking,
    score_tables,
)
from placeprint.evaluation.study_area import atlas_tasks
from placeprint.files import prepare_output, read_parquet, write_text
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from placeprint.models.run import Run

__all__ = ["report"]

_FILTERS: Final = {
    "count": count,
    "decimal": decimal,
    "percent": percent,
    "score": score,
    "spread": spread,
    "breakable": breakable,
    "model_name": names.model_name,
}


def report(
    run: Run, out: PathLike, *, scores: pd.DataFrame | None = None, overwrite: bool = False
) -> Path:
    """Write the report of a run: one self-contained HTML page.

    What went in, the training curves, every score beside the baselines, maps of the embedding
    and of one prediction, where everything came from, and what the numbers mean in plain words.
    The same run gives the same bytes.

    Args:
        run: The run; its atlas has to be where it was.
        out: The file to be written.
        scores: As :func:`~placeprint.evaluation.scoring.score` returns them; None: the run's
            ``scores.parquet``.
        overwrite: Whether an existing file may be replaced.

    Returns:
        The file.

    Raises:
        InputError: If there are no scores, or they are not about this run's tasks.
        OutputExistsError: If ``out`` exists and may not be replaced.

    Example:
        >>> import placeprint as pp
        >>> run = pp.Run("demo/run")  # doctest: +SKIP
        >>> report(run, "demo/report.html")  # doctest: +SKIP
    """
    target = prepare_output(out, overwrite=overwrite)
    table = _scores_of(run) if scores is None else scores
    check_scores(table)
    tasks = atlas_tasks(run.atlas, sorted(table["task"].unique()))
    tables = score_tables(table, tasks)
    write_text(target, _render(_contents(run, table, tables)))
    return target


def _scores_of(run: Run) -> pd.DataFrame:
    path = run.path / "scores.parquet"
    if not path.exists():
        raise InputError(
            "there are no scores to report (no scores.parquet)",
            source=run.path,
            hint="run `placeprint evaluate RUN` first",
        )
    frame: pd.DataFrame = read_parquet(path).to_pandas()
    return frame


def _contents(run: Run, scores: pd.DataFrame, tables: list[ScoreTable]) -> dict[str, Any]:
    """Everything that the page shows."""
    atlas, embeddings = run.atlas, run.embeddings
    canvas = Canvas.draw(atlas.regions, LONGEST)
    short = words.in_short(
        tables,
        dimensions=embeddings.shape[1],
        embedded=len(embeddings),
        regions=len(atlas.region_ids),
    )
    return {
        "run": run.manifest,
        "config": run.config,
        "config_text": json.dumps(run.config, indent=2, sort_keys=True),
        "atlas": atlas.manifest,
        "regions": len(atlas.region_ids),
        "embedded": len(embeddings),
        "dimensions": embeddings.shape[1],
        "short": short,
        "layers": layer_rows(atlas),
        "labels": label_rows(atlas),
        "files": raw_files(atlas),
        "curves": training_curves(run.history),
        "tables": tables,
        "ranking": ranking(tables[0]),
        "seeds": int(scores["seed"].nunique()),
        "fingerprint": atlas.fingerprint,
        "embedding_map": _embedding_map(run, canvas),
        "prediction": _prediction_maps(run, canvas, tables),
        "EMBEDDING": EMBEDDING,
        "MODELS": names.MODELS,
        "PROBES": names.PROBES,
        "SPLITS": names.SPLITS,
    }


def _embedding_map(run: Run, canvas: Canvas) -> dict[str, Any]:
    positions = run.atlas.region_ids.get_indexer(run.embeddings.index)
    colours = np.zeros((len(run.atlas.region_ids), 3), dtype=np.uint8)
    known = np.zeros(len(colours), dtype=bool)
    colours[positions], shares = principal_colours(run.embeddings)
    known[positions] = True
    return {"image": png(canvas.paint(colours, known)), "shares": shares.tolist()}


def _prediction_maps(run: Run, canvas: Canvas, tables: list[ScoreTable]) -> dict[str, Any] | None:
    """The best predicted task that leaks nothing and can be drawn; None if there is none."""
    levels = {name: run.atlas.label_metadata(name)["level"] for name in run.atlas.label_names}
    drawable = [row.task for row in tables[0].honest if levels[row.task] != "point"]
    if not drawable:
        return None
    found = predict_held_out(run.atlas, run.embeddings, drawable[0])
    small = canvas.smaller(2)
    errors = found.predicted - found.truth
    values = Scale.of_values(np.concatenate([found.truth, found.predicted]))
    off = Scale.of_errors(errors)
    return {
        "task": found.task,
        "blocked": found.blocked,
        "rows": found.rows,
        "maps": [
            {
                "title": title,
                "image": png(small.paint(scale.colours(shown), ~np.isnan(shown))),
                "scale": scale,
            }
            for title, shown, scale in (
                ("True", found.truth, values),
                ("Predicted", found.predicted, values),
                ("Predicted minus true", errors, off),
            )
        ],
    }


def _render(contents: dict[str, Any]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    return environment.get_template("page.html").render(contents)
