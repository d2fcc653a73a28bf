from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from PIL import Image
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.regions.metric import haversine_m
from placeprint.sources import satellite
from placeprint.sources.imagery import PlainImage
from placeprint.sources.satellite import (
    TileImage,
    bounding_squares,
    choose_zoom,
    draw_square,
    find_tiles,
    read_satellite,
    shown_share,
    tile_positions,
)

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


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data))).astype(int)


def check(table: pd.DataFrame, size: int = 32) -> None:
    """Each image shows the square around its region, as wide as high in metres."""
    assert table.columns.tolist() == ["region_id", "image"]
    for region_id, data in table.itertuples(index=False):
        found = decoded(data)
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
        "regions of which less than nine tenths are shown": 1,
        "regions that the images do not show": 1,
    }


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
    assert decoded(first["image"][0]).shape == (224, 224, 3)


def test_bad_requests_are_refused(tmp_path: Path, regions: Regions) -> None:
    path = raster(tmp_path / "a.tif", grid())
    with pytest.raises(InputError, match="from nothing"):
        read_satellite([], regions)
    with pytest.raises(InputError, match="from both files and tiles"):
        read_satellite([path], regions, tiles=tmp_path)
    with pytest.raises(InputError, match="it is not there"):
        read_satellite([tmp_path / "none.tif"], regions)
    Image.fromarray(grid()).save(tmp_path / "a.png")
    with pytest.raises(
        InputError, match=r"it reaches from 100, 0 to 110, 10 and shows none of the regions"
    ):
        read_satellite([tmp_path / "a.png"], regions, bounds=[(100, 0, 110, 10)])


WIDE = (0.0, 40.0, 8.0, 46.0)


def plain(path: Path, pixels: np.ndarray, bounds: tuple[float, ...] = WIDE) -> PlainImage:
    Image.fromarray(pixels).save(path)
    return PlainImage(path, bounds)


@pytest.fixture(name="pixels")
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)


@pytest.mark.parametrize("lat", [0.0, 45.0, -60.0])
def test_a_square_is_as_wide_as_high_in_metres(lat: float) -> None:
    shapes = shapely.box([10, 20], lat, [10.1, 20.01], lat + 0.03)
    for shape, (west, south, east, north) in zip(shapes, bounding_squares(shapes)):
        middle = (south + north) / 2
        width = haversine_m(west, middle, east, middle)
        assert float(width) == pytest.approx(float(haversine_m(0, south, 0, north)), rel=1e-4)
        assert (west + east) / 2 == pytest.approx(shape.centroid.x)
        assert middle == pytest.approx(shape.centroid.y)
        assert west <= shape.bounds[0] + 1e-12
        assert south <= shape.bounds[1] + 1e-12


def test_each_pixel_is_the_mean_of_what_it_covers(tmp_path: Path, pixels: np.ndarray) -> None:
    image = plain(tmp_path / "a.png", pixels)
    square = np.array([1.0, 41.0, 5.0, 45.0])  # columns 10 to 50, rows 10 to 50
    drawn, shown = draw_square([image], square, 8)
    assert shown.all()
    for i in range(8):
        for j in range(8):
            part = pixels[10 + 5 * i : 15 + 5 * i, 10 + 5 * j : 15 + 5 * j]
            np.testing.assert_allclose(drawn[i, j], part.mean(axis=(0, 1)), atol=1.01)


def test_a_square_smaller_than_a_pixel_has_its_colour(tmp_path: Path, pixels: np.ndarray) -> None:
    image = plain(tmp_path / "a.png", pixels)
    drawn, shown = draw_square([image], np.array([1.04, 44.94, 1.06, 44.96]), 8)
    assert shown.all()
    np.testing.assert_allclose(drawn.mean(axis=(0, 1)), pixels[10, 10], atol=20)


