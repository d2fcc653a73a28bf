from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pyproj import Transformer
from rasterio.enums import ColorInterp
from rasterio.transform import from_bounds

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.sources import ImageCrops
from placeprint.sources.imagery import GeoImage, PlainImage, open_image

BOUNDS = (0.0, 49.0, 4.0, 52.0)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 255, (30, 40, 3), dtype=np.uint8)


@pytest.fixture
def plain(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def raster(path, pixels, crs="EPSG:4326", bounds=BOUNDS):
    transform = from_bounds(*bounds, pixels.shape[1], pixels.shape[0])
    profile = {"height": pixels.shape[0], "width": pixels.shape[1], "count": 3, "dtype": "uint8"}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, **profile) as file:
        file.write(np.moveaxis(pixels, -1, 0))
    return path


def test_crops_are_the_pixels_of_each_square(plain, pixels, regions) -> None:
    crops = list(ImageCrops(plain, regions, BOUNDS))
    assert [crop.region_id for crop in crops] == ["a", "b", "c"]
    # Square a reaches from 0 to 1 east and 50 to 51 north: 10 columns and 10 rows.
    assert crops[0].mask.sum() == 100
    inside = crops[0].pixels[crops[0].mask].reshape(10, 10, 3)
    np.testing.assert_array_equal(inside, pixels[10:20, 0:10])


def test_raster_and_plain_image_agree(tmp_path, plain, pixels, regions) -> None:
    georeferenced = raster(tmp_path / "a.tif", pixels)
    for one, other in zip(
        ImageCrops(plain, regions, BOUNDS), ImageCrops(georeferenced, regions), strict=True
    ):
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_array_equal(one.mask, other.mask)


def test_a_region_smaller_than_a_pixel_gets_one(plain, regions) -> None:
    crops = list(ImageCrops(plain, regions, (-180, -90, 180, 90)))
    assert [int(crop.mask.sum()) for crop in crops] == [1, 1, 1]


def test_regions_beyond_the_edge_are_left_out_and_counted(plain, regions) -> None:
    crops = ImageCrops(plain, regions, (0.0, 49.0, 1.5, 52.0))
    assert [crop.region_id for crop in crops] == ["a"]
    assert crops.coverage.dropped == {"regions beyond the edge of the image": 2}


def test_an_image_of_another_place_is_refused(plain, regions) -> None:
    with pytest.raises(InputError, match=r"shows none of the regions, which reach from 0, 50"):
        ImageCrops(plain, regions, (100, 0, 110, 10))


def test_bad_images_are_refused(tmp_path, pixels, regions) -> None:
    with pytest.raises(InputError, match="it is not there"):
        ImageCrops(tmp_path / "none.png", regions, BOUNDS)
    (tmp_path / "bad.png").write_bytes(b"not an image")
    with pytest.raises(InputError, match="cannot be read as an image"):
        ImageCrops(tmp_path / "bad.png", regions, BOUNDS)
    with pytest.raises(InputError, match="cannot be read as a raster"):
        ImageCrops(tmp_path / "bad.png", regions)
    with pytest.raises(InputError, match="not west < east"):
        ImageCrops(tmp_path / "bad.png", regions, (4, 49, 0, 52))
    deep = tmp_path / "deep.tif"
    profile = {"height": 1, "width": 1, "count": 1, "dtype": "uint16", "crs": "EPSG:4326"}
    transform = from_bounds(*BOUNDS, 1, 1)
    with rasterio.open(deep, "w", driver="GTiff", transform=transform, **profile):
        pass
    with pytest.raises(InputError, match=r"its pixels are uint16, expected 8 bits a colour"):
        ImageCrops(deep, regions)


