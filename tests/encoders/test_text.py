from __future__ import annotations

import importlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from placeprint.encoders import text
from placeprint.encoders.sentences import SentenceEncoder
from placeprint.encoders.text import encode_distinct, text_encoder
from placeprint.errors import InputError, MissingExtraError
from placeprint.progress import Tracker
from placeprint.typing import FloatArray

STRINGS = ["blue cafe", "school", "blue cafe", "old hotel", "school"]


class Counting:
    """An encoder that remembers what it was asked for."""

    name, cacheable, dimensions, fingerprint = "counting", True, 2, "f"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, strings: Sequence[str], tracker: Tracker | None = None) -> FloatArray:
        self.asked += list(strings)
        return np.array([[len(s), ord(s[0])] for s in strings], dtype=np.float32)


def test_each_distinct_string_is_encoded_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "STRINGS_PER_FILE", 2)
    encoder = Counting()
    index, vectors = encode_distinct(STRINGS, encoder)
    assert encoder.asked == ["blue cafe", "school", "old hotel"]
    np.testing.assert_array_equal(vectors[index], Counting().encode(STRINGS))
    again = Counting()
    index, vectors = encode_distinct(pd.Series([*STRINGS, "park"]), again)
    assert again.asked == ["park"]
    np.testing.assert_array_equal(vectors[index], Counting().encode([*STRINGS, "park"]))


def test_another_fingerprint_is_another_cache() -> None:
    encode_distinct(STRINGS, Counting())
    other = Counting()
    other.fingerprint = "g"
    encode_distinct(STRINGS, other)
    assert len(other.asked) == 3


def test_a_fast_encoder_is_not_cached(cache: Path) -> None:
    fast = Counting()
    fast.cacheable = False
    encode_distinct(STRINGS, fast)
    assert not cache.exists()


def test_cached_equals_uncached(text_checkpoint: Path) -> None:
    encode_distinct(STRINGS[:2], text_encoder(str(text_checkpoint)))
    index, vectors = encode_distinct(STRINGS, text_encoder(str(text_checkpoint)))
    fresh = SentenceEncoder("tiny", text_checkpoint).encode(STRINGS)
    np.testing.assert_array_equal(vectors[index], fresh)


def test_a_full_cache_needs_no_model(
    text_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode_distinct(STRINGS, text_encoder(str(text_checkpoint)))
    monkeypatch.delattr("placeprint.encoders.sentences.load_model")
    index, _ = encode_distinct(STRINGS, text_encoder(str(text_checkpoint)))
    assert index.tolist() == [0, 1, 0, 2, 1]


def test_the_fingerprint_follows_weights_and_tokenizer(
    text_checkpoint: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(text_checkpoint, copy)
    prints = [text_encoder(str(text_checkpoint)).fingerprint, text_encoder(str(copy)).fingerprint]
    for name in ("tokenizer.json", "model.safetensors"):
        path = copy / name
        path.write_bytes(path.read_bytes() + b" ")
        prints.append(text_encoder(str(copy)).fingerprint)
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_a_checkpoint_from_the_hubs_local_cache(
    text_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot(name: str, *, local_files_only: bool) -> str:
        assert local_files_only
        return str(text_checkpoint)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    assert text_encoder("BAAI/bge-m3").dimensions == 32


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("minlm", "unknown encoder 'minlm'.*did you mean 'minilm'"),
        ("/nowhere/model", "unknown encoder '/nowhere/model'.*give the path of a checkpoint"),
        ("nobody/nothing", "fetch it once with 'hf download nobody/nothing'"),
    ],
)
def test_an_unknown_encoder_is_refused(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match=message):
        text_encoder(name)


def test_a_folder_without_a_model_is_refused(tmp_path: Path, text_checkpoint: Path) -> None:
    with pytest.raises(InputError, match=r"holds no config\.json"):
        text_encoder(str(tmp_path))
    shutil.copy(text_checkpoint / "config.json", tmp_path)
    with pytest.raises(InputError, match=r"holds no \*\.safetensors or \*\.bin"):
        text_encoder(str(tmp_path))


def test_without_transformers_the_message_names_the_extra(
    text_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'placeprint\[text\]'"):
        text_encoder(str(text_checkpoint))
