"""Studies of the models: what each of their parts, and each of their settings, is worth."""

from placeprint.studies.ablation import ablate
from placeprint.studies.comparing import compare_variants
from placeprint.studies.one_setting import sensitivity

__all__ = ["ablate", "compare_variants", "sensitivity"]
