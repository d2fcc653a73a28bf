"""What speaks against using the embedding, found in the tables of scores."""

from __future__ import annotations

from collections.abc import Iterable

from placeprint.evaluation.reporting.names import (
    metric_name,
    model_name,
    probe_name,
    split_name,
    subject_name,
)
from placeprint.evaluation.reporting.numbers import score
from placeprint.evaluation.reporting.rivals import apart, best_rival, own_cell
from placeprint.evaluation.reporting.tables import ScoreTable

__all__ = ["cautions"]


def cautions(tables: Iterable[ScoreTable]) -> list[str]:
    """Where a baseline is ahead in the mean, or the embedding is worse than a guess.

    Args:
        tables: The scores, one table per probe and metric.

    Returns:
        One sentence or two per case; empty if nothing speaks against the embedding.
    """
    return [text for table in tables for text in _cautions(table)]


def _cautions(table: ScoreTable) -> Iterable[str]:
    probe = probe_name(table.probe).split(",")[0]
    metric = metric_name(table.metric) + subject_name(table.about)
    for split in table.splits:
        own, rival = own_cell(table, table.mean, split), best_rival(table, table.mean, split)
        where = f"with {split_name(split)}, read by {probe}"
        if own is not None and rival is not None and rival[1].mean > own.mean:
            model, cell = rival
            yield (
                f"A baseline beats the embedding: {where}, {model_name(model)} reaches a mean "
                f"{metric} of {apart(cell.mean, own.mean)}, the embedding "
                f"{apart(own.mean, cell.mean)}. For that purpose the baseline is the better choice."
            )
        if own is not None and table.metric == "r2" and own.mean < 0:
            yield (
                "The embedding predicts worse than the average of the known places would: "
                f"{where}, mean R² is {score(own.mean)}."
            )
