"""Co-visits of a table in memory: two regions that one person visits in a week are tied."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, triu

from placeprint.errors import InputError, closest
from placeprint.typing import IntArray

__all__ = ["co_visit_edges", "co_visit_snapshots"]

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
    weeks = _weeks(visits["time"])
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


def co_visit_snapshots(visits: pd.DataFrame) -> pd.DataFrame:
    r"""Co-visits of each week on its own: the snapshots that add up to :func:`co_visit_edges`.

    .. math::
        w_{uv}^{(t)} = \sum_p B_{(p,t),u} B_{(p,t),v}, \qquad \sum_t w_{uv}^{(t)} = w_{uv}

    Args:
        visits: As for :func:`co_visit_edges`.

    Returns:
        Columns source, target, weight and time (the Monday of the week, such as ``2024-01-01``),
        sorted by time, source and target.

    Raises:
        InputError: As for :func:`co_visit_edges`.

    Example:
        >>> visits = pd.DataFrame(
        ...     {
        ...         "user": ["x"] * 4,
        ...         "time": pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 6, 7, 8], "D"),
        ...         "region_id": ["b", "a", "a", "b"],
        ...     }
        ... )
        >>> co_visit_snapshots(visits)["time"].tolist()
        ['2024-01-01', '2024-01-08']
    """
    _check(visits)
    weeks = _weeks(visits["time"])
    parts = [co_visit_edges(visits[:0]).assign(time="")]
    for week in np.unique(weeks):
        monday = np.array(week * 7 - MONDAY).astype("datetime64[D]")
        parts.append(co_visit_edges(visits[weeks == week]).assign(time=str(monday)))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _weeks(times: pd.Series) -> IntArray:
    """The number of the week of each time, counted from that of 1970-01-01."""
    days = times.dt.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    weeks: IntArray = (days + MONDAY) // 7
    return weeks


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
