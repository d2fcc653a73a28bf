"""The configuration of UrbanMFM: its stages, its sources, its scales, its training."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from placeprint.models.snapshots import Snapshots
from placeprint.training.losses import MIN_TEMPERATURE
from placeprint.training.settings import TrainingSettings

__all__ = [
    "SCALES",
    "STAGES",
    "FusionSettings",
    "GlobalSettings",
    "LocalSettings",
    "MacroSettings",
    "Scale",
    "Stage",
    "StageSettings",
    "UrbanMFMConfig",
]

Stage: TypeAlias = Literal["poi", "street_view", "local", "macro", "global"]
Scale: TypeAlias = Literal["micro", "local", "macro", "global"]

STAGES: tuple[Stage, ...] = ("poi", "street_view", "local", "macro", "global")
"""The five objectives in the order of their training; the first two are the micro scale."""

SCALES: tuple[Scale, ...] = ("micro", "local", "macro", "global")
"""From a single entity to the whole city."""


def _as_list(value: Any) -> Any:
    """One name is a list of one: ``without=local``."""
    return [value] if isinstance(value, str) else value


T = TypeVar("T")
Several: TypeAlias = Annotated[list[T], BeforeValidator(_as_list)]


class LocalSettings(BaseModel):
    """The local graph of each point or building.

    Attributes:
        max_distance_m: Neighbours and street views up to this distance take part (1 km).
        neighbours: At most this many of them, the nearest; it bounds the memory of a batch.
        street_views: At most this many street-view groups of each, the nearest.
        drop: Share of the neighbours dropped from the positive graph.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_distance_m: float = Field(default=1000.0, gt=0)
    neighbours: int = Field(default=32, ge=1)
    street_views: int = Field(default=16, ge=1)
    drop: float = Field(default=0.2, ge=0, lt=1)


class MacroSettings(BaseModel):
    """When two regions are alike: how their points spread, how dense their roads are.

    Attributes:
        threshold: Least cosine of both descriptions.
        eps_km: ε of DBSCAN. The paper says 0.05 without a unit; read as km.
        min_points: Least points of a DBSCAN cluster.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: float = Field(default=0.95, gt=0, le=1)
    eps_km: float = Field(default=0.05, gt=0)
    min_points: int = Field(default=2, ge=1)


class GlobalSettings(BaseModel):
    """The graph of regions.

    Attributes:
        graphs: Graphs of the atlas that join the neighbourhood of regions, such as mobility:
            extra sources at their scale.
        time: Which snapshots of those graphs, where they have any; None: all. Their weights are
            added up.
        share: Each region keeps this share of its links in them, the strongest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    graphs: Several[str] = []
    time: Snapshots = None
    share: float = Field(default=0.1, gt=0, le=1)


class FusionSettings(BaseModel):
    """How the scales are joined into one vector.

    Attributes:
        components: Principal components kept of each group of features.
        hops: How many steps the descriptions of a region travel over the graph of regions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    components: int = Field(default=32, ge=1)
    hops: int = Field(default=2, ge=0)


class StageSettings(TrainingSettings):
    """How each stage is trained: rate 1e-4, batches of 256, warm-up and linear decay.

    The paper trains "until convergence": here until the validation loss has not fallen by a
    thousandth for ``patience`` epochs, or to the end of the schedule. An epoch has ten steps at
    least, or the regions of a small city, a single batch, would be learned from thirty times.
    """

    epochs: int = Field(default=30, ge=1)
    epoch_steps: int = Field(default=10, ge=1)
    batch_size: int = Field(default=256, ge=2)
    learning_rate: float = Field(default=1e-4, gt=0)
    patience: int = Field(default=3, ge=1)
    tolerance: float = Field(default=1e-3, ge=0)
    schedule: Literal["constant", "linear"] = "linear"


class UrbanMFMConfig(BaseModel):
    """Configuration of UrbanMFM; the defaults are the published ones, save for ``embedding``.

    Attributes:
        dim: Dimensions of the embedding.
        hidden: Dimensions of every layer of the network, and so of its readouts: of the embedding
            ``published``, whatever ``dim`` is.
        stages: The objectives that are trained; None: all those whose sources the atlas has. What
            is not trained keeps its initial weights, and its part in the embedding.
        joint: Train all objectives at once, for comparison, instead of one after the other.
        pois: The entities of the atlas that are points of interest.
        buildings: The entities that are buildings.
        street_views: The entities that are street-view images.
        satellite: The entities that are satellite images of regions.
        roads: The features that are the densities of roads and intersections.
        images: Whether street views and satellite images take part where there are any.
        text: The text encoder: ``minilm``, ``static``, or a checkpoint such as BERT by its path.
        image_weights: Checkpoint of a ResNet-18 to start from; None: from scratch.
        outline_weights: The same for the (frozen) network that reads outlines.
        outline_size: Pixels of the raster of an outline. The paper takes 224; 64 says as much of
            a shape and takes a twelfth of the time.
        attention: ``gat`` or ``gatv2``.
        heads: Attention heads.
        temperature: τ.
        local: The local graph.
        macro: When regions are alike.
        city: The graph of regions (the paper's global scale).
        embedding: ``fusion`` of all scales, or the outputs ``published``.
        fusion: How the scales are joined.
        without: Scales left out altogether: not trained, and nothing that is said of them part of
            a fused embedding, be it learned or counted. ``stages`` leaves out the training alone.
        seed: Of everything that is random.
        training: How each stage is trained.

    Source:
        Zhang et al. 2025 (UrbanMFM), objectives and training.

    Example:
        >>> UrbanMFMConfig(without=["local"]).objectives()
        ('poi', 'street_view', 'macro', 'global')
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dim: int = Field(default=256, ge=4)
    hidden: int = Field(default=128, ge=4)
    stages: Several[Stage] | None = None
    joint: bool = False
    pois: str = "pois"
    buildings: str = "buildings"
    street_views: str = "street_views"
    satellite: str = "satellite"
    roads: str = "roads"
    images: bool = True
    text: str = "minilm"
    image_weights: str | None = None
    outline_weights: str | None = None
    outline_size: int = Field(default=64, ge=32)
    attention: Literal["gat", "gatv2"] = "gat"
    heads: int = Field(default=4, ge=1)
    temperature: float = Field(default=0.5, ge=MIN_TEMPERATURE)
    local: LocalSettings = LocalSettings()
    macro: MacroSettings = MacroSettings()
    city: GlobalSettings = GlobalSettings()
    embedding: Literal["fusion", "published"] = "fusion"
    fusion: FusionSettings = FusionSettings()
    without: Several[Scale] = []
    seed: int = Field(default=0, ge=0)
    training: StageSettings = StageSettings()

    @field_validator("without")
    @classmethod
    def _one_is_left(cls, without: list[Scale]) -> list[Scale]:
        if set(without) == set(SCALES):
            raise ValueError("nothing is left without any scale; stages=[] trains nothing")
        return without

    def objectives(self) -> tuple[Stage, ...]:
        """The objectives that are wanted, in the order of their training."""
        chosen = STAGES if self.stages is None else self.stages
        left_out = {stage for scale in self.without for stage in _OF_SCALE[scale]}
        return tuple(stage for stage in STAGES if stage in chosen and stage not in left_out)


_OF_SCALE: dict[Scale, tuple[Stage, ...]] = {
    "micro": ("poi", "street_view"),
    "local": ("local",),
    "macro": ("macro",),
    "global": ("global",),
}
