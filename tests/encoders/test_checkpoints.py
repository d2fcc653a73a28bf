from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from placeprint.encoders.checkpoints import load_model
from placeprint.encoders.text import text_encoder
from placeprint.errors import InputError


def without(folder: Path, checkpoint: Path, part: str) -> Path:
    """A copy of a checkpoint that lacks the weights whose name begins with ``part``."""
    shutil.copytree(checkpoint, folder)
    weights = load_file(folder / "model.safetensors")
    kept = {key: value for key, value in weights.items() if not key.startswith(part)}
    assert len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_a_checkpoint_that_lacks_weights_is_refused(text_checkpoint: Path, tmp_path: Path) -> None:
    folder = without(tmp_path / "model", text_checkpoint, "encoder.layer.1")
    with pytest.raises(InputError, match=r"lacks weights of its BertModel: encoder\.layer\.1"):
        load_model("AutoModel", folder, extra="text")


def test_a_missing_pooler_is_reported(text_checkpoint: Path, tmp_path: Path) -> None:
    folder = without(tmp_path / "model", text_checkpoint, "pooler")
    _, absent = load_model("AutoModel", folder, extra="text")
    assert absent == {"pooler.dense.weight", "pooler.dense.bias"}
    _, absent = load_model("AutoModel", text_checkpoint, extra="text")
    assert not absent


def test_weights_may_be_in_the_older_format(text_checkpoint: Path, tmp_path: Path) -> None:
    shutil.copytree(text_checkpoint, tmp_path / "model")
    weights = load_file(tmp_path / "model" / "model.safetensors")
    (tmp_path / "model" / "model.safetensors").unlink()
    torch.save(weights, tmp_path / "model" / "pytorch_model.bin")
    first, second = (text_encoder(str(f)) for f in (text_checkpoint, tmp_path / "model"))
    np.testing.assert_array_equal(first.encode(["blue cafe"]), second.encode(["blue cafe"]))
    assert first.fingerprint != second.fingerprint


def test_a_truncated_checkpoint_is_refused(text_checkpoint: Path, tmp_path: Path) -> None:
    shutil.copytree(text_checkpoint, tmp_path / "model")
    weights = tmp_path / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError, match="check that the files are whole"):
        load_model("AutoModel", tmp_path / "model", extra="text")