@pytest.mark.parametrize(
    "square", [(1.0, 41.0, 5.0, 45.0), (0.13, 40.2, 5.77, 45.9), (-1, 39, 7, 47)]
)
def test_chunks_equal_the_whole(
    tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch, square: tuple[float, ...]
) -> None:
    image = plain(tmp_path / "a.png", pixels)
    whole = draw_square([image], np.array(square), 16)
    monkeypatch.setattr(satellite, "PIXELS_AT_ONCE", 1)
    for one, other in zip(whole, draw_square([image], np.array(square), 16)):
        np.testing.assert_array_equal(one, other)


def test_halves_are_put_together(tmp_path: Path, pixels: np.ndarray) -> None:
    whole = plain(tmp_path / "a.png", pixels)
    west = plain(tmp_path / "w.png", pixels[:, :30], (0.0, 40.0, 3.0, 46.0))
    east = plain(tmp_path / "e.png", pixels[:, 30:], (3.0, 40.0, 8.0, 46.0))
    square = np.array([1.0, 41.0, 5.0, 45.0])
    expected, _ = draw_square([whole], square, 20)
    for images in ([west, east], [east, west]):
        drawn, shown = draw_square(images, square, 20)
        assert shown.all()
        np.testing.assert_array_equal(drawn, expected)


def test_the_first_of_two_images_counts(tmp_path: Path) -> None:
    dark = plain(tmp_path / "d.png", np.zeros((6, 8, 3), dtype=np.uint8))
    light = plain(tmp_path / "l.png", np.full((6, 8, 3), 255, dtype=np.uint8))
    assert draw_square([dark, light], np.array([1.0, 41, 3, 43]), 8)[0].max() == 0
    assert draw_square([light, dark], np.array([1.0, 41, 3, 43]), 8)[0].min() == 255


def test_beyond_the_edge_the_nearest_colour_is_repeated(tmp_path: Path) -> None:
    columns = np.broadcast_to(np.arange(8, dtype=np.uint8)[None, :, None] * 30, (6, 8, 3))
    image = plain(tmp_path / "a.png", np.ascontiguousarray(columns))
    drawn, shown = draw_square([image], np.array([6.0, 42.0, 10.0, 46.0]), 4)
    assert shown.tolist() == [[True, True, False, False]] * 4
    assert drawn[0, :, 0].tolist() == [180, 210, 210, 210]
    drawn, shown = draw_square([image], np.array([20.0, 42.0, 24.0, 46.0]), 4)
    assert not shown.any()


def test_what_holds_no_data_does_not_darken_its_neighbours(tmp_path: Path) -> None:
    pixels = np.full((60, 80, 4), 200, dtype=np.uint8)
    pixels[:, :40] = 0
    image = plain(tmp_path / "a.png", pixels)
    drawn, shown = draw_square([image], np.array([2.05, 41.0, 6.05, 45.0]), 10)
    assert shown.any()
    assert not shown.all()
    assert (drawn == 200).all()


def test_a_square_across_the_antimeridian(tmp_path: Path) -> None:
    world = np.zeros((18, 36, 3), dtype=np.uint8)
    world[:, 0], world[:, -1] = (0, 0, 200), (200, 0, 0)
    image = plain(tmp_path / "a.png", world, (-180.0, -90.0, 180.0, 90.0))
    parts = [shapely.box(176, 0, 180, 8), shapely.box(-180, 0, -176, 8)]
    region = shapely.MultiPolygon(parts)
    for shape in (region, shapely.box(176, 0, 179.9, 8), shapely.box(-179.9, 0, -176, 8)):
        square = bounding_squares(np.array([shape]))[0]
        assert square[2] - square[0] < 9
        drawn, shown = draw_square([image], square, 8)
        assert shown.all()
        assert shown_share(shape, square, shown) == 1
        np.testing.assert_array_equal(drawn.max(axis=2), 200)
    drawn, shown = draw_square([image], bounding_squares(np.array([region]))[0], 8)
    assert drawn[4, 0].tolist() == [200, 0, 0]
    assert drawn[4, 7].tolist() == [0, 0, 200]
    shown[:, :4] = False
    square = bounding_squares(np.array([region]))[0]
    assert shown_share(region, square, shown) == pytest.approx(0.5)


