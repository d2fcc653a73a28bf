"""Published weights from a file that is already here: tensors, and the settings beside them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from placeprint.errors import InputError, listing
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["part", "read_weights", "setting"]

_CONVERT = (
    "if you trust it, convert it once: import json, torch; from safetensors.torch import "
    "save_file; c = torch.load(FILE, map_location='cpu', weights_only=False); save_file({{k: "
    "v.clone() for k, v in c['state_dict'].items()}}, 'NEW.safetensors', {{'settings': "
    "json.dumps(c['{key}'], default=str)}}); then give NEW.safetensors"
)


def read_weights(path: PathLike, *, settings: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint without running anything that is inside it.

    Two formats: what ``torch.save`` writes (a state dict, or a dictionary with one under
    ``state_dict`` and the settings beside it), and safetensors, with the settings as JSON under
    ``settings`` in the metadata.

    Args:
        path: The file.
        settings: Where the checkpoint of this model keeps its settings, such as
            ``hyper_parameters``.

    Returns:
        Name → tensor on the processor, and the settings (empty where there are none).

    Raises:
        InputError: If there is no such file, it is not a checkpoint, or it holds Python objects
            other than tensors and plain values; the message says how to convert it.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    file = Path(path)
    if not file.is_file():
        raise InputError("no such file", source=file, hint="give the path of the checkpoint")
    if file.suffix == ".safetensors":
        try:
            with safe_open(file, framework="pt") as opened:
                tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
                return tensors, json.loads((opened.metadata() or {}).get("settings", "{}"))
        except (SafetensorError, json.JSONDecodeError) as error:
            raise InputError(
                f"cannot be read ({error})", source=file, hint="check that the file is whole"
            ) from error
    try:
        loaded = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"holds Python objects that could run code when read ({_first_line(error)})",
            source=file,
            hint=_CONVERT.format(key=settings),
        ) from error
    except (RuntimeError, EOFError) as error:
        raise InputError(
            f"is no checkpoint of torch ({_first_line(error)})",
            source=file,
            hint="check that the file is whole, or give a .safetensors file",
        ) from error
    return _taken_apart(loaded, settings, file)


def part(tensors: dict[str, Tensor], prefix: str, source: PathLike) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, without it.

    Raises:
        InputError: If there are none.
    """
    chosen = {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
    if not chosen:
        raise InputError(
            f"no tensors {prefix}… in this checkpoint, found {listing(tensors, 4)}",
            source=source,
            hint="give a checkpoint of this model",
        )
    return chosen


def setting(settings: dict[str, Any], name: str, source: PathLike) -> Any:
    """A setting of the checkpoint.

    Raises:
        InputError: If it has none of that name.
    """
    if name not in settings:
        raise InputError(
            f"the checkpoint does not say its {name!r}, only {listing(sorted(settings))}",
            source=source,
            hint="give the checkpoint as published, with its settings",
        )
    return settings[name]


def _taken_apart(loaded: Any, key: str, file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    import torch

    tensors = loaded.get("state_dict", loaded) if isinstance(loaded, dict) else {}
    if not tensors or not all(isinstance(value, torch.Tensor) for value in tensors.values()):
        raise InputError(
            "no state dict in this file",
            source=file,
            hint="give the checkpoint as published",
        )
    return tensors, dict(loaded.get(key, {}))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
