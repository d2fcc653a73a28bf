from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer, CLIPConfig, CLIPModel, PreTrainedTokenizerFast

from placeprint.encoders import scenes
from placeprint.encoders.scenes import URBAN_SCENES, SceneVocabulary
from placeprint.errors import InputError

SENTENCE = "[PAD] [BOS] [EOS] [UNK] a street view photo of park shop tower river"
WORDS = SENTENCE.split()
PHRASES = ("a park", "a shop", "a tower", "a river")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP of 12 dimensions with a tokenizer of 13 words."""
    folder = tmp_path_factory.mktemp("clip")
    half = {
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "initializer_factor": 20.0,
    }
    text = {**half, "vocab_size": len(WORDS), "bos_token_id": 1, "eos_token_id": 2,
            "pad_token_id": 0, "max_position_embeddings": 16}  # fmt: skip
    vision = {**half, "image_size": 16, "patch_size": 8}
    torch.manual_seed(3)
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)
    CLIPModel(config).save_pretrained(folder)
    words = {word: row for row, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[EOS]", 2), ("[BOS]", 1))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="[BOS]",
        eos_token="[EOS]",
        pad_token="[PAD]",
        unk_token="[UNK]",
    ).save_pretrained(folder)
    size = {"size": {"height": 16, "width": 16}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(size))
    return folder


@pytest.fixture
def images() -> pd.Series:
    """Seven noisy images of 16 pixels, of different colours."""
    rng = np.random.default_rng(0)
    stored = []
    for _ in range(7):
        pixels = rng.integers(0, rng.integers(40, 256, 3), (16, 16, 3)).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        stored.append(buffer.getvalue())
    return pd.Series(stored, index=range(10, 17))


def one_by_one(folder: Path, images: pd.Series) -> np.ndarray:
    """The library's own scores, an image and a phrase at a time."""
    model, tokenizer = (
        CLIPModel.from_pretrained(folder).eval(),
        AutoTokenizer.from_pretrained(folder),
    )
    logits = np.empty((len(images), len(PHRASES)))
    for i, data in enumerate(images):
        pixels = np.asarray(Image.open(io.BytesIO(data))) / 127.5 - 1
        shown = torch.tensor(pixels.transpose(2, 0, 1)[None], dtype=torch.float32)
        for j, phrase in enumerate(PHRASES):
            tokens = tokenizer(f"a street view photo of {phrase}", return_tensors="pt")
            with torch.inference_mode():
                output = model(input_ids=tokens["input_ids"], pixel_values=shown,
                               attention_mask=tokens["attention_mask"])  # fmt: skip
            logits[i, j] = output.logits_per_image.item()
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def test_probabilities_are_those_of_clip(
    clip: Path, images: pd.Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenes, "IMAGES_PER_BATCH", 3)
    found = SceneVocabulary(clip, PHRASES).probabilities(images)
    np.testing.assert_allclose(found, one_by_one(clip, images), atol=2e-4)
    assert found.std(axis=0).max() > 1e-3  # the images differ


@pytest.mark.parametrize("top", [1, 2, 4])
def test_a_group_is_described_by_the_phrases_of_its_images(
    clip: Path, images: pd.Series, top: int
) -> None:
    groups = list("abacbab")
    found = SceneVocabulary(clip, PHRASES, top).describe(images, groups)
    assert found.index.tolist() == images.index.tolist()
    best = np.argsort(-one_by_one(clip, images), axis=1)
    for row, group in enumerate(groups):
        expected: list[str] = []
        for other, choice in zip(groups, best):
            if other == group:
                expected += [PHRASES[k] for k in choice[:top] if PHRASES[k] not in expected]
        assert found.iloc[row] == "; ".join(expected)


def test_the_vocabulary_of_cities() -> None:
    assert 35 <= len(URBAN_SCENES) == len(set(URBAN_SCENES)) <= 50
    assert not any(";" in phrase for phrase in URBAN_SCENES)


def test_no_images_are_no_texts(clip: Path) -> None:
    empty = SceneVocabulary(clip, PHRASES).describe(pd.Series([], dtype=object), [])
    assert len(empty) == 0


def test_the_fingerprint_follows_the_phrases(clip: Path) -> None:
    prints = {
        SceneVocabulary(clip, PHRASES).fingerprint,
        SceneVocabulary(clip, PHRASES[::-1]).fingerprint,
        SceneVocabulary(clip, PHRASES, top=2).fingerprint,
    }
    assert len(prints) == 3
    assert SceneVocabulary(clip, list(PHRASES)).fingerprint in prints


def test_what_is_no_clip_is_refused(
    clip: Path, vision_checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="checkpoint of type 'vit', expected 'clip'"):
        SceneVocabulary(vision_checkpoints["vit"])
    for name in (tmp_path / "none", "none"):
        with pytest.raises(InputError, match="there is no such folder"):
            SceneVocabulary(name)
    with pytest.raises(InputError, match="5 phrases an image of a vocabulary of 4"):
        SceneVocabulary(clip, PHRASES, top=5)
    with pytest.raises(InputError, match="names a phrase twice"):
        SceneVocabulary(clip, ["a park", "a park"])
    shutil.copytree(clip, tmp_path / "mute")
    for path in (tmp_path / "mute").glob("tokenizer*"):
        path.unlink()
    with pytest.raises(InputError, match="its tokenizer is missing"):
        SceneVocabulary(tmp_path / "mute", PHRASES)
