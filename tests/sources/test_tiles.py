from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from placeprint.errors import InputError
from placeprint.sources.tiles import TileImage, choose_zoom, tile_positions, zoom_levels

SIDE = 16


def write_tiles(folder: Path, zoom: int, tiles: list[tuple[int, int]], side: int = SIDE) -> Path:
    """Tiles whose colours say where they are: x, y, and a gradient to the south."""
    for x, y in tiles:
        pixels = np.zeros((side, side, 3), dtype=np.uint8)
        pixels[..., 0], pixels[..., 1] = x % 256, y % 256
        pixels[..., 2] = np.arange(side)[:, None] * (256 // side)
        path = folder / str(zoom) / str(x) / f"{y}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return folder


def test_positions_are_those_of_openstreetmap() -> None:
    # The formula of the OpenStreetMap wiki, with asinh of the tangent.
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(-180, 180, 50), rng.uniform(-85, 85, 50)
    x, y = tile_positions(lon, lat, 5)
    np.testing.assert_allclose(x, (lon + 180) / 360 * 32)
    np.testing.assert_allclose(y, (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 32)
    assert tile_positions(np.array([0.0]), np.array([85.0511287798]), 0)[1] == pytest.approx(0)


@pytest.mark.parametrize("zoom", [1, 5, 11])
def test_each_pixel_is_the_one_at_its_place(tmp_path: Path, zoom: int) -> None:
    column, row = tile_positions(np.array([24.94]), np.array([60.17]), zoom)
    x, y = min(int(column[0]), 2**zoom - 2), min(int(row[0]), 2**zoom - 2)
    image = TileImage(
        write_tiles(tmp_path, zoom, [(x + i, y + j) for i in (0, 1) for j in (0, 1)]), zoom
    )
    assert (image.height, image.width) == (2 * SIDE, 2 * SIDE)
    west, south, east, north = image.bounds
    pixels, shown = image.read(0, image.height, 0, image.width)
    assert shown.all()
    for i in range(image.height):
        for j in range(image.width):
            lon = west + (j + 0.5) * (east - west) / image.width
            lat = north - (i + 0.5) * (north - south) / image.height
            at = [float(axis[0]) for axis in tile_positions(np.array([lon]), np.array([lat]), zoom)]
            depth = int(at[1] % 1 * SIDE) * (256 // SIDE)
            assert pixels[i, j].tolist() == [int(at[0]) % 256, int(at[1]) % 256, depth]


def test_windows_are_parts_of_the_whole(tmp_path: Path) -> None:
    image = TileImage(write_tiles(tmp_path, 6, [(36, 18), (37, 18), (38, 19)]), 6)
    whole, there = image.read(0, image.height, 0, image.width)
    assert there.mean() == pytest.approx(0.5, abs=0.02)
    for top, bottom, left, right in ((0, 5, 3, 40), (15, 17, 15, 17), (20, 32, 30, 48)):
        part, shown = image.read(top, bottom, left, right)
        np.testing.assert_array_equal(part, whole[top:bottom, left:right])
        np.testing.assert_array_equal(shown, there[top:bottom, left:right])


def test_transparent_pixels_hold_no_data(tmp_path: Path) -> None:
    pixels = np.full((SIDE, SIDE, 4), 255, dtype=np.uint8)
    pixels[:, :4, 3] = 0
    (tmp_path / "0" / "0").mkdir(parents=True)
    Image.fromarray(pixels).save(tmp_path / "0" / "0" / "0.png")
    _, shown = TileImage(tmp_path, 0).read(0, SIDE, 0, SIDE)
    assert not shown[:, :4].any()
    assert shown[:, 4:].all()


def test_the_finest_level_that_shows_the_places(tmp_path: Path) -> None:
    lon, lat = np.linspace(24, 25, 20), np.full(20, 60.0)
    for zoom in (3, 8, 9, 12):
        x, y = (axis.astype(int) for axis in tile_positions(lon, lat, zoom))
        tiles = sorted(set(zip(x.tolist(), y.tolist())))
        write_tiles(tmp_path, zoom, tiles if zoom < 12 else tiles[:2])
    (tmp_path / "notes").mkdir()
    (tmp_path / "8" / "about.txt").write_text("none")
    assert zoom_levels(tmp_path) == [3, 8, 9, 12]
    assert choose_zoom(tmp_path, lon, lat) == 9


def test_bad_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such folder of tiles"):
        TileImage(tmp_path / "none", 3)
    with pytest.raises(InputError, match="no folder in it is named by a zoom level"):
        TileImage(tmp_path, 3)
    write_tiles(tmp_path, 3, [(4, 2), (5, 2)])
    with pytest.raises(InputError, match="no tiles of zoom level 4, there are 3"):
        TileImage(tmp_path, 4)
    write_tiles(tmp_path, 3, [(5, 2)], side=8)
    with pytest.raises(InputError, match=r"5/2\.png: this tile is 8 × 8 pixels, expected 16"):
        TileImage(tmp_path, 3).read(0, 16, 0, 32)
    (tmp_path / "3" / "5" / "2.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"5/2\.png: cannot be read as an image"):
        TileImage(tmp_path, 3).read(0, 16, 0, 32)
    write_tiles(tmp_path, 3, [(8, 2)])
    with pytest.raises(InputError, match=r"8/2\.png: there is no such tile at zoom level 3"):
        TileImage(tmp_path, 3)
