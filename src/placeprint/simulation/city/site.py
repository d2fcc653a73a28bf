"""Where the city lies: the largest settlement of a small simulated country."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.simulation.country import found
from placeprint.simulation.nearest import nearest
from placeprint.simulation.outline import Plane
from placeprint.typing import FloatArray

__all__ = ["Site", "site_of"]

CELLS = 200
NEIGHBOURS = 19


@dataclass(frozen=True)
class Site:
    """What the country gives to its capital.

    Attributes:
        name: Its name.
        plane: The flat map around its centre; geometries of the city are in metres on it.
        rich_side: (2,) unit vector towards where incomes rise in the country around it.
    """

    name: str
    plane: Plane
    rich_side: FloatArray

    def degrees(self, metres: FloatArray) -> FloatArray:
        """Points in metres on the flat map to longitude and latitude: (n, 2) → (n, 2).

        Example:
            >>> Site("A", Plane(10.0, 0.0), np.array([1.0, 0.0])).degrees(np.zeros((1, 2))).tolist()
            [[10.0, 0.0]]
        """
        lon, lat = self.plane.round_earth(*(np.asarray(metres).T / 1000.0))
        # A crossing of OpenStreetMap is stored to 1e-7 degrees, about a centimetre.
        return np.stack([lon, lat], axis=1).round(7)


def site_of(seed: int) -> Site:
    """Found the country of a seed (200 cells) and take the site of its largest settlement.

    The rich side is the direction of the least-squares plane through the wealth of the 19 cells
    nearest to the centre.

    Example:
        >>> site_of(0).name
        'Kesarbach'
    """
    country = found(CELLS, seed)
    grid, centre = country.grid, country.towns.cells[0]
    _, near = nearest(grid.sphere, grid.sphere[[centre]], k=NEIGHBOURS)
    around = near[0]
    design = np.stack([grid.x[around], grid.y[around], np.ones(len(around))], axis=1)
    slope = np.linalg.lstsq(design, country.people.wealth[around], rcond=None)[0][:2]
    return Site(
        name=str(country.towns.names[0]),
        plane=Plane(lon=float(grid.lon[centre]), lat=float(grid.lat[centre])),
        rich_side=slope / max(float(np.linalg.norm(slope)), 1e-12),
    )
