"""The probes that have a name: small models that read a label off the vectors."""

from __future__ import annotations

from typing import ClassVar, Final, Protocol

from placeprint.errors import InputError, closest
from placeprint.evaluation.probes.knn import KNNProbe
from placeprint.evaluation.probes.lightgbm import LightGBMProbe
from placeprint.evaluation.probes.ridge import RidgeProbe
from placeprint.evaluation.probes.spatial_prior import SpatialPrior
from placeprint.typing import AnyArray, FloatArray

__all__ = ["PRIOR", "PROBES", "PUBLISHED", "Probe", "make_probe", "probe_name"]


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


PROBES: Final = ("ridge", "knn", "lightgbm", "ridge_published")
"""``ridge`` and ``knn``: penalty, or number of neighbours, tuned inside the training fold.
``lightgbm``: the published settings of the task's scale. ``ridge_published``: penalty 1, on rows
as they are."""

PRIOR: Final = "idw"
"""The probe that reads positions, not vectors: inverse-distance weighting of known labels."""

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


def make_probe(name: str, scale: str, kind: str = "regression") -> Probe:
    """A fresh probe.

    Args:
        name: A name from :data:`PROBES`, or :data:`PRIOR`.
        scale: The scale of the task, which decides the published settings.
        kind: The kind of the task; of classes every probe but LightGBM regresses the columns.

    Example:
        >>> make_probe("ridge_published", "city").alphas
        (1.0,)
    """
    if name == "lightgbm":
        return LightGBMProbe(scale, kind)
    if name == "ridge_published":
        return RidgeProbe(alphas=(1.0,), standardise=False)
    made: dict[str, type[RidgeProbe | KNNProbe | SpatialPrior]] = {
        "ridge": RidgeProbe,
        "knn": KNNProbe,
        PRIOR: SpatialPrior,
    }
    return made[name]()
