"""Photographs: where each was taken and which way it faces, and their middle squares."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest
from placeprint.progress import track
from placeprint.sources.imagery import opened
from placeprint.sources.table import Table
from placeprint.sources.values import degrees
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Pose", "compressed", "list_photographs", "mapped", "pose_from_gps", "read_pose"]

JPEG_QUALITY: Final = 90
SUFFIXES: Final = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"}
THREADS: Final = min(4, os.cpu_count() or 1)
GPS: Final = 0x8825
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE, DIRECTION = 1, 2, 3, 4, 17
SIGNS: Final = {"N": 1.0, "E": 1.0, "S": -1.0, "W": -1.0}
LIMITS: Final = {"lon": 180, "lat": 90, "heading": 360}
LETTERS: Final = {"lon": "EW", "lat": "NS"}
TEXTS: Final = ("group", "scene")
"""Of what a photograph's pose may be, in degrees, to both sides of zero."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Pose(NamedTuple):
    """Place and direction of a camera; NaN where unknown.

    Attributes:
        lon: Longitude in degrees.
        lat: Latitude in degrees.
        heading: Degrees clockwise from north.
    """

    lon: float
    lat: float
    heading: float


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
        Pose(lon=18.01, lat=-33.5, heading=nan)
    """
    lat = _degrees(tags.get(LATITUDE), tags.get(LATITUDE_REF))
    lon = _degrees(tags.get(LONGITUDE), tags.get(LONGITUDE_REF))
    return Pose(lon, lat, _number(tags.get(DIRECTION)))


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
    with opened(path) as image:
        pose = pose_from_gps(image.getexif().get_ifd(GPS))
    if any(abs(value) > limit for value, limit in zip(pose, LIMITS.values(), strict=True)):
        raise InputError(
            f"its EXIF says longitude {pose.lon:g}, latitude {pose.lat:g}, heading "
            f"{pose.heading:g}, which is impossible",
            source=path,
            hint="give its position and heading in a table of files",
        )
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
    side = min(upright.size)
    left, top = (upright.width - side) / 2, (upright.height - side) / 2
    box = (left, top, left + side, top + side)
    cut = upright.resize((size, size), Image.Resampling.BICUBIC, box=box)
    return compressed(cut, lossless=lossless)


def compressed(image: Image, *, lossless: bool) -> bytes:
    """The bytes of an image file: PNG if lossless, else JPEG of quality 90."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG" if lossless else "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def list_photographs(
    source: PathLike | Table,
    image: str,
    columns: Mapping[str, str | None],
    folder: PathLike | None = None,
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
    named = {name: column for name, column in columns.items() if column is not None}
    if not isinstance(source, Table) and Path(source).is_dir():
        known: dict[str, Any] = {"file": _files_in(Path(source), named)}
    else:
        listed = Table.of(source)
        path = listed.path
        for name in LIMITS.keys() & named.keys():
            if named[name] not in listed.columns:
                raise InputError(
                    f"no column {named[name]!r} ({name})",
                    source=path,
                    hint=f"{closest(named[name], listed.columns)}; or null (None), to read it from "
                    "EXIF",
                )
        texts = [image, *(column for name, column in named.items() if name in TEXTS)]
        rows = listed.read([image, *named.values()], as_text=texts)
        if rows.empty:
            raise InputError("it lists no photographs", source=path)
        known = {name: rows[column] for name, column in named.items()}
        base = path.parent if folder is None else Path(folder)
        known["file"] = _files_listed(rows[image], base, path)
        for name in LIMITS.keys() & named.keys():
            letters = LETTERS.get(name)
            read = degrees(known[name], letters, path, listed.say) if letters else None
            known[name] = listed.numbers(known[name]) if read is None else read
            said = f"{{!r}} in column {named[name]!r}, expected degrees within ±{LIMITS[name]}"
            hint = (
                "correct it, or leave the cell empty where it is not known; longitude comes first"
            )
            _refuse(known[name].abs() > LIMITS[name], known[name], said, path, hint)
    table = pd.DataFrame({"file": known.pop("file")}).assign(**known)
    return _completed(table.reindex(columns=["file", *columns]))


def _files_in(folder: Path, named: Mapping[str, str]) -> pd.Series:
    """The photographs in a folder and the folders in it, by their endings, sorted."""
    for name in named.keys() - LIMITS.keys():
        raise InputError(
            f"a folder of photographs has no column {named[name]!r} ({name})",
            source=folder,
            hint="give a table of files with that column",
        )
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise InputError(
            f"no photographs in it (files ending in {', '.join(sorted(SUFFIXES))})",
            source=folder,
            hint="give the folder they are in, or a table that lists them",
        )
    return pd.Series(files, dtype=object)


def _files_listed(values: pd.Series, base: Path, path: PathLike) -> pd.Series:
    """The files that a table lists, each of them there."""
    said, hint = f"no file in column {values.name!r}", "drop rows without a photograph"
    _refuse(values.isna(), values, said, path, hint)
    files = values.map(lambda name: base / str(name)).astype(object)
    absent = ~files.map(Path.is_file)
    hint = "put the files there, or say which folder they are in"
    _refuse(absent, values, f"the file {{!r}}, which is not in {base}", path, hint)
    return files


def _refuse(bad: pd.Series, values: pd.Series, said: str, path: PathLike, hint: str) -> None:
    """Refuse a table with bad rows; show the first of them."""
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError(
            f"row {row + 1} holds {said.format(values.tolist()[row])} "
            f"({int(bad.sum())} of {len(bad)} rows)",
            source=path,
            hint=hint,
        )


def _completed(table: pd.DataFrame) -> pd.DataFrame:
    """Fill in from EXIF what the table does not know; half a position is none."""
    poses = table[[*LIMITS]].to_numpy(float, copy=True)
    poses[np.isnan(poses[:, :2]).any(axis=1), :2] = np.nan
    rows = np.flatnonzero(np.isnan(poses).any(axis=1))
    found = list(mapped("reading EXIF", read_pose, table["file"].iloc[rows].tolist()))
    poses[rows] = np.where(np.isnan(poses[rows]), np.reshape(found, (-1, 3)), poses[rows])
    poses[np.isnan(poses[:, :2]).any(axis=1), :2] = np.nan
    return table.assign(**dict(zip(LIMITS, poses.T, strict=True)))


def mapped(
    title: str, function: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[Result]:
    """Apply a function to items on a few threads, in order, with a progress bar.

    What fails first ends the work; no more than a few items are begun beyond it.

    Example:
        >>> list(mapped("doubling", lambda x: 2 * x, [1, 2, 3]))
        [2, 4, 6]
    """
    with track(title, total=len(items)) as tracker, ThreadPoolExecutor(THREADS) as pool:
        try:
            for result in pool.map(function, items):
                yield result
                tracker.advance()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
