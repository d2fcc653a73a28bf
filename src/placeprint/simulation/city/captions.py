"""A sentence about each view, as a captioning model would give it: short and sometimes wrong."""

from __future__ import annotations

import numpy as np

from placeprint.simulation.city.viewpoints import Sights
from placeprint.typing import AnyArray, FloatArray

__all__ = ["write_captions"]

WRONG = 0.1
SILENT = 0.08

SEEN = np.array(
    [
        "a detached house with a pitched roof",
        "an apartment block with rows of windows",
        "a row of shops",
        "a glass office building",
        "a warehouse with blank walls",
        "a brick school building",
        "a public building with tall windows",
        "a small garage",
        "open ground",
    ],
    dtype=object,
)
FRONTS = np.array(
    [", a café on the ground floor", ", a shop window", ", an office sign", ""], dtype=object
)
TREES = np.array(["", ", a tree", ", some trees", ", many trees", ", many trees"], dtype=object)
CARS = np.array(["", ", a parked car", ", parked cars"], dtype=object)
STATES = np.array([", run down", "", ", well kept"], dtype=object)


def write_captions(sights: Sights, wealth: FloatArray, rng: np.random.Generator) -> AnyArray:
    """Say what is in sight.

    The building, a shop front, trees, cars, and whether it looks run down or well kept (wealth +
    0.7 ε below −0.8 or above 0.8). 10 % name another kind of building, 8 % are empty.

    Args:
        sights: The v views.
        wealth: (v,) wealth of the block in sight, standard scores.
        rng: Random generator.

    Returns:
        (v,) sentences.
    """
    function = sights.function.copy()
    wrong = rng.random(len(sights)) < WRONG
    function[wrong] = rng.permutation(function[wrong])
    felt = wealth + 0.7 * rng.normal(size=len(sights))
    text = SEEN[function] + FRONTS[sights.look] + TREES[sights.trees] + CARS[sights.cars]
    text = text + STATES[np.digitize(felt, [-0.8, 0.8])]
    text[rng.random(len(sights)) < SILENT] = ""
    return np.asarray(text)
