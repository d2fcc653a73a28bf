"""On what a model is trained."""

from __future__ import annotations

import os
from typing import Final

import torch

from placeprint.errors import InputError, closest

__all__ = ["DEVICES", "chosen_device"]

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
