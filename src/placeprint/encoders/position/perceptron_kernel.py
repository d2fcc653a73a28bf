"""A multilayer perceptron that computes only with what speaks, in machine code."""

from __future__ import annotations

from typing import Final

import numpy as np

from placeprint.machine_code import compiled
from placeprint.typing import FloatArray, IntArray

__all__ = ["TOGETHER", "fill_outputs"]

TOGETHER: Final = 64
"""Points that go through a layer together, so that its weights are fetched once for all."""


@compiled(fastmath={"contract"}, division="numpy")
def fill_outputs(
    signals: FloatArray,
    weights: FloatArray,
    biases: FloatArray,
    widths: IntArray,
    values: FloatArray,
) -> None:
    """Write what the layers after the first make of its signals.

    After a ReLU most units of a trained network are silent, and points that lie side by side
    mostly hear the same units. For each four only the rows of the weights of the units that one of
    them hears are read, and each row serves all four. Nothing is left out but products with zero.

    Args:
        signals: (n, w₁) float32 pre-activations of the first hidden layer, n a multiple of 4,
            neighbours beside each other.
        weights: The matrices of the following layers, (in + 1, out) each, one after the other; the
            last row of each is zero.
        biases: Their biases, one after the other.
        widths: (layers + 1,) int64 w₁, …, dim.
        values: (n, dim) float32, overwritten.
    """
    widest = widths.max() + 1
    heard = np.zeros((TOGETHER, widest), np.float32)
    made = np.zeros((TOGETHER, widest), np.float32)
    units = np.empty(widest + 3, np.int64)
    for first in range(0, len(signals), TOGETHER):
        points = min(TOGETHER, len(signals) - first)
        for point in range(points):
            for unit in range(widths[0]):
                heard[point, unit] = max(signals[first + point, unit], np.float32(0))
        at, bias_at = 0, 0
        for layer in range(len(widths) - 1):
            inputs, outputs = widths[layer], widths[layer + 1]
            matrix = weights[at : at + (inputs + 1) * outputs].reshape(inputs + 1, outputs)
            bias = biases[bias_at : bias_at + outputs]
            at, bias_at = at + (inputs + 1) * outputs, bias_at + outputs
            heard[:, inputs] = 0
            for point in range(0, points, 4):
                _four(heard[point : point + 4], matrix, bias, units, made[point : point + 4])
            if layer < len(widths) - 2:
                for point in range(points):
                    for o in range(outputs):
                        made[point, o] = max(made[point, o], np.float32(0))
            heard, made = made, heard
        for point in range(points):
            for o in range(outputs):
                values[first + point, o] = heard[point, o]


@compiled(fastmath={"contract"}, division="numpy")
def _four(
    heard: FloatArray, matrix: FloatArray, bias: FloatArray, units: IntArray, made: FloatArray
) -> None:
    """One layer for four points; four units at a time, so that sums stay in registers."""
    inputs, outputs = matrix.shape[0] - 1, matrix.shape[1]
    h0, h1, h2, h3 = heard[0], heard[1], heard[2], heard[3]
    count = 0
    for unit in range(inputs):
        units[count] = unit
        count += (h0[unit] > 0) | (h1[unit] > 0) | (h2[unit] > 0) | (h3[unit] > 0)
    units[count : count + 3] = inputs  # the row of zeros, up to a multiple of four
    y0, y1, y2, y3 = made[0], made[1], made[2], made[3]
    for o in range(outputs):
        y0[o] = bias[o]
        y1[o] = bias[o]
        y2[o] = bias[o]
        y3[o] = bias[o]
    for some in range(0, count, 4):
        i, j, k, l = units[some], units[some + 1], units[some + 2], units[some + 3]  # noqa: E741
        wi, wj, wk, wl = matrix[i], matrix[j], matrix[k], matrix[l]
        a0, b0, c0, d0 = h0[i], h0[j], h0[k], h0[l]
        a1, b1, c1, d1 = h1[i], h1[j], h1[k], h1[l]
        a2, b2, c2, d2 = h2[i], h2[j], h2[k], h2[l]
        a3, b3, c3, d3 = h3[i], h3[j], h3[k], h3[l]
        for o in range(outputs):
            p, q, r, s = wi[o], wj[o], wk[o], wl[o]
            y0[o] += a0 * p + b0 * q + c0 * r + d0 * s
            y1[o] += a1 * p + b1 * q + c1 * r + d1 * s
            y2[o] += a2 * p + b2 * q + c2 * r + d2 * s
            y3[o] += a3 * p + b3 * q + c3 * r + d3 * s
