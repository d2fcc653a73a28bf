r"""Fusion: every view of a region joined into one vector, without labels.

The published place embedding is the output of the anchor alone. It says with whom a region
exchanges people, which is a name more than a description: it means little where the partners were
never seen. Fusion joins it with everything that *describes* a region, in five steps:

1. **Groups.** The features of each modality; statistics of the region's flows (which do not name
   its partners); the aligned vectors of all modalities; the anchor's own vector; the profile of
   the region's flows.
2. **Components.** Each group is standardised and reduced to its leading principal components.
3. **Travel.** A group that describes (:attr:`Group.hops` > 0) also says what the region's
   partners are like: h, Ph, P²h with P the row-normalised graph of log(1 + weight). A region
   that lacks the group takes what arrives from its partners.
4. **Balance.** Each group is scaled to unit variance, times the share of its variance that its
   components explain: a group that a few components hardly describe counts for less (as in
   multiple factor analysis, but with this reliability in place of the first eigenvalue).
5. **Components of all groups**, :math:`d` of them, and a fixed random rotation of these. Most
   users standardise columns before they fit anything; on principal components that would raise
   the weakest to the weight of the strongest. After the rotation all columns carry about the same
   variance, so that standardising changes next to nothing.

Every step is a function of a region's own features, of its flows and of its partners' features,
so that a region never seen in training is embedded by the same map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from placeprint.mobility import propagate
from placeprint.models.components import Components, leading_eigenvectors
from placeprint.typing import FloatArray

__all__ = ["FusedGroup", "Fusion", "Group"]


@dataclass(frozen=True)
class Group:
    """Features of n regions that belong together.

    Attributes:
        name: What it is called in the weights file.
        features: (n, d), NaN where missing.
        hops: Steps over the graph.
        components: Components kept; None: the features are components already.
        weight: How much more it counts than others.
        reliability: The share of the whole that the features stand for, where they are
            themselves a reduction.
    """

    name: str
    features: FloatArray
    hops: int = 0
    components: int | None = 32
    weight: float = 1.0
    reliability: float = 1.0


@dataclass(frozen=True)
class FusedGroup:
    """The fitted map of one group (steps 2 to 4).

    Attributes:
        components: The group's principal components.
        hops: Steps over the graph.
        centre: (k (hops + 1),) mean of the stacked components.
        factor: What the stack is multiplied by.
    """

    components: Components
    hops: int
    centre: FloatArray
    factor: float

    @classmethod
    def fit(cls, group: Group, partners: csr_array | None) -> FusedGroup:
        """Learn the map of a group; ``partners`` is P, None without a graph."""
        if group.components is None:
            components = Components.unchanged(group.features.shape[1])
        else:
            components = Components.fit(group.features, group.components)
        hops = group.hops if partners is not None else 0
        stack = _travel(components.transform(group.features), partners, hops)
        known = np.isfinite(stack)
        rows = np.maximum(known.sum(axis=0), 1)
        centre = np.where(known, stack, 0.0).sum(axis=0) / rows
        variance = float((np.where(known, stack - centre, 0.0) ** 2).sum(axis=0) @ (1 / rows))
        reliability = components.explained * group.reliability
        factor = group.weight * reliability / np.sqrt(variance) if variance > 0 else 0.0
        return cls(components, hops, centre, float(factor))

    def transform(self, features: FloatArray, partners: csr_array | None) -> FloatArray:
        """(n, d) features → (n, k (hops + 1)), 0 where nothing is known."""
        stack = _travel(self.components.transform(features), partners, self.hops)
        return np.nan_to_num((stack - self.centre) * self.factor)


def _travel(own: FloatArray, partners: csr_array | None, hops: int) -> FloatArray:
    """Stack h, Ph, P²h, …; a missing h takes what arrives from the partners."""
    if partners is None or hops == 0:
        width = own.shape[1] * hops
        return np.hstack([own, np.full((len(own), width), np.nan)]) if hops else own
    levels = [own]
    for _ in range(hops):
        levels.append(propagate(partners, levels[-1]).astype(np.float64))
    levels[0] = np.where(np.isnan(own), levels[1], own)
    return np.hstack(levels)


@dataclass(frozen=True)
class Fusion:
    """The fitted map from all groups to the embedding.

    Attributes:
        groups: The fitted map of each group.
        loadings: (D, r) principal components of all groups.
        rotation: (r, dim) orthonormal rows: the fixed random rotation.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> group = Group("a", rng.normal(size=(50, 6)))
        >>> fusion = Fusion.fit([group], None, dim=4, seed=0)
        >>> fusion.transform({"a": group.features}, None).shape
        (50, 4)
    """

    groups: dict[str, FusedGroup]
    loadings: FloatArray
    rotation: FloatArray

    @classmethod
    def fit(cls, groups: list[Group], partners: csr_array | None, *, dim: int, seed: int) -> Fusion:
        """Learn the map.

        Args:
            groups: The groups of features, all about the same n regions.
            partners: (n, n) weights of the graph that groups travel over; None: none.
            dim: Dimensions of the embedding.
            seed: Of the rotation.
        """
        fitted = {group.name: FusedGroup.fit(group, partners) for group in groups}
        joined = np.hstack([fitted[g.name].transform(g.features, partners) for g in groups])
        values, loadings = leading_eigenvectors(joined.T @ joined / len(joined), dim)
        scale = np.sqrt(dim / values.sum()) if values.sum() > 0 else 1.0
        gaussian = np.random.default_rng(seed).normal(size=(dim, dim))
        rotation = np.linalg.qr(gaussian)[0][: loadings.shape[1]] * scale
        return cls(fitted, loadings, rotation)

    def transform(self, features: dict[str, FloatArray], partners: csr_array | None) -> FloatArray:
        """Embed n regions.

        Args:
            features: (n, d) features of each group, NaN where missing.
            partners: (n, n) weights of the graph; None: none.

        Returns:
            (n, dim) float32.
        """
        parts = [g.transform(features[name], partners) for name, g in self.groups.items()]
        embedding: FloatArray = np.hstack(parts) @ (self.loadings @ self.rotation)
        return embedding.astype(np.float32)
