from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from placeprint.atlas import Atlas
from placeprint.evaluation.reporting.maps import Canvas, drawable, png
from placeprint.regions import Regions


def test_pixels_show_the_region_that_covers_their_centre(atlas: Atlas) -> None:
    canvas = Canvas.draw(atlas.regions, longest=60)
    height, width = canvas.regions.shape
    west, south, east, north = atlas.regions.geometry.total_bounds
    for row in range(0, height, 7):
        for column in range(0, width, 7):
            lon = west + (column + 0.5) / width * (east - west)
            lat = north - (row + 0.5) / height * (north - south)
            covering = [
                position
                for position, outline in enumerate(atlas.regions.geometry)
                if outline.covers(shapely.Point(lon, lat))
            ]
            assert canvas.regions[row, column] in covering


@pytest.mark.parametrize("latitude", [0, 45, 60])
def test_a_square_on_the_ground_is_square_on_the_map(latitude: float) -> None:
    reach = 0.5 / np.cos(np.radians(latitude))
    square = shapely.box([-reach], [latitude - 0.5], [reach], [latitude + 0.5])
    canvas = Canvas.draw(Regions.from_polygons(pd.Index(["a"]), square), longest=300)
    assert canvas.regions.shape == (300, 300)


def test_a_hole_stays_empty_and_unknown_regions_are_striped() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    outlines = np.array([ring, shapely.box(3, 0, 6, 3)])
    canvas = Canvas.draw(Regions.from_polygons(pd.Index(["a", "b"]), outlines), longest=120)
    colours = np.array([[250, 0, 0], [0, 0, 250]], dtype=np.uint8)
    pixels = canvas.paint(colours, np.array([True, False]))
    assert pixels[30, 30].tolist()[3] == 0
    assert pixels[10, 10].tolist() == [250, 0, 0, 255]
    right = pixels[5:-5, 70:-5]
    assert set(map(tuple, right.reshape(-1, 4).tolist())) == {
        (150, 150, 150, 255),
        (196, 196, 196, 255),
    }


@pytest.mark.parametrize(("n", "latitude"), [(1, 50), (2, 0), (40, 60), (3000, -30)])
def test_a_pixel_shows_the_nearest_point_if_it_is_near(n: int, latitude: float) -> None:
    rng = np.random.default_rng(n)
    positions = rng.uniform([5, latitude], [9, latitude + 3], (n, 2))
    canvas = Canvas.of_points(positions, longest=120)
    height, width = canvas.regions.shape
    assert max(height, width) <= 120
    west, north = positions[:, 0].min(), positions[:, 1].max()
    shrink = np.cos(np.radians((positions[:, 1].min() + north) / 2))
    across = np.column_stack([(positions[:, 0] - west) * shrink, north - positions[:, 1]])
    at = 10 + across * (100 / across.max() if n > 1 else 0)
    reached = []
    for row in range(0, height, 3):
        for column in range(0, width, 3):
            distance = np.hypot(*(at - [column + 0.5, row + 0.5]).T)
            shown = canvas.regions[row, column]
            if shown >= 0:
                assert distance[shown] == distance.min()
                reached.append(distance.min())
            else:
                assert distance.min() >= 2
    assert 1 < max(reached) <= 9


def test_points_are_haloed_and_keep_their_own_pixels() -> None:
    canvas = Canvas.of_points(np.array([[5.0, 60.0], [6.0, 60.0]]), longest=80)
    white = np.full((2, 3), 255, dtype=np.uint8)
    pixels = canvas.paint(white, np.array([True, True]))
    inside = canvas.regions >= 0
    assert (pixels[inside] == 255).all()
    halo = pixels[..., 3] == 120
    assert halo.any()
    assert not (halo & inside).any()
    assert (pixels[~inside & ~halo, 3] == 0).all()


@pytest.mark.parametrize("most", [2, 256])
def test_a_picture_is_the_same_after_reading_it_back(most: int) -> None:
    """Of few colours, which become a palette, and of many."""
    pixels = np.random.default_rng(0).integers(0, most, (30, 20, 4)).astype(np.uint8)
    data = base64.b64decode(png(pixels).removeprefix("data:image/png;base64,"))
    read = Image.open(io.BytesIO(data))
    assert read.mode == ("P" if most == 2 else "RGBA")
    assert (np.asarray(read.convert("RGBA")) == pixels).all()


@given(
    st.lists(
        st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=30, unique=True
    )
)
def test_discs_stand_round_their_centres_and_apart(points) -> None:
    lon, lat = np.array(points).T
    regions = Regions.from_points(pd.Index([f"r{i:02d}" for i in range(len(lon))]), lon, lat)
    shown = drawable(regions)
    discs = shown.geometry.to_numpy()
    assert shapely.is_valid(discs).all()
    assert (shapely.area(discs) > 0).all()
    assert shapely.covers(discs, shapely.points(lon, lat)).all()
    assert shown.ids.equals(regions.ids)
