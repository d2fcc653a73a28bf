"""The judged embedding and the baseline that does best beside it, in one row of a table."""

from __future__ import annotations

import math

from placeprint.evaluation.reporting.numbers import score
from placeprint.evaluation.reporting.tables import Cell, Row, ScoreTable

__all__ = ["apart", "best_rival", "own_cell"]


def own_cell(table: ScoreTable, row: Row | None, split: str) -> Cell | None:
    """The embedding's cell; None where its score is not defined."""
    cell = row.cells.get((split, table.subject)) if row is not None else None
    return cell if cell is not None and math.isfinite(cell.mean) else None


def best_rival(table: ScoreTable, row: Row | None, split: str) -> tuple[str, Cell] | None:
    """The baseline with the highest score under a split; None if there is none."""
    if row is None:
        return None
    others = [
        (model, cell)
        for (where, model), cell in sorted(row.cells.items())
        if where == split and model not in table.judged and math.isfinite(cell.mean)
    ]
    return max(others, key=lambda item: item[1].mean, default=None)


def apart(value: float, other: float) -> str:
    """A score with as many digits as tell it from another.

    Example:
        >>> apart(0.5001, 0.5004), apart(0.51, 0.4)
        ('0.5001', '0.51')
    """
    same = score(value) == score(other) and value != other
    return score(value, 4 if same else 2)
