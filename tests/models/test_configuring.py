from __future__ import annotations

import pytest

from placeprint.errors import InputError
from placeprint.models import MobCLIPConfig, UrbanMFMConfig, read_config


def test_defaults_without_file_or_settings() -> None:
    assert read_config(MobCLIPConfig) == MobCLIPConfig()


def test_settings_go_down_and_over_the_file(tmp_path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("dim: 64\ngraph: {share: 0.5, layers: 1}\n")
    settings = ["graph.share=0.2", "training.epochs=5", "modalities=[poi, image]", "anchor=poi"]
    config = read_config(MobCLIPConfig, file, settings)
    assert (config.dim, config.graph.share, config.graph.layers) == (64, 0.2, 1)
    assert (config.training.epochs, config.anchor) == (5, "poi")
    assert config.modalities == ["poi", "image"]


def test_values_are_yaml() -> None:
    config = read_config(MobCLIPConfig, settings=["graph=null", "training.learning_rate=1e-2"])
    assert config.graph is None
    assert config.training.learning_rate == 0.01


def test_one_temperature_leaves_the_others_as_published() -> None:
    config = read_config(MobCLIPConfig, settings=["temperatures.poi=0.3", "temperatures.roads=1"])
    assert config.temperatures == {"demographics": 0.7, "image": 0.2, "poi": 0.3, "roads": 1.0}


def test_a_recipe_is_no_configuration(tmp_path) -> None:
    (tmp_path / "recipe.yaml").write_text("name: a\nregions: {kind: h3}\nlabels: []\n")
    with pytest.raises(InputError, match=r"recipe\.yaml: this is the recipe of a study area"):
        read_config(MobCLIPConfig, tmp_path / "recipe.yaml")


def test_one_name_is_a_list_of_one_and_a_year_is_a_name() -> None:
    settings = ["without=local", "stages=poi", "city.graphs=trips", "city.time=2020"]
    config = read_config(UrbanMFMConfig, settings=settings)
    assert (config.without, config.stages) == (["local"], ["poi"])
    assert (config.city.graphs, config.city.time) == (["trips"], ["2020"])
    config = read_config(UrbanMFMConfig, settings=["city.time=2020-01-06"])
    assert config.city.time == ["2020-01-06"]
    with pytest.raises(InputError, match="did you mean 'local'"):
        read_config(UrbanMFMConfig, settings=["without=locl"])


def test_an_empty_file_means_the_defaults(tmp_path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    assert read_config(MobCLIPConfig, tmp_path / "empty.yaml") == MobCLIPConfig()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("dimm=3", "configuration: unknown key `dimm`, did you mean 'dim'?"),
        ("training.epoch=3", "unknown key `training.epoch`, did you mean 'epochs'"),
        ("graph.shares=1", "unknown key `graph.shares`, did you mean 'share'"),
        ("dim=many", "`dim` is 'many': input should be a valid integer"),
        ("dim=1", "`dim` is 1: input should be greater than or equal to 2"),
        ("seed=-1", "`seed` is -1: input should be greater than or equal to 0"),
        ("embedding=mean", "`embedding` is 'mean', choose one of anchor, fusion"),
        ("embedding=fusoin", "`embedding` is 'fusoin', did you mean 'fusion'"),
        ("graph.share=0", "`graph.share` is 0: input should be greater than 0"),
        ("temperatures.poi=-1", "`temperatures.poi` is -1: input should be greater than"),
        ("dim", "--set: setting 'dim' is not of the form key=value"),
        ("dim.x.y=3", "`dim` is {.*}: input should be a valid integer"),
        ("modalities=[poi", "--set modalities: not valid YAML"),
    ],
)
def test_errors_name_the_setting_and_the_remedy(setting, message) -> None:
    with pytest.raises(InputError, match=message):
        read_config(MobCLIPConfig, settings=[setting])


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(InputError, match=r"`dimm`.*; .*`anchr`"):
        read_config(MobCLIPConfig, settings=["dimm=3", "anchr=poi"])


def test_a_setting_below_a_plain_value() -> None:
    with pytest.raises(InputError, match=r"'dim\.x' goes below a plain value"):
        read_config(MobCLIPConfig, settings=["dim=3", "dim.x=4"])


def test_files_that_are_no_configuration(tmp_path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: there is no such configuration"):
        read_config(MobCLIPConfig, tmp_path / "none.yaml")
    with pytest.raises(InputError, match="there is no such configuration"):
        read_config(MobCLIPConfig, tmp_path)
    (tmp_path / "bad.yaml").write_text("dim: [")
    with pytest.raises(InputError, match=r"bad\.yaml: not valid YAML"):
        read_config(MobCLIPConfig, tmp_path / "bad.yaml")
    (tmp_path / "list.yaml").write_text("- dim")
    with pytest.raises(InputError, match=r"list\.yaml: expected a mapping of settings"):
        read_config(MobCLIPConfig, tmp_path / "list.yaml")
    (tmp_path / "wrong.yaml").write_text("dimm: 3")
    with pytest.raises(InputError, match=r"wrong\.yaml: unknown key `dimm`"):
        read_config(MobCLIPConfig, tmp_path / "wrong.yaml")
