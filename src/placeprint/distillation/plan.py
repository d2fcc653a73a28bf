"""What a student looks like, and what its harmonics can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from placeprint.distillation.settings import DistillSettings
from placeprint.encoders.position.dilation import Dilation
from placeprint.regions.metric import EARTH_RADIUS_M

__all__ = ["Plan", "make_plan"]

LARGEST_DEGREE: Final = 64
"""4,096 numbers a place; beyond, the first layer outweighs all others."""

LEAST_DEGREE: Final = 8

REGIONS_A_FUNCTION: Final = 8

PUBLISHED_WIDTH: Final = 512


@dataclass(frozen=True)
class Plan:
    """The architecture of a student.

    Attributes:
        degree: L.
        widths: Units of each hidden layer.
        dilation: What is done to the sphere first; None: nothing.
        cell_km: The edge of a square as large as the median region.
    """

    degree: int
    widths: tuple[int, ...]
    dilation: Dilation | None
    cell_km: float

    @property
    def resolved_km(self) -> float:
        r"""Half the shortest wavelength of the harmonics, :math:`πR / L`, in km.

        After a dilation by s that of the middle of the area, s times as short.
        """
        factor = self.dilation.factor if self.dilation else 1.0
        return float(np.pi * EARTH_RADIUS_M / 1000 / self.degree / factor)

    def warning(self) -> str:
        """What speaks against the harmonics; empty if nothing does."""
        if self.cell_km >= self.resolved_km or self.dilation is not None:
            return ""
        return (
            f"The regions are about {self.cell_km:,.3g} km across, and harmonics of "
            f"{self.degree} degrees tell places {self.resolved_km:,.3g} km apart from each other: "
            "what is finer, the network has to make of small differences. For a smaller area try "
            "--set degree=auto --set width=auto --set hidden_layers=auto."
        )


def make_plan(
    settings: DistillSettings, centroids: pd.DataFrame, areas_km2: pd.Series, dim: int
) -> Plan:
    r"""The architecture that settings ask for, or that fits the regions where they say ``auto``.

    * degree: the area is spread over a hemisphere (:class:`Dilation`), where about L²/2 of the L²
      harmonics are independent; L is such that there is one for each eight regions,
      :math:`L = \tfrac12 \sqrt n`, from 8 to 64. More would fit the regions and swing between
      them;
    * width: as many weights between hidden layers as half the numbers to be learnt, n · dim, in
      steps of 64 up to the published 512;
    * hidden layers: 4, or the published 8 at the published width.

    Args:
        settings: What is asked for.
        centroids: Columns lon and lat in degrees of the n regions that teach.
        areas_km2: Their areas.
        dim: Numbers of a vector.

    Example:
        >>> centres = pd.DataFrame({"lon": np.linspace(5, 6, 900), "lat": 50.0})
        >>> areas = pd.Series(np.full(900, 25.0))
        >>> make_plan(DistillSettings(), centres, areas, 128).degree
        32
        >>> settings = DistillSettings(degree="auto", width="auto", hidden_layers="auto")
        >>> plan = make_plan(settings, centres, areas, 128)
        >>> plan.degree, plan.widths, round(plan.dilation.factor, -1)
        (15, (128, 128, 128, 128), 360.0)
    """
    n = len(centroids)
    dilation = None
    if settings.degree == "auto":
        dilation = Dilation.of(centroids["lon"].to_numpy(), centroids["lat"].to_numpy())
        degree = int(np.clip(round(np.sqrt(n) / 2), LEAST_DEGREE, LARGEST_DEGREE))
    else:
        degree = settings.degree
    width = settings.width
    if width == "auto":
        between = np.sqrt(n * dim / 2 / 3)
        width = int(np.clip(64 * round(between / 64), 64, PUBLISHED_WIDTH))
    layers = settings.hidden_layers
    if layers == "auto":
        layers = 8 if width >= PUBLISHED_WIDTH else 4
    cell = float(np.sqrt(areas_km2.median()))
    return Plan(degree, (width,) * layers, dilation, cell)
