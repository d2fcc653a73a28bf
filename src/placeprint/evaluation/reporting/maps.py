"""Maps as pictures: which region each pixel shows, found once, then coloured again and again."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Final

import numpy as np

from placeprint.regions import Regions
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["LONGEST", "Canvas", "png"]

LONGEST: Final = 1600
"""Pixels along the longer side of a map."""

_EMPTY: Final = np.array([[150, 150, 150], [196, 196, 196]], dtype=np.uint8)
_STRIPE: Final = 5
_OUTLINE: Final = 128


@dataclass(frozen=True, eq=False)
class Canvas:
    """The pixels of a map: equirectangular, true to scale at the middle latitude.

    What a pixel shows is the region that its centre lies in, so that a canvas costs the same for
    a hundred regions as for a hundred thousand, and every map of one study area shares it.

    Attributes:
        regions: (height, width) position of the region at each pixel, north up; −1 for none.

    Example:
        >>> import pandas as pd, shapely
        >>> halves = shapely.box([0, 1], [0, 0], [1, 2], [1, 1])
        >>> canvas = Canvas.draw(Regions.from_polygons(pd.Index(["a", "b"]), halves), longest=4)
        >>> canvas.regions.tolist()
        [[0, 0, 1, 1], [0, 0, 1, 1]]
    """

    regions: IntArray

    @classmethod
    def draw(cls, regions: Regions, longest: int) -> Canvas:
        """The canvas of a study area.

        With φ the middle latitude, a degree of longitude is cos φ as wide as one of latitude.

        Args:
            regions: The regions.
            longest: Pixels along the longer side.
        """
        west, south, east, north = regions.geometry.total_bounds
        shrink = np.cos(np.radians((south + north) / 2))
        scale = longest / max((east - west) * shrink, north - south)
        width = max(1, round((east - west) * shrink * scale))
        height = max(1, round((north - south) * scale))
        lon = west + (np.arange(width) + 0.5) / width * (east - west)
        lat = north - (np.arange(height) + 0.5) / height * (north - south)
        columns, rows = np.meshgrid(lon, lat)
        return cls(regions.locate(columns.ravel(), rows.ravel()).reshape(height, width))

    def smaller(self, step: int) -> Canvas:
        """The canvas with every ``step``-th pixel of each row and column."""
        return Canvas(self.regions[::step, ::step])

    def paint(self, colours: AnyArray, known: BoolArray) -> AnyArray:
        """The picture of regions in their colours.

        Args:
            colours: (n, 3) uint8 red, green and blue of each region.
            known: (n,) which regions have a colour; the others are striped in grey.

        Returns:
            (height, width, 4) uint8: transparent outside the study area, which has a thin
            outline.
        """
        inside = self.regions >= 0
        pixels = np.zeros((*inside.shape, 4), dtype=np.uint8)
        pixels[inside, :3] = colours[self.regions[inside]]
        pixels[inside, 3] = 255
        row, column = np.nonzero(inside & ~np.append(known, True)[self.regions])
        pixels[row, column, :3] = _EMPTY[(row + column) // _STRIPE % 2]
        pixels[_rim(inside), :3] = _OUTLINE
        return pixels


def _rim(inside: BoolArray) -> BoolArray:
    """The pixels inside that touch one outside, or the edge of the picture."""
    framed = np.pad(inside, 1)
    surrounded = framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]
    rim: BoolArray = inside & ~surrounded
    return rim


def png(pixels: FloatArray | IntArray | AnyArray) -> str:
    """A picture, (height, width, 4) uint8, as a ``data:`` address that needs no file.

    Example:
        >>> png(np.zeros((1, 1, 4), dtype=np.uint8))[:22]
        'data:image/png;base64,'
    """
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
