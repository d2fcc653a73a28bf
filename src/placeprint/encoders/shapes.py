"""The shape of a polygon in a few numbers: size, compactness, elongation, direction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from placeprint.encoders.local_metres import local_metres
from placeprint.errors import InputError
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["shape_descriptors"]


def shape_descriptors(geometries: AnyArray | pd.Series) -> pd.DataFrame:
    """Describe polygons by numbers that architects and geographers use.

    With area A (m², holes left out) and perimeter P (m, holes included) of the polygon, H its
    convex hull, and R (sides l ≥ s) its smallest rectangle at any angle:

    =================  ==================================  ===========================
    column             formula                             unchanged by
    =================  ==================================  ===========================
    log_area           log(1 + A)                          moving, turning
    log_perimeter      log(1 + P)                          moving, turning
    compactness        4πA / P² (a disc has 1)             moving, turning, scaling
    elongation         1 − s/l (a square has 0)            moving, turning, scaling
    rectangularity     A / area(R)                         moving, turning, scaling
    convexity          A / area(H)                         moving, turning, scaling
    vertices           log of the number of corners        moving, turning, scaling
    holes              number of holes                     moving, turning, scaling
    parts              number of separate parts            moving, turning, scaling
    orientation_cos    elongation · cos 2θ                 moving, scaling
    orientation_sin    elongation · sin 2θ                 moving, scaling
    =================  ==================================  ===========================

    θ is the direction of the long side, anticlockwise from east; 2θ because a direction and its
    opposite are the same, times the elongation because a square has no direction.

    Args:
        geometries: n valid polygons or multipolygons, EPSG:4326, longitude first (the area of one
            that crosses itself is not defined).

    Returns:
        float64 frame, n rows, the index of ``geometries`` where it is a Series.

    Raises:
        InputError: If one is missing, empty, no polygon, or without area.

    Source: Polsby & Popper 1991 for compactness; Rosin 1999 for rectangularity.

    Example:
        >>> table = shape_descriptors([shapely.box(0.0, 0.0, 0.002, 0.001)])
        >>> table[["elongation", "rectangularity", "convexity"]].round(2).iloc[0].tolist()
        [0.5, 1.0, 1.0]
    """
    shapes = local_metres(geometries)
    area, perimeter = shapely.area(shapes), shapely.length(shapes)
    rectangle = shapely.minimum_rotated_rectangle(shapes)
    _refuse_lines(rectangle)
    elongation, direction = _long_side(rectangle)
    parts, holes, corners = _counts(shapes)
    columns = {
        "log_area": np.log1p(area),
        "log_perimeter": np.log1p(perimeter),
        "compactness": 4 * np.pi * area / perimeter**2,
        "elongation": elongation,
        "rectangularity": area / shapely.area(rectangle),
        "convexity": area / shapely.area(shapely.convex_hull(shapes)),
        "vertices": np.log(corners),
        "holes": holes,
        "parts": parts,
        "orientation_cos": elongation * np.cos(2 * direction),
        "orientation_sin": elongation * np.sin(2 * direction),
    }
    index = geometries.index if isinstance(geometries, pd.Series) else None
    return pd.DataFrame(columns, index=index, dtype=float)


def _refuse_lines(rectangle: AnyArray) -> None:
    flat = shapely.get_type_id(rectangle) != shapely.GeometryType.POLYGON
    if flat.any():
        row = int(np.flatnonzero(flat)[0])
        raise InputError(
            f"geometry {row} is a polygon without area (all of its points are on one line)",
            hint="leave it out",
        )


def _long_side(rectangle: AnyArray) -> tuple[FloatArray, FloatArray]:
    """1 − s/l, and the direction of the long side in radians, each (n,)."""
    corners = shapely.get_coordinates(rectangle).reshape(-1, 5, 2)
    sides = corners[:, 1:3] - corners[:, 0:2]
    lengths = np.linalg.norm(sides, axis=2)
    long = sides[np.arange(len(sides)), lengths.argmax(axis=1)]
    return 1 - lengths.min(axis=1) / lengths.max(axis=1), np.arctan2(long[:, 1], long[:, 0])


def _counts(shapes: AnyArray) -> tuple[IntArray, IntArray, IntArray]:
    """Parts, holes and corners of each shape, each (n,)."""
    pieces, owner = shapely.get_parts(shapes, return_index=True)
    parts = np.bincount(owner, minlength=len(shapes))
    inner = shapely.get_num_interior_rings(pieces)
    holes = np.bincount(owner, weights=inner, minlength=len(shapes)).astype(np.int64)
    # A ring repeats its first corner at its end.
    return parts, holes, shapely.get_num_coordinates(shapes) - parts - holes
