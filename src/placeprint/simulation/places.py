"""Points of interest: how many of each kind a cell has, and what they are called."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.simulation.categories import Categories, load_categories
from placeprint.simulation.country import Country
from placeprint.simulation.fields import standardise
from placeprint.simulation.names import BRANDS, FAMILIES, STREETS
from placeprint.simulation.people import STAGES
from placeprint.simulation.streams import stream
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["drivers_of", "places_table"]

CHUNK = 50_000
LIMIT = 2.5
MOST_OF_A_KIND = 60


def drivers_of(country: Country) -> FloatArray:
    """What the categories depend on: standard scores held within ±2.5, (n, 12)."""
    people, ground = country.people, country.ground
    stages = {name: people.stages[:, i] for i, name in enumerate(STAGES)}
    fields = [
        people.urbanity,
        people.wealth,
        people.education,
        people.industry,
        np.log(country.terrain.elevation),
        ground.forest,
        ground.farmland,
        ground.water,
        *(stages[name] for name in ("student", "young", "family", "retired")),
    ]
    return np.clip(np.stack([standardise(field) for field in fields], axis=1), -LIMIT, LIMIT)


def _counts(
    drivers: FloatArray, categories: Categories, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """The cell and the category of every place, cell after cell."""
    cells, kinds = [], []
    for begin in range(0, len(drivers), CHUNK):
        scores = drivers[begin : begin + CHUNK] @ categories.weights.T
        counts = np.minimum(rng.poisson(categories.rates * np.exp(scores)), MOST_OF_A_KIND)
        cell, kind = np.nonzero(counts)
        repeats = counts[cell, kind]
        cells.append(np.repeat(cell + begin, repeats))
        kinds.append(np.repeat(kind, repeats))
    return np.concatenate(cells), np.concatenate(kinds)


def _names(
    country: Country, cells: IntArray, kinds: IntArray, nouns: AnyArray, rng: np.random.Generator
) -> AnyArray:
    """A name for every place: of its family, its town, its street or its chain.

    A chain is of the discount, middle or upmarket tier where wealth + 0.5 ε is below −0.5,
    between, or above 0.7.
    """
    count = len(cells)
    noun = nouns[kinds, rng.integers(0, nouns.shape[1], count)]
    towns = country.towns.names[country.towns.nearest[cells, 0]]
    taste = country.people.wealth[cells] + 0.5 * rng.normal(size=count)
    tier = np.digitize(taste, [-0.5, 0.7])
    chains = np.stack(BRANDS)
    style = rng.random(count)
    first = np.select(
        [style < 0.3, style < 0.55, style < 0.8],
        [
            chains[tier, rng.integers(0, chains.shape[1], count)],
            FAMILIES[rng.integers(0, len(FAMILIES), count)],
            towns,
        ],
        STREETS[rng.integers(0, len(STREETS), count)],
    )
    return np.asarray(first + " " + noun)


def places_table(country: Country) -> pd.DataFrame:
    """Open the shops, schools, farms and peaks of the country, and name its towns.

    The number of places of category c in cell i is Poisson(rate_c · exp(Σ_d weight_cd z_id)), at
    most 60, for the drivers z of :func:`drivers_of`; every settlement is itself a place:
    ``place=city`` for the largest 5 %, ``place=town`` for the next 25 %, else ``place=village``.
    None depends on the networks, which show in mobility alone.

    Returns:
        name, category, lon, lat (degrees), in the order of the cells.

    Example:
        >>> from placeprint.simulation.country import found
        >>> places_table(found(200, seed=0)).columns.tolist()
        ['name', 'category', 'lon', 'lat']
    """
    rng = stream(country.seed, "places")
    categories, towns = load_categories(), country.towns
    cells, kinds = _counts(drivers_of(country), categories, rng)
    names = _names(country, cells, kinds, categories.nouns, rng)
    lon, lat = country.grid.points_in(np.concatenate([towns.cells, cells]), rng)
    rank = np.arange(len(towns.cells)) / len(towns.cells)
    labels = np.array(["place=city", "place=town", "place=village"], dtype=object)
    table = pd.DataFrame(
        {
            "name": np.concatenate([towns.names, names]),
            "category": np.concatenate(
                [labels[np.digitize(rank, [0.05, 0.3])], categories.names[kinds]]
            ),
            "lon": lon,
            "lat": lat,
        }
    )
    order = np.argsort(np.concatenate([towns.cells, cells]), kind="stable")
    return table.iloc[order].reset_index(drop=True)