def test_a_raster_in_another_crs_is_resampled(tmp_path, regions) -> None:
    """One whose colours say where it is: red grows with the longitude, green with the latitude."""
    to_metres = Transformer.from_crs(4326, 32631, always_xy=True)
    x, y = to_metres.transform([-0.5, 4.5, -0.5, 4.5], [49.5, 49.5, 51.5, 51.5])
    box = (min(x), min(y), max(x), max(y))
    columns, rows = np.meshgrid(
        np.linspace(box[0], box[2], 401)[:-1], np.linspace(box[3], box[1], 301)[:-1]
    )
    half = (box[2] - box[0]) / 800, (box[1] - box[3]) / 600
    lon, lat = to_metres.transform(columns + half[0], rows + half[1], direction="INVERSE")
    colours = np.stack([50 * lon + 5, 100 * (lat - 49.5), np.full_like(lon, 9)], axis=-1)
    path = raster(tmp_path / "utm.tif", colours.clip(0, 255).astype(np.uint8), "EPSG:32631", box)
    crops = {crop.region_id: crop for crop in ImageCrops(path, regions)}
    assert list(crops) == ["a", "b", "c"]
    for west, crop in enumerate(crops.values()):
        assert crop.mask.mean() > 0.9
        red, green, blue = crop.pixels[crop.mask].mean(axis=0)
        assert red == pytest.approx(50 * (west + 0.5) + 5, abs=1.5)
        assert green == pytest.approx(100, abs=1.5)
        assert blue == 9


def test_pixels_without_data_are_not_in_the_mask(tmp_path, regions) -> None:
    pixels = np.full((30, 40, 3), 7, dtype=np.uint8)
    path = raster(tmp_path / "a.tif", pixels)
    with rasterio.open(path, "r+") as file:
        file.nodata = 0
        file.write(np.zeros((3, 30, 5), dtype=np.uint8), window=((0, 30), (0, 5)))
    crops = list(ImageCrops(path, regions))
    assert [int(crop.mask.sum()) for crop in crops] == [50, 100, 100]


def test_a_raster_from_south_to_north_is_turned(tmp_path, pixels, regions) -> None:
    path = raster(tmp_path / "up.tif", pixels)
    west, south, east, north = BOUNDS
    profile = {"height": 30, "width": 40, "count": 3, "dtype": "uint8", "crs": "EPSG:4326"}
    transform = from_bounds(west, north, east, south, 40, 30)
    with rasterio.open(
        tmp_path / "down.tif", "w", driver="GTiff", transform=transform, **profile
    ) as file:
        file.write(np.moveaxis(pixels[::-1], -1, 0))
    for one, other in zip(
        ImageCrops(path, regions), ImageCrops(tmp_path / "down.tif", regions), strict=True
    ):
        difference = one.pixels[one.mask].astype(int) - other.pixels[other.mask]
        assert np.abs(difference).max() <= 1


SHAPE = (6, 8)  # of tiny rasters
shades = arrays(np.uint8, SHAPE)
palettes = arrays(np.uint8, (256, 4))
EACH = settings(max_examples=15, deadline=None)


def tiny(path: Path, bands: np.ndarray, **more: object) -> Path:
    """A raster of (bands, rows, columns) over the bounds."""
    profile = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2],
               "dtype": bands.dtype, "crs": "EPSG:4326",
               "transform": from_bounds(*BOUNDS, bands.shape[2], bands.shape[1])}  # fmt: skip
    colours = more.pop("colours", None)
    with rasterio.open(path, "w", driver="GTiff", **(profile | more)) as file:
        file.write(bands)
        if colours is not None:
            file.write_colormap(1, {value: tuple(c) for value, c in enumerate(colours.tolist())})
    return path


def whole(image: GeoImage | PlainImage) -> tuple[np.ndarray, np.ndarray]:
    return image.read(0, image.height, 0, image.width)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny")


@EACH
@given(values=shades, palette=palettes, nodata=st.none() | st.integers(0, 255))
def test_a_palette_is_its_colours(
    folder: Path, values: np.ndarray, palette: np.ndarray, nodata: int | None
) -> None:
    path = tiny(folder / "a.tif", values[None], colours=palette, nodata=nodata)
    pixels, shown = whole(GeoImage(path))
    # A TIFF keeps no opacity; a virtual raster does.
    np.testing.assert_array_equal(pixels, palette[values, :3])
    np.testing.assert_array_equal(shown, np.ones(SHAPE) if nodata is None else values != nodata)
    entries = "".join(
        f'<Entry c1="{red}" c2="{green}" c3="{blue}" c4="{opacity}"/>'
        for red, green, blue, opacity in palette.tolist()
    )
    (folder / "a.vrt").write_text(
        f"""<VRTDataset rasterXSize="8" rasterYSize="6"><SRS>EPSG:4326</SRS>
        <GeoTransform>0, 0.5, 0, 52, 0, -0.5</GeoTransform><VRTRasterBand dataType="Byte" band="1">
        <ColorTable>{entries}</ColorTable><SimpleSource><SourceFilename>{path}</SourceFilename>
        </SimpleSource></VRTRasterBand></VRTDataset>"""
    )
    virtual = GeoImage(folder / "a.vrt")
    pixels, shown = whole(virtual)
    np.testing.assert_array_equal(pixels, palette[values, :3])
    np.testing.assert_array_equal(shown, palette[values, 3] > 0)
    assert shown.all() or not virtual.whole


