from __future__ import annotations

import pytest
from pydantic import ValidationError

from placeprint.models import MobCLIPConfig


def test_the_defaults_are_the_published_ones() -> None:
    config = MobCLIPConfig()
    assert (config.dim, config.anchor, config.mlp) == (128, "mobility", ["demographics"])
    assert (config.graph.name, config.graph.share, config.graph.layers) == ("mobility", 0.1, 2)
    assert config.temperatures == {"demographics": 0.7, "image": 0.2, "poi": 0.5}
    assert not config.learn_temperatures
    assert config.training.batch_size == 20_480
    assert config.training.validation_share == 0.1


def test_a_configuration_survives_json() -> None:
    config = MobCLIPConfig(dim=8, graph=None, anchor="poi", temperatures={"roads": 0.1})
    assert MobCLIPConfig.model_validate_json(config.model_dump_json()) == config


def test_a_configuration_is_not_changed_after_it_was_made() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        MobCLIPConfig().dim = 3


def test_naming_a_temperature_changes_no_default() -> None:
    assert MobCLIPConfig(temperatures={"poi": 0.1}).temperatures["poi"] == 0.1
    assert MobCLIPConfig().temperatures["poi"] == 0.5
