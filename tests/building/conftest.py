"""A study area of twelve squares with one raw file of every kind; a town of four blocks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from placeprint.atlas import Atlas
from placeprint.building import Recipe, build
from placeprint.building.layer import BuildContext, LayerSpec
from placeprint.mobility.covisits import Engine
from placeprint.regions import Regions

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


@pytest.fixture
def regions() -> Regions:
    """Three unit squares in a row, a, b, c; d is known but outside the study area."""
    outlines = shapely.box([0, 1, 2], 50.0, [1, 2, 3], 51.0)
    return Regions.from_polygons(pd.Index(list("abc")), np.asarray(outlines), frozenset("d"))


@pytest.fixture
def context(tmp_path: Path, regions: Regions) -> BuildContext:
    """What layers of these regions are made with."""
    recipe = Recipe.model_validate({**RECIPE, "graphs": {}, "features": {}, "labels": []})
    made = BuildContext(recipe, tmp_path, tmp_path / "atlas", Engine())
    made.regions = regions
    return made


@pytest.fixture
def read(context: BuildContext) -> Callable[..., Any]:
    """Reads a layer of these regions: ``read(FlowGraph, file=…)``; a table and its coverage."""

    def reader(spec: type[LayerSpec], file: Path, name: str = "x", **settings: Any) -> Any:
        kind = spec.model_fields.get("kind")
        settings |= {"kind": kind.annotation.__args__[0]} if kind else {}
        return spec(file=file.name, **settings).read(context, name)[:2]

    return reader


BLOCK = 0.004
"""Degrees between the streets of the town."""

CITY: dict[str, Any] = {
    "name": "town",
    "regions": {"kind": "blocks", "file": "town.osm"},
    "graphs": {"neighbourhood": {"kind": "adjacency"}},
    "entities": {
        "pois": {"kind": "osm_pois", "file": "town.osm"},
        "buildings": {"kind": "osm_buildings", "file": "town.osm"},
        "ways": {"kind": "osm_ways", "file": "town.osm"},
    },
    "features": {
        "cafes": {"kind": "entities", "entities": "pois", "encoder": "counts"},
        "houses": {"kind": "entities", "entities": "buildings", "encoder": "static"},
        "roads": {"kind": "roads", "file": "town.osm"},
    },
    "labels": [
        {
            "entities": "buildings",
            "tasks": {
                "function": {
                    "column": "building",
                    "kind": "classification",
                    "classes": {"home": ["house", "apartments"], "school": ["school"]},
                }
            },
        }
    ],
}

BUILDINGS = {
    # number: (block, tags)
    10: (0, {"building": "house", "building:levels": "2"}),
    11: (0, {"building": "school", "amenity": "school", "name": "North", "building:use": "school"}),
    12: (1, {"building": "apartments", "shop": "bakery", "building:levels": "5"}),
    13: (1, {"building": "yes", "amenity": "townhall", "building:levels": "many"}),
    14: (2, {"building": "retail", "shop": "mall", "name": "Arcade"}),
    15: (9, {"building": "house"}),  # beyond the streets
}
POIS = {
    # number: (block, tags)
    1: (0, {"amenity": "cafe", "cuisine": "thai", "name": "Anna"}),
    2: (1, {"amenity": "cafe"}),
    3: (2, {"shop": "books", "name": "Folio"}),
    4: (9, {"amenity": "bench"}),
}
Tagged = dict[int, tuple[int, dict[str, str]]]


def corner(block: int) -> tuple[float, float]:
    """The south-west corner of a block: 0 and 1 in the south, 2 and 3 in the north, 9 far off."""
    return 8.0 + BLOCK * (block % 2 if block < 4 else 3), 50.0 + BLOCK * (block // 2 % 2)


def write_town(
    path: Path,
    buildings: Tagged = BUILDINGS,
    pois: Tagged = POIS,
    highway: str = "residential",
) -> None:
    """Write an extract: three streets each way, buildings of 0.0004 degrees, points."""
    nodes, things = [], []

    def node(lon: float, lat: float, tags: str = "") -> int:
        number = len(nodes) + 1
        nodes.append(f'<node id="{number}" lon="{lon:.7f}" lat="{lat:.7f}">{tags}</node>')
        return number

    def way(number: int, ends: list[int], tags: dict[str, str]) -> None:
        members = "".join(f'<nd ref="{end}"/>' for end in ends)
        things.append(f'<way id="{number}">{members}{written(tags)}</way>')

    def written(tags: dict[str, str]) -> str:
        pairs = ((quoteattr(key), quoteattr(value)) for key, value in tags.items())
        return "".join(f"<tag k={key} v={value}/>" for key, value in pairs)

    for block, tags in pois.values():
        lon, lat = corner(block)
        node(lon + 0.003, lat + 0.003, written(tags))
    for number, (block, tags) in buildings.items():
        west, south = corner(block)
        west += 0.0005 + 0.0005 * (number % 2)
        south += 0.0005
        ring = [(0, 0), (4, 0), (4, 4), (0, 4)]
        ends = [node(west + x / 1e4, south + y / 1e4) for x, y in ring]
        way(number, [*ends, ends[0]], tags)
    for number in range(3):
        step = BLOCK * number
        ends = [node(8.0 + step, 50.0), node(8.0 + step, 50.0 + 2 * BLOCK)]
        way(100 + 2 * number, ends, {"highway": highway})
        ends = [node(8.0, 50.0 + step), node(8.0 + 2 * BLOCK, 50.0 + step)]
        way(101 + 2 * number, ends, {"highway": highway})
    path.write_text(f'<osm version="0.6">{"".join(nodes)}{"".join(things)}</osm>')


@pytest.fixture
def town(tmp_path: Path) -> Study:
    (tmp_path / "raw").mkdir()
    write_town(tmp_path / "raw" / "town.osm")
    return Study(tmp_path / "raw", copy.deepcopy(CITY), tmp_path / "atlas")
