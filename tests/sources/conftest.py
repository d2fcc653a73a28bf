from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.regions import Regions


@pytest.fixture(scope="module")
def regions() -> Regions:
    """Three unit squares in a row, a, b, c; d is known but outside the study area."""
    outlines = shapely.box([0, 1, 2], 50.0, [1, 2, 3], 51.0)
    return Regions.from_polygons(pd.Index(list("abc")), np.asarray(outlines), frozenset("d"))
