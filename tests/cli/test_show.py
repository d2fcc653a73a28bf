from __future__ import annotations

import re
import shutil

import numpy as np
import pandas as pd

from placeprint.atlas import Atlas
from placeprint.cli import show
from placeprint.cli.show import _curves
from placeprint.files import read_json, write_json
from placeprint.models import Run


def test_a_stage_without_validation_shows_its_training_loss() -> None:
    history = pd.DataFrame(
        {
            "stage": ["poi", "poi", "local", "local"],
            "epoch": [1, 2, 1, 2],
            "training": [3.0, 2.0, 1.5, 1.25],
            "validation": [np.nan, np.nan, 1.0, 1.5],
        }
    )
    assert list(_curves(history)) == [
        ("training loss poi", "2 epochs, 3.0000 in the first, 2.0000 in the last"),
        ("validation loss local", "2 epochs, 1.0000 in the first, best 1.0000 in 1"),
    ]
    whole = history.drop(columns="stage").tail(2)
    assert [name for name, _ in _curves(whole)] == ["validation loss"]


def test_without_training_there_is_no_curve() -> None:
    nothing = pd.DataFrame(columns=["stage", "epoch", "training", "validation"])
    assert list(_curves(nothing)) == []


def test_titles_and_notes_are_shown_where_there_are_any(simulated_run, tmp_path, capsys) -> None:
    atlas = simulated_run.atlas
    shutil.copytree(atlas.path, tmp_path / "atlas")
    manifest = read_json(atlas.path / "atlas.json")
    layers = manifest["layers"]
    layers["features/demographics"]["title"] = "People by age"
    layers["labels/CRI"]["title"] = "Crimes per head"
    for key in ("labels/POP", "labels/COS"):
        layers[key].setdefault("coverage", {})["notes"] = ["3 values are -9999"]
    layers["units/city"]["coverage"] = {"notes": ["read as Windows-1252"]}
    write_json(tmp_path / "atlas" / "atlas.json", manifest)
    titled = Atlas(tmp_path / "atlas")
    show.atlas(titled)
    shown = capsys.readouterr().out
    assert {"title", "People by age", "Crimes per head"} <= set(re.split(r"\s{2,}", shown))
    assert "2 layers: 3 values are -9999" in shown
    assert "units/city: read as Windows-1252" in shown
    show.run(Run(simulated_run.path, titled))
    assert "mobility, People by age, image, poi" in capsys.readouterr().out
    show.atlas(atlas)
    assert "title" not in capsys.readouterr().out


def test_a_run_is_shown_without_its_atlas(simulated_run, tmp_path, capsys) -> None:
    shutil.copytree(simulated_run.path, tmp_path / "run")
    show.run(Run(tmp_path / "run"))
    assert "demographics" in capsys.readouterr().out
