"""What a report is about: an evaluation, and the run that it belongs to, if there is one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from placeprint.evaluation.reporting.tables import check_scores
from placeprint.evaluation.results import Evaluation
from placeprint.models.run import Run, is_run
from placeprint.typing import PathLike

__all__ = ["Reported", "reported"]


@dataclass(frozen=True)
class Reported:
    """An evaluation, opened for its report.

    Attributes:
        evaluation: The scores, and what is needed to read them.
        run: The run that was evaluated; None for any other embedding.
    """

    evaluation: Evaluation
    run: Run | None

    @cached_property
    def scores(self) -> pd.DataFrame:
        """See :class:`~placeprint.evaluation.results.Evaluation`."""
        return self.evaluation.scores

    @cached_property
    def resamples(self) -> pd.DataFrame | None:
        """The resamples; None if there are none."""
        found = self.evaluation.resamples
        return None if found.empty else found

    @cached_property
    def predictions(self) -> pd.DataFrame | None:
        """The predictions; None if the evaluation was stopped before they were written."""
        written = (self.evaluation.path / "predictions.parquet").exists()
        return self.evaluation.predictions if written else None

    @cached_property
    def judged(self) -> list[str]:
        """The embeddings that have scores; first the one whose predictions were written."""
        scored = set(self.scores["model"].unique())
        names = [name for name in self.evaluation.embeddings if name in scored]
        predicted = [] if self.predictions is None else self.predictions["model"].unique().tolist()
        return sorted(names, key=lambda name: (name not in predicted, name))


def reported(source: Run | Evaluation | PathLike) -> Reported:
    """Open what a report is to be about.

    Args:
        source: A run that was evaluated, an evaluation, or the folder of either.

    Raises:
        InputError: If there are no scores, or none of an embedding that was to be judged.
    """
    if isinstance(source, Run):
        found = Reported(Evaluation(source.path), source)
    elif isinstance(source, Evaluation):
        found = Reported(source, None)
    elif is_run(source):
        run = Run(source)
        found = Reported(Evaluation(source), run)
    else:
        found = Reported(Evaluation(source), None)
    check_scores(found.scores, found.evaluation.tasks, found.evaluation.embeddings)
    return found
