"""The weights of an UrbanMFM on disk: one safetensors file, no pickles."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

from placeprint.files import replacing
from placeprint.models.fusion_state import fusion_from_state, fusion_state, with_prefix
from placeprint.models.urbanmfm.config import UrbanMFMConfig
from placeprint.models.urbanmfm.embedding import Embedder
from placeprint.models.urbanmfm.network import UrbanMFM

__all__ = ["load_weights", "save_weights"]


def save_weights(path: Path, embedder: Embedder) -> None:
    """Write the model and the fusions, atomically."""
    network = embedder.network
    tensors = {f"network.{name}": x for name, x in network.state_dict().items()}
    described: dict[str, object] = {
        "categories": embedder.categories,
        "text_size": len(network.text.mean),
        "descriptor_size": len(network.descriptors.mean),
        "pictures": network.images is not None,
    }
    for name, fusion in (("regions", embedder.regions), ("entities", embedder.entities)):
        if fusion is not None:
            parts, described[name] = fusion_state(fusion)
            tensors |= {f"{name}.{key}": value for key, value in parts.items()}
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    with replacing(path) as temporary:
        save_file(contiguous, temporary, metadata={"embedder": json.dumps(described)})


def load_weights(path: Path, config: UrbanMFMConfig) -> Embedder:
    """Read what :func:`save_weights` wrote."""
    with safe_open(path, framework="pt") as file:
        described = json.loads(file.metadata()["embedder"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    # The weights come from the file, whatever checkpoint the training started from.
    network = UrbanMFM(
        config.model_copy(update={"image_weights": None}),
        text_size=described["text_size"],
        descriptor_size=described["descriptor_size"],
        pictures=described["pictures"],
    )
    network.load_state_dict(with_prefix(tensors, "network."))
    fusions = {
        name: fusion_from_state(with_prefix(tensors, f"{name}."), described[name])
        for name in ("regions", "entities")
        if name in described
    }
    return Embedder(
        network, described["categories"], fusions.get("regions"), fusions.get("entities")
    )
