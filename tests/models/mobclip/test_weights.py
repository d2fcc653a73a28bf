from __future__ import annotations

from filecmp import cmp

import numpy as np
import pytest
import torch

from placeprint.models import MobCLIPConfig
from placeprint.models.mobclip.embedding import Embedder
from placeprint.models.mobclip.network import MobCLIP, node_features
from placeprint.models.mobclip.views import read_views
from placeprint.models.mobclip.weights import load_weights, save_weights

CONFIGS = {
    "fusion": {},
    "anchor": {"embedding": "anchor"},
    "no graph": {"graph": None, "anchor": "demographics"},
    "learned": {"learn_temperatures": True, "modalities": ["image", "poi"]},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_saved_equals_loaded(simulated_atlas, tmp_path, name) -> None:
    config = MobCLIPConfig(dim=8, **CONFIGS[name])
    views = read_views(simulated_atlas, config)
    sizes = {modality: frame.shape[1] for modality, frame in views.features.items()}
    network = MobCLIP(config, sizes, node_features(views, config))
    network.standardise({name: frame.to_numpy() for name, frame in views.features.items()})
    embedder = Embedder.fit(network, views, simulated_atlas)
    path = tmp_path / "model.safetensors"
    save_weights(path, embedder)
    loaded = load_weights(path, config)
    state, again = network.state_dict(), loaded.network.state_dict()
    assert list(state) == list(again)
    assert all(torch.equal(state[key], again[key]) for key in state)
    assert loaded.columns == embedder.columns
    assert loaded.nodes.equals(embedder.nodes)
    assert (loaded.fusion is None) == (name == "anchor")
    assert (loaded.flows is None) == (name in ("anchor", "no graph"))
    np.testing.assert_array_equal(
        loaded.embed(simulated_atlas), embedder.embed_views(views, simulated_atlas)
    )
    save_weights(tmp_path / "again.safetensors", loaded)
    assert cmp(tmp_path / "again.safetensors", path, shallow=False)
