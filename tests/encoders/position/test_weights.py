import json

import pytest
import torch
from safetensors.torch import save_file

from placeprint.encoders.position.weights import part, read_weights, setting
from placeprint.errors import InputError


class Elsewhere:
    """A class of somebody's training code, pickled with the checkpoint."""


@pytest.fixture
def tensors():
    return {"net.weight": torch.arange(6.0).reshape(2, 3), "net.bias": torch.ones(2)}


def equal(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[k], right[k]) for k in left)


def test_a_bare_state_dict(tmp_path, tensors):
    torch.save(tensors, tmp_path / "a.pth")
    found, settings = read_weights(tmp_path / "a.pth", settings="params")
    assert equal(found, tensors)
    assert settings == {}


def test_settings_beside_it(tmp_path, tensors):
    torch.save({"state_dict": tensors, "params": {"depth": 2}}, tmp_path / "a.ckpt")
    found, settings = read_weights(tmp_path / "a.ckpt", settings="params")
    assert equal(found, tensors)
    assert setting(settings, "depth", "a.ckpt") == 2
    with pytest.raises(InputError, match="does not say its 'width', only depth"):
        setting(settings, "width", "a.ckpt")


def test_objects_are_refused_and_the_advice_works(tmp_path, tensors):
    source, converted = tmp_path / "a.ckpt", tmp_path / "new.safetensors"
    saved = {"state_dict": tensors, "params": {"depth": 2, "odd": Elsewhere()}}
    torch.save(saved, source)
    with pytest.raises(InputError, match="Python objects") as error:
        read_weights(source, settings="params")
    recipe = str(error.value).split("convert it once: ", 1)[1].split("; then give")[0]
    recipe = recipe.replace("FILE", repr(str(source))).replace(
        "'NEW.safetensors'", repr(str(converted))
    )
    exec(recipe)
    found, settings = read_weights(converted, settings="params")
    assert equal(found, tensors)
    assert settings["depth"] == 2


def test_what_cannot_be_read(tmp_path, tensors):
    with pytest.raises(InputError, match="no such file"):
        read_weights(tmp_path / "absent.pth", settings="params")
    for name in ("cut.pth", "cut.safetensors"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 not whole")
        with pytest.raises(InputError, match="check that the file is whole"):
            read_weights(tmp_path / name, settings="params")
    (tmp_path / "empty.pth").write_bytes(b"")
    with pytest.raises(InputError, match="check that the file is whole"):
        read_weights(tmp_path / "empty.pth", settings="params")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(InputError, match="no state dict"):
        read_weights(tmp_path / "list.pth", settings="params")
    save_file(tensors, tmp_path / "b.safetensors", {"settings": "{not json"})
    with pytest.raises(InputError, match="cannot be read"):
        read_weights(tmp_path / "b.safetensors", settings="params")


def test_safetensors_with_settings(tmp_path, tensors):
    save_file(tensors, tmp_path / "a.safetensors", {"settings": json.dumps({"depth": 3})})
    assert read_weights(tmp_path / "a.safetensors", settings="any")[1] == {"depth": 3}


def test_a_part_by_its_prefix(tensors):
    assert set(part(tensors, "net.", "x")) == {"weight", "bias"}
    with pytest.raises(
        InputError, match=r"no tensors head\.… in this checkpoint, found net\.weight"
    ):
        part(tensors, "head.", "x")
