from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from placeprint.encoders.minilm import minilm_folder
from placeprint.errors import InputError, MissingExtraError


def test_the_packaged_weights_are_the_published_ones() -> None:
    assert (minilm_folder() / "tokenizer.json").exists()


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    package = SimpleNamespace(get_model_path=lambda: tmp_path)
    monkeypatch.setattr(importlib, "import_module", lambda name: package)
    with pytest.raises(InputError, match=r"not the published weights.*expected 53aa5117"):
        minilm_folder()
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(InputError, match="reinstall the package"):
        minilm_folder()


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'placeprint\[text\]'"):
        minilm_folder()
