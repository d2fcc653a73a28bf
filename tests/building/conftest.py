"""A study area of twelve squares with one raw file of every kind."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from placeprint.atlas import Atlas, Recipe
from placeprint.building import build

WIDE, HIGH = 4, 3
IDS = [f"r{number:02d}" for number in range(WIDE * HIGH)]
COLUMN, ROW = np.divmod(np.arange(WIDE * HIGH), HIGH)

RECIPE: dict[str, Any] = {
    "name": "squares",
    "regions": {
        "kind": "polygons",
        "file": "squares.parquet",
        "region": "id",
        "where": {"inside": True},
    },
    "units": {"column": {"file": "units.csv", "region": "id", "unit": "column"}},
    "graphs": {
        "mobility": {"kind": "flows", "file": "flows.csv"},
        "neighbourhood": {"kind": "adjacency"},
    },
    "features": {
        "poi": {"kind": "points", "file": "pois.csv", "encoder": "counts"},
        "people": {"kind": "table", "file": "people.csv", "region": "id", "columns": ["age_*"]},
        "image": {"kind": "image", "files": ["a.png"], "bounds": [[0, 50, 4, 53]]},
    },
    "labels": [
        {"file": "income.csv", "region": "id", "tasks": {"income": {"column": "income"}}},
        {
            "file": "rent.csv",
            "level": "column",
            "unit": "column",
            "tasks": {"rent": {"column": "rent", "leaks": ["people"]}},
        },
        {"file": "noise.csv", "lon": "x", "lat": "y", "tasks": {"noise": {"column": "dB"}}},
    ],
}


@dataclass(frozen=True)
class Study:
    """A folder of raw files, a recipe to be changed, and where the atlas goes."""

    raw: Path
    recipe: dict[str, Any]
    out: Path

    def build(self, **options: Any) -> Atlas:
        return build(Recipe.model_validate(self.recipe), self.raw, self.out, **options)

    def rewrite(self, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Change a raw CSV file."""
        table = pd.read_csv(self.raw / name)
        change(table).to_csv(self.raw / name, index=False)


def write_raw(folder: Path) -> None:
    rng = np.random.default_rng(0)
    boxes = shapely.box(COLUMN, 50 + ROW, COLUMN + 1, 51 + ROW)
    outlines = [*boxes, shapely.box(9, 50, 10, 51)]
    squares = {"id": [*IDS, "far"], "inside": [True] * len(IDS) + [False]}
    gpd.GeoDataFrame(squares, geometry=outlines, crs=4326).to_parquet(folder / "squares.parquet")
    tables = {
        "units": {"id": IDS, "column": [f"c{column}" for column in COLUMN]},
        "flows": {"origin": IDS, "destination": [*IDS[1:], "far"], "weight": range(1, 13)},
        "pois": {
            "name": [f"shop {number}" for number in range(40)],
            "category": rng.choice(["cafe", "inn"], 40),
            "lon": rng.uniform(0, 3, 40),  # the last column of squares has none
            "lat": rng.uniform(50, 53, 40),
        },
        "people": {"id": IDS[:10], "age_0": rng.integers(1, 9, 10), "age_1": 5},
        "income": {"id": IDS, "income": rng.normal(size=12)},
        "rent": {"column": [f"c{column}" for column in range(WIDE)], "rent": [1.0, 2, 3, 4]},
        "noise": {"x": COLUMN + 0.5, "y": ROW + 50.5, "dB": rng.normal(size=12)},
    }
    for name, columns in tables.items():
        pd.DataFrame(columns).to_csv(folder / f"{name}.csv", index=False)
    for name in ("a", "b"):
        pixels = rng.integers(0, 255, (30, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "raw").mkdir()
    write_raw(tmp_path / "raw")
    return Study(tmp_path / "raw", copy.deepcopy(RECIPE), tmp_path / "atlas")


@pytest.fixture
def ids() -> list[str]:
    return IDS
