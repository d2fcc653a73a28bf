"""The simulated city as a whole: everything that is true of it."""

from __future__ import annotations

from dataclasses import dataclass

from placeprint.simulation.city.blocks import Blocks, develop
from placeprint.simulation.city.buildings import Buildings, build_up
from placeprint.simulation.city.lots import Lots, parcel
from placeprint.simulation.city.people import People, settle_people
from placeprint.simulation.city.places import Places, open_places
from placeprint.simulation.city.site import Site, site_of
from placeprint.simulation.city.streets import Streets, lay_streets

__all__ = ["City", "found_city"]


@dataclass(frozen=True)
class City:
    """The truth about a simulated city, from which all its raw files are drawn.

    Attributes:
        seed: Its seed.
        site: Where in the country it lies.
        streets: The street network.
        blocks: The blocks and what is latent in them.
        lots: The lots of the blocks.
        buildings: The buildings on the lots.
        places: Points of interest.
        people: Population, jobs, prices.
    """

    seed: int
    site: Site
    streets: Streets
    blocks: Blocks
    lots: Lots
    buildings: Buildings
    places: Places
    people: People


def found_city(blocks: int, seed: int) -> City:
    """Found a city: site, streets, blocks, lots, buildings, places, people, in this order.

    Args:
        blocks: How many blocks.
        seed: Its seed; the same seed gives the same city.

    Example:
        >>> city = found_city(60, seed=0)
        >>> len(city.blocks) == len(city.people.population) == 60
        True
    """
    site = site_of(seed)
    streets = lay_streets(site, blocks, seed)
    developed = develop(site, streets, seed)
    lots = parcel(developed, seed)
    buildings = build_up(developed, lots, seed)
    return City(
        seed=seed,
        site=site,
        streets=streets,
        blocks=developed,
        lots=lots,
        buildings=buildings,
        places=open_places(streets, developed, lots, buildings, seed),
        people=settle_people(developed, buildings, seed),
    )
