from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.testing import assert_allclose
from scipy.interpolate import RegularGridInterpolator

from placeprint.simulation import found, lattice
from placeprint.simulation.country import Country
from placeprint.simulation.grid import survey
from placeprint.simulation.imagery import painter_of, write_image
from placeprint.simulation.lattice import frame_of, lay_cells


@pytest.fixture(scope="module")
def small() -> Country:
    return found(200, seed=4)


def test_frame_holds_every_cell(country: Country) -> None:
    frame, corners = frame_of(country.grid), country.grid.corners
    east, south = frame.lon(np.array([frame.width])), frame.lat(np.array([frame.height]))
    assert frame.west < corners[:, 0].min() < corners[:, 0].max() < east[0]
    assert south[0] < corners[:, 1].min() < corners[:, 1].max() < frame.north


def test_large_countries_have_fewer_pixels_a_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = survey(200, seed=0)
    monkeypatch.setattr(lattice, "MOST_PIXELS", 30_000)
    frame = frame_of(grid)
    assert frame.width * frame.height <= 30_000
    assert frame.width * frame.height / 30_000 > 0.9
    assert frame.pixels_per_cell < 32


def test_rows_agree_with_bilinear_interpolation(small: Country) -> None:
    cells = lay_cells(small.grid, frame_of(small.grid))
    knots = np.random.default_rng(0).normal(size=cells.nearest.shape)
    down, across = (np.arange(size) * cells.spacing for size in knots.shape)
    slow = RegularGridInterpolator((down, across), knots)
    rows, columns = np.meshgrid(
        np.arange(30, 50) + 0.5, np.arange(cells.frame.width) + 0.5, indexing="ij"
    )
    assert_allclose(cells.rows(knots, 30, 50), slow((rows, columns)), atol=1e-5)


def test_blocks_join_up(small: Country) -> None:
    """Ground does not depend on where blocks begin: only light at their edges and grain do."""
    painter = painter_of(small)

    class Still(np.random.Generator):
        def normal(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            return np.zeros(kwargs["size"])

    rng = Still(np.random.PCG64(0))
    whole = painter.paint(100, 140, rng).astype(int)
    parts = np.concatenate([painter.paint(100, 120, rng), painter.paint(120, 140, rng)])
    differs = np.abs(whole - parts).max(axis=(1, 2)) > 1
    assert set(np.flatnonzero(differs)) <= {19, 20}


def test_land_use_shows(tmp_path: Path) -> None:
    country = found(600, seed=4)
    path = tmp_path / "image.tif"
    write_image(path, country)
    with rasterio.open(path) as image:
        assert image.crs.to_epsg() == 4326
        assert image.count == 3
        pixels = image.read().astype(float)
        lon, lat = country.grid.lon, country.grid.lat
        rows, columns = rasterio.transform.rowcol(image.transform, lon, lat)
    around = np.arange(-12, 13)
    windows = pixels[
        :,
        np.asarray(rows)[:, None, None] + around[:, None],
        np.asarray(columns)[:, None, None] + around,
    ]
    red, green, blue = windows
    dark = ((red < 75) & (green < 105) & (blue < 75)).mean(axis=(1, 2))
    assert np.corrcoef(dark, country.ground.forest)[0, 1] > 0.75
    grey = ((np.abs(red - blue) < 30) & (red > 80) & (green > 80)).mean(axis=(1, 2))
    assert np.corrcoef(grey, country.ground.built)[0, 1] > 0.75
    assert (pixels[:, 0, 0] - np.array([18, 48, 86]) == 0).all()
