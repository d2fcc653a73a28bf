"""How a model is trained."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TrainingSettings"]


class TrainingSettings(BaseModel):
    """Settings of the training loop; the defaults are those of MobCLIP (Sec. 5.1 and its code).

    Attributes:
        epochs: At most this many; each is a pass over the regions.
        epoch_steps: An epoch has this many steps at least: where one pass over the regions takes
            fewer, it has several passes.
        batch_size: Regions a step.
        learning_rate: Of AdamW.
        weight_decay: Of AdamW; on matrices only.
        patience: Stop after this many epochs without a lower validation loss.
        tolerance: A loss counts as lower only if it is so by this share of it.
        validation_share: Share of the regions held out for the validation loss; none of them
            where that would be fewer than eight.
        schedule: The learning rate over time: constant, or rising over the first steps and then
            falling linearly to 0.
        warmup: Share of all steps over which a linear schedule rises.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(default=100, ge=1)
    epoch_steps: int = Field(default=1, ge=1)
    batch_size: int = Field(default=20_480, ge=2)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-3, ge=0)
    patience: int = Field(default=10, ge=1)
    tolerance: float = Field(default=0.0, ge=0)
    validation_share: float = Field(default=0.1, gt=0, lt=1)
    schedule: Literal["constant", "linear"] = "constant"
    warmup: float = Field(default=0.1, ge=0, lt=1)

    def passes(self, samples: int) -> int:
        """How often an epoch passes over so many samples.

        Example:
            >>> TrainingSettings(epoch_steps=10, batch_size=256).passes(700)
            4
        """
        return -(-self.epoch_steps // -(-samples // self.batch_size))

    def steps(self, samples: int) -> int:
        """How many steps an epoch of so many samples has.

        Example:
            >>> TrainingSettings(epoch_steps=10, batch_size=256).steps(700)
            12
        """
        return self.passes(samples) * -(-samples // self.batch_size)

    def rate(self, done: float) -> float:
        """The learning rate when a share ``done`` of all steps lies behind, 0 to 1.

        Example:
            >>> settings = TrainingSettings(learning_rate=1.0, schedule="linear", warmup=0.2)
            >>> [round(settings.rate(done), 3) for done in (0.0, 0.1, 0.2, 0.6, 1.0)]
            [0.0, 0.5, 1.0, 0.5, 0.0]
        """
        if self.schedule == "constant":
            return self.learning_rate
        rising = done / self.warmup if self.warmup else 1.0
        return self.learning_rate * min(rising, (1 - done) / (1 - self.warmup))
