"""Training: contrastive losses, and a loop that stops early, checkpoints and resumes."""

from placeprint.training.losses import MIN_TEMPERATURE, symmetric_info_nce
from placeprint.training.settings import TrainingSettings
from placeprint.training.trainer import Objective, Trainer

__all__ = ["MIN_TEMPERATURE", "Objective", "Trainer", "TrainingSettings", "symmetric_info_nce"]
