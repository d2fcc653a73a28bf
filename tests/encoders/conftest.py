"""Tiny checkpoints of the published formats, with random weights, built on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPModel,
    PreTrainedTokenizerFast,
    ResNetConfig,
    ResNetModel,
    ViTConfig,
    ViTModel,
)

PIECES = """
[PAD] [UNK] [CLS] [SEP] the of cafe school park hotel station blue green old new north south
##s ##ville ##ton a b c d e f g h i j k l m n o p
"""
WORDS = PIECES.split()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("PLACEPRINT_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def text_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of 32 dimensions with 38 word pieces."""
    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=64,
        initializer_range=0.3,
    )
    BertModel(config).save_pretrained(folder)
    words = {word: row for row, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordPiece(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(folder)
    return folder


VISION = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 8,
}


def _clip() -> CLIPModel:
    text = {
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "vocab_size": 50,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    return CLIPModel(CLIPConfig(text_config=text, vision_config=VISION, projection_dim=12))


def _resnet() -> ResNetModel:
    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 10], depths=[1, 1], layer_type="basic")
    return ResNetModel(config)


@pytest.fixture(scope="session")
def vision_checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A CLIP (12-d), a ResNet (10-d), and a ViT (16-d) with and one without a pooler."""
    torch.manual_seed(0)
    makers = {
        "clip": _clip,
        "resnet": _resnet,
        "vit": lambda: ViTModel(ViTConfig(**VISION)),
        "vit_without_pooler": lambda: ViTModel(ViTConfig(**VISION), add_pooling_layer=False),
    }
    root = tmp_path_factory.mktemp("vision")
    for name, make in makers.items():
        make().save_pretrained(root / name)
        size = {"height": 16, "width": 16} if name != "resnet" else {"shortest_edge": 16}
        config = {"size": size, "image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4]}
        (root / name / "preprocessor_config.json").write_text(json.dumps(config))
    return {name: root / name for name in makers}
