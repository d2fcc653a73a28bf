"""Text encoders by name: ``static``, ``minilm``, or a published checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from placeprint.encoders.cache import VectorCache, cache_folder
from placeprint.encoders.checkpoints import find_checkpoint
from placeprint.encoders.minilm import minilm_folder
from placeprint.encoders.sentences import SentenceEncoder
from placeprint.encoders.static import StaticEncoder
from placeprint.errors import optional_import
from placeprint.progress import Tracker, track
from placeprint.typing import FloatArray, IntArray

__all__ = ["TEXT_ENCODERS", "TextEncoder", "encode_distinct", "text_encoder"]

TEXT_ENCODERS = ("static", "minilm")
STRINGS_PER_FILE = 16_384


class TextEncoder(Protocol):
    """Anything that turns strings into vectors of one length."""

    name: str
    """What it is called in provenance."""
    cacheable: bool
    """Whether it is slow enough for its vectors to be kept on disk."""

    @property
    def dimensions(self) -> int:
        """Length d of the vectors."""

    @property
    def fingerprint(self) -> str:
        """Digest of everything that the vectors depend on, weights included."""

    def encode(self, strings: Sequence[str], tracker: Tracker | None = None) -> FloatArray:
        """Encode n strings as float32 (n, d), rows of unit length."""


def text_encoder(name: str) -> TextEncoder:
    """Get a text encoder; its weights are checked now and loaded at first use.

    Args:
        name: ``static`` (word-piece vectors distilled from MiniLM, 256-d, fast),
            ``minilm`` (all-MiniLM-L6-v2, 384-d), the folder of a checkpoint of the transformers
            library, or a hub id that is already in this machine's cache, such as
            ``BAAI/bge-m3``, the published choice (1024-d).

    Returns:
        The encoder.

    Raises:
        InputError: If there is no such encoder, or its weights are not the published ones.
        MissingExtraError: If the libraries of the extra ``text`` are not installed.

    Example:
        >>> text_encoder("minilm").dimensions
        384
    """
    if name == "static":
        optional_import("tokenizers", "text")
        return StaticEncoder(name, minilm_folder())
    if name == "minilm":
        optional_import("transformers", "text")
        return SentenceEncoder(name, minilm_folder())
    return SentenceEncoder(name, find_checkpoint(name, extra="text", known=TEXT_ENCODERS))


def encode_distinct(
    strings: Sequence[str] | pd.Series, encoder: TextEncoder
) -> tuple[IntArray, FloatArray]:
    """Encode each distinct string once, and look slow ones up on disk first.

    Args:
        strings: n strings.
        encoder: Of :func:`text_encoder`.

    Returns:
        Which distinct string each one is, (n,); and the vectors of the m distinct strings,
        float32 (m, d), in order of first appearance. ``vectors[index]`` has a row per string.

    Example:
        >>> class Lengths:
        ...     name, cacheable, dimensions, fingerprint = "lengths", False, 1, "1"
        ...     def encode(self, strings, tracker=None):
        ...         return np.array([[len(s)] for s in strings], dtype=np.float32)
        >>> index, vectors = encode_distinct(["bar", "café", "bar"], Lengths())
        >>> index.tolist(), vectors.tolist()
        ([0, 1, 0], [[3.0], [4.0]])
    """
    index, uniques = pd.factorize(np.asarray(strings, dtype=object))
    distinct = uniques.tolist()
    title = f"encoding text ({encoder.name})"
    if not encoder.cacheable:
        with track(title, total=len(distinct)) as tracker:
            return index, encoder.encode(distinct, tracker)
    cache = VectorCache(cache_folder() / "text" / encoder.fingerprint)
    found, vectors = cache.find(distinct, dimensions=encoder.dimensions)
    missing = np.flatnonzero(~found)
    with track(title, total=len(missing)) as tracker:
        for start in range(0, len(missing), STRINGS_PER_FILE):
            rows = missing[start : start + STRINGS_PER_FILE]
            batch = [distinct[row] for row in rows]
            vectors[rows] = encoder.encode(batch, tracker)
            cache.add(batch, vectors[rows])
    return index, vectors
