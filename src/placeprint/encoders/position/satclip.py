"""SatCLIP's published location encoder: trained to match satellite images with where they lie."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.encoders.position.scales import check_choice
from placeprint.encoders.position.spherical_harmonics import harmonics
from placeprint.encoders.position.weights import part, read_weights
from placeprint.errors import InputError
from placeprint.typing import FloatArray, PathLike

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CALCULATIONS", "SatCLIP", "satclip_factors"]

CALCULATIONS: Final = ("analytic", "closed-form")

FIRST_FREQUENCY: Final = 30.0
"""w₀ of the first layer of the sinusoidal network; 1 in the others."""


def satclip_factors(degree: int, calculation: str = "analytic") -> FloatArray:
    r"""What SatCLIP's harmonics are times ours, column by column.

    Its code turns the globe (longitude + 180°, colatitude = latitude + 90°), which gives
    :math:`(-1)^l`. Its ``analytic`` expressions lack a bracket at m = 0,
    :math:`\sqrt{(2l+1) / 4 \cdot \pi}` for :math:`\sqrt{(2l+1) / (4\pi)}`, which makes these
    columns larger by π; its ``closed-form`` has the Condon–Shortley phase instead:

    .. math::
        \text{analytic} : (-1)^l \pi^{[m = 0]}, \qquad \text{closed-form} : (-1)^{l + m}

    The networks of SatCLIP, and MobCLIP's distilled one, were trained on the analytic columns.

    Args:
        degree: L.
        calculation: ``analytic`` or ``closed-form``.

    Returns:
        (L²,) factors; Y_lm is in column l² + l + m.

    Source:
        github.com/microsoft/satclip, satclip/positional_encoding.

    Example:
        >>> satclip_factors(2).round(3).tolist()
        [3.142, -1.0, -3.142, -1.0]
    """
    columns = np.arange(degree**2)
    l = np.floor(np.sqrt(columns)).astype(int)  # noqa: E741 - the formula's letter
    m = columns - l**2 - l
    if calculation == "analytic":
        factors: FloatArray = np.where(m == 0, np.pi, 1.0) * (-1.0) ** l
    else:
        factors = (-1.0) ** (l + m)
    return factors


class SatCLIP(PositionEncoder):
    r"""SatCLIP's location encoder, from a checkpoint that is already here.

    With y the spherical harmonics in SatCLIP's convention (:func:`satclip_factors`),

    .. math::
        h_1 = \sin(30 (W_1 y + b_1)), \quad h_i = \sin(W_i h_{i-1} + b_i), \quad
        f = W h_n + b

    The published analytic expressions cancel more digits the higher the degree, and ours do not. Up
    to 20 degrees the columns agree to 1e-8; at L = 40 the last one of order 0 is off in the
    published code by 0.01 below 60° of latitude and by up to 0.6 towards the poles, so that there
    the features of an L = 40 model are not those of its own code.

    Args:
        checkpoint: A Lightning checkpoint (``satclip-*.ckpt``), or its tensors as safetensors.

    Raises:
        InputError: At fit, if the file is no checkpoint of SatCLIP with spherical harmonics and
            a sinusoidal network.

    Source:
        Klemmer et al. 2025 (arXiv 2311.17179); Rußwurm et al. 2024; weights under the MIT
        licence.

    Example:
        >>> encoder = SatCLIP("satclip-vit16-l40.ckpt")
        >>> encoder.fit_transform([[24.9, 60.2]]).shape  # doctest: +SKIP
        (1, 256)
    """

    def __init__(self, checkpoint: PathLike) -> None:
        self.checkpoint = checkpoint

    def _prepare(self) -> None:
        tensors, settings = read_weights(self.checkpoint, settings="hyper_parameters")
        for name, only in (("le_type", "sphericalharmonics"), ("pe_type", "siren")):
            if settings.get(name, only) != only:
                raise InputError(
                    f"{name} is {settings[name]!r}, and placeprint knows only {only!r}",
                    source=self.checkpoint,
                    hint="give one of the published checkpoints (satclip-*-l10 or -l40)",
                )
        calculation = settings.get("harmonics_calculation", "analytic")
        check_choice("harmonics_calculation", calculation, CALCULATIONS)
        network = part(tensors, "model.nnet.", self.checkpoint)
        hidden = sum(name.startswith("layers.") and name.endswith(".weight") for name in network)
        names = [*(f"layers.{number}" for number in range(hidden)), "last_layer"]
        missing = [
            f"{n}.{k}" for n in names for k in ("weight", "bias") if f"{n}.{k}" not in network
        ]
        if missing or not hidden:
            raise InputError(
                f"no tensor model.nnet.{(missing or ['layers.0.weight'])[0]}",
                source=self.checkpoint,
                hint="give a complete checkpoint of SatCLIP",
            )
        self.layers_: list[tuple[Tensor, Tensor]] = [
            (network[f"{name}.weight"].double(), network[f"{name}.bias"].double()) for name in names
        ]
        columns = self.layers_[0][0].shape[1]
        self.degree_ = isqrt(columns)
        if self.degree_**2 != columns:
            raise InputError(
                f"the network takes {columns} columns, which is no square L²",
                source=self.checkpoint,
                hint="give a checkpoint of SatCLIP with spherical harmonics",
            )
        self.factors_ = satclip_factors(self.degree_, calculation)

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        import torch
        from torch.nn.functional import linear

        hidden = torch.from_numpy(harmonics(lon, lat, self.degree_) * self.factors_)
        frequency = FIRST_FREQUENCY
        with torch.inference_mode():
            for weight, bias in self.layers_[:-1]:
                hidden = torch.sin(frequency * linear(hidden, weight, bias))
                frequency = 1.0
            values: FloatArray = linear(hidden, *self.layers_[-1]).numpy()
        return values

    def _names(self) -> list[str]:
        return [f"satclip{number}" for number in range(len(self.layers_[-1][1]))]
