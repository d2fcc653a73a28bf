"""The graph of the public code, asked for by name, from the atlas to the loss."""

from __future__ import annotations

import numpy as np

from placeprint.mobility import top_share
from placeprint.models import MobCLIPConfig, read_config
from placeprint.models.mobclip.network import Alignment, MobCLIP, node_features
from placeprint.models.mobclip.views import read_views


def test_the_backbone_is_that_of_the_public_code(simulated_atlas) -> None:
    settings = ["graph.normalisation=published", "dim=8"]
    config = read_config(MobCLIPConfig, settings=settings)
    views = read_views(simulated_atlas, config)
    kept = top_share(views.graph, config.graph.share, symmetric=False).toarray()
    assert (kept != kept.T).any()
    scale = np.diag((kept.sum(axis=1) + 1e-10) ** -0.5)
    expected = scale @ kept.T @ scale
    np.testing.assert_allclose(views.adjacency.to_scipy().toarray(), expected, rtol=1e-5)
    np.testing.assert_allclose(views.adjacency.transpose.to_scipy().toarray(), kept, rtol=1e-6)

    sizes = {name: frame.shape[1] for name, frame in views.features.items()}
    model = MobCLIP(config, sizes, node_features(views, config))
    objective = Alignment(model, views)
    objective(objective.samples[:50]).backward()
    assert model.graph.features.grad.abs().sum() > 0
