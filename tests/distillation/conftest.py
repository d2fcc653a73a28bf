"""A run of a small simulated country, distilled in a few epochs."""

from __future__ import annotations

import pytest

from placeprint.distillation import DistillSettings, distill
from placeprint.encoders.position import CoordinateEncoder
from placeprint.models import Run


@pytest.fixture(scope="session")
def small() -> DistillSettings:
    """A tiny student, taught for a second."""
    return DistillSettings(
        degree="auto", hidden_layers=2, width=32, epochs=40, batch_size=64, seeds=1
    )


@pytest.fixture(scope="session")
def distilled(simulated_run: Run, small: DistillSettings, tmp_path_factory) -> CoordinateEncoder:
    """The country's run, distilled."""
    return distill(simulated_run, tmp_path_factory.mktemp("distilled") / "encoder", small)
