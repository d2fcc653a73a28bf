"""A run's embeddings for other programs: GeoParquet with outlines, or a wide CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from placeprint.lookup.opening import Embeddings, open_embeddings
from placeprint.lookup.vector_tables import (
    GEOMETRY,
    about_vectors,
    prepare_table,
    to_wkb,
    write_vector_table,
)
from placeprint.regions import Regions
from placeprint.typing import PathLike

__all__ = ["export"]


def export(
    embeddings: Embeddings,
    out: PathLike,
    *,
    regions: PathLike | Regions | None = None,
    overwrite: bool = False,
) -> Path:
    """Write embeddings with the places that they are of.

    * ``.parquet``: GeoParquet with ``region_id``, ``geometry`` (EPSG:4326) and ``embedding``
      (fixed-size list of float32). The footer says what the vectors are, in the keys of STAC:
      ``emb:dimensions``, ``emb:features``, ``emb:model``, ``emb:source-data`` (the atlas),
      ``data_type``, ``license`` and ``processing:software``.
    * ``.csv``: ``region_id``, the centre's ``lon`` and ``lat``, and one column a dimension.

    Regions of which the centres alone are known are points; where the ids alone are, both are plain
    tables without geometry or coordinates.

    Args:
        embeddings: A :class:`~placeprint.models.Run` or its folder; a table of vectors indexed by
            region id, or its file.
        out: The file to write.
        regions: The outlines of the regions; None: those of the run's atlas, or H3 cells.
        overwrite: Whether ``out`` may be replaced.

    Returns:
        The file.

    Raises:
        InputError: If the embeddings cannot be opened, or the ending is another.
        OutputExistsError: If ``out`` exists and may not be replaced.

    Example:
        >>> import pandas as pd, tempfile
        >>> cells = pd.DataFrame({"e000": [0.5]}, index=["861126d37ffffff"])
        >>> path = export(cells, Path(tempfile.mkdtemp()) / "cells.csv")
        >>> path.read_text().split()[0]
        '"region_id","lon","lat","e000"'
    """
    target = prepare_table(out, overwrite=overwrite, others=(".pmtiles (of a run)",))
    opened = open_embeddings(embeddings, regions)
    vectors, known = opened.vectors, opened.regions()
    columns: dict[str, Any] = {
        "region_id": pa.array(vectors.index.to_numpy(dtype=object), pa.string())
    }
    if known.has_coordinates and target.suffix.lower() == ".csv":
        columns |= known.centroids().reindex(vectors.index)
    elif known.has_coordinates:
        columns[GEOMETRY] = to_wkb(known.geometry.reindex(vectors.index).to_numpy())
    rows = pa.table(columns)
    names = [str(name) for name in vectors.columns]
    write_vector_table(target, [(rows, vectors.to_numpy())], names, about_vectors(opened))
    return target
