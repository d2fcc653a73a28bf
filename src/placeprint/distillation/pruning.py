"""Units that are silent everywhere in the taught area, left out of the network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from placeprint.encoders.position.position_network import PositionNetwork
from placeprint.typing import FloatArray

__all__ = ["pruned"]

CHUNK: Final = 4096


def pruned(network: PositionNetwork, lon: FloatArray, lat: FloatArray) -> PositionNetwork:
    """The network without the units that say nothing at any of some points.

    At a large learning rate many units of a ReLU network fall silent for good: a third to a half
    of those of the published student. They cost time, and add nothing to any vector.

    Args:
        network: The network.
        lon: (n,) longitudes in degrees of points all over the area it is used in.
        lat: (n,) latitudes.

    Returns:
        A network of narrower layers, at least one unit each, that gives these points the same
        vectors.
    """
    speaks = [np.zeros(len(bias), dtype=bool) for bias in network.biases[:-1]]
    for start in range(0, len(lon), CHUNK):
        part = slice(start, start + CHUNK)
        hidden = network.inputs(lon[part], lat[part]).astype(np.float32)
        for layer, heard in enumerate(speaks):
            hidden = np.maximum(hidden @ network.weights[layer] + network.biases[layer], 0)
            heard |= (hidden > 0).any(axis=0)
    for heard in speaks:
        heard[0] |= not heard.any()
    kept: list[Any] = [slice(None), *speaks, slice(None)]
    weights = tuple(
        np.ascontiguousarray(weight[before][:, after])
        for weight, before, after in zip(network.weights, kept, kept[1:], strict=False)
    )
    biases = tuple(bias[after] for bias, after in zip(network.biases, kept[1:], strict=True))
    return replace(network, weights=weights, biases=biases)
