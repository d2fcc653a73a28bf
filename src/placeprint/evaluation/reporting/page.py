"""The report: one HTML page that says what an embedding is worth, and opens without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from placeprint.evaluation.reporting import names, numbers
from placeprint.evaluation.reporting.boards import boards
from placeprint.evaluation.reporting.class_scores import class_tables
from placeprint.evaluation.reporting.contests import contests
from placeprint.evaluation.reporting.coverage import label_coverage, region_coverage
from placeprint.evaluation.reporting.figures import (
    SHOWN,
    TaskFigures,
    best_first,
    task_figures,
)
from placeprint.evaluation.reporting.grounds import Grounds
from placeprint.evaluation.reporting.matrices import class_names
from placeprint.evaluation.reporting.reported import Reported, reported
from placeprint.evaluation.reporting.study import Study, study_of
from placeprint.evaluation.reporting.tables import ScoreTable, score_tables
from placeprint.evaluation.reporting.words import in_short
from placeprint.files import prepare_output, write_text
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from placeprint.evaluation.results import Evaluation
    from placeprint.models.run import Run

__all__ = ["report"]

_STEP: Final = 3
"""Maps of predictions have every third pixel of the map of the embedding."""

_FILTERS: Final = {
    "breakable": numbers.breakable,
    "count": numbers.count,
    "decimal": numbers.decimal,
    "difference": numbers.difference,
    "metric_name": names.metric_name,
    "model_name": names.model_name,
    "p_value": numbers.p_value,
    "percent": numbers.percent,
    "probe_name": names.probe_name,
    "score": numbers.score,
    "split_name": names.split_name,
    "subject_name": names.subject_name,
    "spread": numbers.spread,
}


def report(source: Run | Evaluation | PathLike, out: PathLike, *, overwrite: bool = False) -> Path:
    """Write the report of an evaluation: one self-contained HTML page.

    What the numbers mean in plain words, the leaderboard, the embedding against the best baseline,
    every score, predicted against true values with maps of the errors, and what was predicted. For
    a run also what went in, the training curves, a map of the embedding, and how to make it again.
    The same input gives the same bytes.

    Args:
        source: A run that was evaluated, whose atlas has to be where it was; an
            :class:`~placeprint.evaluation.Evaluation` of any embedding; or the folder of either.
        out: The file to be written.
        overwrite: Whether an existing file may be replaced.

    Returns:
        The file.

    Raises:
        InputError: If there are no scores, or none of an embedding that was to be judged.
        OutputExistsError: If ``out`` exists and may not be replaced.

    Example:
        >>> import placeprint as pp
        >>> scores = pp.evaluate("tiles.parquet", out="tiles")  # doctest: +SKIP
        >>> report("tiles", "tiles.html")  # doctest: +SKIP
    """
    target = prepare_output(out, overwrite=overwrite)
    write_text(target, _render(_contents(reported(source))))
    return target


def _contents(found: Reported) -> dict[str, Any]:
    """Everything that the page shows."""
    tasks, judged, resamples = found.evaluation.tasks, found.judged, found.resamples
    study = None if found.run is None else study_of(found.run)
    tables = score_tables(found.scores, tasks, judged)
    ranking = boards(found.scores, tasks, judged, resamples)
    duels = contests(found.scores, ranking, resamples)
    setting = found.evaluation.manifest["setting"]
    rows = {row.task: row for table in reversed(tables) for row in table.rows}
    best = best_first(tables)
    figures = _figures(found, study, best)
    contents = {
        "title": _title(judged) if study is None else study.title,
        "study": study,
        "judged": judged,
        "covered_only": setting["covered_only"],
        "buffer_km": setting["buffer_km"],
        "short": in_short(
            tables,
            opening=_opening(judged, set(found.scores["model"].unique()))
            if study is None
            else study.opening,
            coverage=label_coverage(tables, covered_only=setting["covered_only"])
            if study is None
            else region_coverage(study.embedded, study.regions),
            left_out=found.evaluation.left_out,
        ),
        "tables": tables,
        "classes": class_tables(found.scores, tasks, judged, found.predictions),
        "boards": ranking,
        "contests": duels,
        "seeds": _seeds(found, tables),
        "figures": figures,
        "unseen": len(best) - len(figures) if found.predictions is not None else None,
        "leaky": sum(bool(task.leaks) for task in tasks),
        "tasks": [task for task in tasks if task.name in rows],
        "titles": {task.name: task.title for task in tasks},
        "accounts": {} if study is None else study.accounts,
        "rows": rows,
        "manifest": found.evaluation.manifest,
        "setting_text": json.dumps(setting, indent=2, sort_keys=True),
        "interval": numbers.interval,
        "MODELS": names.MODELS,
    }
    return contents | {"sections": _sections(contents)}


def _sections(contents: dict[str, Any]) -> list[tuple[str, str]]:
    """The templates of the sections that have something to show, and what they are called."""
    run = contents["study"] is not None
    return [
        (name, title)
        for name, title, shown in (
            ("short", "In short", True),
            ("inputs", "What went in", run),
            ("training", "Training", run),
            ("embedding", "The embedding", run),
            ("leaderboard", "Leaderboard", contents["boards"]),
            ("comparison", "Against the best baseline", contents["contests"]),
            ("scores", "Scores", True),
            ("classes", "Class by class", contents["classes"]),
            ("predictions", "Predictions", True),
            ("tasks", "Tasks", True),
            ("provenance", "Provenance", True),
        )
        if shown
    ]


def _figures(found: Reported, study: Study | None, best: list[str]) -> list[TaskFigures]:
    """The figures of the first tasks that were predicted."""
    if found.predictions is None:
        return []
    predicted = found.predictions[found.predictions["model"] == found.judged[0]]
    drawable = set(predicted["task"].unique())
    chosen = [name for name in best if name in drawable][:SHOWN]
    tasks = {task.name: task for task in found.evaluation.tasks}
    metrics = found.scores.groupby("task")["metric"].unique()
    classes = {name: class_names(list(metrics[name])) for name in chosen}
    canvas = None if study is None else study.canvas
    grounds = Grounds()
    if study is not None and canvas is not None:
        grounds = Grounds(study.atlas, canvas.smaller(_STEP))
    return task_figures(predicted, [tasks[name] for name in chosen], classes, grounds)


def _title(judged: list[str]) -> str:
    if len(judged) > 3:
        return f"Evaluation of {judged[0]} and {len(judged) - 1} other embeddings"
    return f"Evaluation of {', '.join(judged[:-1])}{' and ' if judged[1:] else ''}{judged[-1]}"


def _opening(judged: list[str], models: set[str]) -> str:
    beside = len(models - set(judged))
    baselines = "a baseline" if beside == 1 else f"{beside or 'no'} baselines"
    others = len(judged) - 1
    more = f"{others} other embedding{'s' if others > 1 else ''} and " if others else ""
    return f"Here {judged[0]} is judged beside {more}{baselines}."


def _seeds(found: Reported, tables: list[ScoreTable]) -> list[tuple[str, int]]:
    """How many runs of each split the scores are the mean of, at most."""
    counts = found.scores.groupby("split")["seed"].nunique()
    splits = names.ordered((split for table in tables for split in table.splits), names.SPLITS)
    return [(split, int(counts[split])) for split in splits]


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
