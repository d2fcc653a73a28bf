"""The LightGBM probe: gradient-boosted trees with the settings published for each scale."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np

from placeprint.typing import AnyArray, FloatArray

__all__ = ["SETTINGS", "LightGBMProbe"]

_FINE: Final = {"num_leaves": 63, "min_data_in_leaf": 30}
_COARSE: Final = {"num_leaves": 31, "min_data_in_leaf": 50}

SETTINGS: Final[dict[str, dict[str, int]]] = {
    "grid": _FINE,
    "point": _FINE,
    "county": _COARSE,
    "city": _COARSE,
}
"""The published settings by scale. For cities the paper has too few rows and uses a ridge; the
settings for counties stand in where LightGBM is asked for there."""

_TREES: Final = 1000
_SHARED: Final[dict[str, Any]] = {
    "learning_rate": 0.05,
    "max_depth": 7,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


class LightGBMProbe:
    """1,000 trees of depth 7 at most, learning rate 0.05, on the rows as they are.

    Missing values are handled by the trees, and there is nothing to standardise. One thread per
    fit: on a few thousand rows a second one costs more than it gives, and where another program
    keeps a core busy it multiplies the time. Fits run side by side instead.

    Classes arrive as one column each, 1 where the row is of it; they are then fitted together, as
    one multi-class model whose predictions are probabilities. The paper has no such task; the
    settings are those of its regressions.

    Args:
        scale: The scale of the task, a key of :data:`SETTINGS`.
        kind: ``"regression"`` or ``"classification"``.

    Source: MobCLIP, evaluation, and its public code.

    Example:
        >>> rows = np.linspace(0, 1, 300)[:, None]
        >>> probe = LightGBMProbe("grid").fit(rows, np.sign(rows - 0.5))
        >>> probe.predict(np.array([[0.2], [0.8]])).round(2).ravel().tolist()
        [-1.0, 1.0]
    """

    multi_target: ClassVar[bool] = False
    """Each target costs as much as the first."""

    def __init__(self, scale: str, kind: str = "regression") -> None:
        self.scale = scale
        self.kind = kind

    def fit(
        self,
        X: FloatArray,
        Y: FloatArray,
        groups: AnyArray | None = None,  # noqa: ARG002
    ) -> LightGBMProbe:
        """Fit every target; the rows are binned once for all.

        Args:
            X: (n, d) rows; NaN is a missing value.
            Y: (n, t) targets.
            groups: Unused: the published settings are not tuned.
        """
        import lightgbm

        settings = _SHARED | SETTINGS[self.scale]
        if self.kind == "classification":
            settings |= {"objective": "multiclass", "num_class": Y.shape[1]}
            targets = [Y.argmax(axis=1)]
        else:
            settings |= {"objective": "regression"}
            targets = list(Y.T)
        rows = lightgbm.Dataset(X, label=targets[0], params=settings, free_raw_data=False)
        self.models_ = [
            lightgbm.train(settings, rows.set_label(target), num_boost_round=_TREES)
            for target in targets
        ]
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Predict rows X, (m, d): every target, or the probability of every class; (m, t)."""
        predicted = [np.asarray(model.predict(X, num_threads=1)) for model in self.models_]
        return np.column_stack(predicted)
