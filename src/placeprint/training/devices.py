"""On what a model is trained."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import torch

from placeprint.errors import InputError, closest

__all__ = ["DEVICES", "chosen_device", "repeatable"]

DEVICES: Final = ("auto", "cpu", "cuda")
"""What may be asked for; ``auto`` is a GPU where there is one."""


def chosen_device(name: str = "auto") -> torch.device:
    """The device of a name; of the processes on one machine, each takes a GPU of its own.

    The device is no part of a configuration: a configuration says what is computed, and that does
    not depend, up to rounding, on where.

    Args:
        name: One of :data:`DEVICES`.

    Raises:
        InputError: If there is no such device.

    Example:
        >>> chosen_device("cpu")
        device(type='cpu')
    """
    if name not in DEVICES:
        raise InputError(f"no device {name!r}", source="--device", hint=closest(name, DEVICES))
    found = torch.cuda.device_count()
    if name == "cpu" or (name == "auto" and not found):
        return torch.device("cpu")
    number = int(os.environ.get("LOCAL_RANK", "0"))
    if number >= found:
        raise InputError(
            f"GPU {number} is asked for, torch finds {found}",
            source="--device",
            hint="ask for cpu, start no more processes than there are GPUs, or install torch "
            "with CUDA",
        )
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


@contextmanager
def repeatable(device: torch.device) -> Iterator[None]:
    """The same sums in the same order, every time, of what a processor computes.

    The gradient of ``values[rows]`` is added up by all threads at once, so in an order that
    differs from run to run and rounds differently; torch knows of an order that is always the
    same, and takes it where it is asked to. The settings are put back afterwards. A GPU is left
    as it is: there the order of some sums can't be chosen.

    Args:
        device: Where the sums are made.

    Example:
        >>> with repeatable(torch.device("cpu")):
        ...     torch.are_deterministic_algorithms_enabled()
        True
    """
    if device.type != "cpu":
        yield
        return
    asked = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic  # a module with a property, which types can't say
    filled = memory.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    memory.fill_uninitialized_memory = False  # it would cost a pass over every new tensor
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(asked, warn_only=warned)
        memory.fill_uninitialized_memory = filled
