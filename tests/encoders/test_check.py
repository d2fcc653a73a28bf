from __future__ import annotations

from pathlib import Path

import pytest

from placeprint.encoders import check_encoder
from placeprint.encoders.images import IMAGE_ENCODERS
from placeprint.encoders.points import POINT_ENCODERS
from placeprint.encoders.tables import TABLE_ENCODERS
from placeprint.errors import InputError

KNOWN = {"points": POINT_ENCODERS, "table": TABLE_ENCODERS, "image": IMAGE_ENCODERS}


def test_every_encoder_passes_for_its_own_kind_and_no_other() -> None:
    for kind, names in KNOWN.items():
        for name in names:
            check_encoder(kind, name)
        for name in {name for other in KNOWN.values() for name in other} - set(names):
            with pytest.raises(InputError, match=f"unknown encoder '{name}'"):
                check_encoder(kind, name)


def test_checkpoints_pass_without_being_loaded(
    text_checkpoint: Path,
    vision_checkpoints: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("placeprint.encoders.sentences.load_model")
    monkeypatch.delattr("placeprint.encoders.vision.load_model")
    check_encoder("points", str(text_checkpoint))
    check_encoder("image", str(vision_checkpoints["clip"]))
    with pytest.raises(InputError, match=r"preprocessor_config\.json: there is no such file"):
        check_encoder("image", str(text_checkpoint))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'points'"):
        check_encoder("point", "static")
