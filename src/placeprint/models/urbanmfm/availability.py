"""Whether an atlas has what a configuration names, and which sources take no part."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from placeprint.atlas import Atlas
from placeprint.errors import InputError, closest
from placeprint.models.configuring import ways_to_train
from placeprint.models.urbanmfm.config import UrbanMFMConfig

__all__ = ["check_available", "taking_no_part"]

ENTITIES: Final = ("pois", "buildings", "street_views", "satellite")
WEIGHTS: Final = ("image_weights", "outline_weights")


def check_available(atlas: Atlas, config: UrbanMFMConfig) -> None:
    """Refuse names of layers and files that were chosen, and are not there.

    Layers by their default names may be absent: whatever source is missing switches off what
    needs it. Another name was chosen, and is not to be passed over.

    Args:
        atlas: The atlas to train on.
        config: The configuration.

    Raises:
        InputError: Naming the setting, and what was probably meant; or if the outlines of regions
            are not known.
    """
    if not atlas.regions.has_outlines:
        raise InputError(
            "UrbanMFM needs the outlines of its regions, and they are not known",
            source=atlas.path,
            hint=ways_to_train(atlas),
        )
    layers = dict.fromkeys(ENTITIES, atlas.entity_names) | {"roads": atlas.feature_names}
    for setting, known in layers.items():
        name = getattr(config, setting)
        if name not in known and name != UrbanMFMConfig.model_fields[setting].default:
            what = "features" if setting == "roads" else "entities"
            raise InputError(
                f"`{setting}` is {name!r}, but there are no {what} of that name",
                source=atlas.path,
                hint=closest(name, known) if known else f"leave `{setting}` out",
            )
    for setting in WEIGHTS:
        path = getattr(config, setting)
        if path is not None and not Path(path).exists():
            raise InputError(
                f"`{setting}` names it, but there is no such file or folder",
                source=path,
                hint=f"correct the path, or leave `{setting}` out",
            )


def taking_no_part(atlas: Atlas, config: UrbanMFMConfig) -> list[str]:
    """Which of points and buildings take no part, in words.

    Args:
        atlas: The atlas to train on.
        config: The configuration.
    """
    words = {"pois": "points", "buildings": "buildings"}
    return [
        f"no {what} take part: there are no entities {getattr(config, setting)!r}"
        for setting, what in words.items()
        if getattr(config, setting) not in atlas.entity_names
    ]
