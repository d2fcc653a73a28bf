"""The shape of an entity's own outline: what it looks like from above, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["shape_features"]


def shape_features(outlines: pd.Series) -> pd.DataFrame:
    """Size and form of each outline, as a baseline.

    Args:
        outlines: Shapely geometries in degrees, indexed by entity id.

    Returns:
        float32, one row per entity that has an area (of a point there is no shape), one column
        per descriptor: see :func:`placeprint.encoders.shape_descriptors`.

    Example:
        >>> import shapely
        >>> outlines = pd.Series([shapely.box(5, 60, 5.001, 60.001), shapely.Point(5, 60)])
        >>> shape_features(outlines).index.tolist()
        [0]
    """
    import shapely

    from placeprint.encoders.outlines import shape_descriptors

    shapes: Any = outlines.to_numpy()
    polygons = outlines[shapely.area(shapes) > 0]
    table: pd.DataFrame = shape_descriptors(np.asarray(polygons.to_numpy(), dtype=object))
    table.index = polygons.index
    return table.astype(np.float32).rename_axis(columns="feature_id")
