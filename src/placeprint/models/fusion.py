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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from placeprint.mobility import propagate
from placeprint.models.components import Components, leading_eigenvectors
from placeprint.models.rows import Rows, blocks, slices
from placeprint.typing import FloatArray

__all__ = ["FusedGroup", "Fusion", "Group"]


@dataclass(frozen=True)
class Group:
    """Features of n regions that belong together.

    Attributes:
        name: What it is called in the weights file.
        features: (n, d), NaN where missing; they are read by blocks of rows.
        hops: Steps over the graph.
        components: Components kept; None: the features are components already.
        weight: How much more it counts than others.
        reliability: The share of the whole that the features stand for, where they are
            themselves a reduction.
    """

    name: str
    features: Rows
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
        return cls.fit_stack(group, partners)[0]

    @classmethod
    def fit_stack(cls, group: Group, partners: csr_array | None) -> tuple[FusedGroup, FloatArray]:
        """The map of a group, and the stack that it was learned from: see :meth:`stack`."""
        if group.components is None:
            components = Components.unchanged(group.features.shape[1])
        else:
            components = Components.fit(group.features, group.components)
        hops = group.hops if partners is not None else 0
        stack = _travel(components, group.features, partners, hops)
        rows, total = np.zeros(stack.shape[1]), np.zeros(stack.shape[1])
        for block in blocks(stack):
            known = np.isfinite(block)
            rows += known.sum(axis=0)
            total += np.where(known, block, 0.0).sum(axis=0)
        rows = np.maximum(rows, 1)
        centre = total / rows
        squares = np.zeros(stack.shape[1])
        for block in blocks(stack):
            squares += (np.where(np.isfinite(block), block - centre, 0.0) ** 2).sum(axis=0)
        variance = float(squares @ (1 / rows))
        reliability = components.explained * group.reliability
        factor = group.weight * reliability / np.sqrt(variance) if variance > 0 else 0.0
        return cls(components, hops, centre, float(factor)), stack

    def stack(self, features: Rows, partners: csr_array | None) -> FloatArray:
        """(n, d) features → (n, k (hops + 1)) float32 (step 3), NaN where nothing is known."""
        return _travel(self.components, features, partners, self.hops)

    def transform(self, features: Rows, partners: csr_array | None) -> FloatArray:
        """(n, d) features → (n, k (hops + 1)), 0 where nothing is known."""
        return self.balanced(self.stack(features, partners))

    def balanced(self, stack: FloatArray) -> FloatArray:
        """Some rows of a stack, centred and scaled (step 4), 0 where nothing is known."""
        return np.nan_to_num((stack - self.centre) * self.factor)


def _travel(
    components: Components, features: Rows, partners: csr_array | None, hops: int
) -> FloatArray:
    """Stack h, Ph, P²h, …; a missing h takes what arrives from the partners."""
    n, width = features.shape[0], components.loadings.shape[1]
    stack = np.full((n, width * (hops + 1)), np.nan, dtype=np.float32)
    for rows in slices(n):
        block = np.asarray(features[rows], dtype=np.float64)
        stack[rows, :width] = components.transform(block)
    if partners is None:
        return stack
    for hop in range(1, hops + 1):
        level = slice(hop * width, (hop + 1) * width)
        stack[:, level] = propagate(partners, stack[:, level.start - width : level.start])
    if hops:
        own = stack[:, :width]
        np.copyto(own, stack[:, width : 2 * width], where=np.isnan(own))
    return stack


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
    def fit(
        cls, groups: Iterable[Group], partners: csr_array | None, *, dim: int, seed: int
    ) -> Fusion:
        """Learn the map.

        Args:
            groups: The groups of features, all about the same n regions; each is let go of before
                the next is asked for.
            partners: (n, n) weights of the graph that groups travel over; None: none.
            dim: Dimensions of the embedding.
            seed: Of the rotation.
        """
        return cls.fit_transform(groups, partners, dim=dim, seed=seed)[0]

    @classmethod
    def fit_transform(
        cls, groups: Iterable[Group], partners: csr_array | None, *, dim: int, seed: int
    ) -> tuple[Fusion, FloatArray]:
        """Learn the map, and embed the regions that it was learned from: see :meth:`fit`.

        Returns:
            The map and (n, dim) float32.
        """
        fitted: dict[str, FusedGroup] = {}
        stacks: dict[str, FloatArray] = {}
        for group in groups:
            fitted[group.name], stacks[group.name] = FusedGroup.fit_stack(group, partners)
        width = sum(stack.shape[1] for stack in stacks.values())
        n = max(len(stack) for stack in stacks.values())
        products = np.zeros((width, width))
        for rows in slices(n):
            joined = _joined(fitted, stacks, rows)
            products += joined.T @ joined
        values, loadings = leading_eigenvectors(products / n, dim)
        scale = np.sqrt(dim / values.sum()) if values.sum() > 0 else 1.0
        gaussian = np.random.default_rng(seed).normal(size=(dim, dim))
        rotation = np.linalg.qr(gaussian)[0][: loadings.shape[1]] * scale
        fusion = cls(fitted, loadings, rotation)
        return fusion, fusion._embedded(stacks)

    def transform(self, features: Mapping[str, Rows], partners: csr_array | None) -> FloatArray:
        """Embed n regions.

        Args:
            features: (n, d) features of each group, NaN where missing.
            partners: (n, n) weights of the graph; None: none.

        Returns:
            (n, dim) float32.
        """
        return self._embedded(
            {name: group.stack(features[name], partners) for name, group in self.groups.items()}
        )

    def _embedded(self, stacks: Mapping[str, FloatArray]) -> FloatArray:
        n = max(len(stack) for stack in stacks.values())
        turned = self.loadings @ self.rotation
        embedding = np.empty((n, turned.shape[1]), dtype=np.float32)
        for rows in slices(n):
            embedding[rows] = _joined(self.groups, stacks, rows) @ turned
        return embedding


def _joined(
    groups: Mapping[str, FusedGroup], stacks: Mapping[str, FloatArray], rows: slice
) -> FloatArray:
    """Some rows of all groups, balanced and side by side."""
    return np.hstack([group.balanced(stacks[name][rows]) for name, group in groups.items()])
