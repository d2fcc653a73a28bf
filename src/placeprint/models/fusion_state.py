"""A fitted fusion as named tensors and plain numbers, to be stored without pickles."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from placeprint.models.components import Components
from placeprint.models.fusion import FusedGroup, Fusion

__all__ = ["fusion_from_state", "fusion_state", "with_prefix"]

Numbers = dict[str, dict[str, float]]


def fusion_state(fusion: Fusion) -> tuple[dict[str, Tensor], Numbers]:
    """The tensors of a fusion, and for each group its hops, factor and explained share.

    Args:
        fusion: A fitted fusion.

    Returns:
        What :func:`fusion_from_state` takes.
    """
    tensors = {
        "fusion.loadings": torch.from_numpy(fusion.loadings),
        "fusion.rotation": torch.from_numpy(fusion.rotation),
    }
    for name, group in fusion.groups.items():
        parts = {
            "mean": group.components.mean,
            "scale": group.components.scale,
            "loadings": group.components.loadings,
            "centre": group.centre,
        }
        for part, array in parts.items():
            tensors[f"group.{name}.{part}"] = torch.from_numpy(np.ascontiguousarray(array))
    numbers = {
        name: {
            "hops": group.hops,
            "factor": group.factor,
            "explained": group.components.explained,
        }
        for name, group in fusion.groups.items()
    }
    return tensors, numbers


def fusion_from_state(tensors: dict[str, Tensor], numbers: Numbers) -> Fusion:
    """The fusion that :func:`fusion_state` described.

    Example:
        >>> from placeprint.models.fusion import Group
        >>> features = np.random.default_rng(0).normal(size=(50, 6))
        >>> fusion = Fusion.fit([Group("a", features)], None, dim=4, seed=0)
        >>> same = fusion_from_state(*fusion_state(fusion))
        >>> bool((same.transform({"a": features}, None)
        ...       == fusion.transform({"a": features}, None)).all())
        True
    """
    groups = {}
    for name, about in numbers.items():
        arrays = {k: v.numpy() for k, v in with_prefix(tensors, f"group.{name}.").items()}
        components = Components(
            arrays["mean"], arrays["scale"], arrays["loadings"], about["explained"]
        )
        groups[name] = FusedGroup(components, int(about["hops"]), arrays["centre"], about["factor"])
    return Fusion(groups, tensors["fusion.loadings"].numpy(), tensors["fusion.rotation"].numpy())


def with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
