"""Hex2Vec: vectors of regions from their tags, alike where regions touch."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from placeprint.typing import FloatArray, IntArray

if TYPE_CHECKING:
    import torch

__all__ = ["hex2vec_features"]

_HIDDEN: Final = (150, 100)
_BATCH: Final = 256
_RATE: Final = 1e-3
_DRAWS: Final = 4
"""Regions drawn for each negative: the first that is far enough is taken."""


def hex2vec_features(
    counts: pd.DataFrame,
    neighbours: pd.DataFrame,
    dim: int = 50,
    *,
    steps: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Hex2Vec on regions of any form: skip-gram with negative samples over the map.

    An encoder h (three layers of 150, 100 and ``dim``, ReLU between them) reads the counts x of a
    region. Regions a, p that touch are positives, and n, two steps away or more, is a negative:

    .. math::
        L = -\log \sigma(h(x_a) \cdot h(x_p)) - \log \sigma(-h(x_a) \cdot h(x_n))

    Args:
        counts: Of tags, in logarithms, indexed by region id: the own columns of
            :func:`placeprint.baselines.tag_counts`. A region without a row takes no part.
        neighbours: Pairs of regions that touch, each once: columns source and target.
        dim: Dimensions; 50 are published.
        steps: Batches of 256 pairs, by Adam at rate 0.001.
        seed: Of the weights and the pairs.

    Returns:
        float32, the rows of ``counts``; where no two regions touch the encoder is untrained.

    Source: Woźniak & Szymański 2021, Hex2Vec: context-aware embedding H3 hexagons with
    OpenStreetMap tags. There x is the counts as they are; their logarithms keep crowded cells
    from drowning the others.

    Example:
        >>> counts = pd.DataFrame({"cafe": [1.0, 1.0, 0.0]}, index=["a", "b", "c"])
        >>> pairs = pd.DataFrame({"source": ["a"], "target": ["b"]})
        >>> hex2vec_features(counts, pairs, dim=4, steps=2).shape
        (3, 4)
    """
    import torch

    x = torch.from_numpy(counts.to_numpy(dtype=np.float32, copy=True))
    generator = torch.Generator().manual_seed(seed)
    encoder = _encoder(x.shape[1], dim, generator)
    anchor, positive, near = _pairs(counts.index, neighbours)
    if len(anchor):
        _train(encoder, x, (anchor, positive), near, steps, np.random.default_rng(seed))
    with torch.no_grad():
        vectors = encoder(x).numpy()
    columns = pd.Index([f"hex2vec{number}" for number in range(dim)], name="feature_id")
    return pd.DataFrame(vectors, index=counts.index.rename("region_id"), columns=columns)


def _encoder(features: int, dim: int, generator: torch.Generator) -> torch.nn.Module:
    import torch

    sizes = (features, *_HIDDEN, dim)
    layers: list[torch.nn.Module] = []
    for inside, outside in pairwise(sizes):
        layer = torch.nn.utils.skip_init(torch.nn.Linear, inside, outside)
        bound = inside**-0.5
        for weights in (layer.weight, layer.bias):
            torch.nn.init.uniform_(weights, -bound, bound, generator=generator)
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def _pairs(ids: pd.Index, neighbours: pd.DataFrame) -> tuple[IntArray, IntArray, IntArray]:
    """Anchors and positives of every pair, both ways round; and all pairs one step apart or less.

    The latter as sorted numbers, row · n + column, of pairs within one step of each other or of
    themselves: what is two steps away or more is not among them.
    """
    n = len(ids)
    source, target = (ids.get_indexer(pd.Index(neighbours[end])) for end in ("source", "target"))
    known = (source >= 0) & (target >= 0)
    source, target = source[known], target[known]
    anchor, positive = np.concatenate([source, target]), np.concatenate([target, source])
    itself = np.arange(n)
    rows, columns = np.concatenate([anchor, itself]), np.concatenate([positive, itself])
    tied = csr_array((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(n, n))
    tied.sum_duplicates()
    near = np.repeat(itself, np.diff(tied.indptr)) * n + tied.indices
    return anchor, positive, np.sort(near)


def _train(
    encoder: torch.nn.Module,
    x: torch.Tensor,
    pairs: tuple[IntArray, IntArray],
    near: IntArray,
    steps: int,
    rng: np.random.Generator,
) -> None:
    import torch
    from torch.nn.functional import logsigmoid

    optimiser: Any = torch.optim.Adam(encoder.parameters(), lr=_RATE)
    n = len(x)
    for _ in range(steps):
        drawn = rng.integers(len(pairs[0]), size=min(_BATCH, len(pairs[0])))
        anchor, positive = pairs[0][drawn], pairs[1][drawn]
        negative, far = _negatives(anchor, n, near, rng)
        # Every region is encoded once a step, however often it was drawn.
        used, at = np.unique(np.concatenate([anchor, positive, negative]), return_inverse=True)
        a, p, b = encoder(x[used])[at].chunk(3)
        losses = -logsigmoid((a * p).sum(1))
        away = -logsigmoid(-(a * b).sum(1)) * torch.from_numpy(far)
        optimiser.zero_grad()
        (losses + away).mean().backward()
        optimiser.step()


def _negatives(
    anchor: IntArray, n: int, near: IntArray, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """A region two steps from each anchor or more, and 1 where there is one, else 0."""
    drawn = rng.integers(n, size=(len(anchor), _DRAWS))
    number = anchor[:, None] * n + drawn
    at = np.searchsorted(near, number).clip(max=len(near) - 1)
    far = near[at] != number
    first = far.argmax(axis=1)
    negative = drawn[np.arange(len(anchor)), first]
    return negative, far.any(axis=1).astype(np.float32)
