from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from placeprint.encoders import static
from placeprint.encoders.static import StaticEncoder, zipf_weights

STRINGS = ["blue cafe", "The Old  Schools of parkville", "zzz", "", "the the the hotel"]


def slow_table(folder: Path, pieces: int) -> np.ndarray:
    """Each word piece alone through the transformer; centred, rotated, weighted."""
    model = AutoModel.from_pretrained(folder).eval()
    rows = []
    for piece in range(pieces):
        with torch.inference_mode():
            hidden = model(input_ids=torch.tensor([[2, piece, 3]])).last_hidden_state[0]
        rows.append(hidden.mean(0).double().numpy())
    centred = np.array(rows) - np.mean(rows, axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    for axis in axes:
        axis *= np.sign(axis[np.abs(axis).argmax()])
    frequency = np.array([1 / rank for rank in range(1, pieces + 1)])
    frequency /= frequency.sum()
    return centred @ axes.T * (1e-3 / (1e-3 + frequency))[:, None]


def test_equals_the_slow_loop(text_checkpoint: Path) -> None:
    tokenizer = Tokenizer.from_file(str(text_checkpoint / "tokenizer.json"))
    table = slow_table(text_checkpoint, tokenizer.get_vocab_size())
    expected = []
    for string in STRINGS:
        ids = tokenizer.encode(string, add_special_tokens=False).ids or [1]
        total = sum(table[piece] for piece in ids)
        expected.append(total / np.linalg.norm(total))
    vectors = StaticEncoder("static", text_checkpoint).encode(STRINGS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected, atol=1e-4)


def test_batched_equals_single(text_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = StaticEncoder("static", text_checkpoint)
    whole = encoder.encode(STRINGS)
    monkeypatch.setattr(static, "STRINGS_PER_BATCH", 2)
    np.testing.assert_array_equal(encoder.encode(STRINGS), whole)


def test_the_table_is_computed_once_and_kept(
    text_checkpoint: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = StaticEncoder("static", text_checkpoint).encode(STRINGS)
    assert len(list((cache / "static").iterdir())) == 1
    monkeypatch.delattr(static, "distilled_table")
    second = StaticEncoder("static", text_checkpoint).encode(STRINGS)
    np.testing.assert_array_equal(second, first)


def test_only_the_first_principal_axes_are_kept(
    text_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = StaticEncoder("static", text_checkpoint).table
    monkeypatch.setattr(static, "DIMENSIONS", 5)
    short = StaticEncoder("static", text_checkpoint)
    assert short.dimensions == 5
    np.testing.assert_allclose(short.table, whole[:, :5], atol=1e-5)


def test_a_frequent_piece_weighs_less() -> None:
    weights = zipf_weights(1000)
    assert (np.diff(weights) > 0).all()
    assert weights[0] < 0.01
    assert weights[-1] < 1
