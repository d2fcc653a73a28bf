"""Age-by-sex histograms from stages of life."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.simulation.grid import Grid
from placeprint.simulation.people import People
from placeprint.simulation.streams import stream
from placeprint.typing import FloatArray

__all__ = ["BANDS", "COLUMNS", "PROFILES", "demographics_table", "elderly_share"]

BANDS = (*(f"{age}_{age + 4}" for age in range(0, 95, 5)), "95_plus")
"""The twenty five-year age bands."""

COLUMNS = tuple(f"{sex}_{band}" for sex in ("male", "female") for band in BANDS)
"""The forty columns of the histogram: men from young to old, then women."""


def _profiles() -> FloatArray:
    """(5, 40): the share of each age band and sex within each stage of life; rows add up to 1.

    A stage is a mixture of bell curves over age (weight, mean, spread in years); of the old,
    more are women: the share of men falls from 0.51 as 0.51 − 0.25 · σ((age − 82) / 7).
    """
    age = np.arange(2.5, 100.0, 5.0)
    mixtures = (
        [(1.0, 21.0, 3.0), (0.15, 40.0, 15.0)],
        [(1.0, 30.0, 6.0), (0.12, 3.0, 4.0)],
        [(1.0, 38.0, 6.0), (0.9, 8.0, 6.0)],
        [(1.0, 53.0, 8.0), (0.3, 17.0, 5.0)],
        [(1.0, 74.0, 9.0), (0.1, 45.0, 15.0)],
    )
    men = 0.51 - 0.25 / (1.0 + np.exp(-(age - 82.0) / 7.0))
    rows = []
    for mixture in mixtures:
        curve = sum(
            (weight / spread * np.exp(-0.5 * ((age - mean) / spread) ** 2))
            for weight, mean, spread in mixture
        )
        rows.append(np.concatenate([curve * men, curve * (1.0 - men)]) / np.sum(curve))
    return np.asarray(rows)


PROFILES: FloatArray = _profiles()


def elderly_share(people: People) -> FloatArray:
    """The expected share of people of 65 and more in each cell, (n,)."""
    old = np.tile(np.arange(len(BANDS)) * 5 >= 65, 2)
    return np.asarray(people.stages @ PROFILES[:, old].sum(axis=1))


def demographics_table(grid: Grid, people: People, seed: int) -> pd.DataFrame:
    """Count the people of each inhabited cell by age and sex.

    count ~ Poisson(population · Σ_stage share · profile). A cell where nobody lives, or nobody
    was counted, has no row.

    Returns:
        ``region_id`` and the forty :data:`COLUMNS` (int32).
    """
    rng = stream(seed, "demographics")
    expected = people.population[:, None] * (people.stages @ PROFILES)
    counts = rng.poisson(expected).astype(np.int32)
    present = counts.sum(axis=1) > 0
    table = pd.DataFrame(counts[present], columns=list(COLUMNS))
    table.insert(0, "region_id", grid.region_ids[present])
    return table
