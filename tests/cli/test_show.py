from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.cli.show import _curves


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
