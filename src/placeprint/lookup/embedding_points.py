"""The embeddings of a table of points, in parts, so that it need not fit in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from placeprint.errors import InputError, listing
from placeprint.lookup.region_lookup import RegionLookup
from placeprint.lookup.vector_tables import (
    VECTOR,
    check_free,
    prepare_table,
    write_vector_table,
)
from placeprint.progress import track
from placeprint.sources import Table
from placeprint.sources.ids import coordinate_columns
from placeprint.sources.values import degrees as read_degrees
from placeprint.typing import AnyArray, FloatArray, PathLike

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
        dimensions: Length of the vectors.
    """

    path: Path
    points: int
    covered: int
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
    folder = Path(source)
    if (folder / "model.safetensors").exists() and not (folder / "run.json").exists():
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
    regions: PathLike | None = None,
    overwrite: bool = False,
) -> EmbeddedPoints:
    """Write the vector of every point of a table.

    All columns of the table are kept (those of a CSV file as text), beside them the vector and, of
    a run, ``region_id``. A point outside of the area keeps its row, without a vector.

    Args:
        encoder: What gives points vectors, or where it is (:func:`open_encoder`).
        points: A Parquet or CSV file with columns of longitude and latitude, in whatever order.
        out: The Parquet or CSV file to write.
        regions: See :func:`open_encoder`.
        overwrite: Whether ``out`` may be replaced.

    Returns:
        How many points got a vector.

    Raises:
        InputError: If a file cannot be read, has no coordinates, or a coordinate is missing, out
            of range, or looks swapped; the message names the row.
        OutputExistsError: If ``out`` exists and may not be replaced.
    """
    target = prepare_table(out, overwrite=overwrite)
    table = Table.open(points)
    names = table.columns
    pair = coordinate_columns(names)
    if pair is None:
        raise InputError(
            f"it has the columns {listing(names)}, expected longitude and latitude",
            source=points,
            hint="name two columns lon and lat",
        )
    opened = _opened(encoder, regions)
    lookup = opened if isinstance(opened, RegionLookup) else None
    dimensions = [str(name) for name in opened.get_feature_names_out()]
    check_free(names, [VECTOR, *dimensions, *(["region_id"] if lookup else [])], points)
    account = {"points": 0, "covered": 0}

    def parts() -> Iterator[tuple[pa.Table, FloatArray]]:
        done = 0
        with track("embedding points", PERCENT) as tracker:
            for rows, share in _parts(table):
                lon, lat = (_degrees(rows, name, points, account["points"]) for name in pair)
                vectors, ids = _embedded(opened, lookup, lon, lat, points, account["points"])
                if ids is not None:
                    rows = rows.append_column("region_id", ids)
                account["points"] += len(lon)
                account["covered"] += int((~np.isnan(vectors).all(axis=1)).sum())
                tracker.advance(int(share * PERCENT) - done)
                done = int(share * PERCENT)
                yield rows, vectors
        if not account["points"]:
            raise InputError("it holds no points", source=points)

    write_vector_table(target, parts(), dimensions, lookup.about_ if lookup else None)
    return EmbeddedPoints(target, account["points"], account["covered"], len(dimensions))


def _parts(table: Table) -> Iterator[tuple[pa.Table, float]]:
    """Some rows at a time, and the share of the table that is read."""
    for batch, share in table.batches(table.columns):
        rows = pa.Table.from_batches([batch])
        for first in range(0, len(rows), ROWS_AT_ONCE):
            yield rows.slice(first, ROWS_AT_ONCE), share


def _opened(encoder: PointEncoder | PathLike, regions: PathLike | None) -> PointEncoder:
    if isinstance(encoder, str | os.PathLike):
        return open_encoder(encoder, regions)
    return encoder


def _degrees(rows: pa.Table, name: str, source: PathLike, before: int) -> FloatArray:
    """A column of coordinates, all of them known."""
    values = rows.column(name).to_pandas().rename(name)
    rows_of_file = pd.RangeIndex(before, before + len(values))
    degrees = read_degrees(values.set_axis(rows_of_file), "EWNS", source, print).to_numpy()
    missing = np.flatnonzero(~np.isfinite(degrees))
    if len(missing):
        raise InputError(
            f"column {name!r} holds no number in row {before + int(missing[0])} (rows count from "
            "0)",
            source=source,
            hint="drop rows without coordinates",
        )
    return np.asarray(degrees)


def _embedded(
    encoder: PointEncoder,
    lookup: RegionLookup | None,
    lon: FloatArray,
    lat: FloatArray,
    source: PathLike,
    before: int,
) -> tuple[FloatArray, pa.Array | None]:
    """The vectors of some points and, of a look-up, the regions they lie in."""
    try:
        if lookup is None:
            return np.asarray(encoder.encode(lon, lat)), None
        positions = lookup.positions(lon, lat)
    except InputError as error:
        after = f"{source}, rows from {before:,} on" if before else source
        raise InputError(str(error), source=after) from None
    vectors = lookup.vectors_[positions]
    vectors[positions < 0] = np.nan
    return vectors, pa.array(lookup.ids_at(positions), pa.string())
