"""Files of arrays, NumPy, PyTorch and safetensors: one matrix, and the ids of its rows if there.

Nothing is unpickled: a pickle can run any code when it is opened.
"""

from __future__ import annotations

import pickle
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from placeprint.errors import InputError, listing
from placeprint.files import what_is
from placeprint.sources.ids import is_key
from placeprint.typing import AnyArray, PathLike

__all__ = ["ARRAY_FILES", "read_array_file", "read_npy"]

KINDS: Final = {
    ".npy": ("NumPy array", "(.npy)"),
    ".npz": ("archive of NumPy arrays", "(.npz)"),
    ".pt": ("PyTorch file", "PyTorch"),
    ".pth": ("PyTorch file", "PyTorch"),
    ".safetensors": ("safetensors file", "safetensors"),
}
"""What files are by their ending, and what is in the words that are found for them."""

ARRAY_FILES: Final = tuple(KINDS)

DAMAGED: Final = (
    *(AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, struct.error, tokenize.TokenError, zipfile.BadZipFile),
    zlib.error,
)
"""What libraries raise where bytes are not what they should be."""

SAVE_TENSOR: Final = "torch.save({'embedding': tensor, 'ids': ids}, path)"


class Unfit(NamedTuple):
    """What is in a file besides plain arrays.

    Attributes:
        ndim: How many dimensions it has; 0 if it is no tensor.
        what: What it is, in words.
        remedy: What to save in its place.
    """

    ndim: int
    what: str
    remedy: str


def read_array_file(path: PathLike) -> tuple[AnyArray, AnyArray | None]:
    """Read the one matrix of a file, and the array of ids beside it.

    Of several matrices the one whose name begins with ``emb`` is meant; of several possible
    arrays of ids the one whose name says so.

    Args:
        path: A file of one of the types :data:`ARRAY_FILES`.

    Returns:
        (n, d) numbers; and (n,) ids, text or whole numbers, or None if the file holds none.

    Raises:
        InputError: If the file is missing, damaged or not what its name says, would have to be
            unpickled, holds the weights of a model or a tensor that is no plain matrix, or which
            array is meant is not clear.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".npy":
        contents: dict[str, AnyArray | Unfit] = {"array": read_npy(path)}
    else:
        with _reading(path):
            contents = _read_npz(path) if suffix == ".npz" else _read_tensors(path)
    matrix = _the_matrix(contents, path)
    return matrix, _the_ids(contents, len(matrix))


def read_npy(path: PathLike) -> AnyArray:
    """Read one NumPy array, never a pickle.

    Raises:
        InputError: If the file is missing, damaged or something else, or holds Python objects.
    """
    with _reading(path):
        return np.asarray(np.load(path, allow_pickle=False))


@contextmanager
def _reading(path: PathLike) -> Iterator[None]:
    """Refuse a file that is something else than its name says, or damaged."""
    kind, mark = KINDS[Path(path).suffix.lower()]
    found = what_is(path)
    if found == "not there":
        raise InputError("there is no such file", source=path)
    alone = f"save the numbers alone: {SAVE_TENSOR}"
    if mark not in found:
        program = "pickle" in found or "TorchScript" in found
        words, _, command = found.partition("; the file itself comes with: ")
        again = command or "fetch or save it again, or give it the ending of what it is"
        raise InputError(
            f"it is no {kind}: it is {words}", source=path, hint=alone if program else again
        )
    try:
        yield
    except pickle.UnpicklingError:
        raise InputError(
            "it holds Python objects, which would have to be unpickled", source=path, hint=alone
        ) from None
    except DAMAGED as error:
        if "allow_pickle" in str(error):
            raise InputError(
                "it holds Python objects, which only a pickle can store",
                source=path,
                hint="save plain arrays: numbers as float32, ids with np.array(ids, dtype=str)",
            ) from None
        why = re.split(r"\. |\n", str(error))[0] or type(error).__name__
        raise InputError(
            f"cannot be read, it may be truncated ({why})",
            source=path,
            hint="fetch or save it again",
        ) from None


def _read_npz(path: PathLike) -> dict[str, AnyArray | Unfit]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _read_tensors(path: PathLike) -> dict[str, AnyArray | Unfit]:
    import torch

    if Path(path).suffix.lower() == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            content: Any = load_file(path)
        except SafetensorError as error:
            raise ValueError(str(error)) from None
    else:
        content = torch.load(path, map_location="cpu", weights_only=True)
    found = content if isinstance(content, Mapping) else {"tensor": content}
    return {str(name): _fit(value) for name, value in found.items()}


def _fit(value: Any) -> AnyArray | Unfit:
    """A tensor, or a list of text or whole numbers, as an array; bfloat16 as float32."""
    import torch

    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided:
            return Unfit(value.ndim, "a sparse tensor", "save it dense: tensor.to_dense()")
        if value.is_quantized:
            return Unfit(
                value.ndim, "a quantised tensor", "save it as numbers: tensor.dequantize()"
            )
        return (value.float() if value.is_floating_point() else value).numpy(force=True)
    if isinstance(value, list | tuple) and all(isinstance(item, str | int) for item in value):
        return np.array(value)
    size = f" of {len(value)}" if isinstance(value, Sized) else ""
    return Unfit(0, f"a {type(value).__name__}{size}", f"save the numbers alone: {SAVE_TENSOR}")


def _the_matrix(contents: Mapping[str, AnyArray | Unfit], source: PathLike) -> AnyArray:
    matrices = [
        name
        for name, value in contents.items()
        if value.ndim == 2 and (isinstance(value, Unfit) or value.dtype.kind in "fiubc")
    ]
    named = [name for name in matrices if name.lower().startswith("emb")]
    chosen = next((some[0] for some in (matrices, named) if len(some) == 1), None)
    weights = [name for name in contents if name.rpartition(".")[2] in {"weight", "bias"}]
    found = contents[chosen] if chosen is not None else None
    if isinstance(found, np.ndarray) and (named or len(weights) < 2):
        if found.dtype.kind != "c":
            return found
        found = Unfit(
            2, "a matrix of complex numbers", "save real and imaginary parts side by side"
        )
    if isinstance(found, Unfit):
        raise InputError(f"{chosen!r} is {found.what}", source=source, hint=found.remedy)
    shapes = [f"{name} {_in_words(value)}" for name, value in contents.items()]
    if len(weights) > 1:
        raise InputError(
            f"it holds the weights of a model ({listing(shapes, limit=3)}), expected one vector "
            "for each region",
            source=source,
            hint=f"apply the model, and save what it gives: {SAVE_TENSOR}",
        )
    raise InputError(
        f"expected one matrix, a row for each region, found {listing(shapes) or 'no array'}",
        source=source,
        hint="save the matrix alone, or call it 'embedding'",
    )


def _in_words(value: AnyArray | Unfit) -> str:
    return f"{value.shape} {value.dtype}" if isinstance(value, np.ndarray) else f"({value.what})"


def _the_ids(contents: Mapping[str, AnyArray | Unfit], rows: int) -> AnyArray | None:
    arrays = {name: value for name, value in contents.items() if isinstance(value, np.ndarray)}
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
