import numpy as np
import pytest

from placeprint.encoders.position import CoordinateEncoder
from placeprint.encoders.position.dilation import Dilation
from placeprint.encoders.position.onnx_graph import write_onnx
from placeprint.errors import MissingExtraError

LON = np.array([0.0, 180.0, -180.0, 24.9, 10.0, 10.0, -71.06])
LAT = np.array([90.0, -90.0, 0.0, 60.2, 50.0, 50.01, 42.36])


def run(path, lon, lat):
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"lonlat": np.column_stack([lon, lat])})[0]


@pytest.mark.parametrize("degree", [1, 2, 5, 32, 64])
@pytest.mark.parametrize("dilation", [None, Dilation(10.0, 50.0, 300.0)])
def test_equals_the_network(tmp_path, degree, dilation, random_network, plainly):
    pytest.importorskip("onnx")
    network = random_network(degree, dilation=dilation)
    write_onnx(network, tmp_path / "model.onnx")
    values = run(tmp_path / "model.onnx", LON, LAT)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, plainly(network, LON, LAT), atol=1e-4)
    np.testing.assert_allclose(
        run(tmp_path / "model.onnx", LON[:1], LAT[:1]), values[:1], atol=1e-5
    )


def test_of_an_encoder(box_encoder, tmp_path):
    pytest.importorskip("onnx")
    encoder = CoordinateEncoder.from_pretrained(box_encoder)
    encoder.to_onnx(tmp_path / "model.onnx")
    generator = np.random.default_rng(0)
    lon, lat = generator.uniform(-75, -73, 500), generator.uniform(40, 41, 500)
    np.testing.assert_allclose(
        run(tmp_path / "model.onnx", lon, lat), encoder.encode(lon, lat), atol=1e-4
    )


def test_the_extra_is_missed_by_name(box_encoder, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"placeprint\[onnx\]"):
        CoordinateEncoder(box_encoder).to_onnx(tmp_path / "model.onnx")
