"""A graph from visits as a layer, and the places that visits are counted in."""

from __future__ import annotations

from pathlib import Path

from placeprint.atlas import Atlas
from placeprint.atlas.specs import VisitGraph
from placeprint.building.layer import Make, Provenance
from placeprint.building.workshop import Workshop
from placeprint.errors import InputError
from placeprint.mobility.covisits import CoVisitRules
from placeprint.sources import EveryCell, KnownRegions, Localities, VisitColumns, visit_files

__all__ = ["read_places", "visit_columns", "visit_graph"]


def read_places(text: str) -> Localities:
    """The places that a word of the command line means.

    Args:
        text: ``h3:6`` for every H3 cell of resolution 6, or the folder of an atlas.

    Raises:
        InputError: If it is neither.

    Example:
        >>> read_places("h3:6").count
        14117882
    """
    scheme, _, resolution = text.partition(":")
    if scheme != "h3":
        return KnownRegions(Atlas(text).regions)
    if not resolution.isdecimal():
        raise InputError(f"{text!r} names no resolution", hint="write it like h3:6")
    return EveryCell(int(resolution))


def visit_columns(spec: VisitGraph) -> VisitColumns:
    """What a recipe says the columns are called."""
    return VisitColumns(
        spec.user, spec.time, spec.lon, spec.lat, week=spec.week, region=spec.region
    )


def visit_graph(shop: Workshop, name: str, spec: VisitGraph) -> Make:
    """Count the co-visits of a graph, in a hidden folder beside the atlas.

    Args:
        shop: What layers are made with.
        name: The graph.
        spec: The part of the recipe.

    Returns:
        What writes the layer, and removes that folder.

    Raises:
        InputError: If the files hold something else, or no edge is left.
    """
    from placeprint.mobility.covisits import count_visits

    places = KnownRegions(shop.regions)
    counted = count_visits(
        visit_files(spec.inputs(), shop.data),
        places,
        shop.out.with_name(f".{shop.out.name}.{name}.work"),
        {**shop.digests.request(spec), "places": places.fingerprint},
        columns=visit_columns(spec),
        rules=CoVisitRules(
            most_regions=spec.most_regions,
            min_users=spec.min_users,
            most_weeks=spec.most_weeks,
            epsilon=spec.epsilon,
            delta=spec.delta,
        ),
        snapshots=spec.snapshots,
        engine=shop.engine,
    )

    def make(path: Path) -> Provenance:
        account = counted.write(path)
        counted.remove()
        about = account.published()
        coverage = {"coverage": about.pop("visits")} if "visits" in about else {}
        times = {"times": account.times} if spec.snapshots else {}
        return {"rows": account.edges, "directed": False, "covisits": about, **times, **coverage}

    return make
