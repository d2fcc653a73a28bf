"""Points and visits of CSV into regions, against pandas, which guesses the types of columns.

    python -m benchmarks reading [--quick]

The points have a name, a category and degrees; both sides find the region of each in the same way.
Visits are read batch by batch and located in H3 cells, which pandas does with the whole table.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from benchmarks.harness import Row, compare
from placeprint.building import Recipe
from placeprint.building.layer import BuildContext
from placeprint.building.layers.tables import PointEntities
from placeprint.mobility.covisits import Engine
from placeprint.regions import Regions, cells_of_points
from placeprint.sources import EveryCell, locate_visits

SIZES, QUICK = (100_000, 1_000_000), (100_000,)
WEST, SOUTH, EAST, NORTH = -100.0, 30.0, -80.0, 45.0


def rows(quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        for size in QUICK if quick else SIZES:
            yield points(Path(folder), size)
            yield visits(Path(folder), size)


def points(folder: Path, size: int) -> Row:
    """Points of interest into regions."""
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"name": [f"place {number}" for number in range(size)]})
    table["category"] = generator.choice(["cafe", "bar", "shop"], size)
    table["lon"] = generator.uniform(WEST, EAST, size)
    table["lat"] = generator.uniform(SOUTH, NORTH, size)
    table.to_csv(folder / "points.csv", index=False)
    outline = {"kind": "h3", "resolution": 4, "cover": "outline.geojson"}
    recipe = Recipe.model_validate({"name": "reading", "regions": outline})
    context = BuildContext(recipe, folder, folder / "atlas", Engine())
    context.regions = Regions.from_h3(shapely.box(WEST, SOUTH, EAST, NORTH), 4)
    ours = partial(PointEntities(file="points.csv").read, context, "points")
    plain = partial(with_pandas, folder / "points.csv", context.regions)
    return compare("points of CSV into regions, pandas", size, ours, plain)


def with_pandas(path: Path, regions: Regions) -> pd.DataFrame:
    """The same by pandas."""
    table = pd.read_csv(path)
    found = regions.locate(table["lon"].to_numpy(), table["lat"].to_numpy())
    table = table[found >= 0].fillna({"name": "", "category": ""})
    return table.assign(region_id=regions.ids.to_numpy()[found[found >= 0]])


def visits(folder: Path, size: int) -> Row:
    """Visits into cells and weeks."""
    generator = np.random.default_rng(1)
    seconds = pd.to_timedelta(generator.integers(0, 28 * 86_400, size), unit="s")
    table = pd.DataFrame({"user": generator.integers(0, size // 40, size)})
    table["time"] = (pd.Timestamp("2024-01-01") + seconds).strftime("%Y-%m-%dT%H:%M:%S")
    table["lon"] = generator.uniform(WEST, EAST, size).round(6)
    table["lat"] = generator.uniform(SOUTH, NORTH, size).round(6)
    table.to_csv(folder / "visits.csv", index=False)

    def ours() -> None:
        locate_visits([folder / "visits.csv"], EveryCell(5), folder / "located")
        shutil.rmtree(folder / "located")

    def plain() -> pd.DataFrame:
        read = pd.read_csv(folder / "visits.csv", parse_dates=["time"])
        cells = cells_of_points(read["lon"].to_numpy(), read["lat"].to_numpy(), 5)
        return read.assign(week=read["time"].dt.to_period("W"), region=cells)

    return compare("visits of CSV into cells, pandas", size, ours, plain)
