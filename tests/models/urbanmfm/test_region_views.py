"""The groups of features by which regions of a city are described, as views of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from placeprint.models.urbanmfm.embedding import Embedder


def test_views_are_standardised_components_of_groups(sources, city, atlas) -> None:
    embedder, _ = Embedder.fit(sources)
    views = embedder.modalities(atlas)
    assert [*views] == [*embedder.regions.groups]
    assert {"text", "micro", "local", "macro", "global"} <= set(views)
    for name, table in city.descriptors.items():
        group = embedder.regions.groups[name].components
        values = table.to_numpy(np.float64)
        known = np.isfinite(values).any(axis=1)
        expected = np.nan_to_num((values - np.nanmean(values, axis=0)) / group.scale)
        assert views[name].index.tolist() == city.region_ids[known].tolist()
        np.testing.assert_allclose(views[name], expected[known] @ group.loadings, atol=1e-4)
    assert all(np.isfinite(vectors.to_numpy()).all() for vectors in views.values())
    assert replace(embedder, regions=None, entities=None).modalities(atlas) == {}
