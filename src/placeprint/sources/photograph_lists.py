"""Which photographs there are, where each was taken and which way it faces."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest
from placeprint.progress import track
from placeprint.regions.coordinates import check_lonlat
from placeprint.sources.exif import Pose, read_pose
from placeprint.sources.photographs import photograph_files
from placeprint.sources.tables import column_names, read_rows
from placeprint.typing import FloatArray, PathLike

__all__ = ["list_photographs", "mapped"]

THREADS: Final = min(4, os.cpu_count() or 1)
POSE: Final = ["lon", "lat", "heading"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def list_photographs(
    path: PathLike,
    *,
    image: str,
    lon: str | None,
    lat: str | None,
    heading: str | None,
    group: str | None,
    scene: str | None,
    folder: PathLike | None,
) -> pd.DataFrame:
    """List photographs with what a table, or else EXIF, says of them.

    Args:
        path: A table with one row per photograph, or a folder of photographs.
        image: Column of files.
        lon: Column of longitudes in degrees; None to read them from EXIF.
        lat: Column of latitudes in degrees; None together with ``lon``.
        heading: Column of degrees clockwise from north; None to read them from EXIF.
        group: Column of ids of sampling points, if there is one.
        scene: Column of captions, if there is one.
        folder: What the files are relative to; the folder of the table if None.

    Returns:
        Columns file (Path), lon, lat, heading (NaN where neither the table nor EXIF knows), group
        and scene (None without such a column).

    Raises:
        InputError: If the table, a column or a file is missing, a photograph cannot be opened, or
            a coordinate or heading is impossible.
    """
    if Path(path).is_dir():
        return _from_folder(Path(path), group, scene)
    if (lon is None) != (lat is None):
        raise InputError(
            f"columns lon = {lon!r} and lat = {lat!r}",
            source=path,
            hint="name both, or neither: then both are read from EXIF",
        )
    columns = {"lon": lon, "lat": lat, "heading": heading}
    _check_columns(path, columns)
    wanted = [*columns.values(), group, scene]
    rows = read_rows(path, [image, *filter(None, wanted)], text=[*filter(None, [image, group])])
    if rows.empty:
        raise InputError("it lists no photographs", source=path)
    table = pd.DataFrame({"file": _files(rows[image], path, folder)})
    for name, column in columns.items():
        table[name] = _numbers(rows[column], path) if column else np.nan
    for name, column in (("group", group), ("scene", scene)):
        table[name] = rows[column] if column else None
    known = table["lon"].notna() & table["lat"].notna()
    # With zeros for what is unknown, so that the rows keep their numbers in the message.
    checked = table[["lon", "lat"]].where(known, 0.0).to_numpy(float)
    check_lonlat(checked[:, 0], checked[:, 1], path)
    _check_headings(table["heading"].to_numpy(float), path)
    return _completed(table)


def _from_folder(folder: Path, group: str | None, scene: str | None) -> pd.DataFrame:
    for name, column in (("group", group), ("scene", scene)):
        if column is not None:
            raise InputError(
                f"a folder of photographs has no column {column!r} ({name})",
                source=folder,
                hint="give a table of files with that column",
            )
    table = pd.DataFrame({"file": pd.Series(photograph_files(folder), dtype=object)})
    return _completed(table.assign(lon=np.nan, lat=np.nan, heading=np.nan, group=None, scene=None))


def _check_columns(path: PathLike, columns: dict[str, str | None]) -> None:
    names = column_names(path)
    for name, column in columns.items():
        if column is not None and column not in names:
            raise InputError(
                f"no column {column!r} ({name})",
                source=path,
                hint=f"{closest(column, names)}; or null (None), to read it from EXIF",
            )


def _files(values: pd.Series, path: PathLike, folder: PathLike | None) -> list[Path]:
    """The files that a table lists, each of them there."""
    missing = values.isna()
    if missing.any():
        raise InputError(
            f"row {int(missing.to_numpy().argmax())} names no file in column {values.name!r} "
            f"(rows count from 0; {int(missing.sum())} do not)",
            source=path,
            hint="drop rows without a photograph",
        )
    base = Path(path).parent if folder is None else Path(folder)
    files = [base / name for name in values.astype(str)]
    absent = [row for row, file in enumerate(files) if not file.is_file()]
    if absent:
        raise InputError(
            f"row {absent[0]} names the file {values.iloc[absent[0]]!r}, which is not in {base} "
            f"(rows count from 0; {len(absent)} of {len(files)} files are not there)",
            source=path,
            hint="put the files there, or say which folder they are in",
        )
    return files


def _numbers(values: pd.Series, path: PathLike) -> pd.Series:
    """Numbers, NaN where missing."""
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    bad = (values.notna() & numbers.isna()) | np.isinf(numbers)
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError(
            f"column {values.name!r} holds {values.tolist()[row]!r} in row {row}, expected "
            "degrees (rows count from 0)",
            source=path,
            hint="leave the cell empty where it is not known",
        )
    return numbers


def _check_headings(headings: FloatArray, path: PathLike) -> None:
    bad = np.abs(headings) > 360
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"row {row} has heading {headings[row]:g}, expected degrees clockwise from north, "
            "0 to 360 (rows count from 0)",
            source=path,
            hint="correct it, or leave it empty where it is not known",
        )


def _completed(table: pd.DataFrame) -> pd.DataFrame:
    """Fill in from EXIF what the table does not know."""
    poses = table[POSE].to_numpy(float)
    poses[np.isnan(poses[:, :2]).any(axis=1), :2] = np.nan
    rows = np.flatnonzero(np.isnan(poses).any(axis=1))
    files = table["file"].iloc[rows].tolist()
    found = np.array(list(mapped("reading EXIF", _pose, files)), dtype=float).reshape(-1, 3)
    poses[rows] = np.where(np.isnan(poses[rows]), found, poses[rows])
    # Half a position is none.
    poses[np.isnan(poses[:, :2]).any(axis=1), :2] = np.nan
    return table.assign(**dict(zip(POSE, poses.T, strict=True)))


def _pose(path: Path) -> Pose:
    """What the EXIF of a photograph says, checked."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            pose = read_pose(image)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(
            f"cannot be read as an image ({error})",
            source=path,
            hint="fetch it again, or leave it out",
        ) from None
    if abs(pose.lon) > 180 or abs(pose.lat) > 90 or abs(pose.heading) > 360:
        raise InputError(
            f"its EXIF says longitude {pose.lon:g}, latitude {pose.lat:g}, heading "
            f"{pose.heading:g}, which is impossible",
            source=path,
            hint="give its position and heading in a table of files",
        )
    return pose


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
