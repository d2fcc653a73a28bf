"""The weights of an embedder on disk: one safetensors file, no pickles."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from placeprint.files import replacing
from placeprint.models.fusion_state import fusion_from_state, fusion_state, with_prefix
from placeprint.models.mobclip.config import MobCLIPConfig
from placeprint.models.mobclip.embedding import Embedder
from placeprint.models.mobclip.flows import FlowProfile
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
        fused, described["groups"] = fusion_state(embedder.fusion)
        tensors |= fused
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    metadata = {"embedder": json.dumps(described)}
    with replacing(path) as temporary:
        save_file(contiguous, temporary, metadata=metadata)


def load_weights(path: Path, config: MobCLIPConfig) -> Embedder:
    """Read what :func:`save_weights` wrote."""
    with safe_open(path, framework="pt") as file:
        described = json.loads(file.metadata()["embedder"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    state = with_prefix(tensors, "network.")
    columns = described["columns"]
    sizes = {name: len(names) for name, names in columns.items()}
    network = MobCLIP(config, sizes, state.get("graph.features"))
    network.load_state_dict(state)
    nodes = pd.Index(described["nodes"], name="region_id")
    fusion = fusion_from_state(tensors, described["groups"]) if "groups" in described else None
    return Embedder(network, nodes, columns, _flows(tensors, described, nodes), fusion)


def _flows(
    tensors: dict[str, Tensor], described: dict[str, float], nodes: pd.Index
) -> FlowProfile | None:
    if "reliability" not in described:
        return None
    part = with_prefix(tensors, "flows.")
    numbers = sorted({name.split(".")[0] for name in part})
    return FlowProfile(
        nodes,
        [part[f"{number}.scales"].numpy() for number in numbers],
        [part[f"{number}.loadings"].numpy() for number in numbers],
        described["reliability"],
    )
