"""What shows in mobility alone is recovered from the embedding, and lost without the graph."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from placeprint.building import build
from placeprint.models import MobCLIPConfig, read_config, train
from placeprint.simulation import simulate


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("planted") / "raw", cells=1200, seed=0)


@pytest.fixture(scope="module")
def recovered(raw):
    """Cross-validated R² of a ridge from embeddings to a latent field."""
    truth = pd.read_parquet(raw / "truth.parquet").set_index("region_id")
    atlas = build(raw / "recipe.yaml", data=raw, out=raw.parent / "atlas")
    ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 4, 11)))
    folds = KFold(5, shuffle=True, random_state=0)

    def measure(field: str, *settings: str) -> float:
        config = read_config(MobCLIPConfig, settings=["training.epochs=3", *settings])
        run = train(atlas, config, raw.parent / "-".join(["run", *settings]), resume=True)
        y = truth.loc[run.embeddings.index, field]
        return r2_score(y, cross_val_predict(ridge, run.embeddings.to_numpy(), y, cv=folds))

    return measure


@pytest.mark.slow
def test_a_field_of_mobility_alone_needs_the_graph(recovered) -> None:
    assert recovered("trade_network") > 0.4
    assert recovered("trade_network", "graph=null", "anchor=demographics") < 0.15


@pytest.mark.slow
def test_a_field_that_shows_in_the_modalities_does_not(recovered) -> None:
    assert recovered("urbanity") > 0.7
    assert recovered("urbanity", "graph=null", "anchor=demographics") > 0.7
