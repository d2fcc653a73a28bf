"""Where a photograph was taken and which way the camera faced, from its EXIF tags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Pose", "pose_from_gps", "read_pose"]

GPS = 0x8825
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE, DIRECTION = 1, 2, 3, 4, 17
SIGNS = {"N": 1.0, "E": 1.0, "S": -1.0, "W": -1.0}


class Pose(NamedTuple):
    """Place and direction of a camera; NaN where unknown.

    Attributes:
        lon: Longitude in degrees.
        lat: Latitude in degrees.
        heading: Degrees clockwise from north.
    """

    lon: float
    lat: float
    heading: float


def pose_from_gps(tags: Mapping[int, Any]) -> Pose:
    """Read the GPS tags of EXIF.

        degrees = ±(d + m/60 + s/3600),  minus in the south and in the west

    Args:
        tags: Value by number of the tag: 1 to 4 (latitude and longitude, each with its letter) and
            17, GPSImgDirection. Whether that is from true or from magnetic north (tag 16) is not
            told apart: they differ by a few degrees where people live, the quarters by ninety.

    Returns:
        The pose, NaN for what is absent or no number; a latitude or longitude without its letter
        is unknown.

    Source: CIPA DC-008 (EXIF 2.32), 4.6.6 GPS attribute information.

    Example:
        >>> pose_from_gps({1: "S", 2: (33.0, 30.0, 0.0), 3: "E", 4: (18.0, 0.0, 36.0)})
        Pose(lon=18.01, lat=-33.5, heading=nan)
    """
    lat = _degrees(tags.get(LATITUDE), tags.get(LATITUDE_REF))
    lon = _degrees(tags.get(LONGITUDE), tags.get(LONGITUDE_REF))
    return Pose(lon, lat, _number(tags.get(DIRECTION)))


def read_pose(image: Image) -> Pose:
    """Read the pose of an opened photograph; only its header is read.

    Args:
        image: Of ``PIL.Image.open``.
    """
    return pose_from_gps(image.getexif().get_ifd(GPS))


def _degrees(value: Any, letter: Any) -> float:
    sign = SIGNS.get(str(letter).strip("\0 ").upper(), math.nan)
    if not isinstance(value, tuple) or len(value) != 3:
        return math.nan
    degrees, minutes, seconds = map(_number, value)
    return sign * (degrees + minutes / 60 + seconds / 3600)


def _number(value: Any) -> float:
    """A rational of EXIF as a number; one with denominator zero is NaN."""
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return math.nan
    return number if math.isfinite(number) else math.nan
