"""Scales from fine to coarse, and the unit of the coordinates that are divided by them."""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.errors import InputError, closest
from placeprint.typing import FloatArray

__all__ = ["UNITS", "check_choice", "check_scales", "frequencies", "in_unit"]

UNITS: Final = ("radians", "degrees")
"""Radians, as the formulas say; degrees, as widely copied code feeds to them."""


def frequencies(count: int, min_radius: float, max_radius: float) -> FloatArray:
    r"""Geometric frequencies.

    .. math:: f_s = 1 / r_s, \qquad r_s = r_{min} (r_{max} / r_{min})^{s / (S - 1)}

    Args:
        count: S.
        min_radius: The finest scale, in the unit of the coordinates.
        max_radius: The coarsest.

    Returns:
        (S,) float64, falling.

    Example:
        >>> frequencies(3, 1.0, 100.0).tolist()
        [1.0, 0.1, 0.01]
    """
    return 1.0 / np.geomspace(min_radius, max_radius, count)


def in_unit(degrees: FloatArray, unit: str) -> FloatArray:
    """Coordinates in degrees, in the unit of a formula.

    Example:
        >>> in_unit(np.array([180.0]), "radians").round(3).tolist()
        [3.142]
    """
    return np.radians(degrees) if unit == "radians" else degrees


def check_scales(count: int, min_radius: float, max_radius: float, unit: str) -> None:
    """Refuse scales that make no frequencies, or an unknown unit.

    Raises:
        InputError: If there is no frequency, the radii are not 0 < min ≤ max, or the unit is
            unknown.
    """
    if count < 1:
        raise InputError(f"n_frequencies is {count}", hint="give at least 1")
    if not 0 < min_radius <= max_radius:
        raise InputError(
            f"the radii go from {min_radius} to {max_radius}, expected 0 < min_radius ≤ max_radius",
            hint="give the finest scale as min_radius and the coarsest as max_radius",
        )
    check_choice("unit", unit, UNITS)


def check_choice(parameter: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse a word that is none of the choices.

    Raises:
        InputError: If it is not; the message names the closest.
    """
    if value not in choices:
        raise InputError(f"unknown {parameter} {value!r}", hint=closest(value, choices))
