"""A layer: what it depends on, how it is read, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from placeprint.files import replacing, write_table, write_vectors
from placeprint.sources import Coverage

__all__ = ["Layer", "Make", "Provenance", "save_features", "save_table"]

Provenance: TypeAlias = dict[str, Any]
Make: TypeAlias = Callable[[Path], Provenance]


@dataclass(frozen=True)
class Layer:
    """One layer of an atlas.

    All layers are read before the first is written, so that a wrong file stops the work before
    it starts and not after an hour of encoding.

    Attributes:
        key: The layer, such as ``features/poi``.
        request: Everything that it depends on.
        read: Reads and checks its raw files, and returns what writes it.
    """

    key: str
    request: dict[str, Any]
    read: Callable[[], Make]


def save_table(
    path: Path, table: pd.DataFrame, coverage: Coverage | None = None, **account: object
) -> Provenance:
    """Write a table, as GeoParquet (EPSG:4326) if it has a column ``geometry``.

    Args:
        path: Where to.
        table: The table; its index is not written.
        coverage: What became of the raw rows.
        account: What else the provenance says.

    Returns:
        The provenance.
    """
    if "geometry" in table:
        import geopandas as gpd

        frame = gpd.GeoDataFrame(table, geometry="geometry", crs=4326)
        with replacing(path) as temporary:
            frame.to_parquet(temporary, index=False, compression="zstd")
    else:
        write_table(path, table)
    return {"rows": len(table), **account, **_covered(coverage)}


def save_features(
    path: Path, vectors: pd.DataFrame, of_regions: int, coverage: Coverage | None = None
) -> Provenance:
    """Write one vector per region.

    Args:
        path: Where to.
        vectors: Index ``region_id``, one column per dimension.
        of_regions: How many regions the study area has.
        coverage: What became of the raw rows.

    Returns:
        The provenance.
    """
    write_vectors(path, vectors)
    shape = {"dimensions": vectors.shape[1], "of_regions": of_regions}
    return {"rows": len(vectors), **shape, **_covered(coverage)}


def _covered(coverage: Coverage | None) -> Provenance:
    return {"coverage": coverage.to_dict()} if coverage else {}
