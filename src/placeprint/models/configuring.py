"""Configurations from a YAML file and ``key=value`` settings, and those that suit an atlas."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel

from placeprint.atlas import Atlas
from placeprint.atlas.spec import validated
from placeprint.errors import InputError
from placeprint.typing import PathLike

__all__ = ["changed", "read_config", "ways_to_train"]

Config = TypeVar("Config", bound=BaseModel)


def read_config(
    model: type[Config], file: PathLike | None = None, settings: Sequence[str] = ()
) -> Config:
    """A configuration from a file, changed by single settings.

    Args:
        model: The pydantic class of the configuration.
        file: A YAML file; None: the defaults.
        settings: Entries ``key=value``; a dot goes one level down (``training.epochs=5``), values
            are read as YAML.

    Raises:
        InputError: If a key is unknown (the message suggests the right one) or a value wrong.

    Example:
        >>> from placeprint.training.settings import TrainingSettings
        >>> read_config(TrainingSettings, settings=["epochs=5"]).epochs
        5
    """
    values = _read(file) if file is not None else {}
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator:
            raise InputError(
                f"setting {setting!r} is not of the form key=value, such as dim=64", source="--set"
            )
        _assign(values, key.split("."), _parse(value, f"--set {key}"))
    return validated(model, values, file or "configuration")


def changed(config: Config, setting: str, value: object) -> Config:
    """A configuration with another value of one setting.

    Args:
        config: The configuration.
        setting: Which one; a dot goes one level down.
        value: Its new value.

    Raises:
        InputError: If there is no such setting, or the value is wrong.

    Example:
        >>> from placeprint.training.settings import TrainingSettings
        >>> changed(TrainingSettings(), "epochs", 5).epochs
        5
    """
    values = config.model_dump()
    _assign(values, setting.split("."), value)
    return validated(type(config), values, "configuration")


def ways_to_train(
    atlas: Atlas,
    *,
    graph: str = "mobility",
    anchor: str = "",
    modalities: Sequence[str] | None = None,
) -> str:
    """What to type to train a model on an atlas, as advice for one that cannot be.

    Args:
        atlas: The atlas.
        graph: The graph that was asked for; the one most like it is named.
        anchor: The anchor that was asked for.
        modalities: The modalities that may take part; None: all.

    Returns:
        The ways of both models that this atlas allows; without any what its recipe needs.
    """
    ways = []
    known = atlas.feature_names if modalities is None else modalities
    modalities = [name for name in known if atlas.layer(f"features/{name}")["rows"] > 1]
    graphs = [name for name in atlas.graph_names if atlas.layer(f"graphs/{name}")["rows"]]
    if modalities and graphs:
        name = [*difflib.get_close_matches(graph, graphs, n=1), *graphs][0]
        first = anchor if anchor in modalities else name
        ways.append(f"--set graph.name={name} --set anchor={first}")
    if len(modalities) > 1:
        first = anchor if anchor in modalities else modalities[0]
        ways.append(f"--set graph=null --set anchor={first}")
    ways = [f"--model mobclip {way}" for way in ways]
    of_kind = {"osm_buildings": "buildings", "osm_pois": "pois", "points": "pois"}
    outlined = atlas.regions.has_outlines
    for kind in atlas.entity_names if outlined else []:
        layer = atlas.layer(f"entities/{kind}")
        asked = layer["request"]["settings"]
        read = asked.get("kind", "points")
        setting = of_kind.get(read)
        described = read != "points" or asked.get("name") or asked.get("category")
        if setting and layer["rows"] and described:
            ways.append("--model urbanmfm" + (f" --set {setting}={kind}" * (kind != setting)))
            break
    if ways:
        return f"train with {' or with '.join(ways)}"
    ties = ", or {kind: adjacency} to `graphs`" if modalities and outlined else ""
    return (
        f"add points, a table or an image to `features` of the recipe{ties}, and build the atlas "
        "again"
    )


def _parse(text: str, source: PathLike) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"not valid YAML ({error})", source=source) from None


def _read(file: PathLike) -> dict[str, Any]:
    if not Path(file).is_file():
        raise InputError("there is no such configuration", source=file)
    values = _parse(Path(file).read_text(encoding="utf-8"), file) or {}
    if not isinstance(values, dict):
        raise InputError("expected a mapping of settings", source=file)
    if "regions" in values:
        raise InputError(
            "this is the recipe of a study area, and no configuration of a model",
            source=file,
            hint="build an atlas with it (placeprint build), and train without --config or with "
            "a file of settings",
        )
    return values


def _assign(values: dict[str, Any], keys: list[str], value: object) -> None:
    for key in keys[:-1]:
        values[key] = values.get(key) or {}  # graph=null, and after it graph.name=…
        values = values[key]
        if not isinstance(values, dict):
            raise InputError(f"{'.'.join(keys)!r} goes below a plain value", source="--set")
    values[keys[-1]] = value
