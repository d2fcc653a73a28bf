"""What is read from an atlas, each part against a loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
import torch

from placeprint.encoders.shapes import shape_descriptors
from placeprint.errors import InputError
from placeprint.mobility.distance import haversine_km
from placeprint.models.urbanmfm.config import GlobalSettings
from placeprint.models.urbanmfm.entities import read_entities
from placeprint.models.urbanmfm.links import Links, expand
from placeprint.models.urbanmfm.region_descriptors import categories_of, region_descriptors
from placeprint.models.urbanmfm.region_graph import region_links
from placeprint.models.urbanmfm.surroundings import counts_within, mean_over_links, surroundings

from .conftest import CONFIG


@pytest.mark.parametrize("seed", range(4))
def test_ranges_are_expanded_as_by_a_loop(seed) -> None:
    rng = np.random.default_rng(seed)
    first = torch.from_numpy(rng.integers(0, 50, 12))
    counts = torch.from_numpy(rng.integers(0, 4, 12))
    expected = [(i, int(first[i]) + rank) for i in range(12) for rank in range(int(counts[i]))]
    owner, element = expand(first, counts)
    assert list(zip(owner.tolist(), element.tolist(), strict=True)) == expected


def test_entities_are_those_of_the_tables(atlas, city) -> None:
    entities = city.entities
    pois, buildings = atlas.entities("pois"), atlas.entities("buildings")
    assert len(entities) == len(pois) + len(buildings)
    assert entities.ids.tolist() == [*pois["poi_id"], *buildings["building_id"]]
    tables = pd.concat([pois, buildings], ignore_index=True)
    for row in range(0, len(entities), 7):
        region = tables["region_id"][row]
        assert entities.region[row] == (
            -1 if pd.isna(region) else list(atlas.region_ids).index(region)
        )
        assert entities.text[row] == tables["text"][row]
        areal = tables["geometry"][row].geom_type in ("Polygon", "MultiPolygon")
        assert bool(entities.outlined[row]) == areal
        assert np.isnan(entities.surface[row]) != areal
    same_road = tables["way_id"].to_numpy()[:, None] == tables["way_id"].to_numpy()[None, :]
    assert ((entities.road[:, None] == entities.road[None, :]) | ~same_road).all()


def test_neighbours_are_the_nearest_of_which_something_is_known(city) -> None:
    entities, known = city.entities, city.known.numpy()
    assert not city.neighbours.counts[~city.known].any()
    for row in np.flatnonzero(known)[::50]:
        metres = 1000 * haversine_km(
            np.full(len(entities), entities.lon[row]),
            np.full(len(entities), entities.lat[row]),
            entities.lon,
            entities.lat,
        )
        metres[(~known) | (np.arange(len(entities)) == row) | (metres > 1000)] = np.inf
        nearest = np.sort(metres)[: CONFIG.local.neighbours]
        nearest = nearest[np.isfinite(nearest)]
        links = slice(int(city.neighbours.starts[row]), int(city.neighbours.starts[row + 1]))
        expected = 1 / np.maximum(nearest, 1)
        np.testing.assert_allclose(city.neighbours.weights[links], expected, rtol=1e-5)


def test_adjacent_regions_are_tied_by_their_distance(atlas) -> None:
    links = region_links(atlas, GlobalSettings())
    centres = atlas.regions.centroids()
    shapes = atlas.regions.geometry.to_numpy()
    for region in range(0, len(shapes), 3):
        span = slice(int(links.starts[region]), int(links.starts[region + 1]))
        found = dict(zip(links.members[span].tolist(), links.weights[span].tolist(), strict=True))
        touching = set(np.flatnonzero(shapely.dwithin(shapes[region], shapes, 1e-9))) - {region}
        assert touching <= set(found)
        for other, weight in found.items():
            metres = 1000 * haversine_km(
                *(
                    np.array([centres.iloc[i][axis]])
                    for i in (region, other)
                    for axis in ["lon", "lat"]
                )
            )
            assert weight == pytest.approx(1 / float(metres[0]), rel=1e-4)


def test_mobility_adds_links_of_the_same_mean(atlas) -> None:
    plain = region_links(atlas, GlobalSettings())
    joined = region_links(atlas, GlobalSettings(graphs=["mobility"], share=0.2))
    assert len(joined.members) > len(plain.members)
    added = joined.weights.sum() - plain.weights.sum()
    assert added > 0
    week = atlas.graph_times("mobility")[0]
    snapshot = region_links(atlas, GlobalSettings(graphs=["mobility"], time=week, share=0.2))
    assert len(snapshot.members) != len(joined.members) or not torch.equal(
        snapshot.weights, joined.weights
    )
    with pytest.raises(InputError, match=r"no graph 'mobilty'.*mobility"):
        region_links(atlas, GlobalSettings(graphs=["mobilty"]))


def test_descriptors_count_what_a_loop_counts(atlas, city) -> None:
    entities = city.entities
    described = region_descriptors(atlas, entities, city.categories, city.roads)
    counts, table = described["categories"], described["form"]
    areas = atlas.regions.areas_km2().to_numpy()
    name = max(city.categories, key=lambda c: (entities.category == c).sum())
    for region in range(0, len(areas), 4):
        inside = entities.region == region
        count = int((inside & (entities.category == name)).sum())
        row = table.iloc[region]
        assert counts.iloc[region][name] == pytest.approx(np.log1p(count))
        density = counts.iloc[region][f"{name} a km²"]
        assert density == pytest.approx(np.log1p(count / areas[region]))
        buildings = (inside & (entities.kind == "buildings")).sum()
        assert row["buildings"] == pytest.approx(np.log1p(buildings))
        outlined = np.flatnonzero(inside & entities.outlined)
        if len(outlined):
            shapes = shape_descriptors(entities.outline[outlined])
            assert row["mean compactness"] == pytest.approx(shapes["compactness"].mean())
            share = entities.surface[outlined].sum() / (1e6 * areas[region])
            assert row["built share"] == pytest.approx(share)
        else:
            assert np.isnan(row["mean compactness"])
    assert np.isfinite(counts.to_numpy()).all()


def test_rare_categories_are_not_counted(city) -> None:
    counts = pd.Series(city.entities.category).value_counts()
    for name in categories_of(city.entities):
        assert name
        assert counts[name] >= 3


@pytest.mark.parametrize("seed", range(3))
def test_means_over_links_are_those_of_a_loop(seed) -> None:
    rng = np.random.default_rng(seed)
    row = np.sort(rng.integers(0, 9, 30))
    col, weight = rng.integers(0, 7, 30), rng.random(30).astype(np.float32)
    known = rng.random(7) < 0.6
    values = np.where(known[:, None], rng.normal(size=(7, 3)), np.nan)
    found = mean_over_links(Links.from_pairs(row, col, weight, 9), known, values)
    for i in range(9):
        pairs = [(c, w) for r, c, w in zip(row, col, weight, strict=True) if r == i and known[c]]
        if not pairs:
            assert np.isnan(found[i]).all()
            continue
        total = sum(w for _, w in pairs)
        expected = sum(w * values[c] for c, w in pairs) / total
        np.testing.assert_allclose(found[i], expected, rtol=1e-5)


def test_surroundings_do_not_hold_the_entity_itself(city) -> None:
    """An entity's own text does not enter what lies around it."""
    around = surroundings(city)["text"]
    row = int(torch.nonzero(city.text >= 0)[0])
    changed = city.texts.clone()
    changed[city.text[row]] += 5
    others = torch.nonzero(city.text == city.text[row])[:, 0]
    links = slice(int(city.neighbours.starts[row]), int(city.neighbours.starts[row + 1]))
    alone = not set(city.neighbours.members[links].tolist()) & set(others.tolist())
    new = surroundings(replace(city, texts=changed))["text"]
    assert np.allclose(new[row], around[row], equal_nan=True) == alone


def test_a_kind_that_is_not_there_is_named(atlas) -> None:
    config = CONFIG.model_copy(update={"pois": "shops", "buildings": "houses"})
    with pytest.raises(InputError, match="there are no entities 'shops' or 'houses'"):
        read_entities(atlas, config)


def test_counts_within_a_radius_are_those_of_a_loop(city) -> None:
    entities = city.entities
    name = max(city.categories, key=lambda c: (entities.category == c).sum())
    column = city.categories.index(name)
    found = counts_within(entities, city.categories, 250.0)
    for row in range(0, len(entities), 40):
        metres = 1000 * haversine_km(
            np.full(len(entities), entities.lon[row]),
            np.full(len(entities), entities.lat[row]),
            entities.lon,
            entities.lat,
        )
        near = (metres <= 250) & (entities.category == name)
        near[row] = False
        assert found[row, column] == pytest.approx(np.log1p(near.sum()))
