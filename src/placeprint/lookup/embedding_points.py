"""The embeddings of a table of points, in parts, so that it need not fit in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from placeprint.errors import InputError, closest, listing
from placeprint.lookup.region_lookup import RegionLookup
from placeprint.lookup.vector_tables import (
    VECTOR,
    check_free,
    columns_kept,
    prepare_table,
    typed_rows,
    write_vector_table,
)
from placeprint.progress import track
from placeprint.sources import Table
from placeprint.sources.ids import coordinate_columns
from placeprint.sources.values import degrees, row_name
from placeprint.typing import AnyArray, BoolArray, FloatArray, PathLike

__all__ = ["EmbeddedPoints", "PointEncoder", "embed_points", "open_encoder"]

PERCENT: Final = 100
ROWS_AT_ONCE: Final = 1 << 15


class PointEncoder(Protocol):
    """What gives points vectors: a :class:`RegionLookup`, or a coordinate encoder."""

    def encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """(n,) degrees → (n, d), NaN outside its area."""
        ...

    def get_feature_names_out(self, input_features: Any = None) -> AnyArray:
        """The names of the d dimensions."""
        ...


@dataclass(frozen=True)
class EmbeddedPoints:
    """What became of a table of points.

    Attributes:
        path: The table that was written.
        points: How many points there are.
        covered: How many of them got a vector.
        nowhere: How many have no coordinates.
        dimensions: Length of the vectors.
    """

    path: Path
    points: int
    covered: int
    nowhere: int
    dimensions: int


def open_encoder(source: PathLike, regions: PathLike | None = None) -> PointEncoder:
    """Open what gives points vectors.

    Args:
        source: A run's folder or a table of vectors of regions: a point gets the vector of the
            region that it lies in. Or the folder of a distilled coordinate encoder.
        regions: The outlines of the regions of a table whose ids are no H3 cells.

    Raises:
        InputError: If it is none of these, or outlines are given with an encoder.
    """
    from placeprint.encoders.position.encoder_files import is_encoder

    folder = Path(source)
    if is_encoder(folder):
        from placeprint.encoders.position.coordinate_encoder import CoordinateEncoder

        if regions is not None:
            raise InputError(
                "an encoder knows no regions, and can do nothing with outlines",
                source=folder,
                hint="leave --regions (regions=) out",
            )
        encoder: PointEncoder = CoordinateEncoder.from_pretrained(folder)
        return encoder
    return RegionLookup(source, regions).fit()


def embed_points(
    encoder: PointEncoder | PathLike,
    points: PathLike,
    out: PathLike,
    *,
    lon: str | None = None,
    lat: str | None = None,
    regions: PathLike | None = None,
    overwrite: bool = False,
) -> EmbeddedPoints:
    """Write the vector of every point of a table.

    All columns of the table are kept as they are, beside them the vector and, of a run,
    ``region_id``. In Parquet made from text, columns of numbers are numbers, but for identifiers
    and numbers with leading zeros. A point outside of the area, or without coordinates, keeps its
    row, without a vector.

    Args:
        encoder: What gives points vectors, or where it is (:func:`open_encoder`).
        points: A table with columns of longitude and latitude, in whatever order.
        out: The Parquet or CSV file to write.
        lon: The column of longitudes; None: as :func:`~placeprint.sources.ids.coordinate_columns`
            finds them.
        lat: The column of latitudes.
        regions: See :func:`open_encoder`.
        overwrite: Whether ``out`` may be replaced.

    Returns:
        How many points got a vector.

    Raises:
        InputError: If a file cannot be read, has no coordinates, or a coordinate is no number, out
            of range, or looks swapped; the message names the row.
        OutputExistsError: If ``out`` exists and may not be replaced.
    """
    target = prepare_table(out, overwrite=overwrite)
    table = Table.open(points)
    names = columns_kept(table)
    pair = _pair(names, lon, lat, points)
    if isinstance(encoder, str | os.PathLike):
        encoder = open_encoder(encoder, regions)
    opened = encoder
    lookup = opened if isinstance(opened, RegionLookup) else None
    dimensions = [str(name) for name in opened.get_feature_names_out()]
    check_free(names, [VECTOR, *dimensions, *(["region_id"] if lookup else [])], points)
    # In CSV what was text stays spelt as it was.
    numeric = pair if target.suffix.lower() == ".csv" else names
    points_seen = covered = nowhere = 0

    def parts() -> Iterator[tuple[pa.Table, FloatArray]]:
        nonlocal points_seen, covered, nowhere
        done = 0
        with track("embedding points", PERCENT) as tracker:
            for rows, share in _parts(typed_rows(table, names, numeric)):
                lon_lat = _degrees(rows, pair, table, points_seen)
                known = np.asarray(np.isfinite(lon_lat).all(axis=0))
                vectors, ids = _embedded(opened, lookup, lon_lat[:, known], points, points_seen)
                vectors = _spread(vectors, known)
                if ids is not None:
                    ids = pa.array(_spread(ids, known), pa.string())
                    rows = rows.append_column("region_id", ids)
                points_seen += len(known)
                covered += int((~np.isnan(vectors).all(axis=1)).sum())
                nowhere += int((~known).sum())
                tracker.advance(int(share * PERCENT) - done)
                done = int(share * PERCENT)
                yield rows, vectors
        if nowhere == points_seen:
            found = f"no row has a number in {pair[0]!r} and {pair[1]!r}"
            raise InputError(
                found if nowhere else "it holds no points",
                source=points,
                hint="name the columns with --lon and --lat (lon=, lat=)" if nowhere else None,
            )

    write_vector_table(target, parts(), dimensions, lookup.about_ if lookup else None)
    return EmbeddedPoints(target, points_seen, covered, nowhere, len(dimensions))


def _pair(
    names: Sequence[str], lon: str | None, lat: str | None, source: PathLike
) -> tuple[str, str]:
    """The columns of longitude and latitude."""
    found = coordinate_columns(names) or (None, None)
    first, second = lon or found[0], lat or found[1]
    if first is None or second is None:
        raise InputError(
            f"it has the columns {listing(names)}, expected longitude and latitude",
            source=source,
            hint="name them with --lon and --lat (lon=, lat=), or call them lon and lat",
        )
    for name in (first, second):
        if name not in names:
            raise InputError(f"no column {name!r}", source=source, hint=closest(name, names))
    return first, second


def _parts(tables: Iterable[tuple[pa.Table, float]]) -> Iterator[tuple[pa.Table, float]]:
    """Fewer rows at a time, as many as are encoded together."""
    for rows, share in tables:
        for first in range(0, len(rows), ROWS_AT_ONCE):
            yield rows.slice(first, ROWS_AT_ONCE), share


def _degrees(rows: pa.Table, pair: tuple[str, str], table: Table, before: int) -> FloatArray:
    """(2, m) longitudes and latitudes, NaN where there is none."""
    number = pd.RangeIndex(before, before + len(rows))
    lon, lat = (
        degrees(rows.column(name).to_pandas().set_axis(number), letters, table.path, table.say)
        for name, letters in zip(pair, ("EW", "NS"), strict=True)
    )
    wrong = np.flatnonzero((lon.abs() > 180) | (lat.abs() > 90))
    if len(wrong):
        row = int(wrong[0])
        swapped = ((lat.abs() <= 180) & (lon.abs() <= 90))[lon.notna() & lat.notna()].all()
        found = (
            f"{row_name(before + row)} has longitude {lon.iloc[row]} and latitude {lat.iloc[row]}"
        )
        told = "; longitude and latitude look swapped" if swapped else ""
        raise InputError(
            f"{found}, expected degrees within ±180 and ±90{told}",
            source=table.path,
            hint="name the columns with --lon and --lat (lon=, lat=), in degrees of EPSG:4326",
        )
    return np.stack([lon.to_numpy(), lat.to_numpy()])


def _spread(values: AnyArray, known: BoolArray) -> AnyArray:
    """Rows of what is known among rows of nothing."""
    if known.all():
        return values
    nothing = None if values.dtype == object else np.nan
    whole = np.full((len(known), *values.shape[1:]), nothing, dtype=values.dtype)
    whole[known] = values
    return whole


def _embedded(
    encoder: PointEncoder,
    lookup: RegionLookup | None,
    lon_lat: FloatArray,
    source: PathLike,
    before: int,
) -> tuple[FloatArray, AnyArray | None]:
    """The vectors of some points and, of a look-up, the regions they lie in."""
    try:
        if lookup is None:
            return np.asarray(encoder.encode(*lon_lat)), None
        positions = lookup.positions(*lon_lat)
    except InputError as error:
        after = f"{source}, from {row_name(before)} on" if before else source
        raise InputError(str(error), source=after) from None
    vectors = lookup.vectors_[positions]
    vectors[positions < 0] = np.nan
    return vectors, lookup.ids_at(positions)
