"""What is to be predicted about the blocks, and the truth to judge by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.simulation.city.blocks import LAND_USES
from placeprint.simulation.city.city import City
from placeprint.simulation.city.functions import FUNCTIONS
from placeprint.typing import AnyArray

__all__ = ["block_labels", "block_truth", "building_truth"]


def _centres(city: City) -> dict[str, AnyArray]:
    degrees = city.site.degrees(city.blocks.centres)
    return {"lon": degrees[:, 0], "lat": degrees[:, 1]}


def block_labels(city: City) -> pd.DataFrame:
    """One label of each task a block, at a point inside it.

    Returns:
        lon, lat (degrees), population_density (people per km²), housing_price (crowns per m², NaN
        where no homes are sold), land_use (the name of the class); see
        :func:`placeprint.simulation.city.people.settle_people` for the formulas.

    Example:
        >>> from placeprint.simulation.city import found_city
        >>> len(block_labels(found_city(60, seed=0)))
        60
    """
    return pd.DataFrame(
        {
            **_centres(city),
            "population_density": city.people.density,
            "housing_price": city.people.price,
            "land_use": np.array(LAND_USES)[city.blocks.land_use],
        }
    )


def block_truth(city: City) -> pd.DataFrame:
    """What is true of the blocks: the labels and the latent scores behind them."""
    blocks, people = city.blocks, city.people
    return block_labels(city).assign(
        area_km2=blocks.area / 1e6,
        population=people.population,
        jobs=people.jobs,
        wealth=blocks.wealth,
        greenness=blocks.greenness,
        draw=blocks.draw,
        liveliness=blocks.liveliness,
        surroundings=people.surroundings,
    )


def building_truth(city: City, ids: AnyArray, values: AnyArray) -> pd.DataFrame:
    """What is true of the buildings.

    Args:
        city: The city.
        ids: (b,) their OpenStreetMap ids.
        values: (b,) what their ``building`` tag says.

    Returns:
        building_id, lon, lat, block (row of the truth of blocks), land_use, function, levels, tag.
    """
    buildings = city.buildings
    degrees = city.site.degrees(buildings.centres)
    return pd.DataFrame(
        {
            "building_id": ids,
            "lon": degrees[:, 0],
            "lat": degrees[:, 1],
            "block": buildings.block,
            "land_use": np.array(LAND_USES)[city.blocks.land_use[buildings.block]],
            "function": np.array(FUNCTIONS)[buildings.function],
            "levels": buildings.levels,
            "tag": values,
        }
    )
