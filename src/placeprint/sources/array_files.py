"""Files of arrays, NumPy, PyTorch and safetensors: one matrix, and the ids of its rows if there.

Nothing is unpickled: a pickle can run any code when it is opened.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from placeprint.errors import InputError, listing
from placeprint.sources.keys import is_key
from placeprint.typing import AnyArray, PathLike

__all__ = ["ARRAY_FILES", "read_array_file", "read_npy"]

ARRAY_FILES: Final = (".npy", ".npz", ".pt", ".pth", ".safetensors")


def read_array_file(path: PathLike) -> tuple[AnyArray, AnyArray | None]:
    """Read the one matrix of a file, and the array of ids beside it.

    Of several matrices the one whose name begins with ``emb`` is meant; of several possible
    arrays of ids the one whose name says so.

    Args:
        path: A file of one of the types :data:`ARRAY_FILES`.

    Returns:
        (n, d) numbers; and (n,) ids, text or whole numbers, or None if the file holds none.

    Raises:
        InputError: If the file is missing or damaged, would have to be unpickled, or which array
            is meant is not clear.
    """
    if not Path(path).exists():
        raise InputError("there is no such file", source=path)
    suffix = Path(path).suffix.lower()
    if suffix == ".npy":
        arrays = {"array": read_npy(path)}
    elif suffix == ".npz":
        arrays = _read_npz(path)
    elif suffix == ".safetensors":
        arrays = _read_safetensors(path)
    else:
        arrays = _read_torch(path)
    matrix = _the_matrix(arrays, path)
    return matrix, _the_ids(arrays, len(matrix))


def read_npy(path: PathLike) -> AnyArray:
    """Read one NumPy array, never a pickle.

    Raises:
        InputError: If the file is missing, damaged, or holds Python objects.
    """
    return np.asarray(_load(path))


def _read_npz(path: PathLike) -> dict[str, AnyArray]:
    archive = _load(path)
    try:
        return {name: archive[name] for name in archive.files}
    except (ValueError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from None


def _load(path: PathLike) -> Any:
    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise InputError("there is no such file", source=path) from None
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: PathLike, error: Exception) -> InputError:
    if "allow_pickle" in str(error):
        return InputError(
            "it holds Python objects, which only a pickle can store",
            source=path,
            hint="save plain arrays: numbers as float32, ids with np.array(ids, dtype=str)",
        )
    return InputError(f"cannot be read, it may be truncated ({error})", source=path)


def _read_safetensors(path: PathLike) -> dict[str, AnyArray]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise _unreadable(path, error) from None
    return _as_arrays(tensors)


def _read_torch(path: PathLike) -> dict[str, AnyArray]:
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise InputError(
            "it holds more than tensors, which would have to be unpickled",
            source=path,
            hint="save the tensor alone: torch.save({'embedding': tensor, 'ids': ids}, path)",
        ) from None
    except (RuntimeError, EOFError, OSError) as error:
        raise _unreadable(path, error) from None
    return _as_arrays(content if isinstance(content, dict) else {"tensor": content})


def _as_arrays(values: Mapping[Any, Any]) -> dict[str, AnyArray]:
    """Tensors, and lists of text or whole numbers, as arrays; bfloat16 as float32."""
    import torch

    arrays: dict[str, AnyArray] = {}
    for name, value in values.items():
        if isinstance(value, torch.Tensor):
            tensor = value.detach()
            arrays[str(name)] = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
        elif isinstance(value, list | tuple) and all(isinstance(item, str | int) for item in value):
            arrays[str(name)] = np.array(value)
    return arrays


def _the_matrix(arrays: Mapping[str, AnyArray], source: PathLike) -> AnyArray:
    matrices = [
        name for name, array in arrays.items() if array.ndim == 2 and array.dtype.kind in "fiub"
    ]
    named = [name for name in matrices if name.lower().startswith("emb")]
    for candidates in (matrices, named):
        if len(candidates) == 1:
            return arrays[candidates[0]]
    shapes = [f"{name} {array.shape} {array.dtype}" for name, array in arrays.items()]
    raise InputError(
        f"expected one matrix, a row for each region, found {listing(shapes) or 'no array'}",
        source=source,
        hint="save the matrix alone, or call it 'embedding'",
    )


def _the_ids(arrays: Mapping[str, AnyArray], rows: int) -> AnyArray | None:
    found = [
        name
        for name, array in arrays.items()
        if array.shape == (rows,) and array.dtype.kind in "USiu"
    ]
    named = [name for name in found if is_key(name) or name.lower() in {"ids", "region_ids"}]
    for candidates in (named, found):
        if len(candidates) == 1:
            return arrays[candidates[0]]
    return None
