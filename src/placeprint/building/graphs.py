"""Graphs between regions as layers: flows, visits, adjacency; with snapshots or without."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from placeprint import sources
from placeprint.atlas.specs import AdjacencyGraph, FlowGraph, GraphSpec, VisitGraph
from placeprint.building.layer import Layer, Make, save_table
from placeprint.building.workshop import Workshop
from placeprint.errors import InputError
from placeprint.mobility import co_visit_edges, co_visit_snapshots
from placeprint.sources import Coverage

__all__ = ["graph_layer"]


def graph_layer(shop: Workshop, name: str, spec: GraphSpec) -> Layer:
    """The layer of a graph."""

    def read() -> Make:
        edges, coverage = _edges(shop, spec)
        account: dict[str, Any] = {"directed": isinstance(spec, FlowGraph)}
        if "time" in edges:
            account["times"] = edges["time"].drop_duplicates().astype(str).tolist()
            edges = edges.astype({"time": str})
        return partial(save_table, table=edges, coverage=coverage, **account)

    return shop.layer(f"graphs/{name}", spec, read)


def _edges(shop: Workshop, spec: GraphSpec) -> tuple[pd.DataFrame, Coverage | None]:
    if isinstance(spec, AdjacencyGraph):
        return shop.regions.neighbours(), None
    if isinstance(spec, FlowGraph):
        return sources.read_flows(
            shop.data / spec.file,
            shop.regions,
            origin=spec.origin,
            destination=spec.destination,
            weight=spec.weight,
            time=spec.time,
            where=spec.where,
        )
    return _co_visits(shop, spec)


def _co_visits(shop: Workshop, spec: VisitGraph) -> tuple[pd.DataFrame, Coverage]:
    path = shop.data / spec.file
    visits, coverage = sources.read_visits(
        path, shop.regions, user=spec.user, time=spec.time, lon=spec.lon, lat=spec.lat
    )
    edges = co_visit_snapshots(visits) if spec.snapshots else co_visit_edges(visits, spec.window)
    if edges.empty:
        raise InputError("no two regions are visited by one person within one week", source=path)
    return edges, coverage
