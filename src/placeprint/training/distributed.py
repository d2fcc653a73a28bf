"""Several processes that train one model, started by torchrun; nothing in a single process.

Each process takes its share of the samples of a batch. A loss over all pairs gathers what it needs
(:func:`gathered`, :func:`summed`), and its gradient by a process's own rows is the gradient of the
whole; so the gradients of the parameters are *summed* over the processes, not averaged, and equal
those of a single process up to rounding.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import Tensor, distributed, nn

from placeprint.progress import console

__all__ = [
    "equalise",
    "gathered",
    "is_main",
    "main_first",
    "process_group",
    "processes",
    "share",
    "sum_gradients",
    "summed",
    "total",
    "wait",
]

PATIENCE = timedelta(days=1)
"""So long a process waits for the first one to write; torchrun ends all if one fails."""


@contextmanager
def process_group(device: torch.device | None = None) -> Iterator[None]:
    """Join the processes that torchrun started, for as long as the block runs.

    Without torchrun, or within another such block, nothing happens. All but the first process are
    kept from drawing progress bars.

    Args:
        device: What is trained on: nccl joins GPUs, gloo processors. None: processors.

    Example:
        >>> with process_group():
        ...     total(3)
        3
    """
    if processes() < 2 or _joined():
        yield
        return
    on_gpu = device is not None and device.type == "cuda"
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)
    quiet, console.quiet = console.quiet, console.quiet or not is_main()
    try:
        yield
    finally:
        console.quiet = quiet
        distributed.destroy_process_group()


def processes() -> int:
    """How many processes torchrun has started; 1 without it.

    Example:
        >>> processes()
        1
    """
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main() -> bool:
    """Whether this is the process that writes and prints: the first one, or the only one."""
    return int(os.environ.get("RANK", "0")) == 0


@contextmanager
def main_first() -> Iterator[None]:
    """Let the first process run the block before the others do, who find what it has written.

    Example:
        >>> with main_first():
        ...     total(3)
        3
    """
    if not is_main():
        wait()
    try:
        yield
    finally:  # also where it fails: the others will fail likewise, and say so
        if is_main():
            wait()
        wait()


def wait() -> None:
    """Wait until all processes have come so far."""
    if _joined():
        distributed.barrier()


def share(batch: Tensor) -> Tensor:
    """This process's part of a batch; the parts differ by one sample at most.

    Example:
        >>> share(torch.arange(3)).tolist()
        [0, 1, 2]
    """
    if not _joined():
        return batch
    return batch.tensor_split(distributed.get_world_size())[distributed.get_rank()]


def total(count: int) -> int:
    """The sum of a number over all processes.

    Example:
        >>> total(3)
        3
    """
    return count if not _joined() else sum(_sizes(count, _device()))


def gathered(rows: Tensor) -> tuple[Tensor, slice]:
    """The rows of all processes one below the other, and where this process's are among them.

    Args:
        rows: (n, d) rows, any number of them; d and the dtype are the same in all processes.

    Returns:
        (N, d) rows, not part of any gradient, and this process's slice of them.

    Example:
        >>> rows, own = gathered(torch.eye(2))
        >>> rows.shape, rows[own].shape
        (torch.Size([2, 2]), torch.Size([2, 2]))
    """
    if not _joined():
        return rows, slice(0, len(rows))
    sizes = _sizes(len(rows), rows.device)
    padded = rows.new_zeros(max(sizes), *rows.shape[1:])
    padded[: len(rows)] = rows.detach()
    parts = [torch.empty_like(padded) for _ in sizes]
    distributed.all_gather(parts, padded)
    start = sum(sizes[: distributed.get_rank()])
    whole = torch.cat([part[:size] for part, size in zip(parts, sizes, strict=True)])
    return whole, slice(start, start + len(rows))


def summed(values: Tensor) -> Tensor:
    """The element-wise sum over all processes; in a single process the tensor itself."""
    if _joined():
        values = values.contiguous()
        distributed.all_reduce(values)
    return values


def sum_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Add up the gradients of all processes; a parameter that one did not use counts as zero."""
    if not _joined():
        return
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        distributed.all_reduce(parameter.grad)


def equalise(model: nn.Module) -> None:
    """Give all processes the parameters and buffers of the first one."""
    if _joined():
        for value in model.state_dict().values():
            distributed.broadcast(value, src=0)


def _joined() -> bool:
    return distributed.is_available() and distributed.is_initialized()


def _sizes(count: int, device: torch.device) -> list[int]:
    own = torch.tensor([count], device=device)
    sizes = [torch.empty_like(own) for _ in range(distributed.get_world_size())]
    distributed.all_gather(sizes, own)
    return [int(size) for size in sizes]


def _device() -> torch.device:
    """Where the processes exchange numbers: nccl knows GPUs only."""
    return torch.device("cuda" if distributed.get_backend() == "nccl" else "cpu")
