"""Probes: small models that read a label off the vectors, everything fitted inside the fold."""

from placeprint.evaluation.probes.knn import KNNProbe
from placeprint.evaluation.probes.lightgbm import LightGBMProbe
from placeprint.evaluation.probes.logistic import LogisticProbe
from placeprint.evaluation.probes.registry import (
    LINEAR,
    PRIOR,
    PROBES,
    PUBLISHED,
    Probe,
    make_probe,
    probe_name,
)
from placeprint.evaluation.probes.ridge import RidgeProbe
from placeprint.evaluation.probes.spatial_prior import SpatialPrior

__all__ = [
    "LINEAR",
    "PRIOR",
    "PROBES",
    "PUBLISHED",
    "KNNProbe",
    "LightGBMProbe",
    "LogisticProbe",
    "Probe",
    "RidgeProbe",
    "SpatialPrior",
    "make_probe",
    "probe_name",
]
