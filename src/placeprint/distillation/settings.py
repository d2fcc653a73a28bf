"""How a run is distilled: the student's size and its training."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from placeprint.training import TrainingSettings

__all__ = ["DistillSettings"]

_MOST_DEGREE: Final = 256
"""65,536 numbers a place, and a first layer of a tenth of a gigabyte."""

_STEPS: Final = 5000
_FEWEST: Final = 100
_PUBLISHED: Final = 5000

_NONE: Final = 1e-9
"""A share of fewer than eight regions is none of them."""

Count: TypeAlias = Annotated[int, Field(ge=1)]


class DistillSettings(BaseModel):
    """Settings of a distillation; the defaults are the published ones, save for the batches.

    Attributes:
        degree: L of the spherical harmonics, L² numbers a place, at most 256; ``auto``: from the
            study area, spread over a hemisphere first
            (:func:`~placeprint.distillation.plan.make_plan`).
        hidden_layers: How many; ``auto``: from the number of regions.
        width: Units of each; ``auto``: from the number of regions.
        learning_rate: Of AdamW without weight decay, reached over the first tenth of the steps and
            falling linearly to 0 over the others.
        batch_size: Regions a step.
        epochs: Passes over the regions; None: as many as make 5,000 steps, at least 100 and at
            most the 5,000 that were published.
        held_out: Whether two more students, of half as many epochs each, are taught without a
            fifth of the regions, to measure what the student makes of places it was not taught.
            That costs as much time again.
        seeds: How many splits of each kind teacher and student are scored on.
        seed: Of weights, batches and splits.

    Source:
        Wen et al. 2025: L = 32, 8 × 512, ReLU, MSE, learning rate 0.005, 5,000 epochs.

    Example:
        >>> DistillSettings(degree="auto").degree
        'auto'
        >>> DistillSettings().training(regions=3108).epochs
        715
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    degree: Annotated[int, Field(ge=1, le=_MOST_DEGREE)] | Literal["auto"] = 32
    hidden_layers: Count | Literal["auto"] = 8
    width: Count | Literal["auto"] = 512
    learning_rate: float = Field(default=0.005, gt=0)
    batch_size: int = Field(default=512, ge=2)
    epochs: int | None = Field(default=None, ge=1)
    held_out: bool = True
    seeds: int = Field(default=10, ge=1)
    seed: int = Field(default=0, ge=0)

    def training(self, regions: int, share: float = 1.0) -> TrainingSettings:
        """How a student of some regions is trained.

        No region is held out to stop early by: what is held out is not taught, and while the error
        at unseen regions rises, that at other points of the taught ones still falls.

        Args:
            regions: How many teach.
            share: Of the epochs.
        """
        steps = -(-regions // self.batch_size)
        epochs = self.epochs or min(max(-(-_STEPS // steps), _FEWEST), _PUBLISHED)
        return TrainingSettings(
            epochs=max(1, round(share * epochs)),
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=0.0,
            validation_share=_NONE,
            schedule="linear",
            warmup=0.1,
        )