def test_the_share_of_a_region_that_is_shown() -> None:
    region = shapely.box(0.0, 0.0, 1.0, 0.5)
    square = bounding_squares(np.array([region]))[0]
    shown = np.zeros((20, 20), dtype=bool)
    assert shown_share(region, square, shown) == 0
    shown[:, :15] = True
    assert shown_share(region, square, shown) == pytest.approx(0.75)
    shown[:3] = False  # beside the region
    assert shown_share(region, square, shown) == pytest.approx(0.75)


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


def tile_image(folder: Path, zoom: int) -> TileImage:
    return TileImage(folder, find_tiles(folder), zoom)


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
    write_tiles(tmp_path, zoom, [(x + i, y + j) for i in (0, 1) for j in (0, 1)])
    image = tile_image(tmp_path, zoom)
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
    image = tile_image(write_tiles(tmp_path, 6, [(36, 18), (37, 18), (38, 19)]), 6)
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
    _, shown = tile_image(tmp_path, 0).read(0, SIDE, 0, SIDE)
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
    levels = find_tiles(tmp_path)
    assert list(levels) == [3, 8, 9, 12]
    assert choose_zoom(levels, lon, lat) == 9


def test_bad_folders_of_tiles_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tiles z/x/y"):
        tile_image(tmp_path / "none", 3)
    with pytest.raises(InputError, match="no tiles z/x/y"):
        tile_image(tmp_path, 3)
    write_tiles(tmp_path, 3, [(4, 2), (5, 2)])
    with pytest.raises(InputError, match="no tiles of zoom level 4, there are 3"):
        tile_image(tmp_path, 4)
    write_tiles(tmp_path, 3, [(5, 2)], side=8)
    with pytest.raises(InputError, match=r"5/2\.png: this tile is 8 × 8 pixels, expected 16"):
        tile_image(tmp_path, 3).read(0, 16, 0, 32)
    (tmp_path / "3" / "5" / "2.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"5/2\.png: cannot be read as an image"):
        tile_image(tmp_path, 3).read(0, 16, 0, 32)
    write_tiles(tmp_path, 3, [(8, 2)])
    with pytest.raises(InputError, match=r"8/2\.png: no such tile at zoom level 3"):
        tile_image(tmp_path, 3)


@pytest.mark.parametrize("how", ["nodata", "alpha", "palette"])
def test_regions_without_data_are_not_covered(tmp_path: Path, regions: Regions, how: str) -> None:
    """The image shows all three regions, but the east of it holds no data."""
    there = np.zeros((60, 100), dtype=np.uint8)
    there[:, :64] = 255  # to 2.2 degrees east: all of a and b, a fifth of c
    transform = from_bounds(*BOUNDS, 100, 60)
    profile = {"height": 60, "width": 100, "dtype": "uint8", "crs": "EPSG:4326"}
    more = {
        "nodata": {"count": 3, "nodata": 0},
        "alpha": {"count": 4, "photometric": "RGB", "alpha": "YES"},
        "palette": {"count": 1, "nodata": 0},
    }[how]
    path = tmp_path / "a.tif"
    with rasterio.open(path, "w", driver="GTiff", transform=transform, **profile, **more) as file:
        file.write(np.stack([there] * file.count))
        if how == "palette":
            file.write_colormap(1, {0: (9, 9, 9, 255), 255: (200, 100, 50, 255)})
    table, account = read_satellite([path], regions, size=32)
    assert table["region_id"].tolist() == ["a", "b"]
    assert (account.matched, account.regions, sum(account.dropped.values())) == (2, 2, 1)
    colour = [200, 100, 50] if how == "palette" else [255] * 3
    for data in table["image"]:
        np.testing.assert_allclose(decoded(data).reshape(-1, 3).mean(axis=0), colour, atol=2)
    with rasterio.open(path, "r+") as file:
        file.write(np.zeros((file.count, 60, 100), dtype=np.uint8))
    with pytest.raises(InputError, match="none of the regions by nine tenths"):
        read_satellite([path], regions, size=32)
