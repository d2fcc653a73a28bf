"""Distillation: a run becomes a function of coordinates, which needs no data about the place.

A student, a perceptron on spherical harmonics, learns the vectors of the regions; what it is worth
beside its teacher, and what it reveals of the graph, is written on its card.
"""

from placeprint.distillation.fit import distill
from placeprint.distillation.settings import DistillSettings

__all__ = ["DistillSettings", "distill"]
