"""A city as the model sees it: entities, images and regions, encoded and linked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
import torch
from torch import Tensor

from placeprint.atlas import Atlas
from placeprint.encoders import encode_distinct, text_encoder
from placeprint.encoders.outlines import encode_outlines, shape_descriptors
from placeprint.errors import InputError
from placeprint.models.urbanmfm.config import UrbanMFMConfig
from placeprint.models.urbanmfm.entities import Entities, read_entities
from placeprint.models.urbanmfm.facing import facing_direction
from placeprint.models.urbanmfm.links import Links
from placeprint.models.urbanmfm.neighbourhoods import within
from placeprint.models.urbanmfm.pictures import (
    Pictures,
    StreetViews,
    read_satellite,
    read_street_views,
)
from placeprint.models.urbanmfm.region_descriptors import categories_of, region_descriptors
from placeprint.models.urbanmfm.region_graph import region_links
from placeprint.models.urbanmfm.star_graphs import inverse_distance
from placeprint.regions.metric import local_crs, to_metres
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["City", "read_city"]


@dataclass(frozen=True)
class City:
    """n entities and r regions of an atlas.

    Attributes:
        region_ids: (r,) sorted.
        entities: The points and buildings.
        texts: (m, d_t) vectors of the distinct texts, scenes included.
        text: (n,) row of each entity's text in ``texts``, −1 where it has none.
        outlines: (k, 512) features of the outlines.
        shapes: (k, s) shape descriptors of the outlines.
        surface: (k,) areas in m².
        outline: (n,) row of each entity's outline, −1 where it has none.
        neighbours: Links to the nearest other entities of which something is known; weights are
            1/distance.
        inhabitants: For each region, its entities of which something is known.
        street_views: The street views, None without any.
        scene: (g,) row of each group's scene in ``texts``, −1 where it has none.
        seen_from: For each entity, the groups around it; weights are distances in metres.
        facing: For each link of ``seen_from``, the direction that faces the entity.
        satellite: Images of regions, None without any.
        satellite_region: (s,) the region of each image.
        partners: Links to adjacent regions and those tied by other graphs.
        categories: What is counted in the descriptors.
        descriptors: Of the regions, by group: see
            :func:`~placeprint.models.urbanmfm.region_descriptors.region_descriptors`.
        roads: (r, 2) densities of roads and intersections, NaN where not known; None: nowhere.
        mapped: (r,) whether the centre of a region lies within the hull of all entities.
    """

    region_ids: pd.Index
    entities: Entities
    texts: Tensor
    text: Tensor
    outlines: Tensor
    shapes: FloatArray
    surface: Tensor
    outline: Tensor
    neighbours: Links
    inhabitants: Links
    street_views: StreetViews | None
    scene: Tensor
    seen_from: Links
    facing: Tensor
    satellite: Pictures | None
    satellite_region: Tensor
    partners: Links
    categories: list[str]
    descriptors: dict[str, pd.DataFrame]
    roads: FloatArray | None
    mapped: BoolArray

    @property
    def described(self) -> pd.DataFrame:
        """All descriptors of the regions side by side."""
        joined: pd.DataFrame = pd.concat(self.descriptors.values(), axis=1)
        return joined

    @property
    def known(self) -> Tensor:
        """(n,) whether anything is known of an entity: a text or an outline."""
        return (self.text >= 0) | (self.outline >= 0)


def read_city(atlas: Atlas, config: UrbanMFMConfig, categories: list[str] | None = None) -> City:
    """Read from an atlas what a configuration asks for, and encode text and outlines.

    Args:
        atlas: The atlas.
        config: The configuration.
        categories: The categories that a trained model counts; None: those of this atlas.

    Raises:
        InputError: If the atlas has neither points nor buildings, lacks a graph that is named, or
            does not know the outlines of its regions.
    """
    if not atlas.regions.has_outlines:
        raise InputError(
            "UrbanMFM needs the outlines of regions, of which the atlas knows no more than "
            f"{'centres' if atlas.regions.has_coordinates else 'ids'}",
            source=atlas.path,
            hint="give the regions a file of outlines (`kind: polygons`), or train MobCLIP",
        )
    entities = read_entities(atlas, config)
    street_views = read_street_views(atlas, config.street_views) if config.images else None
    satellite = read_satellite(atlas, config.satellite) if config.images else None
    scenes = np.array([], dtype=object) if street_views is None else street_views.scene
    text, texts = _encode(np.concatenate([entities.text, scenes]), config.text)
    text, scene = torch.from_numpy(text).split([len(entities), len(scenes)])
    outlined = np.flatnonzero(entities.outlined)
    shapes = entities.outline[outlined]
    outlines = encode_outlines(shapes, config.outline_size, config.outline_weights, config.seed)
    outline = torch.full((len(entities),), -1)
    outline[torch.from_numpy(outlined)] = torch.arange(len(outlined))
    known = ((text >= 0) | (outline >= 0)).numpy()
    seen_from, facing = _seen_from(entities, street_views, config)
    counted = categories_of(entities) if categories is None else categories
    roads = _roads(atlas, config.roads)
    return City(
        region_ids=atlas.region_ids,
        entities=entities,
        texts=torch.from_numpy(texts),
        text=text,
        outlines=torch.from_numpy(outlines),
        shapes=shape_descriptors(shapes).to_numpy(),
        surface=torch.from_numpy(entities.surface[outlined]).float(),
        outline=outline,
        neighbours=_neighbours(entities, known, config),
        inhabitants=_inhabitants(entities, known, len(atlas.region_ids)),
        street_views=street_views,
        scene=scene,
        seen_from=seen_from,
        facing=facing,
        satellite=None if satellite is None else satellite[0],
        satellite_region=torch.empty(0, dtype=torch.int64) if satellite is None else satellite[1],
        partners=region_links(atlas, config.city),
        categories=counted,
        descriptors=region_descriptors(atlas, entities, counted, roads),
        roads=roads,
        mapped=_mapped(atlas, entities),
    )


def _encode(strings: AnyArray, encoder: str) -> tuple[IntArray, FloatArray]:
    """Row of each string among the vectors of the distinct ones, −1 of an empty one."""
    encode = text_encoder(encoder)
    rows = np.full(len(strings), -1, dtype=np.int64)
    filled = np.flatnonzero(strings != "")
    if not len(filled):
        return rows, np.empty((0, encode.dimensions), dtype=np.float32)
    rows[filled], vectors = encode_distinct(strings[filled].tolist(), encode)
    return rows, vectors


def _neighbours(entities: Entities, known: BoolArray, config: UrbanMFMConfig) -> Links:
    """The nearest entities around each, among those of which something is known."""
    universe = np.flatnonzero(known)
    row, col, metres = within(
        entities.lon[universe],
        entities.lat[universe],
        None,
        None,
        config.local.max_distance_m,
        config.local.neighbours,
    )
    weights = inverse_distance(torch.from_numpy(metres)).numpy()
    return Links.from_pairs(universe[row], universe[col], weights, len(entities))


def _inhabitants(entities: Entities, known: BoolArray, regions: int) -> Links:
    """The entities of each region of which something is known."""
    rows = np.flatnonzero(known & (entities.region >= 0))
    rows = rows[np.argsort(entities.region[rows], kind="stable")]
    return Links.from_pairs(entities.region[rows], rows, np.ones(len(rows)), regions)


def _seen_from(
    entities: Entities, views: StreetViews | None, config: UrbanMFMConfig
) -> tuple[Links, Tensor]:
    """The street-view groups around each entity, and which of their images faces it."""
    if views is None:
        empty = np.empty(0, dtype=np.int64)
        links = Links.from_pairs(empty, empty, np.empty(0), len(entities))
        return links, torch.empty(0, dtype=torch.int64)
    row, group, metres = within(
        entities.lon,
        entities.lat,
        views.lon,
        views.lat,
        config.local.max_distance_m,
        config.local.street_views,
    )
    facing = facing_direction(
        entities.lon[row], entities.lat[row], views.lon[group], views.lat[group]
    )
    return Links.from_pairs(row, group, metres, len(entities)), torch.from_numpy(facing)


def _roads(atlas: Atlas, name: str) -> FloatArray | None:
    if name not in atlas.feature_names:
        return None
    roads: FloatArray = atlas.features(name).reindex(atlas.region_ids).to_numpy(np.float64)
    return roads


def _mapped(atlas: Atlas, entities: Entities) -> BoolArray:
    """Which regions have their centre within the convex hull of the entities."""
    crs = local_crs(entities.lon, entities.lat)
    centres = atlas.regions.centroids()
    points = to_metres(shapely.points(entities.lon, entities.lat), crs)
    hull = shapely.convex_hull(shapely.multipoints(points))
    mapped: BoolArray = shapely.covers(
        hull, to_metres(shapely.points(centres["lon"], centres["lat"]), crs)
    )
    return mapped
