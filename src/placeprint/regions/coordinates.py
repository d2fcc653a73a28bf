"""Checks on longitudes and latitudes before anything is computed from them."""

from __future__ import annotations

import numpy as np

from placeprint.errors import InputError
from placeprint.typing import FloatArray, PathLike

__all__ = ["check_lonlat"]


def check_lonlat(lon: FloatArray, lat: FloatArray, source: PathLike | None = None) -> None:
    """Refuse coordinates that are not degrees, longitude first.

    Args:
        lon: (n,) longitudes in degrees, −180 to 180.
        lat: (n,) latitudes in degrees, −90 to 90.
        source: The file they come from, for the message.

    Raises:
        InputError: If there are more of one than of the other, or a coordinate is missing or out
            of range, naming its row, counted from 1; when longitudes fit where latitudes were
            given, the message says that they look swapped.

    Example:
        >>> check_lonlat(np.array([24.9]), np.array([60.2]))
    """
    if len(lon) != len(lat):
        raise InputError(
            f"there are {len(lon)} longitudes and {len(lat)} latitudes, expected one of each "
            "for every point",
            source=source,
        )
    finite = np.isfinite(lon) & np.isfinite(lat)
    if not finite.all():
        row = int(np.flatnonzero(~finite)[0])
        raise InputError(
            f"row {row + 1} has longitude {lon[row]} and latitude {lat[row]}, expected two numbers",
            source=source,
            hint="leave out what has no coordinates",
        )
    good = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    if good.all():
        return
    row = int(np.flatnonzero(~good)[0])
    found = f"row {row + 1} has longitude {lon[row]} and latitude {lat[row]}"
    if bool(((np.abs(lat) <= 180) & (np.abs(lon) <= 90)).all()):
        raise InputError(
            f"{found}; longitude and latitude look swapped",
            source=source,
            hint="swap the two: longitude comes before latitude",
        )
    raise InputError(
        f"{found}, expected degrees within ±180 and ±90",
        source=source,
        hint="give degrees of EPSG:4326",
    )
