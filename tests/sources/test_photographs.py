from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from placeprint.errors import InputError
from placeprint.sources.photographs import pose_from_gps, read_pose, read_square

HELSINKI = {1: "N", 2: (60.0, 10.0, 12.0), 3: "E", 4: (24.0, 56.0, 15.0), 16: "T", 17: 123.5}


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_tags_of_a_file(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x8825] = HELSINKI
    Image.new("RGB", (8, 6)).save(tmp_path / f"a.{suffix}", exif=exif)
    pose = read_pose(tmp_path / f"a.{suffix}")
    np.testing.assert_allclose(pose, [24 + 56 / 60 + 15 / 3600, 60 + 10 / 60 + 12 / 3600, 123.5])


def test_a_photograph_without_tags_knows_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    assert all(math.isnan(value) for value in read_pose(tmp_path / "a.png"))


@pytest.mark.parametrize(("letters", "signs"), [("NE", (1, 1)), ("SW", (-1, -1)), ("NW", (-1, 1))])
def test_letters_are_signs(letters: str, signs: tuple[int, int]) -> None:
    pose = pose_from_gps({1: letters[0], 2: (1.0, 30.0, 0.0), 3: letters[1], 4: (2.0, 0.0, 0.0)})
    assert pose[:2] == (2.0 * signs[0], 1.5 * signs[1])


@pytest.mark.parametrize(
    "damage",
    [
        {1: None}, {1: "X"}, {1: b"\x02"}, {2: (60.0, 10.0)}, {2: "60"}, {2: None},
        {2: (60.0, IFDRational(1, 0), 0.0)}, {2: (math.inf, 0.0, 0.0)}, {2: ("a", "b", "c")},
    ],
)  # fmt: skip
def test_what_is_damaged_is_unknown(damage: dict[int, object]) -> None:
    pose = pose_from_gps({**HELSINKI, **damage})
    assert math.isnan(pose[1])
    assert pose[0] == pytest.approx(24.9375)
    assert pose[2] == 123.5


@pytest.mark.parametrize("heading", [None, "east", IFDRational(0, 0), (1.0, 2.0)])
def test_a_heading_that_is_no_number_is_unknown(heading: object) -> None:
    assert math.isnan(pose_from_gps({**HELSINKI, 17: heading})[2])


@pytest.mark.parametrize(("width", "height"), [(41, 30), (30, 41), (33, 33), (200, 90)])
def test_the_middle_square_is_cut(tmp_path: Path, width: int, height: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    expected = Image.fromarray(pixels).resize((16, 16), Image.Resampling.BICUBIC, box=box)
    found = Image.open(io.BytesIO(read_square(tmp_path / "a.png", 16)))
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a Git LFS pointer"),
        (b"<html>not found</html>", "an HTML page"),
    ],
)
def test_texts_in_place_of_photographs_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    for read in (read_pose, lambda path: read_square(path, 16)):
        with pytest.raises(InputError, match=rf"a\.jpg: cannot be read as an image \(it is {said}"):
            read(tmp_path / "a.jpg")
