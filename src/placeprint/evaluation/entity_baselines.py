"""The plain baselines of entities: they read what a model reads, and never a label.

A label that was made from a tag is hidden: that tag, and whatever else tells it, is neither in the
text of the entity itself nor in those round it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from placeprint.evaluation.comparison import Lazily
from placeprint.evaluation.entities import described_kinds, entity_table
from placeprint.files import parquet_columns

if TYPE_CHECKING:
    from placeprint.atlas import Atlas

__all__ = ["entity_baselines"]


def entity_baselines(atlas: Atlas, kind: str, ids: pd.Index) -> Lazily:
    """The baselines of the labelled entities of a kind.

    * ``coordinates``: longitude and latitude;
    * ``shape``: size and form of the own outline, where the entities have outlines;
    * ``neighbour_counts``: the categories of other entities within 250 m and 1 km, counted;
    * ``neighbour_text``: the mean text of the 32 nearest other entities;
    * ``own_text``: the text of the entity itself, where any has one: what is left of its tags;
    * ``shape+neighbours``: all of these but its own text;
    * ``shape+text+neighbours``: all of these, the strongest plain rival.

    Others are the points of interest and buildings of the atlas, as its tables describe them: the
    tags that labels were made from are hidden there. Texts need the extra ``text``.

    Args:
        atlas: The study area.
        kind: The kind of entities.
        ids: Those that have labels.

    Returns:
        Name → float32 vectors, indexed by entity id.

    Example:
        >>> import placeprint as pp
        >>> atlas = pp.Atlas("atlas")  # doctest: +SKIP
        >>> models = entity_baselines(atlas, "buildings", ids)  # doctest: +SKIP
    """
    from placeprint import baselines

    @cache
    def targets() -> pd.DataFrame:
        return entity_table(atlas, kind).loc[ids, ["lon", "lat", "text"]]

    @cache
    def others() -> pd.DataFrame:
        tables = {each: entity_table(atlas, each) for each in described_kinds(atlas)}
        # Plain points are numbered from 0 in each table.
        return pd.concat(
            table if each == kind else table.set_axis(f"{each}/" + table.index.astype(str))
            for each, table in tables.items()
        )

    parts: dict[str, Callable[[], pd.DataFrame]] = {
        "coordinates": lambda: baselines.coordinate_features(targets()),
    }
    if "geometry" in parquet_columns(atlas.path / "entities" / f"{kind}.parquet"):
        parts["shape"] = cache(lambda: baselines.shape_features(_outlines(atlas, kind, ids)))
    parts["neighbour_counts"] = cache(lambda: baselines.neighbour_counts(targets(), others()))
    parts["neighbour_text"] = cache(lambda: baselines.neighbour_text(targets(), others()))

    def together(names: list[str]) -> pd.DataFrame:
        return baselines.raw_features({name: parts[name]() for name in names}, ids)

    plain = list(parts)
    models = {**parts, "shape+neighbours": lambda: together(plain)}
    if targets()["text"].fillna("").astype(str).str.len().any():
        parts["own_text"] = cache(lambda: baselines.own_text(targets()))
        models["own_text"] = parts["own_text"]
        models["shape+text+neighbours"] = lambda: together(list(parts))
    return Lazily(models)


def _outlines(atlas: Atlas, kind: str, ids: pd.Index) -> pd.Series:
    """The geometry of each entity of a kind, by id."""
    table = atlas.entities(kind)
    geometry = pd.Series(table["geometry"].to_numpy(), index=table[ids.name].astype(str))
    return geometry.loc[ids]
