from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.evaluation.reporting.curves import training_curves


def history(training: list[float], validation: list[float]) -> pd.DataFrame:
    epochs = range(1, len(training) + 1)
    return pd.DataFrame({"epoch": epochs, "training": training, "validation": validation})


def test_the_best_epoch_is_that_of_validation() -> None:
    curves = training_curves(history([3, 2, 1], [3, 2.5, 2.75]))
    assert curves is not None
    assert (curves.best_epoch, curves.best_loss, curves.best_of) == (2, 2.5, "validation")
    assert f"{curves.best_at[0]},{curves.best_at[1]}" in curves.curves[1].points.split()


def test_without_validation_it_is_that_of_training() -> None:
    curves = training_curves(history([3, 1, 2], [np.nan] * 3))
    assert curves is not None
    assert (curves.best_epoch, curves.best_of) == (2, "training")
    assert [curve.name for curve in curves.curves] == ["training"]


def test_heights_follow_the_losses() -> None:
    rng = np.random.default_rng(0)
    training = rng.uniform(1, 5, 20).tolist()
    curves = training_curves(history(training, training[::-1]))
    assert curves is not None
    heights = [float(point.split(",")[1]) for point in curves.curves[0].points.split()]
    slope = np.polyfit(training, heights, 1)
    assert slope[0] < 0
    assert np.polyval(slope, training) == pytest.approx(heights, abs=0.2)


@pytest.mark.parametrize("losses", [[], [np.nan, np.inf]])
def test_nothing_is_drawn_of_nothing(losses: list[float]) -> None:
    assert training_curves(history(losses, losses)) is None


def test_a_single_epoch_can_be_drawn() -> None:
    curves = training_curves(history([2.0], [2.0]))
    assert curves is not None
    assert len(curves.x_ticks) == 1
    assert abs(curves.curves[0].label - curves.curves[1].label) >= 16
