"""Transformer text encoders: MiniLM, BGE-M3 or any other checkpoint of that format."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from placeprint.encoders.checkpoints import checkpoint_fingerprint, load_model
from placeprint.errors import InputError, optional_import
from placeprint.files import read_json
from placeprint.progress import Tracker
from placeprint.typing import FloatArray, IntArray

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SentenceEncoder", "pooling_of"]

TOKENS_PER_BATCH = 2048
WIDTH_STEP = 8
MAX_TOKENS = 512


class SentenceEncoder:
    """A transformer that turns each string into one unit vector.

        t = tokens(s),  h_1 … h_T = transformer(t),  v = pool(h) / ‖pool(h)‖

    where pool is h_1 (``cls``) or the mean of all h (``mean``), as the checkpoint's
    ``1_Pooling/config.json`` says; the mean if it says nothing.

    The vector of a string depends on nothing but the string, to the last bit: every batch of
    one width has the same shape, and the width follows from the string's own length.

    Args:
        name: What the encoder is called in provenance.
        folder: A checkpoint: ``config.json``, weights, tokenizer.

    Raises:
        InputError: If the checkpoint's pooling is another one.

    Source: MobCLIP §3 (BGE-M3, 1024-d); Reimers & Gurevych 2019 for the pooling.
    """

    cacheable = True

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.pooling = pooling_of(folder)

    @cached_property
    def dimensions(self) -> int:
        """Length d of the vectors."""
        transformers = optional_import("transformers", "text")
        config = transformers.AutoConfig.from_pretrained(self.folder, local_files_only=True)
        return int(config.hidden_size)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the weights, the tokenizer and the configuration."""
        return checkpoint_fingerprint(self.folder)

    @cached_property
    def model(self) -> Any:
        """The transformer, loaded at first use."""
        return load_model("AutoModel", self.folder, extra="text")[0]

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer, loaded at first use."""
        transformers = optional_import("transformers", "text")
        return transformers.AutoTokenizer.from_pretrained(self.folder, local_files_only=True)

    def encode(self, strings: Sequence[str], tracker: Tracker | None = None) -> FloatArray:
        """Encode strings; those longer than the model can read (512 tokens at most) are cut.

        Args:
            strings: n strings.
            tracker: Is advanced by the number of strings done.

        Returns:
            float32 (n, d), rows of unit length.
        """
        if not len(strings):
            return np.empty((0, self.dimensions), dtype=np.float32)
        limit = min(MAX_TOKENS, int(self.tokenizer.model_max_length))
        tokens = self.tokenizer(list(strings), truncation=True, max_length=limit)["input_ids"]
        lengths = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
        widths = np.minimum(-(-lengths // WIDTH_STEP) * WIDTH_STEP, limit)
        vectors = np.empty((len(tokens), self.dimensions), dtype=np.float32)
        for width in np.unique(widths):
            members = np.flatnonzero(widths == width)
            size = max(1, TOKENS_PER_BATCH // int(width))
            for start in range(0, len(members), size):
                rows = members[start : start + size]
                ids, mask = self._padded([tokens[row] for row in rows], size, int(width))
                vectors[rows] = self._forward(ids, mask)[: len(rows)]
                if tracker is not None:
                    tracker.advance(len(rows))
        return vectors

    def _padded(
        self, tokens: Sequence[Sequence[int]], size: int, width: int
    ) -> tuple[IntArray, IntArray]:
        """Token ids and mask (size, width): padded to the right, and below with the last row."""
        ids = np.full((size, width), self.tokenizer.pad_token_id or 0, dtype=np.int64)
        mask = np.zeros((size, width), dtype=np.int64)
        for row, line in enumerate(tokens):
            ids[row, : len(line)] = line
            mask[row, : len(line)] = 1
        ids[len(tokens) :], mask[len(tokens) :] = ids[len(tokens) - 1], mask[len(tokens) - 1]
        return ids, mask

    def _forward(self, ids: IntArray, mask: IntArray) -> FloatArray:
        import torch

        with torch.inference_mode():
            seen = torch.from_numpy(mask)
            hidden: Tensor = self.model(
                input_ids=torch.from_numpy(ids), attention_mask=seen
            ).last_hidden_state
            if self.pooling == "cls":
                pooled = hidden[:, 0]
            else:
                weight = seen.unsqueeze(-1).to(hidden.dtype)
                pooled = (hidden * weight).sum(1) / weight.sum(1)
            vectors: FloatArray = torch.nn.functional.normalize(pooled, dim=1).numpy()
        return vectors


def pooling_of(folder: Path) -> str:
    """How a checkpoint pools its tokens: ``cls`` or ``mean``.

    Args:
        folder: The checkpoint; its ``1_Pooling/config.json`` may be of any version of
            sentence-transformers (``pooling_mode``, or one ``pooling_mode_…`` flag each).

    Raises:
        InputError: If it pools in another way.
    """
    path = folder / "1_Pooling" / "config.json"
    if not path.exists():
        return "mean"
    config = read_json(path)
    flags = {"pooling_mode_cls_token": "cls", "pooling_mode_mean_tokens": "mean"}
    active = [key for key, value in config.items() if key.startswith("pooling_mode_") and value]
    mode = config.get("pooling_mode", [flags.get(key, key) for key in active])
    modes = [mode] if isinstance(mode, str) else list(mode)
    if modes not in (["cls"], ["mean"]):
        raise InputError(
            f"pooling {' and '.join(map(str, modes)) or 'unknown'} is not supported, "
            "expected cls or mean",
            source=path,
            hint="choose a checkpoint that pools by its first token or by the mean",
        )
    return str(modes[0])
