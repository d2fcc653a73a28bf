"""The co-visit graph, defined once; DuckDB, Polars and Spark run it."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from placeprint.mobility.covisits.rules import CoVisitRules

__all__ = ["co_visits", "kept_visits", "tied_pairs"]


def co_visits(
    visits: nw.LazyFrame[Any], rules: CoVisitRules, *, snapshots: bool
) -> nw.LazyFrame[Any]:
    r"""The edges of the co-visit graph that pass the floor of the rules.

    With :math:`B_{(p,t),u} = 1` if person p keeps region u in week t,

    .. math::
        w_{uv}^{(t)} = \sum_p B_{(p,t),u} B_{(p,t),v}, \qquad
        w_{uv} = \sum_t w_{uv}^{(t)}, \qquad u < v

    and an edge stays if at least ``min_users`` people tie it. Noise is no part of it: see
    :class:`~placeprint.mobility.covisits.privacy.NoisyRelease`.

    Args:
        visits: Columns user, week (the days from 1970-01-01 to its Monday) and region, all of
            them whole numbers, one row a visit.
        rules: The caps and the floor.
        snapshots: Whether each week is a graph of its own.

    Returns:
        Columns source, target (source < target) and weight, of snapshots also week; in no order.

    Source:
        MobCLIP (Wen et al. 2025), Sec. 4.1.

    Example:
        >>> import duckdb
        >>> rows = "(VALUES (1, 4, 7), (1, 4, 5), (1, 4, 7), (2, 4, 5)) v(user, week, region)"
        >>> visits = nw.from_native(duckdb.sql(f"SELECT * FROM {rows}"))
        >>> co_visits(visits, CoVisitRules(), snapshots=False).collect().rows()
        [(5, 7, 1)]
    """
    edges = tied_pairs(kept_visits(visits, rules), snapshots=snapshots, of_users=True)
    return edges.filter(nw.col("users") >= rules.min_users).drop("users")


def kept_visits(visits: nw.LazyFrame[Any], rules: CoVisitRules) -> nw.LazyFrame[Any]:
    """Each region that a person visits in a week, once, as far as the caps allow.

    Args:
        visits: Columns user, week and region.
        rules: The caps.

    Returns:
        Columns user, week and region, distinct, in no order.
    """
    key = ["user", "week", "region"]
    if rules.most_weeks is not None:
        weeks = visits.select("user", "week").unique(["user", "week"])
        weeks = weeks.with_columns(_place("user", order_by=["week"]))
        first = weeks.filter(nw.col("place") <= rules.most_weeks).select("user", "week")
        visits = visits.join(first, on=["user", "week"], how="inner")
    if rules.most_regions is None:
        return visits.select(key).unique(key)
    counted = visits.group_by(key).agg(nw.len().cast(nw.Int64).alias("visits"))
    counted = counted.with_columns((0 - nw.col("visits")).alias("rarity"))
    ranked = counted.with_columns(_place("user", "week", order_by=["rarity", "region"]))
    return ranked.filter(nw.col("place") <= rules.most_regions).select(key)


def tied_pairs(kept: nw.LazyFrame[Any], *, snapshots: bool, of_users: bool) -> nw.LazyFrame[Any]:
    """Every edge with its weight and the number of people who tie it.

    Args:
        kept: Columns user, week and region, distinct.
        snapshots: Whether each week is a graph of its own.
        of_users: Whether people are counted; over several weeks that costs a second grouping.

    Returns:
        Columns source, target and weight, of snapshots also week, and users if they are counted;
        in no order.
    """
    left = kept.rename({"region": "source"})
    right = kept.rename({"region": "target"})
    pairs = left.join(right, on=["user", "week"], how="inner")
    pairs = pairs.filter(nw.col("source") < nw.col("target"))
    edge = ["week", "source", "target"] if snapshots else ["source", "target"]
    number = nw.len().cast(nw.Int64)
    if snapshots:  # a person ties an edge once a week
        edges = pairs.group_by(edge).agg(number.alias("weight"))
        return edges.with_columns(users=nw.col("weight")) if of_users else edges
    if not of_users:
        return pairs.group_by(edge).agg(number.alias("weight"))
    of_person = pairs.group_by("user", *edge).agg(number.alias("weeks"))
    weight = nw.col("weeks").sum().cast(nw.Int64).alias("weight")
    return of_person.group_by(edge).agg(weight, number.alias("users"))


def _place(*group: str, order_by: list[str]) -> nw.Expr:
    """The place of a row within its group, from 1."""
    return nw.col(group[0]).cum_count().over(*group, order_by=order_by).alias("place")
