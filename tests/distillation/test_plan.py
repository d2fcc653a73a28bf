import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from placeprint.distillation import DistillSettings, distill
from placeprint.distillation.plan import make_plan
from placeprint.errors import InputError


def plan(settings, n=400, spread=1.0, area=25.0, dim=128):
    generator = np.random.default_rng(0)
    centres = pd.DataFrame(
        {"lon": 10 + generator.uniform(0, spread, n), "lat": 50 + generator.uniform(0, spread, n)}
    )
    return make_plan(settings, centres, pd.Series(np.full(n, area)), dim)


def test_the_published_setting_is_the_default():
    made = plan(DistillSettings())
    assert (made.degree, made.widths, made.dilation) == (32, (512,) * 8, None)
    settings = DistillSettings().training(3108)
    assert (settings.learning_rate, settings.weight_decay) == (0.005, 0.0)


@pytest.mark.parametrize(
    ("regions", "epochs"), [(100, 5000), (512, 5000), (3108, 715), (195_574, 100)]
)
def test_epochs_follow_the_number_of_regions(regions, epochs):
    assert DistillSettings().training(regions).epochs == epochs
    assert DistillSettings(epochs=7).training(regions).epochs == 7
    assert DistillSettings(epochs=7).training(regions, share=0.5).epochs == 4


def test_what_the_basis_resolves():
    assert plan(DistillSettings(degree=32)).resolved_km == pytest.approx(625.5, abs=0.5)
    assert "about 5 km across" in plan(DistillSettings()).warning()
    assert plan(DistillSettings(), area=1e6).warning() == ""
    auto = plan(DistillSettings(degree="auto"))
    assert auto.warning() == ""
    assert auto.resolved_km < 12


def test_automatic_sizes_grow_with_the_regions_up_to_the_published():
    settings = DistillSettings(degree="auto", width="auto", hidden_layers="auto")
    sizes = [(plan(settings, n).degree, plan(settings, n).widths) for n in (20, 3000, 60_000)]
    assert [degree for degree, _ in sizes] == [8, 27, 64]
    assert [widths for _, widths in sizes] == [(64,) * 4, (256,) * 4, (512,) * 8]


@pytest.mark.parametrize("wrong", [{"degree": 0}, {"degree": "many"}, {"epochs": 0}, {"depth": 3}])
def test_wrong_settings(wrong):
    with pytest.raises(ValidationError):
        DistillSettings.model_validate(wrong)


@pytest.mark.parametrize("known", ["ids", "centres"])
def test_an_area_that_nobody_knows_is_not_taught(known, unplaced, small, tmp_path) -> None:
    with pytest.raises(InputError, match=f"the regions have {known} and no"):
        distill(unplaced(known), tmp_path / "encoder", small)
    assert not (tmp_path / "encoder").exists()
