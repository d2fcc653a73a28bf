from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from placeprint.atlas import Atlas
from placeprint.evaluation import atlas_tasks
from placeprint.evaluation.reporting.colours import Scale
from placeprint.evaluation.reporting.figures import best_first, task_figures
from placeprint.evaluation.reporting.grounds import Grounds
from placeprint.evaluation.reporting.maps import Canvas
from placeprint.evaluation.reporting.tables import score_tables
from placeprint.evaluation.tasks import Task

ScoresOf: TypeAlias = Callable[..., pd.DataFrame]

WIDE, HIGH = 8, 5


def table(truth: list[float], predicted: list[float], split: str = "random") -> pd.DataFrame:
    n = len(truth)
    place = {"lon": np.linspace(5, 9, n), "lat": np.linspace(45, 48, n)}
    rows = {"task": "t", "split": split, "model": "m", "id": [f"r{i}" for i in range(n)]}
    return pd.DataFrame(rows | place | {"truth": truth, "predicted": predicted})


def pixels(image: str) -> np.ndarray:
    data = base64.b64decode(image.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def test_places_without_a_prediction_are_counted_apart() -> None:
    rows = table([0, 1, 2, 3], [0.5, 1, np.nan, 4])
    (figure,) = task_figures(rows, [Task("t", "region", "grid", pd.DataFrame())], {}, Grounds())
    (panel,) = figure.panels
    assert (panel.predicted, panel.missing) == (3, 1)
    assert panel.mean_error == pytest.approx(0.5)


def test_both_splits_share_one_scale() -> None:
    rows = pd.concat([table([0, 1, 2], [0, 1, 3]), table([0, 1, 2], [0, 1, 9], "block")])
    (figure,) = task_figures(rows, [Task("t", "region", "grid", pd.DataFrame())], {}, Grounds())
    assert [panel.split for panel in figure.panels] == ["random", "block"]
    first, second = (panel.errors for panel in figure.panels)
    assert first is not None
    assert second is not None
    assert first.scale == second.scale == Scale.of_errors(np.array([0.0, 0, 1, 0, 0, 7]))


def test_classes_are_right_or_wrong_on_the_map() -> None:
    task = Task("t", "region", "grid", pd.DataFrame(), kind="classification")
    rows = table([0, 1, 1], [0, 0, np.nan])
    (figure,) = task_figures(rows, [task], {"t": ["a", "b"]}, Grounds())
    (panel,) = figure.panels
    assert panel.matrix is not None
    assert panel.matrix.counts == [[1, 0], [1, 0]]
    assert panel.mean_error == 0.5
    assert panel.errors is not None
    drawn = pixels(panel.errors.image)
    # The first place is in the south-west corner, the last in the north-east.
    assert drawn[-11, 10].tolist() == [86, 164, 214, 255]
    assert drawn[len(drawn) // 2, drawn.shape[1] // 2].tolist() == [196, 77, 0, 255]
    assert drawn[11, -12, 0] in (150, 196)


def test_no_position_is_no_map() -> None:
    rows = table([0, 1, 2], [0, 1, 2]).assign(lon=np.nan, lat=np.nan)
    (figure,) = task_figures(rows, [Task("t", "region", "grid", pd.DataFrame())], {}, Grounds())
    assert not figure.located
    assert figure.truth is None


def test_a_task_without_any_prediction_is_left_out() -> None:
    rows = table([0, 1], [np.nan, np.nan])
    assert task_figures(rows, [Task("t", "region", "grid", pd.DataFrame())], {}, Grounds()) == []


@pytest.mark.parametrize("name", ["income", "rent"])
def test_regions_are_drawn_by_their_outlines(
    name: str, atlas: Atlas, predictions: pd.DataFrame
) -> None:
    """A region's own value, and a unit's at each of its regions."""
    (task,) = atlas_tasks(atlas, [name])
    rows = predictions[(predictions["task"] == name) & (predictions["split"] == "random")]
    canvas = Canvas.draw(atlas.regions, 240)
    ground = Grounds(atlas, canvas).of(task, rows)
    assert ground is not None
    assert ground.canvas is canvas
    columns = pd.Index(atlas.region_ids).map(lambda region: f"c{int(region[1:]) // HIGH}")
    ids = rows["id"].tolist()
    for region, column, row in zip(atlas.region_ids, columns, ground.rows):
        wanted = region if name == "income" else column
        assert row == (ids.index(wanted) if wanted in ids else -1)


def test_points_are_shared_between_tasks_about_the_same_places() -> None:
    grounds = Grounds()
    task = Task("t", "region", "grid", pd.DataFrame())
    first, second = grounds.of(task, table([0, 1], [0, 1])), grounds.of(task, table([2, 3], [2, 3]))
    assert first is not None
    assert second is not None
    assert first.canvas is second.canvas


def test_the_best_predicted_come_first_and_leaks_not_at_all(scores_of: ScoresOf) -> None:
    scores = scores_of(0.5, 0.4)
    scores.loc[scores["task"] == "rent", "value"] += 0.2
    tasks = [
        Task(name, "region", "grid", pd.DataFrame(), leaks=("poi",) if name == "told" else ())
        for name in scores["task"].unique()
    ]
    found = best_first(score_tables(scores, tasks, ["placeprint"]))
    assert found[0] == "rent"
    assert "told" not in found
    assert len(found) == 3
