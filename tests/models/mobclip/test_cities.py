"""Real cities, of which some modalities are absent, from raw files to embeddings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from placeprint.building import build
from placeprint.models import train

RECIPES = Path(__file__).resolve().parents[3] / "recipes"


@pytest.mark.parametrize(("name", "regions"), [("manhattan", 180), ("chicago", 77)])
@pytest.mark.data
def test_every_region_of_a_city_is_embedded(data, short, tmp_path, name, regions) -> None:
    atlas = build(RECIPES / f"{name}.yaml", data / name, tmp_path / "atlas")
    run = train(atlas, short, tmp_path / "run")
    assert run.manifest["views"] == ["mobility", "landuse", "poi"]
    assert run.embeddings.shape == (regions, 16)
    assert run.embeddings.index.tolist() == atlas.region_ids.tolist()
    assert np.isfinite(run.embeddings.to_numpy()).all()
    assert (run.embeddings.std() > 0).all()
