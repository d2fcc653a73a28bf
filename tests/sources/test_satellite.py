from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources.satellite import read_satellite
from placeprint.sources.tiles import tile_positions

BOUNDS = (-1.0, 49.0, 4.0, 52.0)


def colours(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Red says how far east a place is, green how far north."""
    bands = [60 + 50 * lon, 60 + 60 * (lat - 50), np.full_like(lon, 90)]
    return np.stack(bands, axis=-1).clip(0, 255).astype(np.uint8)


def grid(bounds: tuple[float, ...] = BOUNDS, height: int = 300, width: int = 500) -> np.ndarray:
    west, south, east, north = bounds
    lon = west + (np.arange(width) + 0.5) * (east - west) / width
    lat = north - (np.arange(height) + 0.5) * (north - south) / height
    return colours(*np.meshgrid(lon, lat))


def raster(
    path: Path, pixels: np.ndarray, bounds: tuple[float, ...] = BOUNDS, **more: object
) -> Path:
    height, width = pixels.shape[:2]
    transform = from_bounds(*bounds, width, height)
    profile = {"height": height, "width": width, "count": 3, "dtype": "uint8"}
    place = {"crs": "EPSG:4326", "transform": transform, **more}
    with rasterio.open(path, "w", driver="GTiff", **profile, **place) as file:
        file.write(np.moveaxis(pixels, -1, 0))
    return path


def tiles(folder: Path, zoom: int = 8, leave_out: str = "") -> Path:
    """Tiles of 32 pixels over the regions, without those that show a given region."""
    corner, other = (tile_positions(np.array([lon]), np.array([lat]), zoom)
                     for lon, lat in ((-0.7, 51.7), (3.7, 49.3)))  # fmt: skip
    for x in range(int(corner[0][0]), int(other[0][0]) + 1):
        for y in range(int(corner[1][0]), int(other[1][0]) + 1):
            axis = (np.arange(32) + 0.5) / 32
            lon = 360 * ((x + axis) / 2**zoom - 0.5)
            lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + axis) / 2**zoom))))
            if leave_out and "abc".index(leave_out) < lon.mean() < "abc".index(leave_out) + 1:
                continue
            path = folder / str(zoom) / str(x) / f"{y}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(colours(*np.meshgrid(lon, lat))).save(path)
    return folder


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data))).astype(int)


def check(table: pd.DataFrame, size: int = 32) -> None:
    """Each image shows the square around its region, as wide as high in metres."""
    assert table.columns.tolist() == ["region_id", "image"]
    for region_id, data in table.itertuples(index=False):
        found = pixels(data)
        assert found.shape == (size, size, 3)
        west = "abc".index(region_id)
        half = 0.5 / np.cos(np.radians(50.5))
        expected = grid((west + 0.5 - half, 50.0, west + 0.5 + half, 51.0), size, size)
        np.testing.assert_allclose(found, expected, atol=6)
        assert np.abs(found - expected).mean() < 1.5


def test_squares_of_a_raster_an_image_and_tiles(tmp_path: Path, regions: Regions) -> None:
    Image.fromarray(grid()).save(tmp_path / "a.png")
    sources: list[dict[str, object]] = [
        {"files": [raster(tmp_path / "a.tif", grid())]},
        {"files": [tmp_path / "a.png"], "bounds": [BOUNDS]},
        {"files": None, "tiles": tiles(tmp_path / "tiles"), "zoom": 8},
        {"files": None, "tiles": tmp_path / "tiles"},
    ]
    for source in sources:
        table, account = read_satellite(regions=regions, size=32, **source)
        assert table["region_id"].tolist() == ["a", "b", "c"]
        check(table)
        assert (account.rows, account.matched, account.regions, account.dropped) == (3, 3, 3, {})


def test_a_raster_in_another_crs(tmp_path: Path, regions: Regions) -> None:
    with rasterio.open(raster(tmp_path / "a.tif", grid())) as file:
        view = WarpedVRT(file, crs="EPSG:32631")
        pixels_there = np.moveaxis(view.read([1, 2, 3]), 0, -1)
        path = raster(tmp_path / "utm.tif", pixels_there, crs="EPSG:32631",
                      transform=view.transform, nodata=0)  # fmt: skip
    table, account = read_satellite([path], regions, size=32)
    assert account.matched == 3
    check(table)


def test_two_rasters_side_by_side(tmp_path: Path, regions: Regions) -> None:
    west, east = (-1.0, 49.0, 1.5, 52.0), (1.5, 49.0, 4.0, 52.0)
    halves = [raster(tmp_path / f"{box[0]}.tif", grid(box, 300, 250), box) for box in (west, east)]
    table, account = read_satellite(halves, regions, size=32)
    assert account.matched == 3
    check(table)
    table, account = read_satellite(halves[:1], regions, size=32)
    assert table["region_id"].tolist() == ["a"]
    assert account.dropped == {
        "regions of which less than nine tenths are shown": 1, "regions that the images do not show": 1,
    }  # fmt: skip


@pytest.mark.parametrize("missing", ["a", "b"])
def test_a_region_whose_tiles_are_missing(tmp_path: Path, regions: Regions, missing: str) -> None:
    folder = tiles(tmp_path / "tiles", zoom=10, leave_out=missing)
    table, account = read_satellite(None, regions, tiles=folder, size=32)
    assert table["region_id"].tolist() == sorted(set("abc") - {missing})
    assert sum(account.dropped.values()) == 1


def test_images_are_the_same_each_time(tmp_path: Path, regions: Regions) -> None:
    path = raster(tmp_path / "a.tif", grid())
    first, second = (read_satellite([path], regions)[0] for _ in range(2))
    assert first["image"].tolist() == second["image"].tolist()
    assert pixels(first["image"][0]).shape == (224, 224, 3)


def test_bad_requests_are_refused(tmp_path: Path, regions: Regions) -> None:
    path = raster(tmp_path / "a.tif", grid())
    with pytest.raises(InputError, match="from nothing"):
        read_satellite([], regions)
    with pytest.raises(InputError, match="from both files and tiles"):
        read_satellite([path], regions, tiles=tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        read_satellite([tmp_path / "none.tif"], regions)
    Image.fromarray(grid()).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"it reaches from 100, 0 to 110, 10; none of the regions"):
        read_satellite([tmp_path / "a.png"], regions, bounds=[(100, 0, 110, 10)])