@EACH
@given(values=shades, palette=palettes, nodata=st.none() | st.integers(0, 255))
def test_a_warped_palette_holds_no_colour_between(
    folder: Path, values: np.ndarray, palette: np.ndarray, nodata: int | None
) -> None:
    path = tiny(folder / "b.tif", values[None], colours=palette, crs="EPSG:3035", nodata=nodata,
                transform=from_bounds(4e6, 3e6, 4.1e6, 3.1e6, 8, 6))  # fmt: skip
    pixels, shown = whole(GeoImage(path))
    assert shown.any() or (values == nodata).any()
    assert not shown.all()
    known = {tuple(colour) for colour in palette[values[values != nodata], :3].tolist()}
    assert {tuple(colour) for colour in pixels[shown].tolist()} <= known


@EACH
@given(values=shades, opacity=shades, count=st.sampled_from([1, 3]),
       nodata=st.none() | st.integers(0, 255))  # fmt: skip
def test_alpha_and_nodata_of_a_raster_are_masks(
    folder: Path, values: np.ndarray, opacity: np.ndarray, count: int, nodata: int | None
) -> None:
    colours = np.stack([values + shift for shift in range(count)]).astype(np.uint8)
    more = {"photometric": "RGB"} if count == 3 else {}
    bands = np.concatenate([colours, opacity[None]])
    path = tiny(folder / "c.tif", bands, alpha="YES", nodata=nodata, **more)
    pixels, shown = whole(GeoImage(path))
    there = opacity > 0
    if nodata is not None:
        there &= (colours != nodata).any(axis=0)
    np.testing.assert_array_equal(shown, there)
    np.testing.assert_array_equal(pixels, np.moveaxis(np.resize(colours, (3, *SHAPE)), 0, -1))


@EACH
@given(values=shades, opacity=shades)
def test_transparent_pixels_of_plain_images_hold_no_data(
    folder: Path, values: np.ndarray, opacity: np.ndarray
) -> None:
    grey = Image.fromarray(values)
    clear = Image.fromarray(opacity)
    for mode, name in (("LA", "d.png"), ("RGBA", "d.png"), ("RGBA", "d.tif")):
        image = grey.convert(mode)
        image.putalpha(clear)
        image.save(folder / name)
        pixels, shown = whole(open_image(folder / name, BOUNDS))
        np.testing.assert_array_equal(pixels, np.stack([values] * 3, axis=-1))
        np.testing.assert_array_equal(shown, opacity > 0)


@EACH
@given(values=shades, palette=palettes)
def test_a_palette_of_a_plain_image_is_its_colours(
    folder: Path, values: np.ndarray, palette: np.ndarray
) -> None:
    image = Image.fromarray(values)
    image.putpalette(palette[:, :3].tobytes())
    image.save(folder / "e.png", transparency=palette[:, 3].tobytes())
    image.save(folder / "e.gif", transparency=int(values[0, 0]), optimize=False)
    pixels, shown = whole(PlainImage(folder / "e.png", BOUNDS))
    np.testing.assert_array_equal(pixels, palette[values, :3])
    np.testing.assert_array_equal(shown, palette[values, 3] > 0)
    pixels, shown = whole(PlainImage(folder / "e.gif", BOUNDS))
    np.testing.assert_array_equal(shown, values != values[0, 0])
    np.testing.assert_array_equal(pixels[shown], palette[values, :3][shown])


@EACH
@given(values=shades, palette=palettes, nodata=st.integers(0, 255), grey=st.booleans())
def test_the_nodata_value_of_a_tiff_counts_also_with_bounds(
    folder: Path, values: np.ndarray, palette: np.ndarray, nodata: int, grey: bool
) -> None:
    path = tiny(folder / "i.tif", values[None], nodata=nodata, colours=None if grey else palette)
    for image in (GeoImage(path), open_image(path, BOUNDS)):
        pixels, shown = whole(image)
        np.testing.assert_array_equal(shown, values != nodata)
        expected = np.stack([values] * 3, axis=-1) if grey else palette[values, :3]
        np.testing.assert_array_equal(pixels, expected)


