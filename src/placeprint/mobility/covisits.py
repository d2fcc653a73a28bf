"""Co-visits: two regions that one person visits within the same week are tied."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, triu

from placeprint.errors import InputError, closest

__all__ = ["co_visit_edges"]

MONDAY: Final = 3
"""Days from the Monday of its week to 1970-01-01, a Thursday: ISO weeks begin on Mondays."""


def co_visit_edges(visits: pd.DataFrame, window: Literal["week"] = "week") -> pd.DataFrame:
    r"""Count, for each pair of regions, in how many person-weeks both were visited.

    With the incidence :math:`B_{(p,t),u} = 1` if person p visits region u in ISO week t,

    .. math::
        w_{uv} = \sum_{p,t} B_{(p,t),u} B_{(p,t),v} = (B^\top B)_{uv}, \qquad u < v

    Args:
        visits: Columns user, time (weeks change at midnight of the times' own zone) and
            region_id.
        window: How long a visit is remembered; the paper's week.

    Returns:
        Columns source, target, weight (float64), source < target, sorted by both.

    Raises:
        InputError: If a column or a value is missing, or times are not times.

    Source:
        MobCLIP (Wen et al. 2025), Sec. 4.1.

    Example:
        >>> visits = pd.DataFrame(
        ...     {
        ...         "user": ["x", "x", "x", "y"],
        ...         "time": pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 6, 7, 0], "D"),
        ...         "region_id": ["b", "a", "c", "c"],
        ...     }
        ... )
        >>> co_visit_edges(visits).to_dict("records")
        [{'source': 'a', 'target': 'b', 'weight': 1.0}]
    """
    if window != "week":
        raise InputError(f"window {window!r} is unknown", hint="choose 'week'")
    _check(visits)
    days = visits["time"].dt.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    weeks = (days + MONDAY) // 7
    weeks -= weeks.min(initial=0)
    people, _ = pd.factorize(visits["user"])
    person_weeks, _ = pd.factorize(people * (weeks.max(initial=0) + 1) + weeks)
    places, names = pd.factorize(visits["region_id"], sort=True)
    shape = (int(person_weeks.max(initial=-1)) + 1, len(names))
    incidence = csr_array((np.ones(len(places)), (person_weeks, places)), shape=shape)
    incidence.sum_duplicates()
    incidence.data[:] = 1.0
    pairs = triu(incidence.T @ incidence, k=1).tocoo()
    order = np.lexsort((pairs.col, pairs.row))
    return pd.DataFrame(
        {
            "source": names[pairs.row[order]],
            "target": names[pairs.col[order]],
            "weight": pairs.data[order],
        }
    )


def _check(visits: pd.DataFrame) -> None:
    for column in ("user", "time", "region_id"):
        if column not in visits:
            raise InputError(
                f"visits have no column {column!r}", hint=closest(column, map(str, visits.columns))
            )
        missing = np.flatnonzero(visits[column].isna())
        if len(missing):
            raise InputError(
                f"column {column!r} of the visits is empty in row {missing[0]} "
                f"({len(missing)} such rows)",
                hint="drop these rows",
            )
    if not pd.api.types.is_datetime64_any_dtype(visits["time"]):
        raise InputError(
            f"column 'time' of the visits holds {visits['time'].dtype}, expected times",
            hint="convert it with pandas.to_datetime",
        )
