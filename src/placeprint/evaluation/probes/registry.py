"""The probes that have a name: small models that read a label off the vectors."""

from __future__ import annotations

from typing import ClassVar, Final, Protocol

from placeprint.errors import InputError, closest
from placeprint.evaluation.probes.knn import KNNProbe
from placeprint.evaluation.probes.lightgbm import LightGBMProbe
from placeprint.evaluation.probes.logistic import LogisticProbe
from placeprint.evaluation.probes.ridge import RidgeProbe
from placeprint.evaluation.probes.spatial_prior import SpatialPrior
from placeprint.typing import AnyArray, FloatArray

__all__ = ["LINEAR", "PRIOR", "PROBES", "PUBLISHED", "Probe", "make_probe", "probe_name"]


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


PROBES: Final = ("ridge", "logistic", "knn", "lightgbm", "ridge_published")
"""``ridge``, ``logistic`` (for classes) and ``knn``: penalty, or number of neighbours, tuned inside
the training fold. ``lightgbm``: the published settings of the task's scale. ``ridge_published``:
penalty 1, on rows as they are."""

PRIOR: Final = "idw"
"""The probe that reads positions, not vectors: inverse-distance weighting of known labels."""

LINEAR: Final = {"regression": "ridge", "classification": "logistic"}
"""The linear probe of each kind of task; asked for as ``linear``."""

PUBLISHED: Final = {
    "grid": "lightgbm",
    "point": "lightgbm",
    "county": "lightgbm",
    "city": "ridge_published",
}
"""The probe that the paper uses at each scale; asked for as ``published``."""


def probe_name(name: str, scale: str, kind: str = "regression") -> str:
    """The name of a probe; ``linear`` and ``published`` become what they stand for.

    Args:
        name: A name from :data:`PROBES`, ``linear`` or ``published``.
        scale: The scale of the task.
        kind: The kind of the task: ``linear`` is a ridge for numbers, logistic for classes.

    Raises:
        InputError: If there is no such probe, or it does not predict this kind.

    Example:
        >>> probe_name("published", "city")
        'ridge_published'
        >>> probe_name("linear", "grid", "classification")
        'logistic'
    """
    if name == "linear":
        return LINEAR.get(kind, "ridge")
    if name == "published":
        return PUBLISHED[scale]
    if name not in PROBES:
        raise InputError(f"no probe {name!r}", hint=closest(name, [*PROBES, "linear", "published"]))
    if name == "logistic" and kind != "classification":
        raise InputError(
            "the probe 'logistic' predicts classes, and there is a task about numbers",
            hint="ask for 'linear', which is a ridge for numbers and logistic for classes, or name "
            "the tasks",
        )
    return name


def make_probe(name: str, scale: str, kind: str = "regression") -> Probe:
    """A fresh probe.

    Args:
        name: A name from :data:`PROBES`, or :data:`PRIOR`.
        scale: The scale of the task, which decides the published settings.
        kind: The kind of the task; of classes the ridges and k-NN predict the columns that
            mark them, ``logistic`` and LightGBM probabilities.

    Example:
        >>> make_probe("ridge_published", "city").alphas
        (1.0,)
    """
    if name == "lightgbm":
        return LightGBMProbe(scale, kind)
    if name == "ridge_published":
        return RidgeProbe(alphas=(1.0,), standardise=False)
    made: dict[str, type[RidgeProbe | LogisticProbe | KNNProbe | SpatialPrior]] = {
        "ridge": RidgeProbe,
        "logistic": LogisticProbe,
        "knn": KNNProbe,
        PRIOR: SpatialPrior,
    }
    return made[name]()
