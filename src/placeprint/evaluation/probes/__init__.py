"""Probes: small models that read a label off the vectors, everything fitted inside the fold."""

from placeprint.evaluation.probes.lightgbm import LightGBMProbe
from placeprint.evaluation.probes.registry import PROBES, PUBLISHED, Probe, make_probe, probe_name
from placeprint.evaluation.probes.ridge import RidgeProbe

__all__ = [
    "PROBES",
    "PUBLISHED",
    "LightGBMProbe",
    "Probe",
    "RidgeProbe",
    "make_probe",
    "probe_name",
]
