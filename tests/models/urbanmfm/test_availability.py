"""Names that were chosen and are not there are refused; what is absent by default is said."""

from __future__ import annotations

import pytest

from placeprint.errors import InputError, OutputExistsError
from placeprint.models import train
from placeprint.models.urbanmfm import fit
from placeprint.models.urbanmfm.availability import check_available, taking_no_part

from .conftest import CONFIG


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"pois": "poiss"}, r"`pois` is 'poiss', but there are no entities.*did you mean 'pois'"),
        ({"buildings": "bar"}, r"`buildings` is 'bar'.*choose one of buildings, pois"),
        ({"street_views": "photos"}, "`street_views` is 'photos'"),
        ({"satellite": "above", "images": False}, "`satellite` is 'above'"),
        ({"roads": "streets"}, "`roads` is 'streets', but there are no features"),
        ({"image_weights": "/nope"}, "/nope: `image_weights` names it, but there is no such file"),
        ({"outline_weights": "/nope"}, "/nope: `outline_weights` names it"),
    ],
)
def test_what_was_chosen_and_is_not_there_is_refused(atlas, tmp_path, setting, message) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")
    with pytest.raises(InputError, match=message):
        train(atlas, CONFIG.model_copy(update=setting), tmp_path / "run", overwrite=True)
    assert (tmp_path / "run" / "run.json").exists()


def test_absent_by_default_is_no_error_and_is_said(atlas) -> None:
    class Bare:
        path, entity_names, feature_names = atlas.path, ["pois"], []
        regions = atlas.regions

    check_available(Bare, CONFIG)
    assert taking_no_part(Bare, CONFIG) == [
        "no buildings take part: there are no entities 'buildings'"
    ]
    assert taking_no_part(atlas, CONFIG) == []


def test_a_training_that_was_stopped_offers_to_go_on(atlas, tmp_path, monkeypatch) -> None:
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit.Embedder, "fit", stopped)
    config = CONFIG.model_copy(update={"stages": ["poi"]})
    with pytest.raises(KeyboardInterrupt):
        train(atlas, config, tmp_path / "run")
    with pytest.raises(OutputExistsError, match=r"was stopped.*To mend it: go on .* --resume"):
        train(atlas, config, tmp_path / "run")
    monkeypatch.undo()
    train(atlas, config, tmp_path / "run", resume=True)
    with pytest.raises(OutputExistsError, match=r"exists already.*To mend it: choose another"):
        train(atlas, config, tmp_path / "run")
