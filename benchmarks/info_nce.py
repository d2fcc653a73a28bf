"""Symmetric InfoNCE of an anchor and three modalities, value and gradient, against the plain way.

The plain way is the published one: for each modality the logits of all pairs and their transpose,
and a cross-entropy of each of the six; all of them are held until the gradient is done. Batches:
the whole of Jiangsu (90 % of 3,904 cells), half a batch and a batch of the nation, 20,480 cells.
The error is that of the gradients in single precision against those in double precision, by ours,
which the tests compare with the plain way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from benchmarks.harness import Row, compare
from placeprint.training import symmetric_info_nce, tile_memory

DIM = 128
TEMPERATURES = (0.5, 0.7, 0.2)
PLAIN_BYTES_PER_PAIR = 44
"""What the plain way holds at its peak: three logits, six log-softmaxes, two gradients."""


def rows(quick: bool) -> Iterator[Row]:
    for size in (1024, 2048, 4096) if quick else (3514, 10_240, 20_480):
        yield measured(size)


def measured(size: int) -> Row:
    fits = PLAIN_BYTES_PER_PAIR * size**2 < available_bytes()
    views = embeddings(size)
    note = f"gradient error {error(views):.1e}" + ("" if fits else "; plain needs more memory")
    tile_memory.release()  # or the peak would lack it
    return compare(
        "InfoNCE, three modalities",
        size,
        lambda: gradients(tiled, views),
        (lambda: gradients(published, views)) if fits else None,
        turns=3 if size > 8192 else 5,
        note=note,
    )


def embeddings(size: int) -> list[Tensor]:
    """An anchor and three modalities that resemble it, as they do while a training runs."""
    generator = torch.Generator().manual_seed(0)
    anchor = torch.randn(size, DIM, generator=generator)
    noise = [torch.randn(size, DIM, generator=generator) for _ in TEMPERATURES]
    return [anchor, *(anchor + 2 * each for each in noise)]


def tiled(anchor: Tensor, *others: Tensor) -> Tensor:
    pairs = zip(others, TEMPERATURES, strict=True)
    return torch.stack([symmetric_info_nce(anchor, other, tau) for other, tau in pairs]).mean()


def published(anchor: Tensor, *others: Tensor) -> Tensor:
    unit = anchor / anchor.norm(dim=1, keepdim=True)
    logits = {}
    for number, (other, tau) in enumerate(zip(others, TEMPERATURES, strict=True)):
        logits[number, "there"] = 1 / tau * unit @ (other / other.norm(dim=1, keepdim=True)).T
        logits[number, "back"] = logits[number, "there"].T
    labels = torch.arange(len(anchor))
    return torch.stack([F.cross_entropy(each, labels) for each in logits.values()]).mean()


def gradients(loss: Callable[..., Tensor], views: list[Tensor]) -> list[Tensor]:
    leaves = [view.detach().requires_grad_() for view in views]
    return list(torch.autograd.grad(loss(*leaves), leaves))


def error(views: list[Tensor]) -> float:
    exact = gradients(tiled, [view.double() for view in views])
    return max(
        float((single - double).norm() / double.norm())
        for single, double in zip(gradients(tiled, views), exact, strict=True)
    )


def available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/meminfo does not say what memory is available")
