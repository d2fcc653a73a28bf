"""The weights of an embedder on disk: one safetensors file, no pickles."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from placeprint.files import replacing
from placeprint.models.mobclip.components import Components
from placeprint.models.mobclip.config import MobCLIPConfig
from placeprint.models.mobclip.embedding import Embedder
from placeprint.models.mobclip.flows import FlowProfile
from placeprint.models.mobclip.fusion import FusedGroup, Fusion
from placeprint.models.mobclip.network import MobCLIP

__all__ = ["load_weights", "save_weights"]


def save_weights(path: Path, embedder: Embedder) -> None:
    """Write the towers and the fusion, atomically."""
    tensors = {f"network.{name}": x for name, x in embedder.network.state_dict().items()}
    described: dict[str, object] = {
        "nodes": embedder.nodes.tolist(),
        "columns": embedder.columns,
    }
    if embedder.flows is not None:
        pairs = zip(embedder.flows.scales, embedder.flows.loadings, strict=True)
        for number, (scales, loadings) in enumerate(pairs):
            tensors[f"flows.{number}.scales"] = torch.from_numpy(scales)
            tensors[f"flows.{number}.loadings"] = torch.from_numpy(loadings)
        described["reliability"] = embedder.flows.reliability
    if embedder.fusion is not None:
        tensors["fusion.loadings"] = torch.from_numpy(embedder.fusion.loadings)
        tensors["fusion.rotation"] = torch.from_numpy(embedder.fusion.rotation)
        for name, group in embedder.fusion.groups.items():
            tensors |= {f"group.{name}.{part}": x for part, x in _group_tensors(group).items()}
        described["groups"] = {
            name: {
                "hops": group.hops,
                "factor": group.factor,
                "explained": group.components.explained,
            }
            for name, group in embedder.fusion.groups.items()
        }
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    metadata = {"embedder": json.dumps(described)}
    with replacing(path) as temporary:
        save_file(contiguous, temporary, metadata=metadata)


def load_weights(path: Path, config: MobCLIPConfig) -> Embedder:
    """Read what :func:`save_weights` wrote."""
    with safe_open(path, framework="pt") as file:
        described = json.loads(file.metadata()["embedder"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    state = _part(tensors, "network.")
    columns = described["columns"]
    sizes = {name: len(names) for name, names in columns.items()}
    network = MobCLIP(config, sizes, state.get("graph.features"))
    network.load_state_dict(state)
    nodes = pd.Index(described["nodes"], name="region_id")
    return Embedder(
        network, nodes, columns, _flows(tensors, described, nodes), _fusion(tensors, described)
    )


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _group_tensors(group: FusedGroup) -> dict[str, Tensor]:
    arrays = {
        "mean": group.components.mean,
        "scale": group.components.scale,
        "loadings": group.components.loadings,
        "centre": group.centre,
    }
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}


def _flows(
    tensors: dict[str, Tensor], described: dict[str, float], nodes: pd.Index
) -> FlowProfile | None:
    if "reliability" not in described:
        return None
    part = _part(tensors, "flows.")
    numbers = sorted({name.split(".")[0] for name in part})
    return FlowProfile(
        nodes,
        [part[f"{number}.scales"].numpy() for number in numbers],
        [part[f"{number}.loadings"].numpy() for number in numbers],
        described["reliability"],
    )


def _fusion(
    tensors: dict[str, Tensor], described: dict[str, dict[str, dict[str, float]]]
) -> Fusion | None:
    if "groups" not in described:
        return None
    groups = {}
    for name, numbers in described["groups"].items():
        arrays = {k: v.numpy() for k, v in _part(tensors, f"group.{name}.").items()}
        components = Components(
            arrays["mean"], arrays["scale"], arrays["loadings"], numbers["explained"]
        )
        groups[name] = FusedGroup(
            components, int(numbers["hops"]), arrays["centre"], numbers["factor"]
        )
    return Fusion(groups, tensors["fusion.loadings"].numpy(), tensors["fusion.rotation"].numpy())
