"""What all layers of a study area are made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from placeprint.atlas import Recipe
from placeprint.atlas.specs import Spec
from placeprint.building.digests import Digests
from placeprint.building.extracts import Extracts
from placeprint.building.layer import Layer, Make
from placeprint.mobility.covisits import Engine
from placeprint.regions import Regions

__all__ = ["Workshop", "request_of"]


@dataclass(frozen=True)
class Workshop:
    """What all layers of a study area are made with.

    Attributes:
        recipe: The recipe.
        data: The folder of the raw files.
        out: The atlas folder (features are encoded from its entities).
        digests: The digests of the raw files.
        extracts: The OpenStreetMap extracts among them.
        regions: The regions of the study area.
        engine: Which engine counts co-visits.
    """

    recipe: Recipe
    data: Path
    out: Path
    digests: Digests
    extracts: Extracts
    regions: Regions
    engine: Engine

    def layer(self, key: str, spec: Spec, read: Callable[[], Make], **more: object) -> Layer:
        """A layer that depends on the regions, a part of the recipe and its files.

        Args:
            key: The layer, such as ``features/poi``.
            spec: The part of the recipe.
            read: What reads its files.
            more: What else it depends on.
        """
        request = request_of(spec, self.digests)
        regions = self.digests.request(self.recipe.regions)
        return Layer(key, {**request, **more, "regions": regions}, read)


def request_of(spec: Spec, digests: Digests) -> dict[str, Any]:
    """A part of a recipe, the digests of its files, and the version that reads them."""
    return {**digests.request(spec), "placeprint": version("placeprint")}
