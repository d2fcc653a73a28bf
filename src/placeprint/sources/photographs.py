"""Photographs: where each was taken and which way it faces, and their middle squares."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest
from placeprint.progress import track
from placeprint.sources.imagery import opened
from placeprint.sources.table import Table
from placeprint.sources.values import degrees, row_name
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["compressed", "list_photographs", "mapped", "pose_from_gps", "read_pose", "read_square"]

JPEG_QUALITY: Final = 90
SUFFIXES: Final = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"}
THREADS: Final = min(4, os.cpu_count() or 1)
SIGNS: Final = {"N": 1.0, "E": 1.0, "S": -1.0, "W": -1.0}
LETTERS: Final = {"lon": "EW", "lat": "NS"}
LIMITS: Final = {"lon": 180, "lat": 90, "heading": 360}
"""Of what a photograph's pose may be, in degrees, to both sides of zero."""

Columns: TypeAlias = Mapping[str, str | None]
Pose: TypeAlias = tuple[float, float, float]
"""Longitude, latitude and heading of a camera (degrees, clockwise from north), NaN if unknown."""


def pose_from_gps(tags: Mapping[int, Any]) -> Pose:
    """Read the GPS tags of EXIF.

        degrees = ±(d + m/60 + s/3600),  minus in the south and in the west

    Args:
        tags: Value by number of the tag: 1 to 4 (latitude and longitude, each with its letter) and
            17, GPSImgDirection. Whether that is from true or from magnetic north (tag 16) is not
            told apart: they differ by a few degrees where people live, the quarters by ninety.

    Returns:
        The pose, NaN for what is absent or no number; a latitude or longitude without its letter
        is unknown.

    Source: CIPA DC-008 (EXIF 2.32), 4.6.6 GPS attribute information.

    Example:
        >>> pose_from_gps({1: "S", 2: (33.0, 30.0, 0.0), 3: "E", 4: (18.0, 0.0, 36.0)})
        (18.01, -33.5, nan)
    """
    lon, lat = (_degrees(tags.get(letter + 1), tags.get(letter)) for letter in (3, 1))
    return lon, lat, _number(tags.get(17))


def _degrees(value: Any, letter: Any) -> float:
    sign = SIGNS.get(str(letter).strip("\0 ").upper(), math.nan)
    if not isinstance(value, tuple) or len(value) != 3:
        return math.nan
    degrees, minutes, seconds = map(_number, value)
    return sign * (degrees + minutes / 60 + seconds / 3600)


def _number(value: Any) -> float:
    """A rational of EXIF as a number; one with denominator zero is NaN."""
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def read_pose(path: PathLike) -> Pose:
    """Read the pose of a photograph from its header.

    Raises:
        InputError: If it cannot be opened, or its EXIF says what is impossible.
    """
    from PIL import ExifTags

    with opened(path) as image:
        pose = pose_from_gps(image.getexif().get_ifd(ExifTags.IFD.GPSInfo))
    if any(abs(value) > limit for value, limit in zip(pose, LIMITS.values(), strict=True)):
        lon, lat, heading = pose
        said = f"longitude {lon:g}, latitude {lat:g}, heading {heading:g}, which is impossible"
        hint = "give its position and heading in a table of files"
        raise InputError(f"its EXIF says {said}", source=path, hint=hint)
    return pose


def read_square(path: PathLike, size: int) -> bytes:
    """Read a photograph: upright as EXIF says, its middle square, resized, compressed.

    A JPEG is decoded at the smallest of its own scales that has twice the pixels needed, which
    takes a fraction of the time and of the memory.

    Args:
        path: An image file of 8 bits a colour.
        size: Side of the square in pixels.

    Returns:
        The bytes of a PNG if the photograph is one, else of a JPEG of quality 90.

    Raises:
        InputError: If it cannot be read, or has more than 8 bits a colour.
    """
    from PIL import Image, ImageOps

    with opened(path) as image:
        lossless = image.format == "PNG"
        image.draft("RGB", (2 * size, 2 * size))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    square = ImageOps.fit(upright, (size, size), Image.Resampling.BICUBIC)
    return compressed(square, lossless=lossless)


