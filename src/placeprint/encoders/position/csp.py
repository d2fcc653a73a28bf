"""CSP's published location encoder: trained to match photographs of species or of land use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.encoders.position.scales import frequencies, in_unit
from placeprint.encoders.position.space2vec import space2vec
from placeprint.encoders.position.weights import part, read_weights, setting
from placeprint.errors import InputError, listing
from placeprint.typing import FloatArray, PathLike

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CSP"]

_ENCODINGS: Final = {
    "gridcell": ("grid", "degrees"),
    "gridcellnorm": ("grid", "degrees"),  # the published code turns to radians too late
    "theory": ("theory", "degrees"),
    "theorynorm": ("theory", "radians"),
}
"""``spa_enc_type`` → variant of Space2Vec and unit of the coordinates."""

_ACTIVATIONS: Final = ("leakyrelu", "relu", "sigmoid", "tanh", "gelu")

LEAK: Final = 0.2
"""Slope of the leaky ReLU below zero, in the published code."""


class CSP(PositionEncoder):
    r"""CSP's location encoder, from a checkpoint that is already here.

    Space2Vec features go through fully connected layers,

    .. math::
        h_i = \mathrm{norm}_i \big( a(W_i h_{i-1} + b_i) + s_i h_{i-1} \big)

    where a is the activation that the checkpoint names (the leaky ReLU has slope 0.2),
    :math:`s_i` is 1 if it was trained with skip connections and the layer is square, and norm is
    a layer normalisation where the checkpoint has one: after all layers but the last.

    The published checkpoints are of the type ``gridcell``; ``gridcellnorm``, ``theory`` and
    ``theorynorm`` of the same code are read as well.

    Args:
        checkpoint: A ``model_*.pth.tar`` of CSP, or its tensors as safetensors.

    Raises:
        InputError: At fit, if the file is no such checkpoint, or of another type.

    Source:
        Mai et al. 2023, "CSP" (ICML); github.com/gengchenmai/csp, main/utils.py and module.py.

    Example:
        >>> encoder = CSP("model_inat_2018_gridcell.pth.tar")
        >>> encoder.fit_transform([[24.9, 60.2]]).shape  # doctest: +SKIP
        (1, 256)
    """

    def __init__(self, checkpoint: PathLike) -> None:
        self.checkpoint = checkpoint

    def _prepare(self) -> None:
        tensors, settings = read_weights(self.checkpoint, settings="params")
        kind = self._one_of(settings, "spa_enc_type", tuple(_ENCODINGS))
        self._one_of(settings, "freq_init", ("geometric",))
        self.activation_ = self._one_of(settings, "spa_f_act", _ACTIVATIONS)
        self.skips_ = self._one_of(settings, "skip_connection", (True, False))
        self.variant_, self.unit_ = _ENCODINGS[kind]
        count, finest, coarsest = (
            setting(settings, name, self.checkpoint)
            for name in ("frequency_num", "min_radius", "max_radius")
        )
        self.frequencies_ = frequencies(int(count), float(finest), float(coarsest))
        # an unsupervised checkpoint wraps the encoder as loc_enc and holds it as spa_enc as well
        self.layers_ = self._layers(part(tensors, "spa_enc.ffn.layers.", self.checkpoint))

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        import torch
        from torch.nn.functional import layer_norm, linear

        points = in_unit(np.column_stack([lon, lat]), self.unit_)
        features = space2vec(points, self.variant_, self.frequencies_)
        hidden = torch.from_numpy(features).float()
        with torch.inference_mode():
            for layer in self.layers_:
                weight = layer["linear.weight"]
                following = _activate(
                    linear(hidden, weight, layer["linear.bias"]), self.activation_
                )
                if self.skips_ and weight.shape[0] == weight.shape[1]:
                    following = following + hidden
                if "layernorm.weight" in layer:
                    norm = layer["layernorm.weight"], layer["layernorm.bias"]
                    following = layer_norm(following, norm[0].shape, *norm)
                hidden = following
        values: FloatArray = hidden.double().numpy()
        return values

    def _names(self) -> list[str]:
        return [f"csp{number}" for number in range(len(self.layers_[-1]["linear.bias"]))]

    def _one_of(self, settings: dict[str, Any], name: str, known: tuple[Any, ...]) -> Any:
        value = setting(settings, name, self.checkpoint)
        if value not in known:
            raise InputError(
                f"{name} is {value!r}, and placeprint knows only {listing(known)}",
                source=self.checkpoint,
                hint="give one of the published checkpoints, which are of the type gridcell",
            )
        return value

    def _layers(self, network: dict[str, Tensor]) -> list[dict[str, Tensor]]:
        numbers = sorted({int(name.split(".", 1)[0]) for name in network})
        layers = [part(network, f"{number}.", self.checkpoint) for number in numbers]
        width = (4 if self.variant_ == "grid" else 6) * len(self.frequencies_)
        found = layers[0]["linear.weight"].shape[1]
        if found != width:
            raise InputError(
                f"the first layer takes {found} features, but the settings make {width}",
                source=self.checkpoint,
                hint="give the checkpoint as published, with its own settings",
            )
        return layers


def _activate(values: Tensor, name: str) -> Tensor:
    from torch.nn import functional

    if name == "leakyrelu":
        return functional.leaky_relu(values, LEAK)
    chosen: Tensor = getattr(functional, name)(values)
    return chosen