@EACH
@given(values=arrays(bool, SHAPE), cyan=shades)
def test_one_bit_and_cmyk_are_read_right(
    folder: Path, values: np.ndarray, cyan: np.ndarray
) -> None:
    for name in ("f.png", "f.tif"):
        Image.fromarray(values).save(folder / name)
        pixels, shown = whole(open_image(folder / name, BOUNDS))
        np.testing.assert_array_equal(pixels, np.stack([values * 255] * 3, axis=-1))
        assert shown.all()
    path = tiny(folder / "g.tif", values[None].astype(np.uint8), nbits=1)
    np.testing.assert_array_equal(whole(GeoImage(path))[0], pixels)
    ink = np.zeros((*SHAPE, 4), dtype=np.uint8)
    ink[..., 0] = cyan
    Image.fromarray(ink, mode="CMYK").save(folder / "h.tif")
    pixels, _ = whole(open_image(folder / "h.tif", BOUNDS))
    np.testing.assert_array_equal(pixels[..., 0], 255 - cyan)


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int16", "uint32", "float32", "float64"])
def test_deep_pixels_are_refused(tmp_path: Path, dtype: str) -> None:
    path = tiny(tmp_path / "a.tif", np.ones((3, *SHAPE), dtype=dtype))
    with pytest.raises(InputError, match=rf"its pixels are {dtype}.*gdal_translate -ot Byte"):
        GeoImage(path)


def test_pixels_of_few_bits_are_refused(tmp_path: Path) -> None:
    path = tiny(tmp_path / "a.tif", np.ones((3, *SHAPE), dtype=np.uint8), nbits=4)
    with pytest.raises(InputError, match="its pixels are 4 bits"):
        GeoImage(path)


def test_the_type_of_every_band_that_is_used_counts(tmp_path: Path) -> None:
    tiny(tmp_path / "a.tif", np.ones((4, *SHAPE), dtype=np.uint8))
    for deep, fails in ((1, True), (3, True), (4, False)):
        bands = "".join(
            f"""<VRTRasterBand dataType="{"UInt16" if band == deep else "Byte"}" band="{band}">
            <SimpleSource><SourceFilename>{tmp_path}/a.tif</SourceFilename>
            <SourceBand>{band}</SourceBand></SimpleSource></VRTRasterBand>"""
            for band in range(1, 5)
        )
        (tmp_path / "a.vrt").write_text(
            f"""<VRTDataset rasterXSize="8" rasterYSize="6"><SRS>EPSG:4326</SRS>
            <GeoTransform>0, 0.5, 0, 52, 0, -0.5</GeoTransform>{bands}</VRTDataset>"""
        )
        if fails:
            with pytest.raises(InputError, match="its pixels are uint16"):
                GeoImage(tmp_path / "a.vrt")
        else:
            assert GeoImage(tmp_path / "a.vrt").whole


