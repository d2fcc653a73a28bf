"""A taught coordinate encoder on disk: a configuration, tensors, and a model card.

::

    ENCODER/
      config.json         format, dim, degree, widths, dilation, area, what it is worth
      model.safetensors   layers.<i>.weight (out, in), layers.<i>.bias; targets.mean, targets.scale;
                          area.cells: the H3 cells it was taught in, as int64
      README.md           the model card
      model.onnx          where it was asked for
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from placeprint.encoders.position.covered_area import CoveredArea
from placeprint.encoders.position.dilation import Dilation
from placeprint.encoders.position.position_network import PositionNetwork
from placeprint.errors import InputError
from placeprint.files import read_json, replacing, write_json
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["FORMAT", "is_encoder", "read_encoder", "write_encoder"]

FORMAT: Final = 1
"""Version of the layout on disk."""

KIND: Final = "placeprint coordinate encoder"
"""What tells its config.json from any other."""


def is_encoder(folder: PathLike) -> bool:
    """Whether a folder holds an encoder, of this format or another.

    Example:
        >>> is_encoder("/nowhere")
        False
    """
    config = Path(folder) / "config.json"
    return config.is_file() and read_json(config).get("kind") == KIND


def write_encoder(
    folder: PathLike,
    network: PositionNetwork,
    targets: tuple[FloatArray, FloatArray],
    area: CoveredArea,
    about: dict[str, Any],
) -> None:
    """Write config.json and model.safetensors, each atomically; the configuration comes last.

    Args:
        folder: Where to.
        network: What gives standardised vectors.
        targets: (dim,) mean and scale of each number of a vector, which undo the standardising.
        area: Where it was taught.
        about: What else config.json says.
    """
    from safetensors.numpy import save_file

    tensors: dict[str, AnyArray] = {
        "targets.mean": targets[0].astype(np.float32),
        "targets.scale": targets[1].astype(np.float32),
        "area.cells": area.cells.view(np.int64),
    }
    for number, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        tensors[f"layers.{number}.weight"] = np.ascontiguousarray(weight.T)
        tensors[f"layers.{number}.bias"] = bias
    spread = network.dilation
    config = {
        "kind": KIND,
        "format": FORMAT,
        "dim": network.dim,
        "degree": network.degree,
        "widths": [len(bias) for bias in network.biases[:-1]],
        "dilation": None
        if spread is None
        else {"lon": spread.lon, "lat": spread.lat, "factor": spread.factor},
        "area": {
            "cells": len(area.cells),
            "resolution": area.resolution,
            "bounds": list(area.bounds),
        },
    }
    path = Path(folder)
    with replacing(path / "model.safetensors") as temporary:
        save_file(tensors, temporary, metadata={"format": "pt"})
    write_json(path / "config.json", config | about)


def read_encoder(folder: PathLike) -> tuple[PositionNetwork, CoveredArea, dict[str, Any]]:
    """Read what :func:`write_encoder` wrote.

    Returns:
        The network, with the standardising undone in its last layer; the area; config.json.

    Raises:
        InputError: If the folder holds no encoder, one of another format, or a damaged one.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = Path(folder)
    if not is_encoder(path):
        raise InputError(
            "there is no coordinate encoder here (no config.json of one)",
            source=path,
            hint="make one with `placeprint distill RUN --out ENCODER`",
        )
    config = read_json(path / "config.json")
    if config.get("format") != FORMAT:
        raise InputError(
            f"layout version {config.get('format')}, this release reads {FORMAT}",
            source=path / "config.json",
            hint="distil the run again",
        )
    try:
        tensors = load_file(path / "model.safetensors")
        network, area = _put_together(config, tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"cannot be read as the weights that config.json describes ({error})",
            source=path / "model.safetensors",
            hint="copy the whole folder again",
        ) from error
    return network, area, config


def _put_together(
    config: dict[str, Any], tensors: dict[str, AnyArray]
) -> tuple[PositionNetwork, CoveredArea]:
    widths = [config["degree"] ** 2, *config["widths"], config["dim"]]
    weights, biases = [], []
    for number, shape in enumerate(pairwise(widths)):
        weights.append(np.ascontiguousarray(tensors[f"layers.{number}.weight"].T))
        biases.append(tensors[f"layers.{number}.bias"])
        if weights[-1].shape != shape or biases[-1].shape != shape[1:]:
            raise ValueError(f"layer {number} is {weights[-1].shape}, expected {shape}")
    _check_numbers(tensors, (config["dim"],))
    weights[-1] = weights[-1] * tensors["targets.scale"]
    biases[-1] = biases[-1] * tensors["targets.scale"] + tensors["targets.mean"]
    spread = None if config["dilation"] is None else Dilation(**config["dilation"])
    network = PositionNetwork(config["degree"], tuple(weights), tuple(biases), spread)
    return network, CoveredArea(tensors["area.cells"].view(np.uint64))


def _check_numbers(tensors: dict[str, AnyArray], dim: tuple[int]) -> None:
    for name in ("targets.mean", "targets.scale"):
        if tensors[name].shape != dim:
            raise ValueError(f"{name} is {tensors[name].shape}, expected {dim}")
    cells = tensors["area.cells"]
    if cells.dtype != np.int64 or not len(cells):
        raise ValueError(f"area.cells are {len(cells)} of {cells.dtype}, expected H3 cells, int64")
    for name, values in sorted(tensors.items()):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds numbers that are not finite")
