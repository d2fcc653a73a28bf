"""All vector tiles of a run in one PMTiles file, for maps and GIS that read those."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Final

import numpy as np

from placeprint.errors import InputError, optional_import
from placeprint.evaluation.reporting.maps import drawable
from placeprint.files import prepare_output, replacing
from placeprint.models import Run
from placeprint.progress import track
from placeprint.serving.map.contents import map_contents
from placeprint.serving.map.themes import Theme
from placeprint.serving.map.tiles import LAYER, TileMaker
from placeprint.serving.names import names_of
from placeprint.typing import FloatArray, PathLike

__all__ = ["write_pmtiles"]

_E7: Final = 10_000_000


def write_pmtiles(run: Run | PathLike, out: PathLike, *, overwrite: bool = False) -> Path:
    """Write the regions of a run as vector tiles, with what they are coloured by.

    The layer ``regions`` has ``region_id``, ``name`` where regions have some, ``colour`` (of the
    embedding), ``cluster`` and every label and held-out prediction that regions have, by the same
    names as on the map.

    Args:
        run: A run, whose atlas has to be where it was; or its folder.
        out: The file to be written; its name ends in ``.pmtiles``.
        overwrite: Whether an existing file may be replaced.

    Returns:
        The file.

    Raises:
        InputError: If the name has another ending, or nobody knows where the regions are.
        OutputExistsError: If ``out`` exists and may not be replaced.
        MissingExtraError: If the library ``pmtiles`` is not installed.

    Example:
        >>> write_pmtiles("run", "run.pmtiles")  # doctest: +SKIP
    """
    writer = optional_import("pmtiles.writer", "tiles")
    scheme = optional_import("pmtiles.tile", "tiles")
    if Path(out).suffix.lower() != ".pmtiles":
        raise InputError("the name of a PMTiles file ends in .pmtiles", source=out)
    target = prepare_output(out, overwrite=overwrite)
    if not isinstance(run, Run) and Path(run).is_file():
        raise InputError(
            "it is a file, and vector tiles are written of a run, with what its atlas knows",
            source=run,
            hint="name the folder of a run, or export the table to .parquet",
        )
    opened = run if isinstance(run, Run) else Run(run)
    regions = drawable(opened.atlas.regions)
    contents = map_contents(opened, names=names_of(None, regions.ids, regions.names))
    columns = {"region_id": contents.about["ids"]}
    if contents.about["names"] is not None:
        columns["name"] = contents.about["names"]
    columns |= {_name(theme): _column(theme) for theme in contents.themes.values()}
    maker = TileMaker(regions, columns)
    jobs = [(z, maker.filled(z)) for z in range(maker.maxzoom + 1)]
    with (
        replacing(target) as temporary,
        temporary.open("wb") as file,
        track("vector tiles", sum(len(tiles) for _, tiles in jobs)) as tracker,
    ):
        archive = writer.Writer(file)
        for z, tiles in jobs:
            numbered = sorted((scheme.zxy_to_tileid(z, *xy), *xy) for xy in tiles.tolist())
            for number, x, y in numbered:
                content = maker.tile(z, x, y)
                if content:
                    archive.write_tile(number, gzip.compress(content, 6, mtime=0))
                tracker.advance()
        archive.finalize(_header(scheme, contents.about, maker.maxzoom), _about(contents, columns))
    return target


def _header(scheme: Any, about: dict[str, Any], maxzoom: int) -> dict[str, Any]:
    west, south, east, north, _ = about["grid"]
    east = min(east, 180.0)
    return {
        "tile_type": scheme.TileType.MVT,
        "tile_compression": scheme.Compression.GZIP,
        "min_zoom": 0,
        "max_zoom": maxzoom,
        "min_lon_e7": round(west * _E7),
        "min_lat_e7": round(south * _E7),
        "max_lon_e7": round(east * _E7),
        "max_lat_e7": round(north * _E7),
        "center_zoom": 0,
        "center_lon_e7": round((west + east) / 2 * _E7),
        "center_lat_e7": round((south + north) / 2 * _E7),
    }


def _about(contents: Any, columns: dict[str, Any]) -> dict[str, Any]:
    kinds = {name: "Number" if _numeric(column) else "String" for name, column in columns.items()}
    return {
        "name": contents.about["title"],
        "description": contents.about["description"],
        "attribution": contents.about["licence"],
        "vector_layers": [{"id": LAYER, "fields": kinds}],
    }


def _name(theme: Theme) -> str:
    return {"embedding": "colour"}.get(theme.key, theme.key)


def _column(theme: Theme) -> list[str | None] | FloatArray:
    """The values of a theme as texts, or as numbers with NaN."""
    if theme.kind == "number":
        return np.array(theme.shown, dtype=np.float64)
    if theme.kind == "colour":
        return [None if value is None else f"#{value:06x}" for value in theme.shown]
    classes = theme.more["classes"]
    return [None if value is None else classes[value] for value in theme.shown]


def _numeric(column: Any) -> bool:
    return isinstance(column, np.ndarray)
