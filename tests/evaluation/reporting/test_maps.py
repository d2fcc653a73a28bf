from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from placeprint.atlas import Atlas
from placeprint.evaluation.reporting.maps import Canvas, png
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


def test_a_picture_is_the_same_after_reading_it_back() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4)).astype(np.uint8)
    data = base64.b64decode(png(pixels).removeprefix("data:image/png;base64,"))
    assert (np.asarray(Image.open(io.BytesIO(data))) == pixels).all()
