"""GeoCLIP's published location encoder: trained to match photographs with where they were taken."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.encoders.position.weights import part, read_weights
from placeprint.errors import InputError, MissingExtraError
from placeprint.typing import FloatArray, PathLike

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GeoCLIP", "equal_earth"]

SCALE: Final = 66.50336
"""Of the published code: it multiplies the projected coordinates by this over 180."""

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_LAYERS: Final = ("capsule.1", "capsule.3", "capsule.5", "head.0")


def equal_earth(lon: FloatArray, lat: FloatArray) -> FloatArray:
    r"""The Equal Earth projection of the unit sphere.

    With :math:`\sin\theta = \tfrac{\sqrt 3}{2} \sin\varphi`,

    .. math::
        x = \frac{2 \sqrt 3 \, \lambda \cos\theta}
                 {3 (9 A_4 \theta^8 + 7 A_3 \theta^6 + 3 A_2 \theta^2 + A_1)}, \qquad
        y = A_4 \theta^9 + A_3 \theta^7 + A_2 \theta^3 + A_1 \theta

    Args:
        lon: (n,) longitudes in degrees.
        lat: (n,) latitudes in degrees.

    Returns:
        (n, 2) x and y, in radii of the sphere.

    Source:
        Šavrič, Patterson and Jenny 2018.

    Example:
        >>> equal_earth(np.array([180.0]), np.array([0.0])).round(4).tolist()
        [[2.7066, 0.0]]
    """
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(lat)))
    slope = 9 * _A4 * theta**8 + 7 * _A3 * theta**6 + 3 * _A2 * theta**2 + _A1
    x = 2 * np.sqrt(3) * np.radians(lon) * np.cos(theta) / (3 * slope)
    y = _A4 * theta**9 + _A3 * theta**7 + _A2 * theta**3 + _A1 * theta
    return np.column_stack([x, y])


class GeoCLIP(PositionEncoder):
    r"""GeoCLIP's location encoder, 512 columns.

    With x the Equal Earth projection times 66.50336 / 180 and one capsule for each of
    :math:`\sigma = 1, 16, 256`, whose :math:`B` was drawn from :math:`N(0, \sigma^2)`,

    .. math::
        f(x) = \sum_\sigma \mathrm{MLP}_\sigma \big( [\cos 2 \pi B_\sigma x,
            \sin 2 \pi B_\sigma x] \big)

    where each MLP has layers 512 → 1024 → 1024 → 1024 → 512 with ReLU between.

    Nothing is downloaded: the weights are those inside the ``geoclip`` package, which is looked
    up and never imported, so that torchvision is not needed. ``pip install --no-deps geoclip``
    is enough.

    Args:
        weights: The file ``location_encoder_weights.pth``; None for the installed package's.

    Raises:
        MissingExtraError: At fit, if no file is given and the package is not installed.
        InputError: At fit, if the file holds no location encoder of GeoCLIP.

    Source:
        Vivanco Cepeda, Nayak and Shah 2023 (arXiv 2309.16020), Sec. 3; weights under the MIT
        licence.

    Example:
        >>> GeoCLIP().fit_transform([[24.9, 60.2]]).shape  # doctest: +SKIP
        (1, 512)
    """

    def __init__(self, weights: PathLike | None = None) -> None:
        self.weights = weights

    def _prepare(self) -> None:
        path = _installed_weights() if self.weights is None else Path(self.weights)
        tensors, _ = read_weights(path, settings="hyper_parameters")
        part(tensors, "LocEnc", path)
        self.capsules_ = [
            _capsule(part(tensors, f"{name}.", path), path)
            for name in sorted({name.split(".", 1)[0] for name in tensors})
        ]

    def _encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        import torch
        from torch.nn.functional import linear, relu

        # the phases reach thousands of radians: in float64, only the layers in float32
        place = torch.from_numpy(equal_earth(lon, lat) * (SCALE / 180))
        total = torch.zeros(())
        with torch.inference_mode():
            for capsule in self.capsules_:
                phases = 2 * torch.pi * place @ capsule["capsule.0.b"].double().T
                hidden = torch.cat([phases.cos(), phases.sin()], dim=1).float()
                for name in _LAYERS[:-1]:
                    hidden = relu(linear(hidden, *_layer(capsule, name)))
                total = total + linear(hidden, *_layer(capsule, _LAYERS[-1]))
        values: FloatArray = total.double().numpy()
        return values

    def _names(self) -> list[str]:
        dimensions = len(self.capsules_[0][f"{_LAYERS[-1]}.bias"])
        return [f"geoclip{number}" for number in range(dimensions)]


def _installed_weights() -> Path:
    package = importlib.util.find_spec("geoclip")
    if package is None or not package.submodule_search_locations:
        raise MissingExtraError("geoclip", "geoclip")
    folder = Path(package.submodule_search_locations[0])
    return folder / "model" / "weights" / "location_encoder_weights.pth"


def _capsule(tensors: dict[str, Tensor], source: Path) -> dict[str, Tensor]:
    expected = {"capsule.0.b", *(f"{name}.{kind}" for name in _LAYERS for kind in _KINDS)}
    if set(tensors) != expected:
        wrong = sorted(set(tensors) ^ expected)[0]
        raise InputError(
            f"this is no location encoder of GeoCLIP: {wrong!r} is missing or too much",
            source=source,
            hint="give location_encoder_weights.pth of the geoclip package",
        )
    return tensors


_KINDS: Final = ("weight", "bias")


def _layer(capsule: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    return capsule[f"{name}.weight"], capsule[f"{name}.bias"]
