"""Maps as pictures: which region each pixel shows, found once, then coloured again and again."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from placeprint.evaluation.sphere import angles, unit_vectors
from placeprint.regions import Regions
from placeprint.typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["Canvas", "drawable", "png"]

_EMPTY: Final = np.array([[150, 150, 150], [196, 196, 196]], dtype=np.uint8)
_STRIPE: Final = 5
_OUTLINE: Final = 128
_PALETTE: Final = 256
_HALO: Final = (128, 128, 128, 120)
_RADII: Final = (2.0, 9.0)
"""Of a point's disc, the least and the greatest, in pixels."""

_MARGIN: Final = 10

_DISC: Final = 0.4
"""Radius of the disc of a region of which only the centre is known, in the usual distance to the
next; less where the next is nearer, so that discs do not lie over each other."""

_LONE: Final = 0.05
"""The same in degrees where there is no next, and its least as a share of the greatest."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """The pixels of a map: equirectangular, true to scale at the middle latitude.

    What a pixel shows is the region that its centre lies in, so that a canvas costs the same for
    a hundred regions as for a hundred thousand, and every map of one study area shares it.

    Attributes:
        regions: (height, width) position of the region, or point, at each pixel, north up; −1 for
            none.
        outlined: Whether the outline lies on what is painted, as of regions; that of points lies
            around them.

    Example:
        >>> import pandas as pd, shapely
        >>> halves = shapely.box([0, 1], [0, 0], [1, 2], [1, 1])
        >>> canvas = Canvas.draw(Regions.from_polygons(pd.Index(["a", "b"]), halves), longest=4)
        >>> canvas.regions.tolist()
        [[0, 0, 1, 1], [0, 0, 1, 1]]
    """

    regions: IntArray
    outlined: bool = True

    @classmethod
    def draw(cls, regions: Regions, longest: int) -> Canvas:
        """The canvas of a study area.

        With φ the middle latitude, a degree of longitude is cos φ as wide as one of latitude.

        Args:
            regions: The regions.
            longest: Pixels along the longer side.
        """
        shown = drawable(regions)
        west, south, east, north = shown.geometry.total_bounds
        shrink = np.cos(np.radians((south + north) / 2))
        scale = longest / max((east - west) * shrink, north - south)
        width = max(1, round((east - west) * shrink * scale))
        height = max(1, round((north - south) * scale))
        lon = west + (np.arange(width) + 0.5) / width * (east - west)
        lat = north - (np.arange(height) + 0.5) / height * (north - south)
        columns, rows = np.meshgrid(lon, lat)
        found = shown.locate(columns.ravel(), rows.ravel()).reshape(height, width)
        return cls(found, outlined=regions.has_outlines)

    @classmethod
    def of_points(cls, positions: FloatArray, longest: int) -> Canvas:
        """The canvas of places whose outlines are not known: each a disc round its position.

        A pixel shows the point that is nearest to it, if that is near enough. The discs are as
        large as they can be without filling the map, but always large enough to be seen.

        Args:
            positions: (n, 2) longitudes and latitudes in degrees, all known.
            longest: Pixels along the longer side.

        Example:
            >>> canvas = Canvas.of_points(np.array([[5.0, 60.0], [6.0, 60.0]]), longest=60)
            >>> canvas.regions.shape, canvas.regions[10, [10, 30, 49]].tolist()
            ((20, 60), [0, -1, 1])
        """
        from scipy.spatial import cKDTree

        west, north = positions[:, 0].min(), positions[:, 1].max()
        shrink = np.cos(np.radians((positions[:, 1].min() + north) / 2))
        across = np.column_stack([(positions[:, 0] - west) * shrink, north - positions[:, 1]])
        inner = longest - 2 * _MARGIN
        scale = inner / max(across.max(), np.finfo(np.float64).tiny * inner)
        width, height = np.ceil(across.max(axis=0) * scale).astype(int) + 2 * _MARGIN
        radius = np.clip(np.sqrt(width * height / len(positions)) / 2, *_RADII)
        columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        pixels = np.column_stack([columns.ravel(), rows.ravel()])
        distance, nearest = cKDTree(across * scale + _MARGIN).query(
            pixels, distance_upper_bound=radius
        )
        shown: IntArray = np.where(np.isfinite(distance), nearest, -1)
        return cls(shown.reshape(height, width), outlined=False)

    def smaller(self, step: int) -> Canvas:
        """The canvas with every ``step``-th pixel of each row and column."""
        return replace(self, regions=self.regions[::step, ::step])

    def paint(self, colours: AnyArray, known: BoolArray) -> AnyArray:
        """The picture of regions in their colours.

        Args:
            colours: (n, 3) uint8 red, green and blue of each region.
            known: (n,) which regions have a colour; the others are striped in grey.

        Returns:
            (height, width, 4) uint8: transparent outside the study area.
        """
        inside = self.regions >= 0
        pixels = np.zeros((*inside.shape, 4), dtype=np.uint8)
        pixels[inside, :3] = colours[self.regions[inside]]
        pixels[inside, 3] = 255
        row, column = np.nonzero(inside & ~np.append(known, True)[self.regions])
        pixels[row, column, :3] = _EMPTY[(row + column) // _STRIPE % 2]
        if self.outlined:
            pixels[_rim(inside), :3] = _OUTLINE
        else:
            # A disc may be as pale as the page, and too small to give pixels to an outline.
            pixels[_rim(~inside, beyond=True)] = _HALO
        return pixels


def drawable(regions: Regions) -> Regions:
    """Regions with outlines to draw: their own, or small discs round their centres.

    Args:
        regions: The regions.

    Raises:
        InputError: If only their ids are known.

    Example:
        >>> import pandas as pd
        >>> two = Regions.from_points(pd.Index(["a", "b"]), np.array([5.0, 6.0]), np.zeros(2))
        >>> drawable(two).geometry.total_bounds.round(3).tolist()
        [4.6, -0.4, 6.4, 0.4]
    """
    if regions.has_outlines:
        return regions
    import geopandas as gpd
    import shapely
    from scipy.spatial import cKDTree

    lon, lat = regions.centroids().to_numpy().T
    points = unit_vectors(lon, lat)
    chords, _ = cKDTree(points).query(points, k=[2])  # infinite where there is no other
    next_to = np.degrees(angles(np.where(np.isfinite(chords), chords, 0.0)[:, 0]))
    usual = float(np.median(next_to)) * _DISC or _LONE
    radius = np.clip(next_to / 2, usual * _LONE, usual)
    turn = np.linspace(0, 2 * np.pi, 17)[:-1]
    east = radius / np.cos(np.radians(lat)).clip(min=0.1)
    x = (lon[:, None] + east[:, None] * np.cos(turn)).clip(-180, 180)
    y = (lat[:, None] + radius[:, None] * np.sin(turn)).clip(-90, 90)
    discs = shapely.polygons(np.stack([x, y], axis=-1))
    return replace(regions, geometry=gpd.GeoSeries(discs, index=regions.ids, crs=4326))


def _rim(inside: BoolArray, *, beyond: bool = False) -> BoolArray:
    """The pixels inside that touch one outside.

    Args:
        inside: (height, width) the pixels inside.
        beyond: Whether what lies beyond the edge of the picture is inside.
    """
    framed = np.pad(inside, 1, constant_values=beyond)
    surrounded = framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]
    rim: BoolArray = inside & ~surrounded
    return rim


def png(pixels: FloatArray | IntArray | AnyArray) -> str:
    """A picture, (height, width, 4) uint8, as a ``data:`` address that needs no file.

    One of few colours is written as positions in a palette, which takes a fraction of the room.

    Example:
        >>> png(np.zeros((1, 1, 4), dtype=np.uint8))[:22]
        'data:image/png;base64,'
    """
    from PIL import Image

    packed = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    colours, positions = np.unique(packed, return_inverse=True)
    buffer = io.BytesIO()
    if len(colours) <= _PALETTE:
        palette = colours.view(np.uint8).reshape(-1, 4)
        image = Image.fromarray(positions.reshape(packed.shape).astype(np.uint8), "P")
        image.putpalette(palette[:, :3].tobytes())
        image.save(buffer, format="PNG", transparency=palette[:, 3].tobytes())
    else:
        Image.fromarray(pixels).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
