"""Smooth random fields over a plane, at scattered points or on a lattice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeprint.typing import FloatArray

__all__ = ["SmoothField", "smooth_field", "standardise"]


@dataclass(frozen=True)
class SmoothField:
    """A Gaussian random field as a sum of m plane waves (random Fourier features).

    f(x, y) = √(2/m) Σ_k cos(a_k x + b_k y + φ_k), with mean 0, variance 1 and covariance
    exp(−r² / 2 scale²) when a, b ~ N(0, 1/scale²) and φ ~ U(0, 2π).

    Attributes:
        waves_x: (m,) a, per km.
        waves_y: (m,) b, per km.
        phases: (m,) φ, radians.

    Source: Rahimi & Recht, "Random Features for Large-Scale Kernel Machines", NIPS 2007.
    """

    waves_x: FloatArray
    waves_y: FloatArray
    phases: FloatArray

    def at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """The field at n points: x, y in km → (n,).

        Example:
            >>> field = smooth_field(np.random.default_rng(0), scale=10.0)
            >>> field.at(np.zeros(3), np.zeros(3)).shape
            (3,)
        """
        total = np.zeros(np.shape(x))
        for wave_x, wave_y, phase in zip(self.waves_x, self.waves_y, self.phases, strict=True):
            total += np.cos(wave_x * x + wave_y * y + phase)
        return np.asarray(np.sqrt(2.0 / len(self.phases)) * total)

    def on_lattice(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """The field on a lattice, as one matrix product: x (w,), y (h,) in km → (h, w) float32.

        A wave factors over the axes: cos(ax + by + φ) = cos(by)cos(ax + φ) − sin(by)sin(ax + φ).

        Example:
            >>> field = smooth_field(np.random.default_rng(0), scale=10.0)
            >>> field.on_lattice(np.arange(4.0), np.arange(2.0)).shape
            (2, 4)
        """
        across = np.outer(self.waves_x, x) + self.phases[:, None]
        down = np.outer(y, self.waves_y)
        left = np.concatenate([np.cos(down), -np.sin(down)], axis=1).astype(np.float32)
        right = np.concatenate([np.cos(across), np.sin(across)], axis=0).astype(np.float32)
        return np.asarray(np.float32(np.sqrt(2.0 / len(self.phases))) * (left @ right))


def smooth_field(rng: np.random.Generator, scale: float, modes: int = 64) -> SmoothField:
    """Draw a random field.

    Args:
        rng: Random generator.
        scale: The distance in km over which it stays alike (covariance falls to e^-½).
        modes: How many waves make it up.

    Example:
        >>> smooth_field(np.random.default_rng(0), scale=10.0, modes=8).phases.shape
        (8,)
    """
    waves = rng.normal(scale=1.0 / scale, size=(2, modes))
    return SmoothField(waves[0], waves[1], rng.uniform(0.0, 2.0 * np.pi, modes))


def standardise(values: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Shift and scale values to mean 0 and standard deviation 1, if need be weighted.

    Example:
        >>> standardise(np.array([1.0, 3.0])).tolist()
        [-1.0, 1.0]
    """
    mean = np.average(values, weights=weights)
    spread = np.sqrt(np.average((values - mean) ** 2, weights=weights))
    return np.asarray((values - mean) / max(float(spread), 1e-12))
