"""Differentially private weights: what one person can change, and the noise that hides it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from placeprint.errors import InputError, optional_import
from placeprint.mobility.covisits.rules import CoVisitRules
from placeprint.typing import AnyArray, IntArray

__all__ = ["NoisyRelease", "Sensitivity", "sensitivity"]

EDGES_AT_ONCE: Final = 1 << 14
NO_EDGE: Final = 1 << 40
"""A threshold that no weight reaches."""


@dataclass(frozen=True)
class Sensitivity:
    r"""What adding or removing one person changes at most.

    Attributes:
        edges: :math:`\Delta_0`, edges whose weight changes.
        weight: :math:`\Delta_\infty`, by how much any weight changes.
        euclidean: :math:`\Delta_2`, the length of the change of all weights.
    """

    edges: int
    weight: int
    euclidean: float


def sensitivity(rules: CoVisitRules, n_regions: int, *, snapshots: bool) -> Sensitivity:
    r"""Derive the sensitivity of a co-visit graph from the caps.

    A person who keeps k regions a week ties :math:`K = k (k - 1) / 2` pairs, each once, in at
    most W weeks. In snapshots each of these W K entries is another one and changes by 1; in the
    sum the change is longest if the pairs are the same every week, K entries that change by W:

    .. math::
        \text{snapshots: } \Delta_0 = W K,\; \Delta_\infty = 1,\; \Delta_2 = \sqrt{W K}
        \qquad
        \text{sum: } \Delta_0 = W K,\; \Delta_\infty = W,\; \Delta_2 = W \sqrt{K}

    Args:
        rules: Both caps.
        n_regions: How many regions there are; a person keeps no more.
        snapshots: Whether each week is a graph of its own.

    Raises:
        InputError: If a cap is missing.

    Example:
        >>> rules = CoVisitRules(most_regions=5, most_weeks=4)
        >>> sensitivity(rules, 1000, snapshots=True)
        Sensitivity(edges=40, weight=1, euclidean=6.32...)
        >>> sensitivity(rules, 1000, snapshots=False)
        Sensitivity(edges=40, weight=4, euclidean=12.64...)
    """
    if rules.most_regions is None or rules.most_weeks is None:
        raise InputError(
            "without caps there is no bound on what one person adds",
            hint="set most_regions and most_weeks",
        )
    regions, weeks = min(rules.most_regions, n_regions), rules.most_weeks
    pairs = max(regions * (regions - 1) // 2, 1)
    if snapshots:
        return Sensitivity(weeks * pairs, 1, math.sqrt(weeks * pairs))
    return Sensitivity(weeks * pairs, weeks, weeks * math.sqrt(pairs))


class NoisyRelease:
    r"""Releases weights with discrete Gaussian noise, and only those above a threshold.

    Noise hides how strong a tie is; which ties exist at all tells of people too, so that a weight
    is released only if with its noise it reaches a threshold that a tie of one person alone
    passes with a probability below δ / 2 (a stability-based histogram):

    .. math:: \tilde w = w + \mathcal N_{\mathbb Z}(0, \sigma^2),
        \qquad \text{released if } \tilde w \ge \tau

    OpenDP draws the noise and vouches for the privacy; the smallest σ and τ are found for which
    its own accounting, by concentrated differential privacy with the other half of δ, gives
    (ε, δ). Releasing edges in parts is the same as at once, for the noise of each edge is drawn
    on its own. The noise cannot be repeated by a seed: who knew the seed could take it off.

    Args:
        rules: With ``epsilon``, and both caps. ``min_users`` raises the threshold to as many
            people, each with as much weight as one can have.
        n_regions: How many regions there are.
        snapshots: Whether each week is a graph of its own.

    Attributes:
        sensitivity: What one person changes at most.
        scale: σ, the standard deviation of the noise.
        threshold: τ.

    Raises:
        InputError: If a rule is missing, or no noise gives the ε and δ asked for.
        MissingExtraError: If OpenDP is not installed.

    Source:
        Canonne, Kamath and Steinke (2020), The Discrete Gaussian for Differential Privacy;
        Rogers (2023), A Unifying Privacy Analysis Framework for Unknown Domain Algorithms.

    Example:
        >>> rules = CoVisitRules(most_regions=2, most_weeks=1, epsilon=1.0)
        >>> release = NoisyRelease(rules, 100, snapshots=True)
        >>> release.sensitivity.euclidean, 4 < release.scale < 6, 20 < release.threshold < 40
        (1.0, True, True)
        >>> kept, weights = release(np.array([1, 1000]))
        >>> kept.tolist(), bool(abs(weights[0] - 1000) < 60)
        ([1], True)
    """

    def __init__(self, rules: CoVisitRules, n_regions: int, *, snapshots: bool) -> None:
        if rules.epsilon is None:
            raise InputError("there is no epsilon, so that there is no noise to be added")
        self.rules = rules
        self.sensitivity = sensitivity(rules, n_regions, snapshots=snapshots)
        opendp = optional_import("opendp.prelude", "privacy")
        opendp.enable_features("contrib")
        self._opendp = opendp
        half, epsilon, length = rules.delta / 2, rules.epsilon, self.sensitivity.euclidean
        # The privacy lost is ρ = Δ₂² / 2σ² on average: more than ε if σ is as small as the lower
        # bound; the upper is twice what the classical bound of the Gaussian mechanism asks for.
        bounds = (
            length / math.sqrt(2 * epsilon),
            2 * length * (math.sqrt(2 * math.log(1 / half)) + math.sqrt(epsilon)) / epsilon,
        )
        try:
            self.scale = float(
                opendp.binary_search(
                    lambda scale: self._spent(scale, NO_EDGE)[0].epsilon(half) <= epsilon, bounds
                )
            )
            stable = opendp.binary_search(
                lambda threshold: self._spent(self.scale, threshold)[1] <= half,
                (self.sensitivity.weight, NO_EDGE),
                T=opendp.i64,
            )
        except (ValueError, opendp.OpenDPException) as error:
            usual = 0.001 <= epsilon <= 100 and 1e-15 <= rules.delta <= 0.5
            raise InputError(
                f"no noise gives epsilon {epsilon} and delta {rules.delta} ({error})",
                hint="lower most_regions and most_weeks, or allow a larger delta or epsilon"
                if usual
                else "choose an epsilon between 0.001 and 100, and a delta between 1e-15 and 0.5",
            ) from None
        self.threshold = max(int(stable), rules.min_users * self.sensitivity.weight)

    def _measurement(self, scale: float, threshold: int) -> Callable[..., Any]:
        dp = self._opendp
        whole = dp.atom_domain(T=dp.i64)
        space = dp.map_domain(whole, whole), dp.l02inf_distance(dp.absolute_distance(T=dp.f64))
        made: Callable[..., Any] = dp.m.make_gaussian_threshold(*space, scale, threshold)
        return made

    def _spent(self, scale: float, threshold: int) -> Any:
        """The privacy profile of a release, and the δ that its threshold takes."""
        change = self.sensitivity
        longest = math.nextafter(change.euclidean, math.inf)
        private = self._opendp.c.make_zCDP_to_approxDP(self._measurement(scale, threshold))
        return private.map((change.edges, longest, float(change.weight)))

    def __call__(self, weights: IntArray) -> tuple[AnyArray, IntArray]:
        """Add noise to weights.

        Args:
            weights: (e,) true weights of some edges.

        Returns:
            (r,) the positions of those that are released, ascending, and (r,) int64 their weights
            with noise.
        """
        release = self._measurement(self.scale, self.threshold)

        def noisy(start: int) -> dict[int, int]:
            part = weights[start : start + EDGES_AT_ONCE].tolist()
            found: dict[int, int] = release(dict(enumerate(part, start)))
            return found

        released: dict[int, int] = {}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for part in pool.map(noisy, range(0, len(weights), EDGES_AT_ONCE)):
                released.update(part)
        kept = np.fromiter(released, dtype=np.int64, count=len(released))
        order = np.argsort(kept)
        noised = np.fromiter(released.values(), dtype=np.int64, count=len(released))
        return kept[order], noised[order]

    def describe(self) -> dict[str, Any]:
        """What the provenance says of the release."""
        return {
            "epsilon": self.rules.epsilon,
            "delta": self.rules.delta,
            "protects": "one person, with all visits of all weeks (added or removed)",
            "noise": "discrete Gaussian",
            "scale": self.scale,
            "threshold": self.threshold,
            "sensitivity": asdict(self.sensitivity),
            "library": f"opendp {version('opendp')}",
        }
