"""The frame of the country's image: its pixels, and values of cells carried to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.simulation.grid import Grid, on_sphere
from placeprint.simulation.nearest import nearest
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["CellLattice", "Frame", "frame_of", "lay_cells"]

MARGIN = 0.02
PIXELS_PER_CELL = 32
MOST_PIXELS = 60_000_000
KNOTS_PER_CELL = 4


@dataclass(frozen=True)
class Frame:
    """An image north up in EPSG:4326.

    Attributes:
        west: Longitude of the left edge, degrees.
        north: Latitude of the upper edge, degrees.
        step_lon: Width of a pixel, degrees.
        step_lat: Height of a pixel, degrees.
        width: Pixels across.
        height: Pixels down.
        pixels_per_cell: Pixels across a cell from edge to edge.
    """

    west: float
    north: float
    step_lon: float
    step_lat: float
    width: int
    height: int
    pixels_per_cell: float

    def lon(self, columns: FloatArray) -> FloatArray:
        """Longitude of columns, where 0.5 is the middle of the first."""
        return np.asarray(self.west + columns * self.step_lon)

    def lat(self, rows: FloatArray) -> FloatArray:
        """Latitude of rows, where 0.5 is the middle of the first."""
        return np.asarray(self.north - rows * self.step_lat)


def frame_of(grid: Grid) -> Frame:
    """Frame all cells, 32 pixels across each, fewer where that would exceed 60 million pixels.

    Example:
        >>> from placeprint.simulation.grid import survey
        >>> frame_of(survey(200, seed=0)).pixels_per_cell
        32.0
    """
    west, south = grid.corners.min(axis=0) - MARGIN
    east, north = grid.corners.max(axis=0) + MARGIN
    across = float(np.sqrt(np.mean(grid.area) * 2.0 / np.sqrt(3.0)))
    wide, high = np.asarray(grid.plane.flat(east, north)) - grid.plane.flat(west, south)
    fits = np.sqrt(MOST_PIXELS / (wide * high)) * across
    pixels = float(min(PIXELS_PER_CELL, fits))
    width = int(wide * pixels / across)
    height = int(high * pixels / across)
    return Frame(
        west=float(west),
        north=float(north),
        step_lon=float((east - west) / width),
        step_lat=float((north - south) / height),
        width=width,
        height=height,
        pixels_per_cell=pixels,
    )


@dataclass(frozen=True)
class CellLattice:
    """For knots a quarter of a cell apart: which cell is nearest, and whether it is land.

    Attributes:
        frame: The image.
        spacing: Pixels between knots.
        nearest: (r, c) position of the nearest cell.
        land: (r, c) 1 on land, 0 at sea.
    """

    frame: Frame
    spacing: float
    nearest: IntArray
    land: FloatArray

    def rows(self, knots: FloatArray, first: int, last: int) -> FloatArray:
        """Interpolate knots (r, c) bilinearly to the pixels of rows first … last − 1.

        Returns:
            (last − first, width) float32.
        """
        upper, down = self._between(np.arange(first, last), knots.shape[0])
        left, right = self._between(np.arange(self.frame.width), knots.shape[1])
        band = knots[upper] * (1.0 - down)[:, None] + knots[upper + 1] * down[:, None]
        band = band.astype(np.float32)
        return np.asarray(band[:, left] * (1.0 - right) + band[:, left + 1] * right)

    def _between(self, pixels: IntArray, knots: int) -> tuple[IntArray, AnyArray]:
        where = (pixels + 0.5) / self.spacing
        before = np.minimum(where.astype(np.int64), knots - 2)
        return before, (where - before).astype(np.float32)


def lay_cells(grid: Grid, frame: Frame) -> CellLattice:
    """Find the nearest cell of each knot; a knot within a cell's radius of a centre is land.

    Example:
        >>> from placeprint.simulation.grid import survey
        >>> grid = survey(200, seed=0)
        >>> cells = lay_cells(grid, frame_of(grid))
        >>> cells.rows(grid.area[cells.nearest], 0, 5).shape[0]
        5
    """
    spacing = max(frame.pixels_per_cell / KNOTS_PER_CELL, 1.0)
    across = np.arange(int(np.ceil(frame.width / spacing)) + 1) * spacing
    down = np.arange(int(np.ceil(frame.height / spacing)) + 1) * spacing
    lon, lat = np.meshgrid(frame.lon(across), frame.lat(down))
    distance, cell = nearest(grid.sphere, on_sphere(lon.ravel(), lat.ravel()))
    radius = np.sqrt(2.0 * grid.area[cell] / (3.0 * np.sqrt(3.0)))
    return CellLattice(
        frame=frame,
        spacing=spacing,
        nearest=cell.reshape(lon.shape),
        land=(distance <= radius).astype(np.float32).reshape(lon.shape),
    )
