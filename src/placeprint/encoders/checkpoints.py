"""Published checkpoints on this machine: a folder, or an id already in the hub's local cache."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from placeprint.errors import InputError, closest, optional_import
from placeprint.files import fingerprint, sha256
from placeprint.typing import PathLike

__all__ = ["checkpoint_fingerprint", "find_checkpoint", "load_model"]

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def find_checkpoint(name: PathLike, *, extra: str, known: tuple[str, ...]) -> Path:
    """Find the folder of a checkpoint in the format of the transformers library.

    Nothing is ever downloaded: an id such as ``BAAI/bge-m3`` is looked up in the local cache of
    the hub, where ``hf download BAAI/bge-m3`` puts it.

    Args:
        name: A folder with ``config.json`` and weights, or a hub id.
        extra: The extra of placeprint that installs transformers for this purpose.
        known: Names of the encoders that need no checkpoint, for the advice in the message.

    Returns:
        The folder.

    Raises:
        InputError: If there is no such folder or id here, or it holds no model.
        MissingExtraError: If the transformers library is not installed.
    """
    optional_import("transformers", extra)
    folder = Path(name)
    if not folder.is_dir():
        if folder.is_absolute() or not _HUB_ID.fullmatch(str(name)):
            raise InputError(
                f"unknown encoder {str(name)!r}: neither one of {', '.join(known)} nor a folder",
                hint=f"{closest(str(name), known)}, or give the path of a checkpoint",
            )
        folder = _in_hub_cache(str(name), extra)
    for wanted, found in (
        ("config.json", (folder / "config.json").exists()),
        ("*.safetensors or *.bin", bool(_weights(folder))),
    ):
        if not found:
            raise InputError(
                f"this folder holds no {wanted}, so it is no transformers checkpoint",
                source=folder,
                hint="save one there with model.save_pretrained(folder)",
            )
    return folder


def checkpoint_fingerprint(folder: Path) -> str:
    """A digest of everything in a checkpoint that its vectors depend on."""
    described = [*folder.glob("*.json"), *folder.glob("*/config.json"), *folder.glob("*.model"),
                 *folder.glob("*.txt")]  # fmt: skip
    files = sorted({*described, *_weights(folder)})
    return fingerprint({str(path.relative_to(folder)): sha256(path) for path in files})


def load_model(kind: str, folder: Path, *, extra: str) -> tuple[Any, set[str]]:
    """Load a model for inference, and make sure that its weights were all there.

    Args:
        kind: The class of the transformers library to load with, such as ``AutoModel``.
        folder: The checkpoint.
        extra: The extra of placeprint that installs transformers for this purpose.

    Returns:
        The model, in evaluation mode and float32; and the names of the weights of its *pooler*
        that the checkpoint lacks (their values are random: the pooler must not be used).

    Raises:
        InputError: If the checkpoint cannot be read, or lacks other weights of the model.
        MissingExtraError: If the transformers library is not installed.
    """
    transformers = optional_import("transformers", extra)
    logging = transformers.logging
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        model, report = getattr(transformers, kind).from_pretrained(
            folder, local_files_only=True, output_loading_info=True, dtype="float32"
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise InputError(
            f"cannot be loaded with {kind} ({error})",
            source=folder,
            hint="check that the files are whole, and known to this version of transformers",
        ) from error
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
    missing = set(report["missing_keys"])
    pooler = {key for key in missing if "pooler" in key.split(".")}
    if missing - pooler:
        raise InputError(
            f"the checkpoint lacks weights of its {type(model).__name__}: "
            f"{', '.join(sorted(missing - pooler)[:3])}",
            source=folder,
            hint="give the folder of a complete checkpoint",
        )
    return model.eval(), pooler


def _weights(folder: Path) -> list[Path]:
    """The weight files that transformers would load: safetensors where there are any."""
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))


def _in_hub_cache(name: str, extra: str) -> Path:
    hub = optional_import("huggingface_hub", extra)
    errors = optional_import("huggingface_hub.errors", extra)
    try:
        return Path(hub.snapshot_download(name, local_files_only=True))
    except errors.LocalEntryNotFoundError:
        raise InputError(
            f"no folder {name!r} here, and no such model in the hub's local cache",
            hint=f"fetch it once with 'hf download {name}', or give the folder it is in",
        ) from None
