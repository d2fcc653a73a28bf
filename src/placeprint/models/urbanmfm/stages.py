"""Which stages a city allows, and the objective of each."""

from __future__ import annotations

from functools import cached_property

from torch import Tensor

from placeprint.models.urbanmfm.city import City
from placeprint.models.urbanmfm.config import Stage, UrbanMFMConfig
from placeprint.models.urbanmfm.modalities import Modalities, image_features
from placeprint.models.urbanmfm.network import UrbanMFM
from placeprint.models.urbanmfm.objectives.local import LocalObjective
from placeprint.models.urbanmfm.objectives.macro import MacroObjective
from placeprint.models.urbanmfm.objectives.poi import PoiObjective
from placeprint.models.urbanmfm.objectives.region_graph import GlobalObjective, RegionValues
from placeprint.models.urbanmfm.objectives.street_view import StreetViewObjective
from placeprint.models.urbanmfm.pictures import Pictures
from placeprint.training import Objective
from placeprint.typing import FloatArray

__all__ = ["FEWEST_SAMPLES", "Sources", "objective_of", "why_not"]

FEWEST_SAMPLES = 8
"""A contrast needs others: a stage with fewer samples is left out."""


class Sources:
    """What the objectives read, given the weights that the last stage left.

    Image features are computed when they are first asked for, by the image network as it is then:
    the stages that look at whole neighbourhoods cannot decode every image at every step.

    Args:
        network: The model.
        city: The city.
        areas_km2: (r,) areas of its regions.
    """

    def __init__(self, network: UrbanMFM, city: City, areas_km2: FloatArray) -> None:
        self.network = network
        self.city = city
        self.areas_km2 = areas_km2
        self._features: dict[str, Tensor] = {}

    @cached_property
    def modalities(self) -> Modalities:
        """Of the entities."""
        views = self.city.street_views
        street = None if views is None else self._seen("street", views.pictures)
        return Modalities(self.network, self.city, street)

    @cached_property
    def regions(self) -> RegionValues:
        """Macro and micro values of the regions."""
        satellite = self.city.satellite
        if satellite is None or "macro" in self.network.config.without:
            return RegionValues(self.network, self.city, self.modalities, None)
        features = self._seen("satellite", satellite)
        return RegionValues(self.network, self.city, self.modalities, features)

    def _seen(self, name: str, pictures: Pictures) -> Tensor:
        self._features[name] = image_features(self.network, pictures)
        return self._features[name]

    def refresh(self) -> None:
        """Compute the image features anew, with the image network as it is now."""
        pictures: dict[str, Pictures] = {}
        if self.city.satellite is not None:
            pictures["satellite"] = self.city.satellite
        if self.city.street_views is not None:
            pictures["street"] = self.city.street_views.pictures
        for name, features in self._features.items():
            features.copy_(image_features(self.network, pictures[name]))


def objective_of(stage: Stage, sources: Sources, seed: int) -> Objective:
    """The objective of a stage; see :func:`why_not` for whether the city allows it."""
    network, city = sources.network, sources.city
    if stage == "poi":
        return PoiObjective(network, city, seed)
    if stage == "street_view":
        return StreetViewObjective(network, city, seed)
    if stage == "local":
        return LocalObjective(network, city, sources.modalities, seed)
    if stage == "macro":
        return MacroObjective(network, city, sources.areas_km2, seed)
    return GlobalObjective(network, city, sources.regions, seed)


def why_not(stage: Stage, city: City, config: UrbanMFMConfig) -> str:
    """Why a stage has nothing to read in a city; an empty string if it has.

    Args:
        stage: The stage.
        city: The city.
        config: Says what its layers are called.
    """
    if stage == "poi" and not (city.entities.road >= 0).any():
        return "no point is assigned to a road"
    if stage in ("street_view", "macro") and not config.images:
        return "images take no part"
    if stage == "street_view" and city.street_views is None:
        return f"there are no entities {config.street_views!r}"
    if stage == "macro" and city.satellite is None:
        return f"there are no entities {config.satellite!r}"
    return ""
