"""LINE's matrix and panels on a GPU, or whatever device torch knows."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from placeprint.errors import InputError
from placeprint.mobility.line.log_ratios import LogRatios
from placeprint.typing import FloatArray

__all__ = ["DevicePanels", "DeviceRatios", "on_device"]

CHUNK: Final = 1 << 25
"""Entries moved at a time."""

ROWS: Final = 1 << 16
"""Rows of a panel turned to double precision at a time."""

DENSE_SHARE: Final = 1 / 64
"""From this share of stored entries on, whole rows are read faster than rows are gathered."""

DENSE_MEMORY: Final = 0.5
"""The share of a card's free memory that a dense matrix may take."""


def on_device(ratios: LogRatios, device: str) -> tuple[DeviceRatios, DevicePanels]:
    """The matrix and the algebra of panels, both on a device.

    Raises:
        InputError: If the graph does not fit there.
    """
    place = torch.device(device)
    return DeviceRatios(ratios, place), DevicePanels(place)


class DeviceRatios:
    """The matrix of :class:`LogRatios` on a device: dense where it fits and pays, else sparse.

    Args:
        ratios: The matrix.
        device: Where to.
        dense: Whether it shall be dense; None: as its density and the free memory suggest.

    Raises:
        InputError: If the graph does not fit on the card.
    """

    def __init__(
        self, ratios: LogRatios, device: torch.device, *, dense: bool | None = None
    ) -> None:
        n, nnz = ratios.rows.shape[0], ratios.rows.nnz
        free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else math.inf
        if dense is None:
            dense = nnz >= DENSE_SHARE * n * n and 4 * n * n <= DENSE_MEMORY * free
        needed = 4 * n * n if dense else 12 * nnz + 8 * n
        if needed > free:
            raise InputError(
                f"LINE's matrix takes {needed / 1e9:.1f} GB on {device}, {free / 1e9:.1f} GB are "
                "free",
                hint="run it on the processor (device='cpu'), or on a larger card",
            )
        self.readings = 1
        self._dense = _dense(ratios, device) if dense else None
        self._sparse = None if dense else _sparse(ratios, device)

    def forward(self, dense: Tensor, advance: Callable[[], None]) -> Tensor:
        """M X."""
        product = self._dense @ dense if self._dense is not None else self._times(0, dense)
        advance()
        return product

    def backward(self, dense: Tensor, advance: Callable[[], None]) -> Tensor:
        """Mᵀ X."""
        product = self._dense.T @ dense if self._dense is not None else self._times(1, dense)
        advance()
        return product

    def _times(self, which: int, dense: Tensor) -> Tensor:
        assert self._sparse is not None
        product: Tensor = self._sparse[which] @ dense
        return product


class DevicePanels:
    """Panels as tensors; the methods are those of :class:`placeprint.mobility.line.panels.Panels`.

    Args:
        device: Where they are.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def taken(self, values: FloatArray) -> Tensor:
        """A tensor on the device."""
        return torch.tensor(np.asarray(values, dtype=np.float32), device=self._device)

    def given(self, panel: Tensor) -> FloatArray:
        """An array in memory."""
        array: FloatArray = panel.cpu().numpy()
        return array

    def longest(self, panel: Tensor) -> float:
        """The largest of the norms of its columns."""
        return float(torch.linalg.vector_norm(panel, dim=0).max())

    def inner(self, one: Tensor, other: Tensor, *, exact: bool = False) -> FloatArray:
        """oneᵀ other."""
        kind = torch.float64 if exact else torch.float32
        shape = (one.shape[1], other.shape[1])
        total = torch.zeros(shape, dtype=torch.float64, device=self._device)
        for left, right in zip(one.split(ROWS), other.split(ROWS), strict=True):
            total += left.to(kind).T @ right.to(kind)
        array: FloatArray = total.cpu().numpy()
        return array

    def combined(self, panels: Sequence[Tensor], factors: Sequence[FloatArray]) -> Tensor:
        """The sum of each panel times its small matrix."""
        start = panels[0].new_zeros(len(panels[0]), factors[0].shape[1])
        return self.reduced(start, panels, [-factor for factor in factors])

    def reduced(
        self, panel: Tensor, panels: Sequence[Tensor], factors: Sequence[FloatArray]
    ) -> Tensor:
        """A panel less the sum of others, each times its small matrix."""
        small = [torch.tensor(factor, device=self._device) for factor in factors]
        chunks = []
        for first in range(0, len(panel), ROWS):
            rows = slice(first, first + ROWS)
            chunk = panel[rows]
            for other, factor in zip(panels, small, strict=True):
                chunk = chunk - (other[rows].to(factor.dtype) @ factor).float()
            chunks.append(chunk)
        return torch.cat(chunks)


def _sparse(ratios: LogRatios, device: torch.device) -> tuple[Tensor, Tensor]:
    """M and Mᵀ as torch's CSR, which share their structure."""
    n, nnz = ratios.rows.shape[0], ratios.rows.nnz
    kind = torch.int32 if nnz <= torch.iinfo(torch.int32).max else torch.int64
    starts = torch.tensor(np.asarray(ratios.rows.indptr), device=device).to(kind)
    columns = torch.empty(nnz, dtype=kind, device=device)
    values = torch.empty(2, nnz, dtype=torch.float32, device=device)
    for part, _, column, both in _entries(ratios, device):
        columns[part] = column
        values[:, part] = both
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
        forward, backward = (
            torch.sparse_csr_tensor(starts, columns, way, (n, n), check_invariants=False)
            for way in values
        )
    return forward, backward


def _dense(ratios: LogRatios, device: torch.device) -> Tensor:
    n = ratios.rows.shape[0]
    matrix = torch.zeros(n, n, dtype=torch.float32, device=device)
    for _, row, column, both in _entries(ratios, device):
        matrix[row, column] = both[0]
    return matrix


def _entries(
    ratios: LogRatios, device: torch.device
) -> Iterator[tuple[slice, Tensor, Tensor, Tensor]]:
    """Some entries at a time: which, their rows, columns, and values in M and in Mᵀ."""
    rows = ratios.rows
    logs, own, others = (
        torch.tensor(part, device=device) for part in (ratios.logs, ratios.own, ratios.others)
    )
    for first, last in rows.blocks(CHUNK):
        part = slice(int(rows.indptr[first]), int(rows.indptr[last]))
        sizes = torch.tensor(np.diff(rows.indptr[first : last + 1]), device=device)
        row = torch.repeat_interleave(torch.arange(first, last, device=device), sizes)
        column = torch.tensor(np.asarray(rows.indices[part]), device=device).long()
        codes = torch.tensor(ratios.codes[part].astype(np.int32), device=device).long()
        forward = logs[codes] - own[row] - others[column]
        backward = logs[codes] - others[row] - own[column]
        yield part, row, column, torch.stack([forward, backward]).clamp(min=0)
        rows.forget(first, last)
