from __future__ import annotations

from collections import Counter
from filecmp import cmp
from pathlib import Path

import numpy as np
import osmium
import pandas as pd
import pytest
import shapely

from placeprint.regions.blocks import road_blocks
from placeprint.simulation.city import City, found_city
from placeprint.simulation.city.functions import FUNCTIONS
from placeprint.simulation.city.osm import CROSSED, write_osm
from placeprint.simulation.city.tags import building_tags
from placeprint.sources.osm import OSMData, read_osm


@pytest.fixture(scope="module")
def small() -> City:
    return found_city(60, seed=3)


@pytest.fixture(scope="module")
def read(raw_city: Path) -> OSMData:
    return read_osm(raw_city / "city.osm.pbf")


def test_osmium_reads_it_in_order(raw_city: Path) -> None:
    kinds, numbers, counts = [], [], Counter()
    for thing in osmium.FileProcessor(str(raw_city / "city.osm.pbf")):
        kinds.append("nwr".index(thing.type_str()))
        numbers.append(thing.id)
        counts.update(key for key, _ in thing.tags)
    assert kinds == sorted(kinds)
    assert (np.diff(numbers)[np.diff(kinds) == 0] == 1).all()
    assert counts["highway"] > 60
    assert counts["building:levels"] > 100


def test_the_reader_finds_every_building(small: City, read: OSMData, raw_city: Path) -> None:
    truth = pd.read_parquet(raw_city / "truth_buildings.parquet")
    assert len(truth) == len(small.buildings)
    found = read.buildings.set_index("building_id")
    assert set(truth["building_id"]) <= set(found.index)
    assert len(found) == len(truth) + 1  # the one whose corner was left behind
    area = found.loc[truth["building_id"], "area_m2"].to_numpy()
    wanted = shapely.area(small.buildings.polygons)
    assert (np.abs(area / wanted - 1) > 0.01).sum() <= CROSSED
    assert read.account["repaired_outlines"] == CROSSED
    assert read.account["incomplete_outlines"] == 1
    assert truth["building_id"].str.startswith("relation/").sum() == sum(
        shapely.get_num_interior_rings(small.buildings.polygons)
    )


def test_the_reader_finds_the_places_and_streets(small: City, read: OSMData) -> None:
    assert len(read.ways) == len(small.streets.lines)
    assert 0.9 < len(read.pois) / len(small.places) <= 1.0


def test_roads_bound_the_blocks_that_were_planted(small: City, read: OSMData) -> None:
    ring = np.concatenate([line[:-1] for line in small.streets.lines[:4]])
    within = shapely.Polygon(small.site.degrees(small.streets.nodes[ring]))
    regions = road_blocks(read.ways["geometry"].to_numpy(), within=within)
    assert len(regions) == 60


def test_half_the_buildings_say_what_they_are(city: City) -> None:
    values, tags = building_tags(city)
    function = np.array(FUNCTIONS)[city.buildings.function]
    typed = values != "yes"
    assert typed.mean() == pytest.approx(0.5, abs=0.03)
    assert 0.005 < (values != function)[typed].mean() < 0.03
    assert [one["building"] for one in tags] == values.tolist()
    levels = np.array(["building:levels" in one for one in tags])
    assert levels.mean() == pytest.approx(0.4, abs=0.03)


def test_same_bytes(small: City, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_osm(tmp_path / f"{name}.osm.pbf", small)
    assert cmp(tmp_path / "a.osm.pbf", tmp_path / "b.osm.pbf", shallow=False)
