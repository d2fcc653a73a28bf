"""The points and buildings of a city as columns: place, text, outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from placeprint.atlas import Atlas
from placeprint.errors import InputError
from placeprint.models.configuring import ways_to_train
from placeprint.models.urbanmfm.config import UrbanMFMConfig
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["Entities", "read_entities"]


@dataclass(frozen=True)
class Entities:
    """n points of interest and buildings, kind after kind.

    Attributes:
        kind: (n,) the kind of each, as the atlas calls it.
        ids: (n,) id within its kind.
        id_columns: For each kind, the name of its id column.
        lon: (n,) degrees.
        lat: (n,) degrees.
        region: (n,) position of its region, −1 outside all of them.
        road: (n,) number of the nearest road, −1 without one.
        category: (n,) main category, ``""`` if none.
        text: (n,) what a text encoder reads, ``""`` if nothing.
        outline: (n,) shapely polygons, None where there is none.
        surface: (n,) area of the outline in m², NaN where there is none.
    """

    kind: AnyArray
    ids: AnyArray
    id_columns: dict[str, str]
    lon: FloatArray
    lat: FloatArray
    region: IntArray
    road: IntArray
    category: AnyArray
    text: AnyArray
    outline: AnyArray
    surface: FloatArray

    def __len__(self) -> int:
        """Number of entities."""
        return len(self.ids)

    @property
    def outlined(self) -> BoolArray:
        """(n,) whether there is an outline."""
        known: BoolArray = ~shapely.is_missing(self.outline)
        return known


def read_entities(atlas: Atlas, config: UrbanMFMConfig) -> Entities:
    """Read the points of interest and the buildings of an atlas.

    Plain tables of points do as well: their text is their category and name, their ids are their
    row numbers.

    Args:
        atlas: The atlas.
        config: Says what the kinds are called.

    Raises:
        InputError: If the atlas has neither, or both are empty.
    """
    kinds = [kind for kind in (config.pois, config.buildings) if kind in atlas.entity_names]
    tables = {kind: _columns(atlas.entities(kind), kind) for kind in kinds}
    table = pd.concat(tables.values(), ignore_index=True) if tables else pd.DataFrame()
    if table.empty:
        raise InputError(
            f"there are no entities {config.pois!r} or {config.buildings!r} in it",
            source=atlas.path,
            hint=ways_to_train(atlas),
        )
    roads, _ = pd.factorize(table["way_id"], use_na_sentinel=True)
    return Entities(
        kind=table["kind"].to_numpy(dtype=object),
        ids=table["id"].to_numpy(dtype=object),
        id_columns={kind: id_column(kind) for kind in kinds},
        lon=table["lon"].to_numpy(dtype=np.float64),
        lat=table["lat"].to_numpy(dtype=np.float64),
        region=np.asarray(
            atlas.region_ids.get_indexer(pd.Index(table["region_id"])), dtype=np.int64
        ),
        road=np.asarray(roads, dtype=np.int64),
        category=table["category"].to_numpy(dtype=object),
        text=table["text"].to_numpy(dtype=object),
        outline=table["outline"].to_numpy(dtype=object),
        surface=table["surface"].to_numpy(dtype=np.float64),
    )


def id_column(kind: str) -> str:
    """The name of the id column of a kind of entities: ``poi_id`` of ``pois``.

    Example:
        >>> id_column("buildings")
        'building_id'
    """
    return f"{kind.removesuffix('s')}_id"


def _columns(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The columns that matter; those that a plain table of points lacks are derived or absent."""
    count = len(table)
    rows = pd.Series([f"row/{number}" for number in range(count)], dtype=object)
    absent = pd.Series([None] * count, dtype=object)
    name, category = (table[column].fillna("").astype(str) for column in ("name", "category"))
    outline = np.full(count, None, dtype=object)
    if "geometry" in table:
        shapes = np.asarray(table["geometry"], dtype=object)
        areal = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
        outline[areal] = shapes[areal]
    surface = np.where(outline != None, table.get("area_m2", np.nan), np.nan)  # noqa: E711
    return pd.DataFrame(
        {
            "kind": kind,
            "id": table.get(id_column(kind), rows).astype(object),
            "region_id": table["region_id"],
            "way_id": table.get("way_id", absent).astype(object),
            "lon": table["lon"],
            "lat": table["lat"],
            "category": category,
            "text": table.get("text", (category + " " + name).str.strip()).fillna(""),
            "outline": outline,
            "surface": surface.astype(np.float64),
        }
    )
