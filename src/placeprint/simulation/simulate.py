"""Write a simulated country as raw files, as if they had been collected."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from placeprint.errors import InputError
from placeprint.files import prepare_output, write_frames, write_table, write_text
from placeprint.progress import Tracker, track
from placeprint.simulation.country import Country, found
from placeprint.simulation.demographics import demographics_table
from placeprint.simulation.imagery import write_image
from placeprint.simulation.labels import city_labels, county_labels, grid_labels, point_labels
from placeprint.simulation.places import places_table
from placeprint.simulation.trips import visits_parts
from placeprint.typing import PathLike

__all__ = ["simulate"]

FEWEST_CELLS = 50
MOST_CELLS = 1_000_000
STEPS = 11
"""Of the progress bar: the country, eight tables, the visits, the image."""

README = """\
A simulated country
===================

Nothing here was measured: every file was drawn by `placeprint simulate` from known truth.

    cells wanted   {cells}
    cells made     {made}
    seed           {seed}

The same seed, number of cells and version of placeprint give the same bytes.

recipe.yaml            how `placeprint build` reads this folder
boundary.geojson       outline; the H3 cells (resolution 6) whose centres are inside are the regions
visits.parquet         user, time, lon, lat: eight weeks of visits
pois.parquet           name, category, lon, lat
image.tif              RGB picture, EPSG:4326
demographics.parquet   people by age and sex; a cell where nobody lives has no row
units.parquet          county, city and province of each cell
labels_*.parquet       eleven tasks at four scales
truth.parquet          what is true of each cell. For judging, never for training. The columns
                       trade_network, kin_network and draw show in mobility alone.
"""


def _check(cells: int, seed: int) -> None:
    if not FEWEST_CELLS <= cells <= MOST_CELLS:
        raise InputError(
            f"cells is {cells}, expected {FEWEST_CELLS} to {MOST_CELLS:,}",
            hint="2000 makes a small country, 200000 one the size of China",
        )
    if seed < 0:
        raise InputError(f"seed is {seed}, expected 0 or more")


def _geojson(outline: Any) -> str:
    import shapely

    feature = {
        "type": "Feature",
        "properties": {"name": "simulated"},
        "geometry": shapely.geometry.mapping(outline),
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}) + "\n"


def _units_table(country: Country) -> pd.DataFrame:
    return pd.DataFrame({"region_id": country.grid.region_ids, **country.units.codes()})


def simulate(out: PathLike, *, cells: int = 2000, seed: int = 0, overwrite: bool = False) -> Path:
    """Simulate a country and write its raw files and recipe, ready to be built.

    Args:
        out: The folder to write to.
        cells: How many H3 cells of resolution 6 (about 36 km² each) it has, 50 to 1,000,000;
            met within 2 %.
        seed: 0 or more; the same seed gives the same bytes.
        overwrite: Whether the files of an earlier simulation may be replaced.

    Returns:
        The folder. README.txt in it says what each file is.

    Raises:
        InputError: If ``cells`` or ``seed`` is out of range.
        OutputExistsError: If the folder is not empty and ``overwrite`` is false.

    Example:
        >>> import tempfile
        >>> raw = simulate(Path(tempfile.mkdtemp()) / "raw", cells=60)
        >>> (raw / "recipe.yaml").exists()
        True
    """
    _check(cells, seed)
    folder = prepare_output(out, overwrite=overwrite)
    # Matrix products round differently on another number of threads.
    with threadpool_limits(1, user_api="blas"), track("simulating", total=STEPS) as tracker:
        tracker.advance(0, note="people and their trips")
        country = found(cells, seed)
        tracker.advance()
        _write(folder, country, cells, tracker)
    return folder


def _write(folder: Path, country: Country, cells: int, tracker: Tracker) -> None:
    seed = country.seed
    tables: dict[str, Callable[[], pd.DataFrame]] = {
        "pois": lambda: places_table(country),
        "demographics": lambda: demographics_table(country.grid, country.people, seed),
        "units": lambda: _units_table(country),
        "labels_grid": lambda: grid_labels(country),
        "labels_county": lambda: county_labels(country),
        "labels_city": lambda: city_labels(country),
        "labels_point": lambda: point_labels(country),
        "truth": country.truth,
    }
    for name, table in tables.items():
        tracker.advance(0, note=name)
        write_table(folder / f"{name}.parquet", table())
        tracker.advance()
    tracker.advance(0, note="visits")
    write_frames(folder / "visits.parquet", visits_parts(country.grid, country.trips, seed))
    tracker.advance(note="image")
    write_image(folder / "image.tif", country)
    tracker.advance()
    write_text(folder / "boundary.geojson", _geojson(country.grid.outline))
    made = len(country.grid)
    write_text(folder / "README.txt", README.format(cells=cells, made=made, seed=seed))
    recipe = files("placeprint.simulation") / "recipe.yaml"
    write_text(folder / "recipe.yaml", recipe.read_text(encoding="utf-8"))
