from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import ResNetConfig, ResNetForImageClassification, ResNetModel

from placeprint.encoders.resnet import ResNet18
from placeprint.errors import InputError


def published(folder: Path, **changes: object) -> Path:
    """A classifier of the published format, its statistics of batches not the initial ones."""
    torch.manual_seed(1)
    config = {"hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2], "layer_type": "basic"}
    model = ResNetForImageClassification(ResNetConfig(**{**config, **changes}))
    model.train()(torch.rand(4, model.config.num_channels, 32, 32))
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("resnet18"))


def test_a_seed_is_a_network_and_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(5)
    state = torch.random.get_rng_state()
    networks = [ResNet18(seed=seed) for seed in (0, 0, 1)]
    assert torch.equal(state, torch.random.get_rng_state())
    assert networks[0].fingerprint == networks[1].fingerprint != networks[2].fingerprint
    torch.manual_seed(6)
    assert ResNet18(seed=0).fingerprint == networks[0].fingerprint


def test_kernels_have_the_variance_of_he() -> None:
    for name, weight in ResNet18(channels=1, seed=0).network.named_parameters():
        if weight.ndim == 4:
            filters, _, height, width = weight.shape
            expected = (2 / (filters * height * width)) ** 0.5
            assert weight.std().item() == pytest.approx(expected, rel=0.1), name
        else:
            assert torch.equal(weight, torch.full_like(weight, float(name.endswith("weight"))))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 50), (64, 32)])
def test_any_size_from_32(channels: int, height: int, width: int) -> None:
    network = ResNet18(channels).eval()
    images = torch.rand(2, channels, height, width, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        features = network(images)
        alone = torch.cat([network(image[None]) for image in images])
    assert features.shape == (2, network.dimensions)
    assert features.std() > 0
    torch.testing.assert_close(features, alone, rtol=1e-4, atol=1e-4)


def test_it_learns_and_the_fingerprint_says_so() -> None:
    network = ResNet18(channels=1, seed=0).train()
    before = network.fingerprint
    images = torch.rand(4, 1, 32, 32)
    network(images).square().mean().backward()
    gradients = [weight.grad for weight in network.parameters()]
    assert all(g is not None and torch.isfinite(g).all() for g in gradients)
    torch.optim.SGD(network.parameters(), 0.1).step()
    assert network.fingerprint != before


def test_a_saved_network_is_the_network(tmp_path: Path, checkpoint: Path) -> None:
    """Of one channel from a checkpoint of three, and with another normalisation."""
    for config in ({}, {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6]}):
        (checkpoint / "preprocessor_config.json").write_text(json.dumps(config))
        network = ResNet18(channels=1, weights=checkpoint)
        save_file(network.state_dict(), tmp_path / "model.safetensors")
        again = ResNet18(channels=1, seed=9)
        again.load_state_dict(load_file(tmp_path / "model.safetensors"))
        assert again.fingerprint == network.fingerprint
        again = ResNet18(channels=1, weights=tmp_path / "model.safetensors")
        assert again.fingerprint == network.fingerprint
    (checkpoint / "preprocessor_config.json").unlink()


def test_a_checkpoint_gives_what_the_library_gives(checkpoint: Path) -> None:
    images = torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    library = ResNetModel.from_pretrained(checkpoint).eval()
    with torch.inference_mode():
        expected = library((images - mean) / deviation).pooler_output.flatten(1)
        for weights in (checkpoint, checkpoint / "model.safetensors"):
            torch.testing.assert_close(ResNet18(weights=weights).eval()(images), expected)


def test_a_raster_is_shown_in_all_three_channels(checkpoint: Path) -> None:
    raster = torch.rand(2, 1, 40, 40, generator=torch.Generator().manual_seed(0))
    library = ResNetModel.from_pretrained(checkpoint).eval()
    with torch.inference_mode():
        shown = ((raster - 0.449) / 0.226).expand(-1, 3, -1, -1)
        expected = library(shown).pooler_output.flatten(1)
        found = ResNet18(channels=1, weights=checkpoint).eval()(raster)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_its_own_normalisation_is_read(tmp_path: Path) -> None:
    folder = published(tmp_path)
    config = {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6]}
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(config))
    network = ResNet18(weights=folder)
    np.testing.assert_allclose(network.mean.flatten(), [0.1, 0.2, 0.3], rtol=1e-6)
    np.testing.assert_allclose(network.deviation.flatten(), [0.4, 0.5, 0.6], rtol=1e-6)
    path.write_text(json.dumps({**config, "do_normalize": False}))
    assert ResNet18(weights=folder).mean.sum() == 0


def test_other_weights_are_refused(tmp_path: Path, vision_checkpoints: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="there is no such folder or file"):
        ResNet18(weights=tmp_path / "none")
    with pytest.raises(InputError, match=r"no first layer.*found .*embed"):
        ResNet18(weights=vision_checkpoints["vit"])
    with pytest.raises(InputError, match=r"not the weights of a ResNet-18: it lacks .*instead of"):
        ResNet18(weights=vision_checkpoints["resnet"])
    deep = published(tmp_path / "34", depths=[3, 4, 6, 3])
    with pytest.raises(InputError, match=r"it has besides encoder\.stages\.0\.layers\.2"):
        ResNet18(weights=deep)
    grey = published(tmp_path / "grey", num_channels=1)
    with pytest.raises(InputError, match=r"\(64, 1, 7, 7\) instead of \(64, 3, 7, 7\)"):
        ResNet18(weights=grey)
    assert ResNet18(channels=1, weights=grey).channels == 1


def test_pickles_and_broken_files_are_refused(tmp_path: Path) -> None:
    torch.save(ResNet18().state_dict(), tmp_path / "pytorch_model.bin")
    for path in (tmp_path, tmp_path / "pytorch_model.bin"):
        with pytest.raises(InputError, match="pickled weights are not read"):
            ResNet18(weights=path)
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be read as safetensors"):
        ResNet18(weights=tmp_path)


def test_other_images_are_refused() -> None:
    with pytest.raises(InputError, match="images of 4 channels"):
        ResNet18(channels=4)
    network = ResNet18(channels=1)
    with pytest.raises(InputError, match=r"expected \(n, 1, h, w\)"):
        network(torch.zeros(2, 3, 32, 32))
    with pytest.raises(InputError, match="give 32 × 32 or more"):
        network(torch.zeros(2, 1, 31, 64))
