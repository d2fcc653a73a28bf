"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data beside the project."""
    if not DATA.is_dir():
        pytest.skip(f"the real data folder {DATA} is absent")
    return DATA
