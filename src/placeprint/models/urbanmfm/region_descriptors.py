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
    """The categories that are counted: the most frequent ones, sorted.

    Example:
        >>> categories_of.__name__
        'categories_of'
    """
    counts = pd.Series(entities.category).value_counts()
    counts = counts[(counts >= FEWEST_ENTITIES) & (counts.index != "")]
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return sorted(str(name) for name, _ in ranked[:MOST_CATEGORIES])


def region_descriptors(
    atlas: Atlas, entities: Entities, categories: list[str], roads: FloatArray | None
) -> pd.DataFrame:
    r"""Counts and shapes of each region.

    .. math::
        \log(1 + n_c), \quad \log(1 + n_c / a_u) \quad \text{of each category } c,

    the same of each kind of entities; of the outlines their share of the region's area and the
    mean of their shape descriptors; the region's own shape; roads and intersections a km².

    Args:
        atlas: The atlas.
        entities: Its points and buildings.
        categories: The categories to count.
        roads: (r, 2) densities of roads and intersections, NaN where not known; None: not known
            anywhere.

    Returns:
        One row per region, NaN where something is not known: a region without outlines has no
        mean shape.
    """
    area = atlas.regions.areas_km2().to_numpy()
    inside = entities.region >= 0
    codes = pd.Index(categories).get_indexer(pd.Index(entities.category))
    columns = {
        f"count {name}": _counts(entities.region, inside & (codes == code), len(area))
        for code, name in enumerate(categories)
    }
    columns |= {
        f"count {kind}": _counts(entities.region, inside & (entities.kind == kind), len(area))
        for kind in entities.id_columns
    }
    counts = pd.DataFrame(columns, index=atlas.region_ids)
    density = counts.div(area, axis=0).add_suffix(" a km²")
    shape = shape_descriptors(atlas.regions.geometry.to_numpy()).set_axis(atlas.region_ids)
    parts = [
        pd.concat([counts, density], axis=1).transform(np.log1p),
        shape.add_prefix("region "),
        _outlines(entities, area).set_axis(atlas.region_ids),
    ]
    if roads is not None:
        names = ["roads", "intersections"]
        parts.append(pd.DataFrame(np.log1p(roads), index=atlas.region_ids, columns=names))
    described: pd.DataFrame = pd.concat(parts, axis=1)
    return described


def _counts(region: IntArray, which: FloatArray, regions: int) -> FloatArray:
    counts: FloatArray = np.bincount(region[which], minlength=regions).astype(np.float64)
    return counts


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
