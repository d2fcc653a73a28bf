"""The configuration of MobCLIP: anchor, modalities, graph, temperatures, size, training."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

from placeprint.models.snapshots import Snapshots
from placeprint.training.losses import MIN_TEMPERATURE
from placeprint.training.settings import TrainingSettings

__all__ = ["FusionSettings", "GraphSettings", "MobCLIPConfig"]


Temperature: TypeAlias = Annotated[float, Field(ge=MIN_TEMPERATURE)]

PUBLISHED_TEMPERATURES = {"demographics": 0.7, "image": 0.2, "poi": 0.5}


class GraphSettings(BaseModel):
    """How the graph becomes the anchor (MobCLIP, Sec. 4.1 and 4.2).

    Attributes:
        name: A graph of the atlas: mobility, or the neighbourhood graph as an alternative.
        time: Which snapshots of it, such as weeks, where it has any: one, or several whose weights
            are added up; None: all.
        share: Each region keeps this share of its links.
        sampling: Keep the heaviest links, or random ones (for the study).
        layers: Propagation layers of LightGCN.
        normalisation: The textbook's, or that of the public code
            (:meth:`placeprint.mobility.adjacency.NormalisedAdjacency.of`).
        initialisation: Node features start from LINE, or at random (for the ablation).
        negatives: Negative samples b of second-order LINE.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "mobility"
    time: Snapshots = None
    share: float = Field(default=0.1, gt=0, le=1)
    sampling: Literal["top", "random"] = "top"
    layers: int = Field(default=2, ge=0)
    normalisation: Literal["symmetric", "published"] = "symmetric"
    initialisation: Literal["line", "random"] = "line"
    negatives: int = Field(default=1, ge=1)


class FusionSettings(BaseModel):
    """How the views of a region are joined into one vector (see :mod:`.fusion`).

    Attributes:
        components: Principal components kept of each group of features.
        hops: How many steps each group travels over the graph.
        flow_weight: How much more the profile of the flows counts than any other group, where
            its components explain it wholly; else times the fourth power of the share they
            explain. Steep on purpose: a profile that they hardly describe (a sparse national
            matrix) mostly names partners, which does not carry over to unseen places.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    components: int = Field(default=32, ge=1)
    hops: int = Field(default=2, ge=0)
    flow_weight: float = Field(default=4.0, gt=0)


class MobCLIPConfig(BaseModel):
    """Configuration of MobCLIP; the defaults are the published ones, save for ``embedding``.

    Attributes:
        dim: Dimensions of the embedding.
        anchor: What the other modalities are aligned to: the graph's name, or any modality.
        modalities: The modalities that take part; None: all that the atlas has.
        graph: How the graph is used; None: no graph takes part.
        temperatures: τ of each modality; one that is not named keeps the published τ.
        default_temperature: τ of a modality without a published one.
        learn_temperatures: Whether the temperatures are trained.
        mlp: Modalities whose head is an MLP in → 64 → dim; the others have a linear head.
        embedding: Which vector is the place embedding: ``fusion`` of all views, or the output of
            the ``anchor``, as published.
        fusion: How the views are joined.
        seed: Of everything that is random.
        training: How it is trained.

    Source:
        Wen et al. 2025, Sec. 4 and 5.1; temperatures, heads and layers from the public code.

    Example:
        >>> MobCLIPConfig(dim=64).graph.share
        0.1
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dim: int = Field(default=128, ge=2)
    anchor: str = "mobility"
    modalities: list[str] | None = None
    graph: GraphSettings | None = GraphSettings()
    temperatures: dict[str, Temperature] = PUBLISHED_TEMPERATURES
    default_temperature: Temperature = 0.5
    learn_temperatures: bool = False
    mlp: list[str] = ["demographics"]
    embedding: Literal["fusion", "anchor"] = "fusion"
    fusion: FusionSettings = FusionSettings()
    seed: int = Field(default=0, ge=0)
    training: TrainingSettings = TrainingSettings()

    @field_validator("temperatures")
    @classmethod
    def _published_unless_named(cls, named: dict[str, float]) -> dict[str, float]:
        return PUBLISHED_TEMPERATURES | named
