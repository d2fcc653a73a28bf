"""How much of what was labelled the embedding covers, and what became of the rest."""

from __future__ import annotations

from collections.abc import Sequence

from placeprint.evaluation.reporting.numbers import percent
from placeprint.evaluation.reporting.tables import ScoreTable

__all__ = ["label_coverage", "region_coverage"]


def region_coverage(embedded: int, regions: int) -> str:
    """How many regions of a study area have an embedding.

    Example:
        >>> region_coverage(40, 40)
        'All 40 regions have an embedding.'
    """
    if embedded == regions:
        return f"All {regions:,} regions have an embedding."
    missing = regions - embedded
    return (
        f"{embedded:,} of {regions:,} regions ({percent(embedded / regions)}) have an embedding; "
        f"the other {missing:,} have none, which counts against the scores."
    )


def label_coverage(tables: Sequence[ScoreTable], *, covered_only: bool) -> str:
    """How many of the labelled places the embedding has a vector for.

    Args:
        tables: The scores.
        covered_only: Whether places without a vector were left out of the tests.
    """
    shares = {row.task: row.coverage for table in tables for row in table.rows}
    titles = {row.task: row.title for table in tables for row in table.rows}
    least = min(shares, key=lambda task: (shares[task], task))
    if shares[least] == 1:
        return "Every labelled place has a vector."
    counted = (
        "Places without one were left out of the tests, so that models that cover different places "
        "cannot be compared."
        if covered_only
        else "A place without one counts against the scores."
    )
    mean = sum(shares.values()) / len(shares)
    return (
        f"{percent(mean)} of the labelled places have a vector, on average over the tasks; least "
        f"covered is {titles[least]} ({percent(shares[least])}). {counted}"
    )
