"""The regions in each modality's own view."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.models import Run
from placeprint.models.mobclip import load_model
from placeprint.models.mobclip.views import read_views
from placeprint.models.mobclip.weights import load_weights, save_weights


def test_a_view_has_the_regions_that_have_the_modality(simulated_run) -> None:
    atlas, views = simulated_run.atlas, simulated_run.modality_embeddings
    assert [*views] == simulated_run.manifest["views"]
    for name in atlas.feature_names:
        assert views[name].index.tolist() == atlas.features(name).index.tolist()
        assert views[name].index.name == "region_id"
    assert len(views["demographics"]) == len(atlas.region_ids) - 13
    assert all(vectors.shape[1] == 16 for vectors in views.values())
    assert all(np.isfinite(vectors.to_numpy()).all() for vectors in views.values())


def test_they_are_what_the_towers_make_of_features(simulated_run) -> None:
    """By hand: standardised, and through the head, which for images is one linear map."""
    model, atlas = load_model(simulated_run), simulated_run.atlas
    tower = model.network.towers["image"]
    features = atlas.features("image").to_numpy(np.float64)
    standard = (features - tower.mean.numpy()) / tower.scale.numpy()
    (linear,) = tower.head
    weight, bias = (each.detach().numpy() for each in (linear.weight, linear.bias))
    found = simulated_run.modality_embeddings["image"]
    np.testing.assert_allclose(found, standard @ weight.T + bias, rtol=1e-3, atol=1e-4)


def test_the_anchor_is_the_published_embedding(simulated_run) -> None:
    anchor = simulated_run.modality_embeddings["mobility"]
    published = simulated_run.anchor_embeddings()
    np.testing.assert_allclose(anchor, published.loc[anchor.index], rtol=1e-5, atol=1e-6)


def test_a_saved_model_gives_the_same(simulated_run, tmp_path) -> None:
    model = load_model(simulated_run)
    save_weights(tmp_path / "model.safetensors", model)
    again = load_weights(tmp_path / "model.safetensors", model.config)
    one, other = model.modalities(simulated_run.atlas), again.modalities(simulated_run.atlas)
    for name in one:
        pd.testing.assert_frame_equal(one[name], other[name])
    fresh = Run(simulated_run.path).modality_embeddings
    pd.testing.assert_frame_equal(fresh["poi"], simulated_run.modality_embeddings["poi"])


def test_a_region_without_any_view_has_none(
    simulated_atlas, simulated_run, changed_atlas, tmp_path
) -> None:
    nowhere = simulated_atlas.region_ids[0]
    changes = {
        f"features/{name}": lambda table: table.drop(index=nowhere, errors="ignore")
        for name in simulated_atlas.feature_names
    }
    changes["graphs/mobility"] = lambda edges: edges[
        (edges["source"] != nowhere) & (edges["target"] != nowhere)
    ]
    atlas = changed_atlas(simulated_atlas, tmp_path / "atlas", changes)
    model = load_model(simulated_run)
    views = model.modalities(atlas)
    assert all(nowhere not in vectors.index for vectors in views.values())
    towers = model.towers(read_views(atlas, model.config, model.columns))
    for name, vectors in views.items():
        rows = atlas.region_ids.get_indexer(vectors.index)
        np.testing.assert_array_equal(vectors, towers[name][rows])
