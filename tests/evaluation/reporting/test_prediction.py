from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.atlas import Atlas
from placeprint.evaluation.reporting.prediction import predict_held_out
from placeprint.models.run import Run

WIDE, HIGH = 8, 5
COLUMN = np.repeat(np.arange(WIDE), HIGH)


def test_a_linear_task_is_predicted_from_its_own_columns(atlas: Atlas, run: Run) -> None:
    found = predict_held_out(atlas, run.embeddings, "income")
    assert found.blocked
    assert found.rows == 38
    assert np.isnan(found.truth[:2]).all()
    assert np.isnan(found.predicted[[0, 1, 38, 39]]).all()
    assert found.predicted[2:38] == pytest.approx(found.truth[2:38], abs=0.1)


def test_a_unit_value_stands_at_each_of_its_regions(atlas: Atlas, run: Run) -> None:
    found = predict_held_out(atlas, run.embeddings, "rent")
    assert found.truth == pytest.approx(COLUMN)
    assert (np.ptp(found.predicted.reshape(WIDE, HIGH), axis=1) == 0).all()


def test_no_area_helps_to_predict_itself(atlas: Atlas) -> None:
    """A vector that only names the column knows nothing of a column that was held out."""
    names = pd.DataFrame(np.eye(WIDE, dtype=np.float32)[COLUMN], index=atlas.region_ids)
    found = predict_held_out(atlas, names, "rent")
    error = np.square(found.predicted - found.truth).mean()
    assert error >= np.var(found.truth)
