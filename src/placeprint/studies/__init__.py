"""Studies of the models: what each of their parts is worth."""

from placeprint.studies.ablation import ablate

__all__ = ["ablate"]
