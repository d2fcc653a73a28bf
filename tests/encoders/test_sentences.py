from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from placeprint.encoders import sentences
from placeprint.encoders.minilm import minilm_folder
from placeprint.encoders.sentences import SentenceEncoder, pooling_of
from placeprint.errors import InputError

STRINGS = [
    "blue cafe",
    "school",
    "the old north station of parkville hotel a b c d e f",
    "the " * 100,
    "",
    "zzz",
]


def pooled_copy(checkpoint: Path, folder: Path, config: dict[str, object]) -> Path:
    shutil.copytree(checkpoint, folder)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    return folder


def one_by_one(folder: Path, strings: list[str], pooling: str) -> np.ndarray:
    """The textbook way: each string alone, no padding."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    rows = []
    for string in strings:
        tokens = tokenizer(string, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**tokens).last_hidden_state[0]
        vector = hidden[0] if pooling == "cls" else hidden.mean(0)
        rows.append((vector / vector.norm()).numpy())
    return np.stack(rows)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_batches_equal_single_strings(
    text_checkpoint: Path, tmp_path: Path, pooling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentences, "TOKENS_PER_BATCH", 128)
    folder = pooled_copy(text_checkpoint, tmp_path / "model", {"pooling_mode": pooling})
    vectors = SentenceEncoder("tiny", folder).encode(STRINGS)
    np.testing.assert_allclose(vectors, one_by_one(folder, STRINGS, pooling), atol=2e-6)
    assert vectors.dtype == np.float32


def test_a_string_has_one_vector_to_the_last_bit(
    text_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentences, "TOKENS_PER_BATCH", 128)
    encoder = SentenceEncoder("tiny", text_checkpoint)
    together = encoder.encode(STRINGS * 20)
    for row, string in enumerate(STRINGS):
        np.testing.assert_array_equal(encoder.encode([string])[0], together[row])
    order = np.random.default_rng(0).permutation(len(together))
    shuffled = encoder.encode([(STRINGS * 20)[row] for row in order])
    np.testing.assert_array_equal(shuffled, together[order])


def test_no_strings_give_no_vectors(text_checkpoint: Path) -> None:
    assert SentenceEncoder("tiny", text_checkpoint).encode([]).shape == (0, 32)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
    ],
)
def test_reads_the_pooling_of_every_version(
    tmp_path: Path, config: dict[str, object], expected: str
) -> None:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(config))
    assert pooling_of(tmp_path) == expected


@pytest.mark.parametrize(
    "config",
    [
        {"pooling_mode": "lasttoken"},
        {"pooling_mode_max_tokens": True},
        {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True},
        {},
    ],
)
def test_refuses_another_pooling(tmp_path: Path, config: dict[str, object]) -> None:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="expected cls or mean"):
        pooling_of(tmp_path)


def test_minilm_from_its_package_knows_what_is_alike() -> None:
    folder = minilm_folder()
    strings = ["Blue Cup coffee shop", "Espresso House cafe", "County jail"]
    vectors = SentenceEncoder("minilm", folder).encode(strings)
    np.testing.assert_allclose(vectors, one_by_one(folder, strings, "mean"), atol=2e-6)
    alike = vectors @ vectors.T
    assert alike[0, 1] > 0.4 > alike[0, 2]
