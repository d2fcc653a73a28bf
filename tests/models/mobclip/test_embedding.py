"""Embeddings of the regions of training, of regions that lack a view, and of new ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.spatial.distance import pdist

from placeprint.atlas import Atlas
from placeprint.files import write_json
from placeprint.models import MobCLIPConfig, train
from placeprint.models.mobclip import load_model
from placeprint.models.mobclip.views import read_views


def assert_equal(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        one, other, atol=1e-6, rtol=0, check_index_type=False, check_column_type=False
    )


def without_links(region):
    def change(edges: pd.DataFrame) -> pd.DataFrame:
        return edges[(edges["source"] != region) & (edges["target"] != region)]

    return change


def without_rows(region):
    return lambda table: table.drop(index=region, errors="ignore")


def test_embedding_the_atlas_of_training_gives_the_embeddings_of_the_run(simulated_run) -> None:
    again = simulated_run.embed(simulated_run.atlas)
    assert_equal(again, simulated_run.embeddings)


@pytest.mark.parametrize("embedding", ["fusion", "anchor"])
def test_a_region_that_lacks_mobility_is_embedded(
    simulated_atlas, changed_atlas, short, tmp_path, embedding
) -> None:
    lonely = simulated_atlas.features("demographics").index[5]
    atlas = changed_atlas(
        simulated_atlas, tmp_path / "atlas", {"graphs/mobility": without_links(lonely)}
    )
    run = train(atlas, short.model_copy(update={"embedding": embedding}), tmp_path / "run")
    vectors = run.embeddings
    assert vectors.index.tolist() == atlas.region_ids.tolist()
    assert np.isfinite(vectors.to_numpy()).all()
    sizes = np.linalg.norm(vectors, axis=1)
    own = sizes[vectors.index.get_loc(lonely)]
    assert sizes.min() / 10 < own
    assert own > 0.1 * np.median(sizes)
    assert_equal(run.embed(atlas), vectors)


def test_a_region_that_lacks_the_anchor_gets_the_mean_of_its_aligned_others(
    simulated_atlas, changed_atlas, short, tmp_path
) -> None:
    lonely = simulated_atlas.features("demographics").index[5]
    changes = {"graphs/mobility": without_links(lonely), "features/image": without_rows(lonely)}
    atlas = changed_atlas(simulated_atlas, tmp_path / "atlas", changes)
    run = train(atlas, short.model_copy(update={"embedding": "anchor"}), tmp_path / "run")
    model = load_model(run)
    views = read_views(atlas, model.config, model.columns)
    towers, row = model.towers(views), views.region_ids.get_loc(lonely)
    others = [towers[name][row] for name in ("demographics", "poi")]
    mean = np.mean([other / np.linalg.norm(other) for other in others], axis=0)
    known = np.delete(towers["mobility"], row, axis=0)
    expected = mean * np.linalg.norm(known, axis=1).mean()
    np.testing.assert_allclose(run.embeddings.loc[lonely], expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(run.embeddings.drop(lonely), known, rtol=1e-4, atol=1e-6)


def test_a_region_that_lacks_everything_has_no_row(
    simulated_atlas, changed_atlas, simulated_run, tmp_path
) -> None:
    nowhere = simulated_atlas.features("demographics").index[5]
    changes = {f"features/{name}": without_rows(nowhere) for name in simulated_atlas.feature_names}
    changes["graphs/mobility"] = without_links(nowhere)
    atlas = changed_atlas(simulated_atlas, tmp_path / "atlas", changes)
    assert nowhere in atlas.region_ids
    embeddings = simulated_run.embed(atlas)
    assert embeddings.index.tolist() == [r for r in atlas.region_ids if r != nowhere]


@pytest.mark.parametrize(
    ("settings", "at_least"), [({}, 0.8), ({"embedding": "anchor"}, 0.5)], ids=["fusion", "anchor"]
)
def test_new_regions_are_embedded_as_if_they_had_been_there(
    western, simulated_atlas, short, tmp_path, settings, at_least
) -> None:
    config = short.model_copy(update=settings)
    west = train(western, config, tmp_path / "west")
    whole = train(simulated_atlas, config, tmp_path / "whole")
    new = simulated_atlas.region_ids.difference(western.region_ids)
    assert 30 < len(new) < len(western.region_ids)
    found = west.embed(simulated_atlas)
    assert found.index.tolist() == simulated_atlas.region_ids.tolist()
    assert np.isfinite(found.to_numpy()).all()
    # Two trainings have two bases, so what is compared is how far regions are from each other.
    one, other = pdist(found.loc[new]), pdist(whole.embeddings.loc[new])
    assert np.corrcoef(one, other)[0, 1] > at_least


def test_the_towers_are_the_same_for_a_part_of_the_regions(simulated_run, western) -> None:
    model = load_model(simulated_run)
    whole = model.towers(read_views(simulated_run.atlas, model.config, model.columns))
    part = model.towers(read_views(western, model.config, model.columns))
    rows = simulated_run.atlas.region_ids.get_indexer(western.region_ids)
    for name in ("poi", "image"):  # shares of ages are smoothed towards those of the whole atlas
        np.testing.assert_allclose(part[name], whole[name][rows], rtol=1e-4, atol=1e-5)


def test_a_new_node_starts_from_the_mean_of_its_known_partners(
    western, simulated_atlas, short, tmp_path
) -> None:
    model = load_model(train(western, short, tmp_path / "west"))
    learned = model.network.graph.features.detach().numpy()
    views = read_views(simulated_atlas, model.config, model.columns)
    vectors = model.network.graph(views.adjacency, torch.zeros(len(views), 16))
    assert not vectors.any()  # the nodes that are given replace those of training
    nodes = np.zeros((len(views), 16), np.float32)
    known = model.nodes.get_indexer(views.region_ids)
    weights = np.log1p(views.graph.adjacency.toarray())
    for u in range(len(views)):
        if known[u] >= 0:
            nodes[u] = learned[known[u]]
        elif weights[u, known >= 0].any():
            nodes[u] = weights[u, known >= 0] @ learned[known[known >= 0]]
            nodes[u] /= weights[u, known >= 0].sum()
    expected = model.network.graph(views.adjacency, torch.from_numpy(nodes)).detach().numpy()
    np.testing.assert_allclose(model.towers(views)["mobility"], expected, rtol=1e-3, atol=1e-5)


def test_groups_say_what_is_known_about_each_region(simulated_run) -> None:
    model = load_model(simulated_run)
    atlas = simulated_run.atlas
    views = read_views(atlas, model.config, model.columns)
    groups = {name: make() for name, make in model.groups(views, atlas).items()}
    assert [group.name for group in groups.values()] == list(groups)
    modalities = ["demographics", "image", "poi"]
    assert list(groups) == [*modalities, "alignment", "flow statistics", "graph", "flows"]
    people = groups["demographics"].features[:]
    lacking = ~atlas.region_ids.isin(atlas.features("demographics").index)
    assert lacking.any()
    assert (np.isnan(people).all(axis=1) == lacking).all()
    np.testing.assert_array_equal(
        groups["flow statistics"].features[:, -1], np.log(atlas.regions.areas_km2())
    )
    norms = np.linalg.norm(groups["graph"].features, axis=1)
    np.testing.assert_allclose(norms, 1, rtol=1e-5)


def test_the_anchor_may_be_any_modality(simulated_atlas, tmp_path, short) -> None:
    config = MobCLIPConfig(**{**short.model_dump(), "anchor": "image", "embedding": "anchor"})
    run = train(simulated_atlas, config, tmp_path / "run")
    assert_equal(run.anchor_embeddings(), run.embeddings)
    model = load_model(run)
    views = read_views(simulated_atlas, model.config)
    np.testing.assert_allclose(run.embeddings, model.towers(views)["image"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("absent", ["graphs/mobility", "features/image", "features/poi"])
def test_an_atlas_that_lacks_a_layer_is_embedded_from_the_others(
    simulated_run, simulated_atlas, tmp_path, changed_atlas, absent
) -> None:
    atlas = changed_atlas(simulated_atlas, tmp_path / "atlas", {})
    del atlas.manifest["layers"][absent]
    write_json(atlas.path / "atlas.json", atlas.manifest)
    vectors = simulated_run.embed(Atlas(atlas.path))
    assert vectors.index.tolist() == simulated_atlas.region_ids.tolist()
    assert np.isfinite(vectors.to_numpy()).all()
    whole = simulated_run.embeddings
    agreement = np.corrcoef(pdist(vectors), pdist(whole))[0, 1]
    assert 0.3 < agreement < 0.9999
