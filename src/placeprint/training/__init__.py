"""Training: contrastive losses, and a loop that stops early, checkpoints and resumes."""

from placeprint.training.devices import DEVICES, chosen_device
from placeprint.training.losses import MIN_TEMPERATURE, symmetric_info_nce
from placeprint.training.settings import TrainingSettings
from placeprint.training.trainer import Objective, Trainer

__all__ = [
    "DEVICES",
    "MIN_TEMPERATURE",
    "Objective",
    "Trainer",
    "TrainingSettings",
    "chosen_device",
    "symmetric_info_nce",
]
