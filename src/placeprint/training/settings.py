"""How a model is trained."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TrainingSettings"]


class TrainingSettings(BaseModel):
    """Settings of the training loop; the defaults are those of MobCLIP (Sec. 5.1 and its code).

    Attributes:
        epochs: At most this many passes over the regions.
        batch_size: Regions a step.
        learning_rate: Of AdamW.
        weight_decay: Of AdamW; on matrices only.
        patience: Stop after this many epochs without a lower validation loss.
        validation_share: Share of the regions held out for the validation loss.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(default=100, ge=1)
    batch_size: int = Field(default=20_480, ge=2)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-3, ge=0)
    patience: int = Field(default=10, ge=1)
    validation_share: float = Field(default=0.1, gt=0, lt=1)