@pytest.mark.parametrize(
    ("dtype", "suffix"),
    [("uint16", "png"), ("uint16", "tif"), ("int32", "tif"), ("float32", "tif")],
)
def test_deep_pixels_of_plain_images_are_refused(tmp_path: Path, dtype: str, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(np.ones(SHAPE, dtype=dtype)).save(path)
    for opened in (open_image, PlainImage):
        with pytest.raises(InputError, match=r"its pixels are .*(16|32|float).*, expected 8 bits"):
            opened(path, BOUNDS)


@pytest.mark.parametrize("driver", ["PNG", "GTiff"])
def test_colours_of_16_bits_are_refused(tmp_path: Path, driver: str) -> None:
    with rasterio.open(
        tmp_path / "a",
        "w",
        driver=driver,
        count=3,
        height=6,
        width=8,
        dtype="uint16",
        photometric="RGB",
        interleave="pixel",
    ) as file:
        file.write(np.full((3, *SHAPE), 4000, dtype=np.uint16))
    for opened in (open_image, PlainImage):
        with pytest.raises(InputError, match=r"its pixels are (16 bits|uint16), expected 8 bits"):
            opened(tmp_path / "a", BOUNDS)


def test_a_fourth_band_that_is_not_alpha_is_left_alone(tmp_path: Path) -> None:
    bands = np.random.default_rng(0).integers(0, 256, (4, *SHAPE), dtype=np.uint8)
    bands[3, :3] = 0
    path = tiny(tmp_path / "a.tif", bands, photometric="RGB")
    with rasterio.open(path) as file:
        assert file.colorinterp[3] == ColorInterp.undefined
    image = GeoImage(path)
    np.testing.assert_array_equal(whole(image)[0], np.moveaxis(bands[:3], 0, -1))
    assert whole(image)[1].all()
    assert image.whole


def test_a_mask_inside_a_raster_counts_also_when_it_is_warped(tmp_path: Path) -> None:
    bands = np.full((3, *SHAPE), 200, dtype=np.uint8)
    for crs, bounds in (("EPSG:4326", BOUNDS), ("EPSG:3035", (4e6, 3e6, 4.1e6, 3.1e6))):
        path = tiny(tmp_path / "a.tif", bands, crs=crs, transform=from_bounds(*bounds, 8, 6))
        mask = np.zeros(SHAPE, dtype=np.uint8)
        mask[:, :4] = 255
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
            file.write_mask(mask)
        image = GeoImage(path)
        pixels, shown = whole(image)
        assert not image.whole
        assert 0.3 < shown.mean() <= 0.5
        assert (pixels[shown] == 200).all()


@pytest.mark.parametrize("how", ["nodata", "alpha", "plain"])
@pytest.mark.parametrize("columns", [(), (2,), (0, 1, 2, 3)])
def test_regions_without_data_are_not_counted(
    tmp_path: Path, regions: Regions, how: str, columns: tuple[int, ...]
) -> None:
    """Columns of the image, each as wide as a region, hold no data."""
    opacity = np.full((30, 40), 255, dtype=np.uint8)
    for column in columns:
        opacity[:, 10 * column : 10 * column + 10] = 0
    bands = np.stack([np.where(opacity, 9, 0).astype(np.uint8)] * 3 + [opacity])
    if how == "plain":
        Image.fromarray(np.moveaxis(bands, 0, -1)).save(tmp_path / "a.png")
        path = tmp_path / "a.png"
    elif how == "alpha":
        path = tiny(tmp_path / "a.tif", bands, photometric="RGB", alpha="YES")
    else:
        path = tiny(tmp_path / "a.tif", bands[:3], nodata=0)
    bounds = BOUNDS if how == "plain" else None
    if len(columns) == 4:
        with pytest.raises(InputError, match="shows none of the regions with data"):
            ImageCrops(path, regions, bounds)
        return
    crops = ImageCrops(path, regions, bounds)
    expected = [name for place, name in enumerate("abc") if place not in columns]
    assert [crop.region_id for crop in crops] == expected == crops.region_ids.tolist()
    assert all(crop.mask.any() for crop in crops)
    assert len(crops) == crops.coverage.regions == crops.coverage.matched == len(expected)
    assert sum(crops.coverage.dropped.values()) == 3 - len(expected)


def test_a_few_pixels_with_data_are_enough(tmp_path: Path, regions: Regions) -> None:
    bands = np.zeros((3, 30, 40), dtype=np.uint8)
    bands[:, 10, 0] = 7
    crops = ImageCrops(tiny(tmp_path / "a.tif", bands, nodata=0), regions)
    assert [(crop.region_id, int(crop.mask.sum())) for crop in crops] == [("a", 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"),
        ("\n<!DOCTYPE html><html></html>", "an HTML page"),
        ("<HTML><body>404</body></HTML>", "an HTML page"),
        ("", "cannot be read as"),
    ],
)
def test_texts_in_place_of_images_are_named(tmp_path: Path, text: str, said: str) -> None:
    for name, bounds in (("a.png", BOUNDS), ("a.tif", BOUNDS)):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match=said):
            PlainImage(tmp_path / name, bounds)
        with pytest.raises(InputError, match=said):
            GeoImage(tmp_path / name)


def test_half_a_file_is_refused(tmp_path: Path, regions: Regions) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 300, 400), dtype=np.uint8)
    path = tiny(tmp_path / "a.tif", noise, compress="deflate")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"a\.tif: cannot be read as a raster"):
        list(ImageCrops(path, regions))


def test_world_images_are_larger_than_the_guard_of_pillow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (80, 40)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert PlainImage(tmp_path / "a.png", BOUNDS).width == 80
    assert Image.MAX_IMAGE_PIXELS == 100


def test_a_folder_is_no_image(tmp_path: Path) -> None:
    for bounds in (BOUNDS, None):
        with pytest.raises(InputError, match="cannot be read as"):
            open_image(tmp_path, bounds)
