"""The account of a co-visit graph: what went in, what came out, what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from placeprint.mobility.covisits.rules import CoVisitRules
from placeprint.sources import Coverage

__all__ = ["CoVisitAccount", "floor_of"]


@dataclass(frozen=True)
class CoVisitAccount:
    """What became of visits on their way to a graph.

    Attributes:
        visits: What became of the rows of the files.
        users: People with a visit.
        weeks: Weeks with a visit.
        capped: Regions of a person and week that the caps took away.
        edges: Edges of the graph; of snapshots, of all of them together.
        trips: Their weight: how often a person tied two regions in a week; with its noise, if
            any.
        dropped_edges: Edges below the floor, or below the threshold of a noisy release.
        dropped_trips: The true weight of these.
        times: The snapshots: the Mondays of their weeks.
        rules: The rules.
        engine: Which engine counted.
        noise: What :meth:`~placeprint.mobility.covisits.privacy.NoisyRelease.describe` says.
    """

    visits: Coverage
    users: int
    weeks: int
    capped: int
    edges: int
    trips: int
    dropped_edges: int
    dropped_trips: int
    rules: CoVisitRules
    engine: str
    times: list[str] = field(default_factory=list)
    noise: dict[str, Any] | None = None

    def published(self) -> dict[str, Any]:
        """What is written beside the graph, as JSON-like values; the same whatever the engine.

        Beside a noisy graph no exact count is written: each would tell of single people, and the
        promise of the noise would not hold for graph and counts together.
        """
        account = asdict(self) | {"visits": self.visits.to_dict()}
        del account["times"], account["engine"]
        if self.noise is None:
            del account["noise"]
            return account
        known = ("edges", "trips", "rules", "noise")
        return {name: account[name] for name in known}


def floor_of(published: Mapping[str, Any]) -> str:
    """What the privacy floor did to a graph, in words; empty if there is none.

    Args:
        published: What :meth:`CoVisitAccount.published` gives, as it is in ``atlas.json``.

    Example:
        >>> rules = {"min_users": 5}
        >>> floor_of({"rules": rules, "dropped_edges": 20, "dropped_trips": 31})
        '20 edges with 31 trips dropped, tied by fewer than 5 people'
    """
    noise = published.get("noise")
    if noise is not None:
        return (
            f"weights with noise (ε {noise['epsilon']:g}, δ {noise['delta']:g}), "
            f"none below {noise['threshold']:,}"
        )
    least = published["rules"]["min_users"]
    if least == 1:
        return ""
    lost = f"{published['dropped_edges']:,} edges with {published['dropped_trips']:,} trips"
    return f"{lost} dropped, tied by fewer than {least} people"
