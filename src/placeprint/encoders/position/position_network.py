"""Coordinates → spherical harmonics → multilayer perceptron, many points at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from placeprint.encoders.position.dilation import Dilation
from placeprint.encoders.position.neighbouring import interpolation, neighbouring, nodes_for
from placeprint.encoders.position.spherical_harmonics import harmonics
from placeprint.machine_code import threads
from placeprint.typing import FloatArray, IntArray

__all__ = ["PositionNetwork"]

BATCH: Final = 1024
"""Points at a time: some megabytes."""

TOGETHER: Final = 16
"""Points that are to be the nearest within a batch."""

PART: Final = 2**20
"""Points that are sorted together: what is held beside the result does not grow with it."""


@dataclass(frozen=True, eq=False)
class PositionNetwork:
    r"""A perceptron on the spherical harmonics of a position.

    .. math::
        h_0 = Y(λ, φ), \quad h_i = \max(0, W_i h_{i-1} + b_i), \quad f = W_{k+1} h_k + b_{k+1}

    Y is computed in double precision, the rest in single. Many points are not computed one by one:

    * they are put into batches of neighbours. A batch is small against the finest harmonic, so
      :math:`W_1 Y + b_1`, a smooth function of longitude and latitude, is computed at a few
      Chebyshev nodes and interpolated, to about 1e-7 of its size;
    * of each layer only what those units say that are not silent is added up
      (:func:`~placeprint.encoders.position.perceptron_kernel.fill_outputs`).

    Both leave the result what it is, up to rounding: a vector differs by some 1e-6 with the points
    that it is computed beside.

    Attributes:
        degree: L; Y has L² values.
        weights: (in, out) float32, one a layer.
        biases: (out,) float32, one a layer.
        dilation: What is done to the sphere first; None: nothing.
    """

    degree: int
    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]
    dilation: Dilation | None = None

    @property
    def dim(self) -> int:
        """Numbers of a vector."""
        return int(self.weights[-1].shape[1])

    def inputs(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """(n, L²) float64 harmonics of places in degrees, after the dilation."""
        if self.dilation is not None:
            lon, lat = self.dilation(lon, lat)
        return harmonics(lon, lat, self.degree)

    def __call__(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """(n, dim) float32 vectors of places in degrees."""
        values = np.empty((len(lon), self.dim), dtype=np.float32)
        self.fill(values, np.arange(len(lon)), lon, lat)
        return values

    def fill(self, values: FloatArray, rows: IntArray, lon: FloatArray, lat: FloatArray) -> None:
        """Write the vectors of places into rows of a larger table.

        Args:
            values: (m, dim) float32, written to.
            rows: (n,) which of its rows.
            lon: (n,) degrees.
            lat: (n,) degrees.
        """

        def write(batch: IntArray) -> None:
            values[rows[batch]] = self._after_first(self._first(lon[batch], lat[batch]))

        if len(lon) <= BATCH:
            for batch in self._batches(lon, lat, 0):
                write(batch)
            return
        # One thread a batch: its products are too small to be shared out.
        with threadpool_limits(1), ThreadPoolExecutor(threads()) as pool:
            for start in range(0, len(lon), PART):
                part = slice(start, start + PART)
                for _ in pool.map(write, self._batches(lon[part], lat[part], start)):
                    pass

    def _batches(self, lon: FloatArray, lat: FloatArray, start: int) -> Iterator[IntArray]:
        if 0 < len(lon) <= TOGETHER:
            yield start + np.arange(len(lon))
            return
        for batch in neighbouring(lon, lat, BATCH, TOGETHER):
            yield start + batch

    def _first(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """(n, w₁) what the first layer makes of places that lie beside each other."""
        band = (self.degree - 1) * (self.dilation.factor if self.dilation else 1.0)
        east, north = (
            nodes_for(band, np.radians(degrees.max() - degrees.min()) / 2, most=len(lon))
            for degrees in (lon, lat)
        )
        if 2 * east * north > len(lon):
            return self.inputs(lon, lat).astype(np.float32) @ self.weights[0] + self.biases[0]
        columns, across = interpolation(lon, east)
        rows, along = interpolation(lat, north)
        at = self.inputs(np.tile(columns, north), np.repeat(rows, east)).astype(np.float32)
        signals = at @ self.weights[0] + self.biases[0]
        rising, flat = along.astype(np.float32), across.astype(np.float32)
        return (rising[:, :, None] * flat[:, None, :]).reshape(len(lon), -1) @ signals

    def _after_first(self, signals: FloatArray) -> FloatArray:
        from placeprint.encoders.position.perceptron_kernel import fill_outputs

        n = len(signals)
        if n % 4:
            signals = np.vstack([signals, np.repeat(signals[-1:], 4 - n % 4, axis=0)])
        values = np.empty((len(signals), self.dim), dtype=np.float32)
        fill_outputs(signals, *self._packed, values)
        return values[:n]

    @cached_property
    def _packed(self) -> tuple[FloatArray, FloatArray, IntArray]:
        """The layers after the first as the kernel takes them."""
        padded = [np.vstack([each, np.zeros_like(each[:1])]).ravel() for each in self.weights[1:]]
        widths = np.array([len(bias) for bias in self.biases], dtype=np.int64)
        return np.concatenate(padded), np.concatenate(self.biases[1:]), widths
