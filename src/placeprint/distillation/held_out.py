"""What a student makes of regions it was not taught, at random and by whole areas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import torch

from placeprint.distillation.plan import Plan
from placeprint.distillation.settings import DistillSettings
from placeprint.distillation.student import Lesson, taught
from placeprint.errors import InputError
from placeprint.evaluation.splits import BlockSplits, RandomSplits, Splitter
from placeprint.typing import AnyArray, FloatArray

__all__ = ["EPOCHS", "held_out_error", "imitation"]

EPOCHS: Final = 0.5
"""Share of the epochs of the student itself."""


def imitation(targets: FloatArray, answers: FloatArray) -> dict[str, float]:
    r"""How near a student comes to its teacher.

    With y standardised by the regions that were taught,

    .. math::
        \mathrm{MSE} = \frac{1}{nd} \sum (y - \hat y)^2, \qquad
        R^2 = 1 - \frac{\sum (y - \hat y)^2}{\sum y^2}

    so R² is 0 for a student that answers the mean of what it was taught.

    Args:
        targets: (n, d) y.
        answers: (n, d) ŷ.

    Example:
        >>> imitation(np.array([[1.0], [-1.0]]), np.array([[0.5], [-0.5]]))
        {'mse': 0.25, 'r2': 0.75}
    """
    wrong = float(((targets - answers) ** 2).mean())
    return {"mse": wrong, "r2": 1 - wrong / float((targets**2).mean())}


def held_out_error(
    plan: Plan,
    centroids: pd.DataFrame,
    vectors: FloatArray,
    blocks: AnyArray,
    settings: DistillSettings,
    *,
    device: torch.device,
    checkpoint: Callable[[str], Path | None] = lambda _: None,
    request: str = "",
    resume: bool = False,
) -> dict[str, dict[str, Any]]:
    """Teach two students without about a fifth of the regions, and ask them for those.

    One is not taught regions drawn at random, whose neighbours it is taught; the other none of
    whole blocks, the same as those of the evaluation. Each has half the epochs of the student
    itself, so that both together cost as much again.

    Args:
        plan: The architecture.
        centroids: Columns lon and lat in degrees of the regions that have a vector.
        vectors: (n, d) their vectors.
        blocks: (n,) the block of each.
        settings: How the student is taught.
        device: On what.
        checkpoint: Where the state of each is kept, by its name.
        request: Digest of what is taught.
        resume: Go on from the checkpoints.

    Returns:
        For ``random`` and ``block``: mse and r2 (:func:`imitation`), and n, the regions held out;
        without ``block`` where all regions are in one block.
    """
    found = {}
    splits: dict[str, Splitter] = {
        "random": RandomSplits(1, seed=settings.seed),
        "block": BlockSplits(1, seed=settings.seed),
    }
    for name, splitter in splits.items():
        try:
            train, test = next(splitter.split(centroids.to_numpy(), groups=blocks))
        except InputError:  # all in one block
            continue
        lesson = Lesson.of(centroids.iloc[train], vectors[train])
        network, _ = taught(
            plan,
            lesson,
            settings,
            share=EPOCHS,
            device=device,
            checkpoint=checkpoint(name),
            request=f"{request}-{name}",
            resume=resume,
            title=f"held out, {name}",
        )
        asked = centroids.iloc[test]
        answers = network(asked["lon"].to_numpy(), asked["lat"].to_numpy())
        targets = (vectors[test] - lesson.mean) / lesson.scale
        found[name] = {**imitation(targets, np.asarray(answers)), "n": len(test)}
    return found
