import sys
from math import asin, cos, pi, sin, sqrt

import numpy as np
import pyproj
import pytest
import torch

from placeprint.encoders.position import GeoCLIP, geoclip
from placeprint.encoders.position.geoclip import equal_earth
from placeprint.errors import InputError, MissingExtraError

POINTS = np.array([[24.9, 60.2], [-180.0, 0.0], [179.9, -89.9], [0.0, 0.0], [-71.06, 42.36]])
SIZES = {"capsule.1": (6, 8), "capsule.3": (6, 6), "capsule.5": (6, 6), "head.0": (3, 6)}


def tiny(sigmas=(1.0, 16.0)):
    """A state dict of the published form: 4 frequencies, layers of 6, 3 columns."""
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for number, sigma in enumerate(sigmas):
        name = f"LocEnc{number}"
        tensors[f"{name}.capsule.0.b"] = sigma * torch.randn(4, 2, generator=generator)
        for layer, (out, into) in SIZES.items():
            tensors[f"{name}.{layer}.weight"] = torch.randn(out, into, generator=generator)
            tensors[f"{name}.{layer}.bias"] = torch.randn(out, generator=generator)
    return tensors


def plainly(tensors, point):
    """The encoder for one point, in Python floats."""
    lam, phi = point[0] * pi / 180, point[1] * pi / 180
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = asin(sqrt(3) / 2 * sin(phi))
    x = 2 * sqrt(3) * lam * cos(t) / (3 * (9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1))
    y = a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t
    x, y = x * 66.50336 / 180, y * 66.50336 / 180
    total = [0.0] * 3
    for capsule in sorted({name.split(".")[0] for name in tensors}):
        frequencies = tensors[f"{capsule}.capsule.0.b"].tolist()
        phases = [2 * pi * (bx * x + by * y) for bx, by in frequencies]
        hidden = [cos(p) for p in phases] + [sin(p) for p in phases]
        for layer in SIZES:
            rows = tensors[f"{capsule}.{layer}.weight"].tolist()
            bias = tensors[f"{capsule}.{layer}.bias"].tolist()
            hidden = [
                sum(w * h for w, h in zip(row, hidden, strict=True)) + b
                for row, b in zip(rows, bias, strict=True)
            ]
            if layer != "head.0":
                hidden = [max(h, 0.0) for h in hidden]
        total = [t + h for t, h in zip(total, hidden, strict=True)]
    return total


@pytest.fixture
def weights(tmp_path):
    torch.save(tiny(), tmp_path / "weights.pth")
    return tmp_path / "weights.pth"


def test_equal_earth_is_that_of_proj():
    project = pyproj.Proj("+proj=eqearth +R=1")
    expected = np.column_stack(project(POINTS[:, 0], POINTS[:, 1]))
    np.testing.assert_allclose(equal_earth(POINTS[:, 0], POINTS[:, 1]), expected, atol=1e-9)


def test_equals_a_plain_reference(weights):
    encoder = GeoCLIP(weights).fit(POINTS)
    expected = [plainly(tiny(), point) for point in POINTS]
    np.testing.assert_allclose(encoder.transform(POINTS), expected, rtol=1e-4, atol=1e-4)
    assert encoder.get_feature_names_out().tolist() == ["geoclip0", "geoclip1", "geoclip2"]


def test_weights_of_the_installed_package_without_importing_it(tmp_path, monkeypatch):
    folder = tmp_path / "geoclip" / "model" / "weights"
    folder.mkdir(parents=True)
    (tmp_path / "geoclip" / "__init__.py").write_text("raise AssertionError('imported')")
    torch.save(tiny(), folder / "location_encoder_weights.pth")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "geoclip", raising=False)
    expected = [plainly(tiny(), point) for point in POINTS]
    np.testing.assert_allclose(GeoCLIP().fit_transform(POINTS), expected, rtol=1e-4, atol=1e-4)
    assert "geoclip" not in sys.modules


def test_the_package_is_missed_by_name(monkeypatch):
    monkeypatch.setattr(geoclip.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"placeprint\[geoclip\]"):
        GeoCLIP().fit(POINTS)


def test_other_weights_are_refused(tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"layer.weight": torch.ones(2)}, path)
    with pytest.raises(InputError, match="no tensors LocEnc… in this checkpoint"):
        GeoCLIP(path).fit(POINTS)
    incomplete = tiny()
    del incomplete["LocEnc1.head.0.bias"]
    torch.save(incomplete, path)
    with pytest.raises(InputError, match=r"'head\.0\.bias' is missing or too much"):
        GeoCLIP(path).fit(POINTS)
