"""The probes that have a name: small models that read a label off the vectors."""

from __future__ import annotations

from typing import ClassVar, Final, Protocol

from placeprint.errors import InputError, closest
from placeprint.evaluation.probes.lightgbm import LightGBMProbe
from placeprint.evaluation.probes.ridge import RidgeProbe
from placeprint.typing import AnyArray, FloatArray

__all__ = ["PROBES", "PUBLISHED", "Probe", "make_probe", "probe_name"]


class Probe(Protocol):
    """A small model that is fitted on the training rows of one fold."""

    multi_target: ClassVar[bool]
    """Whether targets that share rows are best fitted together."""

    def fit(self, X: FloatArray, Y: FloatArray, groups: AnyArray | None = None) -> Probe:
        """Fit rows X, (n, d), NaN where missing, to targets Y, (n, t)."""
        ...

    def predict(self, X: FloatArray) -> FloatArray:
        """Predict the targets, (m, t), of rows X, (m, d)."""
        ...


PROBES: Final = ("ridge", "lightgbm", "ridge_published")
"""``ridge``: penalty tuned inside the training fold. ``lightgbm``: the published settings of the
task's scale. ``ridge_published``: penalty 1."""

PUBLISHED: Final = {
    "grid": "lightgbm",
    "point": "lightgbm",
    "county": "lightgbm",
    "city": "ridge_published",
}
"""The probe that the paper uses at each scale; asked for as ``published``."""


def probe_name(name: str, scale: str) -> str:
    """The name of a probe; ``published`` becomes the one published for the scale.

    Raises:
        InputError: If there is no such probe.

    Example:
        >>> probe_name("published", "city")
        'ridge_published'
    """
    if name == "published":
        return PUBLISHED[scale]
    if name not in PROBES:
        raise InputError(f"no probe {name!r}", hint=closest(name, [*PROBES, "published"]))
    return name


def make_probe(name: str, scale: str) -> Probe:
    """A fresh probe.

    Args:
        name: A name from :data:`PROBES`.
        scale: The scale of the task, which decides the published settings.

    Example:
        >>> make_probe("ridge_published", "city").alphas
        (1.0,)
    """
    if name == "lightgbm":
        return LightGBMProbe(scale)
    if name == "ridge_published":
        return RidgeProbe(alphas=(1.0,))
    return RidgeProbe()
