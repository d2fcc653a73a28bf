"""The graph of regions: neighbours, and whatever else ties regions to each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.atlas import Atlas
from placeprint.errors import InputError, closest
from placeprint.mobility import MobilityGraph, top_share
from placeprint.mobility.distance import haversine_km
from placeprint.models.urbanmfm.config import GlobalSettings
from placeprint.models.urbanmfm.links import Links
from placeprint.models.urbanmfm.star_graphs import FLOOR_M

__all__ = ["region_links"]


def region_links(atlas: Atlas, settings: GlobalSettings) -> Links:
    r"""Links between regions, in both directions.

    Adjacent regions are tied with the weight 1/distance of their centres. A further graph adds
    its strongest links: their weights are brought to the same mean, so that neither source drowns
    the other, and the weights of a pair tied by both add up.

    .. math::
        w_{uv} = \frac{1}{d_{uv}} + \sum_g \frac{\overline{1/d}}{\overline{w^g}} w^g_{uv}

    Args:
        atlas: The atlas.
        settings: Which further graphs, and which of their snapshots.

    Raises:
        InputError: If the atlas has no graph of that name.

    Source:
        UrbanMFM, global stage: edges 1/centre distance; the trajectory study adds mobility to it.
    """
    ids = atlas.region_ids
    centres = atlas.regions.centroids()
    pairs = atlas.regions.neighbours()
    source, target = (ids.get_indexer(pd.Index(pairs[end])) for end in ("source", "target"))
    lon, lat = centres["lon"].to_numpy(), centres["lat"].to_numpy()
    metres = 1000 * haversine_km(lon[source], lat[source], lon[target], lat[target])
    weight = 1 / np.maximum(metres, FLOOR_M)
    tables = [_both_ways(source, target, weight)]
    level = float(weight.mean()) if len(weight) else 1.0
    for name in settings.graphs:
        strongest = _strongest(atlas, name, settings)
        strongest["weight"] *= level / strongest["weight"].mean()
        tables.append(strongest)
    table = pd.concat(tables).groupby(["source", "target"], as_index=False)["weight"].sum()
    return Links.from_pairs(
        table["source"].to_numpy(), table["target"].to_numpy(), table["weight"].to_numpy(), len(ids)
    )


def _both_ways(source: np.ndarray, target: np.ndarray, weight: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source": np.concatenate([source, target]),
            "target": np.concatenate([target, source]),
            "weight": np.concatenate([weight, weight]),
        }
    )


def _strongest(atlas: Atlas, name: str, settings: GlobalSettings) -> pd.DataFrame:
    if name not in atlas.graph_names:
        raise InputError(
            f"no graph {name!r} to join the graph of regions",
            source=atlas.path,
            hint=closest(name, atlas.graph_names),
        )
    graph = MobilityGraph.from_edges(atlas.graph(name, settings.time), atlas.region_ids)
    kept = top_share(graph, settings.share).tocoo()
    table = pd.DataFrame({"source": kept.row, "target": kept.col, "weight": kept.data})
    table = table[(table["weight"] > 0) & (table["source"] != table["target"])]
    return table.reset_index(drop=True)
