import numpy as np
import pandas as pd
import torch

from placeprint.distillation import DistillSettings
from placeprint.distillation.held_out import held_out_error, imitation
from placeprint.distillation.plan import make_plan


def study(blocks):
    generator = np.random.default_rng(0)
    lon, lat = generator.uniform(0, 8, 300), generator.uniform(40, 44, 300)
    centres = pd.DataFrame({"lon": lon, "lat": lat})
    smooth = np.column_stack([np.sin(lon), np.cos(lat * 2), lon, lon * 0 + 3])
    settings = DistillSettings(degree="auto", hidden_layers=2, width=64, epochs=60, batch_size=64)
    plan = make_plan(settings, centres, pd.Series(np.full(300, 100.0)), 4)
    device = torch.device("cpu")
    return held_out_error(plan, centres, smooth, blocks(lon), settings, device=device)


def test_neighbours_tell_more_than_far_places():
    found = study(lambda lon: np.floor(lon).astype(int).astype(str))
    assert found["random"]["r2"] > 0.8
    assert found["block"]["mse"] > 2 * found["random"]["mse"]
    assert found["random"]["n"] == 60


def test_without_blocks_only_random():
    assert list(study(lambda lon: np.full(len(lon), "one"))) == ["random"]


def test_a_student_that_answers_the_mean_has_no_merit():
    targets = np.array([[1.0, -2.0], [-1.0, 2.0]])
    assert imitation(targets, np.zeros((2, 2))) == {"mse": 2.5, "r2": 0.0}
    assert imitation(targets, targets) == {"mse": 0.0, "r2": 1.0}
