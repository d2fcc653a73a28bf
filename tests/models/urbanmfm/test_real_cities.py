"""A real city, end to end, on few epochs."""

from __future__ import annotations

from pathlib import Path

import pytest

from placeprint.building import build
from placeprint.evaluation import evaluate
from placeprint.models import train

from .conftest import CONFIG

RECIPES = Path(__file__).resolve().parents[3] / "recipes"


@pytest.mark.data
def test_buildings_of_monaco_are_known_by_more_than_their_shape(data, tmp_path) -> None:
    atlas = build(RECIPES / "monaco.yaml", data / "osm", tmp_path / "atlas")
    config = CONFIG.model_copy(update={"dim": 64, "hidden": 64})
    run = train(atlas, config, tmp_path / "run")
    scores = evaluate(run, models=["placeprint", "shape"], seeds=4)
    scores = scores[scores["metric"] == "macro_f1"]
    means = scores.groupby(["split", "model"])["value"].mean()
    assert means["stratified", "placeprint"] > means["stratified", "shape"] + 0.15
    assert means["block", "placeprint"] > means["block", "shape"]
    assert (scores.loc[scores["model"] == "placeprint", "coverage"] == 1).all()