def compressed(image: Image, *, lossless: bool) -> bytes:
    """The bytes of an image file: PNG if lossless, else JPEG of quality 90."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG" if lossless else "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def list_photographs(
    source: PathLike | Table, image: str, columns: Columns, folder: PathLike | None = None
) -> pd.DataFrame:
    """List photographs with what a table, or else EXIF, says of them.

    Args:
        source: A table with one row per photograph, or a folder of photographs.
        image: Column of files.
        columns: Columns of lon, lat and heading (degrees, clockwise from north; None to read them
            from EXIF), of the group (sampling point) and of the scene (caption; None without).
        folder: What the files are relative to; the folder of the table if None.

    Returns:
        Columns file (Path), lon, lat, heading (NaN where neither the table nor EXIF knows), group
        and scene (None without such a column).

    Raises:
        InputError: If the table, a column or a file is missing, a photograph cannot be opened, or
            a coordinate or heading is impossible.
    """
    if isinstance(source, Table) or not Path(source).is_dir():
        listed = _in_table(Table.of(source), image, columns, folder)
    else:
        listed = _in_folder(Path(source), columns)
    table = listed.reindex(columns=["file", *columns])
    poses = table[[*LIMITS]].to_numpy(float, copy=True)
    poses[np.isnan(poses[:, :2]).any(axis=1), :2] = np.nan  # half a position is none
    rows = np.flatnonzero(np.isnan(poses).any(axis=1))
    found = list(mapped("reading EXIF", read_pose, table["file"].iloc[rows].tolist()))
    poses[rows] = np.where(np.isnan(poses[rows]), np.reshape(found, (-1, 3)), poses[rows])
    poses[np.isnan(poses[:, :2]).any(axis=1), :2] = np.nan
    return table.assign(**dict(zip(LIMITS, poses.T, strict=True)))


def _in_table(source: Table, image: str, columns: Columns, folder: PathLike | None) -> pd.DataFrame:
    """What a table says, checked; NaN where it says nothing."""
    there, path = source.columns, source.path
    base = path.parent if folder is None else Path(folder)
    named = {name: column for name, column in columns.items() if column}
    for name, column in named.items():
        if name in LIMITS and column not in there:
            hint = f"{closest(column, there)}; or null (None), to read it from EXIF"
            raise InputError(f"no column {column!r} ({name})", source=path, hint=hint)
    texts = [image, *(column for name, column in named.items() if name not in LIMITS)]
    rows = source.read([image, *named.values()], as_text=texts)
    if rows.empty:
        raise InputError("it lists no photographs", source=path)
    table = pd.DataFrame({name: rows[column] for name, column in named.items()}, index=rows.index)
    table["file"] = rows[image].map(lambda name: base / str(name))
    absent = rows[image].isna() | ~table["file"].map(Path.is_file).astype(bool)
    _refuse(absent, rows[image], f"a file in {base}", path)
    for name in table.columns.intersection([*LIMITS]):
        given, letters = rows[named[name]], LETTERS.get(name)
        found = degrees(given, letters, path, source.say) if letters else source.numbers(given)
        _refuse(found.abs() > LIMITS[name], given, f"degrees within ±{LIMITS[name]}", path)
        table[name] = found
    return table


def _refuse(bad: pd.Series, values: pd.Series, expected: str, path: Path) -> None:
    """Refuse a column of which rows are bad; show the first of them."""
    if bad.any():
        where = row_name(int(bad.index[int(bad.to_numpy().argmax())]))
        found = f"column {values.name!r} holds {values[bad].tolist()[0]!r} in {where}"
        more = f"; {int(bad.sum())} of {len(bad)} rows cannot be used"
        problem = f"{found}, expected {expected}{more}"
        raise InputError(problem, source=path, hint="correct or drop these rows")


def _in_folder(path: Path, columns: Columns) -> pd.DataFrame:
    """The photographs in a folder and the folders in it, by their endings, sorted."""
    for name in ("group", "scene"):
        if columns[name] is not None:
            problem = f"a folder of photographs has no column {columns[name]!r} ({name})"
            raise InputError(problem, source=path, hint="give a table of files with that column")
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not files:
        problem = f"no photographs in it (files ending in {', '.join(sorted(SUFFIXES))})"
        raise InputError(problem, source=path, hint="give the folder they are in")
    return pd.DataFrame({"file": pd.Series(files, dtype=object)})


def mapped(title: str, function: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
    """Apply a function to items on a few threads, in order, with a progress bar.

    What fails first ends the work; no more than a few items are begun beyond it.

    Example:
        >>> list(mapped("doubling", lambda x: 2 * x, [1, 2, 3]))
        [2, 4, 6]
    """
    with track(title, total=len(items)) as tracker, ThreadPoolExecutor(THREADS) as pool:
        for result in pool.map(function, items):  # which cancels the rest when one fails
            yield result
            tracker.advance()
