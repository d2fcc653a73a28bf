"""What is counted in each region: a plain description that needs no image."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.atlas import Atlas
from placeprint.encoders.outlines import shape_descriptors
from placeprint.models.urbanmfm.entities import Entities
from placeprint.typing import FloatArray, IntArray

__all__ = ["categories_of", "region_descriptors"]

MOST_CATEGORIES = 256
FEWEST_ENTITIES = 3


def categories_of(entities: Entities) -> list[str]:
    """The categories that are counted: those of three entities or more, the most frequent, sorted.

    Example:
        >>> from types import SimpleNamespace
        >>> seen = ["shop=books"] * 3 + ["amenity=cafe"] * 4 + ["amenity=bank"] * 2 + [""] * 9
        >>> categories_of(SimpleNamespace(category=seen))
        ['amenity=cafe', 'shop=books']
    """
    counts = pd.Series(entities.category).value_counts()
    counts = counts[(counts >= FEWEST_ENTITIES) & (counts.index != "")]
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return sorted(str(name) for name, _ in ranked[:MOST_CATEGORIES])


def region_descriptors(
    atlas: Atlas, entities: Entities, categories: list[str], roads: FloatArray | None
) -> dict[str, pd.DataFrame]:
    r"""Counts and shapes of each region.

    Args:
        atlas: The atlas.
        entities: Its points and buildings.
        categories: The categories to count.
        roads: (r, 2) densities of roads and intersections, NaN where not known; None: not known
            anywhere.

    Returns:
        ``categories``: :math:`\log(1 + n_c)` and :math:`\log(1 + n_c / a_u)` of each category c,
        with the region's area a_u in km². ``form``: the same of each kind of entities; of the
        outlines their share of the area and the mean of their shape descriptors; the region's own
        shape; roads and intersections a km². One row per region each, NaN where something is not
        known: a region without outlines has no mean shape.
    """
    area = atlas.regions.areas_km2()
    inside = entities.region >= 0
    code = pd.Index(categories).get_indexer(pd.Index(entities.category))
    kind = pd.Index(list(entities.id_columns)).get_indexer(pd.Index(entities.kind))
    shape = shape_descriptors(atlas.regions.geometry.to_numpy()).set_axis(atlas.region_ids)
    form = [
        _counts(entities.region[inside], kind[inside], list(entities.id_columns), area),
        shape.add_prefix("region "),
        _outlines(entities, area.to_numpy()).set_axis(atlas.region_ids),
    ]
    if roads is not None:
        names = ["roads", "intersections"]
        form.append(pd.DataFrame(np.log1p(roads), index=atlas.region_ids, columns=names))
    rows = inside & (code >= 0)
    counted = _counts(entities.region[rows], code[rows], categories, area)
    return {"categories": counted, "form": pd.concat(form, axis=1)}


def _counts(region: IntArray, code: IntArray, names: list[str], area: pd.Series) -> pd.DataFrame:
    """log(1 + n) and log(1 + n / km²) of what codes name, of each region."""
    cells = np.bincount(region * len(names) + code, minlength=len(area) * len(names))
    counts = pd.DataFrame(cells.reshape(len(area), len(names)), area.index, names, dtype=float)
    both = [counts, counts.div(area, axis=0).add_suffix(" a km²")]
    return pd.concat(both, axis=1).transform(np.log1p)


def _outlines(entities: Entities, area_km2: FloatArray) -> pd.DataFrame:
    """Built share and mean shape of the outlines of each region."""
    rows = np.flatnonzero(entities.outlined & (entities.region >= 0))
    region = entities.region[rows]
    shapes = shape_descriptors(entities.outline[rows])
    count = np.bincount(region, minlength=len(area_km2)).astype(np.float64)
    with np.errstate(invalid="ignore"):
        means = {
            f"mean {name}": np.bincount(region, shapes[name], minlength=len(area_km2)) / count
            for name in shapes
        }
    surface = np.bincount(region, entities.surface[rows], minlength=len(area_km2))
    return pd.DataFrame({**means, "built share": surface / (1e6 * area_km2)})
