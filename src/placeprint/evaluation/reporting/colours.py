"""Colours that mean something: of vectors, of values on a scale, of errors around zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from placeprint.evaluation.reporting.numbers import decimal
from placeprint.typing import AnyArray, FloatArray

__all__ = ["Scale", "principal_colours"]

_TAILS: Final = (2, 98)
"""Percentiles between which values are spread over the colours."""

_STOPS: Final = 9
_STEPS: Final = 32
"""Even steps of a scale; a picture of more colours is larger, and reads no better."""

_LIGHTNESS: Final = (0.42, 0.92)
_CHROMA: Final = 0.13

_OKLAB_TO_LMS: Final = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_LMS_TO_RGB: Final = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def principal_colours(vectors: pd.DataFrame) -> tuple[AnyArray, FloatArray]:
    """A colour for each vector, such that similar vectors have similar colours.

    The first principal component becomes lightness, the second the way from blue to yellow, the
    third that from green to red, each spread between its 2nd and 98th percentile in the
    perceptually even space OKLab. So the two strongest components stay visible to the colour-blind.

    Args:
        vectors: (n, d) one row per region.

    Returns:
        (n, 3) uint8 red, green, blue, and (3,) the share of the variance in each component.

    Source:
        Ottosson 2020, "A perceptual color space for image processing" (OKLab).

    Example:
        >>> line = pd.DataFrame({"0": [0.0, 1.0, 2.0]})
        >>> colours, shares = principal_colours(line)
        >>> (np.diff(colours.astype(int), axis=0) > 0).all(), shares.tolist()
        (np.True_, [1.0, 0.0, 0.0])
    """
    values = vectors.to_numpy(dtype=np.float64)
    values = values - values.mean(axis=0)
    spread, axes = np.linalg.eigh(values.T @ values)
    spread, axes = spread[::-1].clip(min=0), axes[:, ::-1]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(len(axes))] < 0, -1, 1)
    kept = min(3, len(spread))
    components = np.zeros((len(values), 3))
    components[:, :kept] = values @ axes[:, :kept]
    shares = np.zeros(3)
    shares[:kept] = spread[:kept] / max(spread.sum(), np.finfo(np.float64).tiny)
    light, yellow, red = _stretch(components).T
    lightness = _LIGHTNESS[0] + light * (_LIGHTNESS[1] - _LIGHTNESS[0])
    chroma = (2 * np.stack([red, yellow]) - 1) * _CHROMA
    return _from_oklab(np.column_stack([lightness, *chroma])), shares


def _stretch(components: FloatArray) -> FloatArray:
    """Each column spread over 0 to 1 between its tails; one without any spread becomes 0.5."""
    low, high = np.percentile(components, _TAILS, axis=0)
    flat = high - low <= 1e-9 * np.abs(components).max()
    stretched: FloatArray = ((components - low) / np.where(flat, 1, high - low)).clip(0, 1)
    stretched[:, flat] = 0.5
    return stretched


def _from_oklab(oklab: FloatArray) -> AnyArray:
    linear = ((oklab @ _OKLAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T).clip(0, 1)
    gamma = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray((gamma * 255).round().astype(np.uint8))


@dataclass(frozen=True)
class Scale:
    """A range of values and the colours they are shown in; values beyond it take its ends.

    Attributes:
        low: The value at the lower end.
        high: The value at the upper end.
        palette: The name of the colours: viridis for values, RdBu_r for errors; both can be told
            apart by the colour-blind.
    """

    low: float
    high: float
    palette: str

    @classmethod
    def of_values(cls, values: FloatArray) -> Scale:
        """A scale that spans the bulk of the values.

        Example:
            >>> Scale.of_values(np.linspace(0, 100, 101)).ticks
            ['2', '50', '98']
        """
        low, high = np.nanpercentile(values, _TAILS)
        return cls(float(low), float(high), "viridis")

    @classmethod
    def of_errors(cls, errors: FloatArray) -> Scale:
        """A scale with zero in its middle that spans the bulk of the errors."""
        reach = float(np.nanpercentile(np.abs(errors), _TAILS[1]))
        return cls(-reach, reach, "RdBu_r")

    def colours(self, values: FloatArray) -> AnyArray:
        """The colour of each value, (n, 3) uint8, in even steps; any colour for NaN."""
        position = (np.nan_to_num(values, nan=self.low) - self.low) / ((self.high - self.low) or 1)
        return self._sample((position.clip(0, 1) * _STEPS).round() / _STEPS)

    def _sample(self, position: FloatArray) -> AnyArray:
        from matplotlib import colormaps

        return np.asarray(colormaps[self.palette](position, bytes=True)[:, :3])

    @property
    def stops(self) -> list[str]:
        """Evenly spaced colours from low to high, in hexadecimal."""
        return ["#" + bytes(stop).hex() for stop in self._sample(np.linspace(0, 1, _STOPS))]

    @property
    def ticks(self) -> list[str]:
        """What the lower end, the middle and the upper end stand for."""
        return [decimal(value) for value in (self.low, (self.low + self.high) / 2, self.high)]
