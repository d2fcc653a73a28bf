"""Vectors of regions, and where the regions are, from whatever they are kept in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.models import Run
from placeprint.regions import Regions, refuse_other_zeros
from placeprint.regions.cells import cell_polygons
from placeprint.sources import are_h3_cells, read_centroids, read_embeddings, read_outlines
from placeprint.typing import PathLike

__all__ = ["EmbeddedRegions", "Embeddings", "open_embeddings", "resolution_of"]

Embeddings: TypeAlias = "Run | pd.DataFrame | PathLike"
"""A run, or its folder; a table of vectors indexed by ``region_id``, or its file."""


@dataclass(frozen=True, eq=False)
class EmbeddedRegions:
    """Vectors of regions, and the regions.

    Attributes:
        vectors: (n, d) float32, index ``region_id``, sorted.
        resolution: The H3 resolution of the regions; None for polygons.
        regions: Gives the regions, of which some may have no vector; read when they are asked for.
        run: The run that the vectors are of, if they are of one.
        name: What to call them in messages.
    """

    vectors: pd.DataFrame
    resolution: int | None
    regions: Callable[[], Regions]
    run: Run | None
    name: str

    def outlined(self, why: str) -> Regions:
        """The regions, where their outlines are known.

        Args:
            why: What takes outlines, for the message.

        Raises:
            InputError: If their centres or ids alone are known.
        """
        known = self.regions()
        if not known.has_outlines:
            have = "centres" if known.has_coordinates else "ids"
            raise InputError(
                f"of its regions the {have} alone are known, and {why} takes outlines",
                source=self.name,
                hint="give their outlines with --regions FILE (regions=)",
            )
        return known


def open_embeddings(
    embeddings: Embeddings, regions: PathLike | Regions | None = None
) -> EmbeddedRegions:
    """Open vectors of regions.

    Args:
        embeddings: A :class:`~placeprint.models.Run` or its folder; a table of vectors indexed by
            region id, or its file (:func:`~placeprint.sources.read_embeddings`).
        regions: The outlines (or centres, for what takes no outlines) of the regions, or their
            file. None: those of the run's atlas; of a table, the H3 cells that its ids name.

    Raises:
        InputError: If it is none of these; if the regions of a table are not known; or if vectors
            are of regions that are not among them.

    Example:
        >>> cells = pd.DataFrame({"0": [1.0]}, index=pd.Index(["861126d37ffffff"]))
        >>> opened = open_embeddings(cells)
        >>> opened.resolution, len(opened.regions())
        (6, 1)
    """
    run = None
    if isinstance(embeddings, Run):
        run = embeddings
    elif isinstance(embeddings, pd.DataFrame):
        return _of_table(embeddings, regions, "embeddings")
    elif Path(embeddings).is_dir():
        run = Run(embeddings)  # which says what is missing, of a folder that is no run
    else:
        return _of_table(read_embeddings(embeddings), regions, str(embeddings))
    if regions is not None:
        return _of_table(run.embeddings, regions, str(run.path), run)
    try:
        atlas = run.atlas
    except InputError:
        if not are_h3_cells(run.embeddings.index):
            raise
        return _of_table(run.embeddings, None, str(run.path), run)  # cells say where they are
    resolution = atlas.manifest["regions"].get("resolution")
    vectors = _sorted(run.embeddings)
    return EmbeddedRegions(vectors, resolution, lambda: atlas.regions, run, str(run.path))


def resolution_of(cells: pd.Index, source: PathLike) -> int:
    """The one resolution of H3 cells.

    Raises:
        InputError: If there are several.

    Example:
        >>> resolution_of(pd.Index(["861126d37ffffff"]), "cells")
        6
    """
    found = sorted({(int(cell, 16) >> 52) & 15 for cell in cells})  # bits 52 to 55
    if len(found) > 1:
        raise InputError(
            f"its H3 cells have the resolutions {listing(found)}, expected one",
            source=source,
            hint="keep the cells of each resolution in a table of their own",
        )
    return found[0]


def _of_table(
    table: pd.DataFrame, given: PathLike | Regions | None, name: str, run: Run | None = None
) -> EmbeddedRegions:
    vectors = _sorted(table)
    if not len(vectors):
        raise InputError("it holds no vectors", source=name)
    if given is None:
        if not are_h3_cells(vectors.index):
            raise InputError(
                "it is not known where its regions are: their ids are no H3 cells",
                source=name,
                hint="give their outlines with --regions FILE (regions=)",
            )
        resolution = resolution_of(vectors.index, name)
        return EmbeddedRegions(
            vectors, resolution, lambda: _cells(vectors.index, resolution), run, name
        )
    known = given if isinstance(given, Regions) else _read(given)
    nowhere = vectors.index.difference(known.ids)
    if len(nowhere):
        refuse_other_zeros(nowhere, known.ids, name)
        raise InputError(
            f"{len(nowhere)} of {len(vectors)} vectors are of regions that have no outline, such "
            f"as {listing(nowhere, limit=3)}",
            source=name,
            hint="give the outlines of all regions, or drop the other vectors",
        )
    return EmbeddedRegions(vectors, known.resolution, lambda: known, run, name)


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    """The vectors as float32 under their ids as text, sorted."""
    index = pd.Index(table.index.astype(str), name="region_id", dtype=object)
    if index.has_duplicates:
        twice = index[index.duplicated()].unique()
        raise InputError(f"regions occur more than once: {listing(twice, limit=5)}")
    values = table.to_numpy()
    if not np.issubdtype(values.dtype, np.number):
        raise InputError(
            f"its columns hold {values.dtype}, expected numbers",
            hint="leave one column for each dimension, and the ids as the index",
        )
    vectors = pd.DataFrame(
        values.astype(np.float32, copy=False), index=index, columns=table.columns, copy=False
    )
    return vectors if index.is_monotonic_increasing else vectors.sort_index()


def _read(path: PathLike) -> Regions:
    found = read_outlines(path)
    if found is None:
        centres = read_centroids(path)
        lon, lat = (centres[name].to_numpy() for name in ("lon", "lat"))
        return Regions.from_points(centres.index, lon, lat, source=path)
    return found


def _cells(ids: pd.Index, resolution: int) -> Regions:
    import geopandas as gpd

    shapes: Any = gpd.GeoSeries(cell_polygons(ids), index=ids, crs=4326)
    return Regions(shapes, resolution)
