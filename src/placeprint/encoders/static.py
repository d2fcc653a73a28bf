"""Static text vectors: one per word piece, distilled once from a transformer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from placeprint.encoders.cache import cache_folder
from placeprint.encoders.checkpoints import checkpoint_fingerprint, load_model
from placeprint.errors import optional_import
from placeprint.files import fingerprint, replacing
from placeprint.progress import Tracker, track
from placeprint.typing import FloatArray, IntArray

__all__ = ["StaticEncoder", "distilled_table", "zipf_weights"]

DIMENSIONS = 256
SMOOTHING = 1e-3
STRINGS_PER_BATCH = 16_384
PIECES_PER_BATCH = 512


class StaticEncoder:
    """Strings as weighted means of static word-piece vectors: tens of thousands a second.

        v(s) = u / ‖u‖,  u = Σ_{t in s} w_t E_t,  w_t = a / (a + p_t),  a = 10⁻³

    The table E (vocabulary × 256) holds each word piece's vector when a teacher reads it alone,
    centred and projected on its principal axes (:func:`distilled_table`); it is computed once
    per teacher, in about 15 seconds, and kept in the cache folder. p_t is the piece's frequency
    by Zipf's law from its rank in the vocabulary. A string without any word piece is read as
    the unknown piece.

    Args:
        name: What the encoder is called in provenance.
        folder: The teacher: a checkpoint with a ``tokenizer.json``.

    Source: model2vec (Tulkens & van Dongen 2024); the weights are SIF's (Arora et al. 2017).
    """

    cacheable = False

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder

    @property
    def dimensions(self) -> int:
        """Length d of the vectors: 256, or the teacher's own if that is less."""
        return int(self.table.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the teacher and of the way it is distilled."""
        settings = {"dimensions": DIMENSIONS, "smoothing": SMOOTHING}
        return fingerprint({"teacher": checkpoint_fingerprint(self.folder), **settings})

    @cached_property
    def tokenizer(self) -> Any:
        """The teacher's word-piece tokenizer, without padding or cutting."""
        tokenizers = optional_import("tokenizers", "text")
        tokenizer = tokenizers.Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def table(self) -> FloatArray:
        """Weighted vectors w_t E_t of all word pieces, float32 (vocabulary, 256)."""
        path = cache_folder() / "static" / f"{self.fingerprint}.npy"
        if not path.exists():
            table = distilled_table(self.folder, self.tokenizer)
            with replacing(path) as temporary, temporary.open("wb") as handle:
                np.save(handle, table)
        vectors: FloatArray = np.load(path, allow_pickle=False)
        return vectors

    def encode(self, strings: Sequence[str], tracker: Tracker | None = None) -> FloatArray:
        """Encode strings of any length.

        Args:
            strings: n strings.
            tracker: Is advanced by the number of strings done.

        Returns:
            float32 (n, 256), rows of unit length.
        """
        vectors = np.empty((len(strings), self.dimensions), dtype=np.float32)
        for start in range(0, len(strings), STRINGS_PER_BATCH):
            batch = list(strings[start : start + STRINGS_PER_BATCH])
            sums = self._bags(batch) @ self.table
            norms = np.linalg.norm(sums, axis=1, keepdims=True)
            vectors[start : start + len(batch)] = sums / np.maximum(norms, 1e-12)
            if tracker is not None:
                tracker.advance(len(batch))
        return vectors

    def _bags(self, strings: list[str]) -> sp.csr_matrix:
        """How often each word piece stands in each string: sparse (n, vocabulary)."""
        encodings = self.tokenizer.encode_batch_fast(strings, add_special_tokens=False)
        pieces = [encoding.ids or [self._unknown] for encoding in encodings]
        lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
        columns = np.fromiter(chain.from_iterable(pieces), dtype=np.int64, count=lengths.sum())
        starts = np.concatenate([[0], np.cumsum(lengths)])
        ones = np.ones(len(columns), dtype=np.float32)
        return sp.csr_matrix((ones, columns, starts), shape=(len(strings), len(self.table)))

    @cached_property
    def _unknown(self) -> int:
        return int(self.tokenizer.token_to_id("[UNK]") or 0)


def zipf_weights(size: int) -> FloatArray:
    """Weights a / (a + p_t) of word pieces, from their rank alone.

        p_t = (1 / rank_t) / Σ_s (1 / rank_s),  a = 10⁻³

    Args:
        size: How many word pieces there are, the most frequent first.

    Returns:
        float64 (size,), rising from near 0 to near 1.

    Example:
        >>> zipf_weights(3).round(4).tolist()
        [0.0018, 0.0037, 0.0055]
    """
    frequency = 1.0 / np.arange(1, size + 1)
    frequency /= frequency.sum()
    weights: FloatArray = SMOOTHING / (SMOOTHING + frequency)
    return weights


def distilled_table(folder: Path, tokenizer: Any) -> FloatArray:
    """What a transformer makes of each word piece alone, centred, projected and weighted.

    Each piece is read between the special tokens of a sentence; its vector is the mean of the
    hidden states. All are centred, and projected on their first 256 principal axes.

    Args:
        folder: The checkpoint of the transformer.
        tokenizer: Its tokenizer, of the ``tokenizers`` library.

    Returns:
        float32 (vocabulary, 256).

    Raises:
        InputError: If the checkpoint cannot be loaded.
        MissingExtraError: If the transformers library is not installed.
    """
    import torch

    model, _ = load_model("AutoModel", folder, extra="text")
    size = tokenizer.get_vocab_size()
    before, after = _frame(tokenizer)
    rows = []
    with track("distilling word vectors", total=size) as tracker, torch.inference_mode():
        for start in range(0, size, PIECES_PER_BATCH):
            piece = torch.arange(start, min(start + PIECES_PER_BATCH, size)).unsqueeze(1)
            ids = torch.cat([before.expand(len(piece), -1), piece, after.expand(len(piece), -1)], 1)
            rows.append(model(input_ids=ids).last_hidden_state.mean(1).numpy())
            tracker.advance(len(piece))
    table = _principal(np.concatenate(rows).astype(np.float64))
    weighted: FloatArray = (table * zipf_weights(size)[:, None]).astype(np.float32)
    return weighted


def _frame(tokenizer: Any) -> tuple[Any, Any]:
    """Ids of the special tokens before and after the words of a sentence, as row vectors."""
    import torch

    encoding = tokenizer.encode("a")
    special: IntArray = np.array(encoding.special_tokens_mask)
    ids, words = np.array(encoding.ids), np.flatnonzero(special == 0)
    before, after = ids[: words[0]], ids[words[-1] + 1 :]
    return torch.from_numpy(before)[None], torch.from_numpy(after)[None]


def _principal(rows: FloatArray) -> FloatArray:
    """Centre rows and project them on their first 256 principal axes, each axis' sign fixed."""
    centred = rows - rows.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :DIMENSIONS]
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[largest, np.arange(axes.shape[1])])
    projected: FloatArray = centred @ axes
    return projected
