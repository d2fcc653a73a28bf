"""Metrics of regression out of sums that add up: over blocks, over folds and over resamples.

R², the root mean squared error and the mean absolute error need five sums over rows and nothing
else. Kept by block, they give the metrics of a fold, of all folds pooled (add the folds' sums) and
of any resample of whole blocks (weigh the blocks' sums) without going back to the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from placeprint.typing import FloatArray, IntArray

__all__ = ["METRICS", "RegressionSums", "mae", "r2", "r2_resampled", "rmse"]

_CONSTANT = 1e-12
"""Truths that vary by less than this, relative to their size, are constant but for rounding."""


@dataclass(frozen=True, eq=False)
class RegressionSums:
    """Sums over rows of truths y, measured from a centre c, and of errors e = y − ŷ.

    Arrays are (…, t) for t targets; the leading axes are blocks (as :meth:`from_rows` gives them),
    resamples, or none.

    Attributes:
        n: (…, 1) numbers of rows.
        y: Σ(y − c).
        yy: Σ(y − c)².
        ee: Σe².
        ae: Σ|e|.
        centre: (t,) c, the mean truth of all rows. Squares of far-away numbers would swallow their
            differences (Chan, Golub and LeVeque 1983, The American Statistician 37(3), eq. 1.3).

    Example:
        >>> truth, predicted = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [4.0]])
        >>> sums = RegressionSums.from_rows(truth, predicted, np.array([0, 0, 1]), n_blocks=2)
        >>> r2(sums.total()).tolist()
        [0.5]
        >>> rmse(sums).tolist()
        [[0.0], [1.0]]
    """

    n: FloatArray
    y: FloatArray
    yy: FloatArray
    ee: FloatArray
    ae: FloatArray
    centre: FloatArray

    @classmethod
    def from_rows(
        cls, truth: FloatArray, predicted: FloatArray, blocks: IntArray, n_blocks: int
    ) -> RegressionSums:
        """Sum rows by block.

        Args:
            truth: (m, t) true values.
            predicted: (m, t) predictions.
            blocks: (m,) the block of each row, 0 … n_blocks − 1.
            n_blocks: How many blocks there are, with rows here or without.

        Returns:
            Sums with one leading axis, the blocks.
        """
        m, t = truth.shape
        truth = truth.astype(np.float64, copy=False)
        centre = truth.mean(axis=0) if m else np.zeros(t)
        y, error = truth - centre, truth - predicted
        columns = np.hstack([np.ones((m, 1)), y, y * y, error * error, np.abs(error)])
        rows_of_blocks = sparse.csr_array(
            (np.ones(m), blocks, np.arange(m + 1)), shape=(m, n_blocks)
        ).T
        sums = rows_of_blocks @ columns
        n, y, yy, ee, ae = np.split(sums, [1, 1 + t, 1 + 2 * t, 1 + 3 * t], axis=1)
        return cls(n, y, yy, ee, ae, centre)

    def __add__(self, other: RegressionSums) -> RegressionSums:
        """The sums over the rows of both; their leading axes must be the same."""
        rows, others = float(self.n.sum()), float(other.n.sum())
        share = others / max(rows + others, 1)
        centre = self.centre + share * (other.centre - self.centre)
        a, b = self._about(centre), other._about(centre)
        return RegressionSums(a.n + b.n, a.y + b.y, a.yy + b.yy, a.ee + b.ee, a.ae + b.ae, centre)

    def _about(self, centre: FloatArray) -> RegressionSums:
        """The same sums with the truths measured from another centre."""
        shift = self.centre - centre
        return RegressionSums(
            n=self.n,
            y=self.y + self.n * shift,
            yy=self.yy + 2 * shift * self.y + self.n * shift**2,
            ee=self.ee,
            ae=self.ae,
            centre=centre,
        )

    def resampled(self, weights: FloatArray) -> RegressionSums:
        """The sums under resamples of the blocks.

        Args:
            weights: (B, n_blocks) how often each block is drawn
                (:func:`~placeprint.evaluation.metrics.resampling.block_weights`).

        Returns:
            Sums with one leading axis, the resamples.
        """
        return RegressionSums(
            n=weights @ self.n,
            y=weights @ self.y,
            yy=weights @ self.yy,
            ee=weights @ self.ee,
            ae=weights @ self.ae,
            centre=self.centre,
        )

    def total(self) -> RegressionSums:
        """The sums over all blocks: no leading axis is left."""
        return RegressionSums(
            n=self.n.sum(axis=0),
            y=self.y.sum(axis=0),
            yy=self.yy.sum(axis=0),
            ee=self.ee.sum(axis=0),
            ae=self.ae.sum(axis=0),
            centre=self.centre,
        )


def r2(sums: RegressionSums) -> FloatArray:
    """Coefficient of determination, R² = 1 − Σe² / Σ(y − ȳ)², per target.

    Returns:
        (…, t) float64, at most 1; NaN where there are no rows or the truth is constant, for R² is
        not defined there.

    Example:
        >>> truth, predicted = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [4.0]])
        >>> one_block = np.zeros(3, dtype=int)
        >>> r2(RegressionSums.from_rows(truth, predicted, one_block, 1).total()).tolist()
        [0.5]
    """
    variation = sums.yy - sums.y**2 / np.maximum(sums.n, 1)
    # Σ(y − ȳ)² of a constant is not 0 but the rounding of y − c (in proportion to the centre) and
    # of the difference above (in proportion to Σ(y − c)²).
    rounding = sums.n * (_CONSTANT * sums.centre) ** 2 + _CONSTANT * sums.yy
    score: FloatArray = 1 - sums.ee / np.where(variation > rounding, variation, np.nan)
    return score


def r2_resampled(sums: RegressionSums, weights: FloatArray) -> FloatArray:
    r"""R² under resamples of the blocks, to first order in how often each is drawn.

    With the sums of a fold, its mean squared error m and the sums of a resample b,

    .. math::
        R^2_b = R^2 - \frac{\sum e_b^2 - m \, n_b}{\sum (y - \bar y)^2}.

    The exact R² of a resample that draws two or three blocks of a fold has next to no variation in
    its denominator, and is far below the R² of all; this one scatters about it.

    Args:
        sums: By block.
        weights: (B, n_blocks) how often each block is drawn.

    Returns:
        (B, t) float64; NaN where R² is not defined.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 22.6: the
        infinitesimal approximation.

    Example:
        >>> truth, predicted = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [4.0]])
        >>> sums = RegressionSums.from_rows(truth, predicted, np.array([0, 0, 1]), n_blocks=2)
        >>> r2_resampled(sums, np.array([[1.0, 1.0], [2.0, 0.0]])).ravel().round(3).tolist()
        [0.5, 1.167]
    """
    total = sums.total()
    variation = total.yy - total.y**2 / np.maximum(total.n, 1)
    drawn = sums.resampled(weights)
    excess = drawn.ee - total.ee / np.maximum(total.n, 1) * drawn.n
    found: FloatArray = r2(total) - excess / np.where(variation > 0, variation, np.nan)
    return found


def rmse(sums: RegressionSums) -> FloatArray:
    """Root mean squared error, (Σe² / n)^½, per target, in the unit of the target.

    Returns:
        (…, t) float64; NaN where there are no rows.

    Example:
        >>> truth, predicted = np.zeros((2, 1)), np.array([[3.0], [4.0]])
        >>> one_block = np.zeros(2, dtype=int)
        >>> sums = RegressionSums.from_rows(truth, predicted, one_block, 1).total()
        >>> rmse(sums).round(3).tolist()
        [3.536]
    """
    error: FloatArray = np.sqrt(sums.ee / _rows(sums))
    return error


def mae(sums: RegressionSums) -> FloatArray:
    """Mean absolute error, Σ|e| / n, per target, in the unit of the target.

    Returns:
        (…, t) float64; NaN where there are no rows.

    Example:
        >>> truth, predicted = np.zeros((2, 1)), np.array([[3.0], [4.0]])
        >>> one_block = np.zeros(2, dtype=int)
        >>> mae(RegressionSums.from_rows(truth, predicted, one_block, 1).total()).tolist()
        [3.5]
    """
    error: FloatArray = sums.ae / _rows(sums)
    return error


def _rows(sums: RegressionSums) -> FloatArray:
    return np.where(sums.n > 0, sums.n, np.nan)


METRICS: Final[dict[str, Callable[[RegressionSums], FloatArray]]] = {
    "r2": r2,
    "rmse": rmse,
    "mae": mae,
}
"""Every metric of regression that is reported, by name."""
