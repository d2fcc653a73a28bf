from math import cos, factorial, pi, sin, sqrt

import numpy as np
import pytest
import torch
from scipy.special import lpmv

from placeprint.encoders.position import SatCLIP, harmonics, satclip_factors
from placeprint.errors import InputError

POINTS = np.array([[24.9, 60.2], [-180.0, 0.0], [179.9, -89.9], [0.0, 0.0], [-71.06, 42.36]])
SETTINGS = {
    "le_type": "sphericalharmonics",
    "pe_type": "siren",
    "legendre_polys": 3,
    "harmonics_calculation": "analytic",
    "embed_dim": 4,
    "capacity": 5,
    "num_hidden_layers": 2,
}


def published_harmonic(l, m, lon, lat, calculation):  # noqa: E741
    """SatCLIP's own expression for one harmonic; lpmv has the Condon–Shortley phase."""
    phi, theta = (lon + 180) * pi / 180, (lat + 90) * pi / 180
    order = abs(m)
    norm = sqrt((2 * l + 1) / (4 * pi) * factorial(l - order) / factorial(l + order))
    legendre = lpmv(order, l, cos(theta))
    if m == 0:
        return (sqrt((2 * l + 1) / 4 * pi) if calculation == "analytic" else norm) * legendre
    sign = (-1) ** m if calculation == "analytic" else 1
    return sign * sqrt(2) * norm * legendre * (cos(m * phi) if m > 0 else sin(order * phi))


def published_row(lon, lat, degree, calculation):
    return [
        published_harmonic(l, m, lon, lat, calculation)
        for l in range(degree)  # noqa: E741
        for m in range(-l, l + 1)
    ]


@pytest.mark.parametrize("calculation", ["analytic", "closed-form"])
@pytest.mark.parametrize("degree", [1, 2, 3, 10])
def test_factors_make_the_published_columns(degree, calculation):
    ours = harmonics(*POINTS.T, degree) * satclip_factors(degree, calculation)
    expected = [published_row(*point, degree, calculation) for point in POINTS]
    np.testing.assert_allclose(ours, expected, atol=1e-11)


def tiny(degree=3, width=5, layers=2, dim=4):
    """A state dict of the published form, the network held twice."""
    generator = torch.Generator().manual_seed(0)
    sizes = [(width, degree**2), *[(width, width)] * (layers - 1)]
    names = {f"layers.{number}": size for number, size in enumerate(sizes)}
    names["last_layer"] = (dim, width)
    network = {}
    for name, (out, into) in names.items():
        spread = 1 / into  # as SIREN draws them; wider ones make the sines chaotic
        shape = {"weight": (out, into), "bias": (out,)}
        for kind, size in shape.items():
            draw = torch.rand(size, generator=generator, dtype=torch.float64)
            network[f"{name}.{kind}"] = (2 * draw - 1) * spread
    tensors = {f"model.nnet.{name}": value for name, value in network.items()}
    tensors |= {f"model.location.nnet.{name}": value for name, value in network.items()}
    return {
        "model.visual.conv1.weight": torch.ones(1),
        "model.logit_scale": torch.ones(()),
        **tensors,
    }


def plainly(tensors, point, degree=3, layers=2, calculation="analytic"):
    hidden = published_row(*point, degree, calculation)
    for number in range(layers + 1):
        name = f"model.nnet.layers.{number}" if number < layers else "model.nnet.last_layer"
        rows, bias = tensors[f"{name}.weight"].tolist(), tensors[f"{name}.bias"].tolist()
        hidden = [
            sum(w * h for w, h in zip(row, hidden, strict=True)) + b
            for row, b in zip(rows, bias, strict=True)
        ]
        if number < layers:
            hidden = [sin((30.0 if number == 0 else 1.0) * h) for h in hidden]
    return hidden


def save(path, tensors, **settings):
    torch.save({"epoch": 3, "state_dict": tensors, "hyper_parameters": SETTINGS | settings}, path)
    return path


@pytest.mark.parametrize("calculation", ["analytic", "closed-form"])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_equals_a_plain_reference(tmp_path, layers, calculation):
    tensors = tiny(layers=layers)
    path = save(tmp_path / "a.ckpt", tensors, harmonics_calculation=calculation)
    encoder = SatCLIP(path).fit(POINTS)
    expected = [plainly(tensors, p, layers=layers, calculation=calculation) for p in POINTS]
    np.testing.assert_allclose(encoder.transform(POINTS), expected, atol=1e-11)
    assert encoder.get_feature_names_out().tolist() == [f"satclip{n}" for n in range(4)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"le_type": "grid"}, "le_type is 'grid', and placeprint knows only 'sphericalharmonics'"),
        ({"pe_type": "fcnet"}, "pe_type is 'fcnet'"),
        ({"harmonics_calculation": "discretized"}, "unknown harmonics_calculation 'discretized'"),
    ],
)
def test_other_settings_are_refused(tmp_path, settings, message):
    with pytest.raises(InputError, match=message):
        SatCLIP(save(tmp_path / "a.ckpt", tiny(), **settings)).fit(POINTS)


def test_other_networks_are_refused(tmp_path):
    path = tmp_path / "a.ckpt"
    with pytest.raises(InputError, match=r"no tensors model\.nnet\.… in this checkpoint"):
        SatCLIP(save(path, {"model.visual.conv1.weight": torch.ones(1)})).fit(POINTS)
    incomplete = tiny()
    del incomplete["model.nnet.last_layer.bias"]
    with pytest.raises(InputError, match=r"no tensor model\.nnet\.last_layer\.bias"):
        SatCLIP(save(path, incomplete)).fit(POINTS)
    no_square = tiny()
    no_square["model.nnet.layers.0.weight"] = torch.ones(5, 8)
    with pytest.raises(InputError, match="takes 8 columns, which is no square"):
        SatCLIP(save(path, no_square)).fit(POINTS)
