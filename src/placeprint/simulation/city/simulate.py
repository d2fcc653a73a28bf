"""Write a simulated city as raw files, as if they had been collected."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from placeprint.errors import InputError, optional_import
from placeprint.files import prepare_output, write_table, write_text
from placeprint.simulation.city.city import City, found_city
from placeprint.simulation.city.labels import block_labels, block_truth, building_truth
from placeprint.simulation.city.osm import write_osm
from placeprint.simulation.city.satellite import write_satellite
from placeprint.simulation.city.street_views import write_street_views
from placeprint.simulation.city.streets import SIDES
from placeprint.simulation.city.trips import visits_table
from placeprint.typing import PathLike

__all__ = ["simulate_city"]

FEWEST_BLOCKS = 30
MOST_BLOCKS = 4_000

README = """\
A simulated city: {name}
================{line}

Nothing here was measured: every file was drawn by `placeprint simulate --city` from known truth.

    blocks       {blocks}
    buildings    {buildings}
    places       {places}
    seed         {seed}

The same seed, number of blocks and version of placeprint give the same bytes.

recipe.yaml              how `placeprint build` reads this folder
boundary.geojson         the motorway around the city; the roads cut what it holds into the blocks
city.osm.pbf             streets, buildings, places as in OpenStreetMap, gaps and errors included
satellite.tif            RGB picture, 2 m a pixel, EPSG:4326
street_views.csv         file, lon, lat, heading, caption of each photograph in street_views/
visits.parquet           user, time, lon, lat: four weeks of visits
labels.parquet           population density, housing price and land use, at a point in each block
truth.parquet            what is true of each block. For judging, never for training. wealth shows
                         in the street views alone, greenness in the satellite image alone, draw in
                         mobility alone, liveliness in the places.
truth_buildings.parquet  what each building is for, whatever its tags say. For judging, too.
"""


def _check(blocks: int, seed: int) -> None:
    if not FEWEST_BLOCKS <= blocks <= MOST_BLOCKS:
        raise InputError(
            f"blocks is {blocks}, expected {FEWEST_BLOCKS} to {MOST_BLOCKS:,}",
            hint="400 makes a city of 6,700 buildings; 60 is enough to try things out",
        )
    if seed < 0:
        raise InputError(f"seed is {seed}, expected 0 or more")


def _boundary(city: City) -> str:
    """The motorway around the city as a GeoJSON polygon."""
    sides = [line[:-1] for line in city.streets.lines[:SIDES]]
    ring = np.concatenate([*sides, sides[0][:1]])
    corners = city.site.degrees(city.streets.nodes[ring]).tolist()
    feature = {
        "type": "Feature",
        "properties": {"name": city.site.name},
        "geometry": {"type": "Polygon", "coordinates": [corners]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}) + "\n"


def simulate_city(
    out: PathLike, *, blocks: int = 400, seed: int = 0, overwrite: bool = False
) -> Path:
    """Simulate a city and write its raw files and recipe, ready to be built.

    The city is the capital of the simulated country of that seed.

    Args:
        out: The folder to write to.
        blocks: How many blocks it has (about 1.6 ha and 17 buildings each), 30 to 4,000.
        seed: 0 or more; the same seed gives the same bytes.
        overwrite: Whether the files of an earlier simulation may be replaced.

    Returns:
        The folder. README.txt in it says what each file is.

    Raises:
        InputError: If ``blocks`` or ``seed`` is out of range.
        MissingExtraError: If osmium is not installed.
        OutputExistsError: If the folder is not empty and ``overwrite`` is false.

    Example:
        >>> import tempfile
        >>> raw = simulate_city(Path(tempfile.mkdtemp()) / "raw", blocks=30)
        >>> (raw / "city.osm.pbf").exists()
        True
    """
    _check(blocks, seed)
    optional_import("osmium", "osm")
    folder = prepare_output(out, overwrite=overwrite)
    # Matrix products round differently on another number of threads.
    with threadpool_limits(1, user_api="blas"):
        _write(folder, found_city(blocks, seed))
    return folder


def _write(folder: Path, city: City) -> None:
    ids, values = write_osm(folder / "city.osm.pbf", city)
    tables = {
        "visits": visits_table(city.site, city.blocks, city.people, city.seed),
        "labels": block_labels(city),
        "truth": block_truth(city),
        "truth_buildings": building_truth(city, ids, values),
    }
    for name, table in tables.items():
        write_table(folder / f"{name}.parquet", table)
    write_satellite(folder / "satellite.tif", city)
    write_street_views(folder, city)
    write_text(folder / "boundary.geojson", _boundary(city))
    readme = README.format(
        name=city.site.name,
        line="=" * (len(city.site.name) + 2),
        blocks=len(city.blocks),
        buildings=len(city.buildings),
        places=len(city.places),
        seed=city.seed,
    )
    write_text(folder / "README.txt", readme)
    recipe = files("placeprint.simulation.city") / "recipe.yaml"
    write_text(folder / "recipe.yaml", recipe.read_text(encoding="utf-8"))
