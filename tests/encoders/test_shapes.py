from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from placeprint.encoders.shapes import shape_descriptors
from placeprint.errors import InputError

UNTURNED = ["log_area", "log_perimeter", "compactness", "elongation", "rectangularity",
            "convexity", "vertices", "holes", "parts"]  # fmt: skip
UNSCALED = ["compactness", "elongation", "rectangularity", "convexity", "vertices", "holes",
            "parts", "orientation_cos", "orientation_sin"]  # fmt: skip


def outline(seed: int) -> shapely.Polygon:
    """A star with a hole, some tens of metres across, at the equator (where degrees are square)."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.random(rng.integers(4, 12)) + np.arange(1)) * 2 * np.pi
    angle = np.linspace(0, 2 * np.pi, len(angle), endpoint=False) + 0.3 * rng.random(len(angle))
    ring = (rng.uniform(1, 3, len(angle)) * [np.cos(angle), np.sin(angle)]).T * [2, 1] * 1e-4
    return shapely.Polygon(ring, [ring * 0.2])


def described(shape: object) -> pd.Series:
    return shape_descriptors([shape]).iloc[0]


def test_a_square_a_disc_a_rod_and_a_yard() -> None:
    square = shapely.box(0, 0, 1e-3, 1e-3)
    disc = shapely.Point(0, 0).buffer(1e-3, quad_segs=64)
    rod = affinity.rotate(shapely.box(0, 0, 4e-3, 1e-3), 30)
    yard = shapely.Polygon(square.exterior, [shapely.box(2.5e-4, 2.5e-4, 7.5e-4, 7.5e-4).exterior])
    two = shapely.MultiPolygon([square, shapely.box(2e-3, 0, 3e-3, 1e-3)])
    table = shape_descriptors(pd.Series([square, disc, rod, yard, two], index=list("sdryt")))
    assert table.index.tolist() == list("sdryt")
    assert table.notna().all(axis=None)
    # A degree of longitude is .7 % longer than one of latitude at the equator.
    np.testing.assert_allclose(table["compactness"]["sd"[0]], np.pi / 4, rtol=1e-2)
    np.testing.assert_allclose(table["compactness"]["d"], 1, rtol=1e-2)
    np.testing.assert_allclose(table["elongation"][["s", "d", "r"]], [0, 0, 0.75], atol=0.02)
    np.testing.assert_allclose(table["rectangularity"][["s", "d", "r", "y"]],
                               [1, np.pi / 4, 1, 0.75], rtol=0.02)  # fmt: skip
    np.testing.assert_allclose(table["convexity"][["s", "y", "t"]], [1, 0.75, 2 / 3], rtol=1e-6)
    np.testing.assert_allclose(np.exp(table["vertices"]), [4, 256, 4, 8, 8])
    assert table["holes"].tolist() == [0, 0, 0, 1, 0]
    assert table["parts"].tolist() == [1, 1, 1, 1, 2]
    side = 1e-3 * 111_000
    np.testing.assert_allclose(np.expm1(table["log_area"]["s"]), side**2, rtol=0.01)
    np.testing.assert_allclose(np.expm1(table["log_perimeter"]["s"]), 4 * side, rtol=0.01)
    direction = np.arctan2(table["orientation_sin"]["r"], table["orientation_cos"]["r"])
    assert np.degrees(direction) / 2 == pytest.approx(30, abs=0.5)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    turn=st.floats(-180, 180),
    scale=st.floats(0.2, 5),
    lon=st.floats(-170, 170),
)
def test_what_moving_turning_and_scaling_leave(
    seed: int, turn: float, scale: float, lon: float
) -> None:
    shape = outline(seed)
    original = described(shape)
    moved = described(affinity.translate(shape, lon))
    np.testing.assert_allclose(moved, original, rtol=1e-6, atol=1e-6)
    scaled = described(affinity.scale(shape, scale, scale, origin=(0, 0)))
    np.testing.assert_allclose(scaled[UNSCALED], original[UNSCALED], rtol=1e-6, atol=1e-6)
    assert scaled["log_perimeter"] != original["log_perimeter"] or scale == 1
    # Turned in degrees, so the .7 % between the two axes of the ellipsoid remains.
    turned = described(affinity.rotate(shape, turn, origin=(0, 0)))
    np.testing.assert_allclose(turned[UNTURNED], original[UNTURNED], rtol=0.04, atol=0.04)


def test_a_shape_is_the_same_in_the_north() -> None:
    here = outline(3)
    stretch = 1 / np.cos(np.radians(60))
    there = affinity.translate(affinity.scale(here, stretch, 1, origin=(0, 0)), 20, 60)
    np.testing.assert_allclose(described(there), described(here), rtol=0.02, atol=0.02)


def test_a_polygon_without_area_is_refused() -> None:
    line = shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])
    with pytest.raises(InputError, match="geometry 1 is a polygon without area"):
        shape_descriptors([outline(0), line])


def test_no_polygons_are_no_rows() -> None:
    assert shape_descriptors([]).shape == (0, 11)
