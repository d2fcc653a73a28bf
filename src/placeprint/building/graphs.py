"""Graphs between regions as layers: flows, visits, adjacency; with snapshots or without."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from placeprint import sources
from placeprint.atlas.specs import AdjacencyGraph, FlowGraph, GraphSpec, VisitGraph
from placeprint.building.layer import Layer, Make, save_table
from placeprint.building.visits import visit_graph
from placeprint.building.workshop import Workshop
from placeprint.sources import Coverage

__all__ = ["graph_layer"]


def graph_layer(shop: Workshop, name: str, spec: GraphSpec) -> Layer:
    """The layer of a graph."""
    key = f"graphs/{name}"

    def read() -> Make:
        if isinstance(spec, VisitGraph):
            return visit_graph(shop, name, spec)
        edges, coverage = _edges(shop, spec)
        account: dict[str, Any] = {"directed": isinstance(spec, FlowGraph)}
        if "time" in edges:
            account["times"] = edges["time"].drop_duplicates().astype(str).tolist()
            edges = edges.astype({"time": str})
        return partial(save_table, table=edges, coverage=coverage, **account)

    return shop.layer(key, spec, read)


def _edges(
    shop: Workshop, spec: FlowGraph | AdjacencyGraph
) -> tuple[pd.DataFrame, Coverage | None]:
    if isinstance(spec, AdjacencyGraph):
        return shop.regions.neighbours(), None
    return sources.read_flows(
        shop.data / spec.file,
        shop.regions,
        origin=spec.origin,
        destination=spec.destination,
        weight=spec.weight,
        time=spec.time,
        where=spec.where,
    )
