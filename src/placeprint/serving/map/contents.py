"""Everything that a map shows, ready for JSON: about the area, its outlines, its themes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from placeprint.evaluation.reporting.maps import drawable
from placeprint.models import Run
from placeprint.regions.antimeridian import put_together
from placeprint.serving.labels import RegionValues, held_out, labels_of_regions, shown_tasks
from placeprint.serving.map.outlines import Grid, encode_lines, encode_polygons, simplified
from placeprint.serving.map.themes import (
    Theme,
    cluster_theme,
    coverage_theme,
    embedding_theme,
    value_theme,
)
from placeprint.serving.modalities import modalities_present, view_titles
from placeprint.typing import AnyArray

__all__ = ["LARGEST_PAGE", "MapContents", "map_contents"]

LARGEST_PAGE: Final = 20_000
"""Regions that one page can hold; more are drawn from vector tiles."""

_EDGE_PIXELS: Final = (8.0, 40.0)
"""The edges of regions come into view when these are as wide as the first, and are full at the
second."""

_TILE_PIXELS: Final = 512


@dataclass(frozen=True, eq=False)
class MapContents:
    """What a map shows.

    Attributes:
        about: The area, its regions and their ids, units and modalities, the themes without
            their values, and, unless there are too many regions, their outlines.
        themes: The ways to colour the regions, by their key.
        grid: What the outlines were rounded to.
    """

    about: dict[str, Any]
    themes: dict[str, Theme]
    grid: Grid


def map_contents(
    run: Run,
    *,
    predictions: Sequence[RegionValues] = (),
    names: Mapping[str, str] | None = None,
    seed: int = 0,
) -> MapContents:
    """Gather what a map of a run shows.

    Of regions of which only the centres are known small discs are drawn.

    Args:
        run: The run; its atlas has to be where it was.
        predictions: Held-out predictions beside those of the last evaluation.
        names: Names of regions, or of some, by id.
        seed: Of the clusters.

    Raises:
        InputError: If nobody knows where the regions are.
    """
    atlas, embeddings = run.atlas, run.embeddings
    shapes = drawable(atlas.regions).geometry.to_numpy()
    ids, present, views = atlas.region_ids, modalities_present(run), view_titles(run)
    themes = [embedding_theme(embeddings, ids), cluster_theme(embeddings, ids, seed)]
    if present.shape[1]:
        themes.append(coverage_theme(present.rename(columns=views)))
    themes += _labelled(run, predictions)
    titles = views | {f"label/{name}": atlas.title(f"labels/{name}") for name in atlas.label_names}
    grid = Grid.around(shapes)
    about = {
        "title": atlas.name,
        "description": atlas.manifest.get("description") or "",
        "licence": atlas.manifest.get("licence") or "",
        "model": run.model,
        "dimensions": embeddings.shape[1],
        "embedded": len(embeddings),
        "ids": ids.tolist(),
        "names": [names.get(name) for name in ids] if names else None,
        "centres": _centres(shapes, grid),
        "units": _units(run),
        "modalities": list(present),
        "present": (present.to_numpy(np.int64) @ (1 << np.arange(present.shape[1]))).tolist(),
        "edges": _edge_zooms(shapes, grid),
        "grid": [grid.west, grid.south, grid.east, grid.north, grid.step],
        "themes": [theme.about() for theme in themes],
    }
    titles = {key: title for key, title in titles.items() if title != key.removeprefix("label/")}
    if titles:
        about["titles"] = titles
    if len(ids) <= LARGEST_PAGE:
        plain = simplified(shapes)
        about["outlines"] = encode_polygons(plain, grid)
        about["borders"] = _borders(run, plain, grid)
    return MapContents(about, {theme.key: theme for theme in themes}, grid)


def _labelled(run: Run, predictions: Sequence[RegionValues]) -> list[Theme]:
    tasks = shown_tasks(run.atlas)
    labels = labels_of_regions(run.atlas, tasks)
    known = {found.task.name: found for found in labels if found.by_region.notna().any()}
    given = {found.task.name for found in predictions}
    evaluated = held_out(run, [task for task in tasks if task.name not in given])
    predicted = sorted([*predictions, *evaluated], key=lambda found: found.task.name)
    themes = [value_theme(found) for found in known.values()]
    return themes + [
        value_theme(found, known[found.task.name])
        for found in predicted
        if found.task.name in known
    ]


def _units(run: Run) -> list[dict[str, Any]]:
    """Of each level the units, and which one each region is in, −1 for none."""
    atlas, found = run.atlas, []
    for level in atlas.unit_levels:
        unit_of = atlas.units(level)
        unit_of = unit_of[~unit_of.index.duplicated()].reindex(atlas.region_ids)
        codes, units = pd.factorize(unit_of, sort=True)
        found.append(
            {"level": atlas.title(f"units/{level}"), "units": units.tolist(), "of": codes.tolist()}
        )
    return found


def _centres(shapes: AnyArray, grid: Grid) -> list[int]:
    """A point within each region, on the grid."""
    inside = shapely.point_on_surface(put_together(shapes))
    points: list[int] = grid.rounded(shapely.get_coordinates(inside)).ravel().tolist()
    return points


def _edge_zooms(shapes: AnyArray, grid: Grid) -> list[float]:
    """The zooms at which the edges of regions begin to show, and show in full."""
    west, south, east, north = shapely.bounds(put_together(shapes)).T
    middle = np.radians((grid.south + grid.north) / 2)
    shrink = max(np.cos(middle), 0.1)
    width = np.median(np.sqrt((east - west) * (north - south) / shrink)) or grid.step
    zooms = [np.log2(pixels * 360 / _TILE_PIXELS / width) for pixels in _EDGE_PIXELS]
    return [round(float(zoom), 2) for zoom in np.clip(zooms, 0, 18)]


def _borders(run: Run, shapes: AnyArray, grid: Grid) -> dict[str, Any]:
    """The rim of the area, and the borders of the coarsest units, as the map's own backdrop."""
    whole = shapely.union_all(shapes)
    borders = {"rim": encode_lines(_boundary(np.array([whole])), grid)}
    atlas = run.atlas
    levels = [(atlas.units(level).nunique(), level) for level in atlas.unit_levels]
    coarse = [level for count, level in sorted(levels) if 1 < count <= len(shapes) / 4][:1]
    for level in coarse:
        unit_of = atlas.units(level)
        unit_of = unit_of[~unit_of.index.duplicated()].reindex(atlas.region_ids)
        frame = gpd.GeoDataFrame({"unit": unit_of.to_numpy()}, geometry=list(shapes))
        units = frame.dropna(subset=["unit"]).dissolve("unit").geometry
        borders["units"] = encode_lines(_boundary(units.to_numpy()), grid)
    return borders


def _boundary(shapes: AnyArray) -> AnyArray:
    """The outlines of polygons as lines."""
    return np.asarray(shapely.get_parts(shapely.boundary(put_together(shapes))))
