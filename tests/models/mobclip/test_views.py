"""What a configuration asks of an atlas, and what it is told where that is not there."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
import torch

from placeprint.atlas import Atlas
from placeprint.errors import InputError
from placeprint.files import read_json, write_json, write_table
from placeprint.mobility import MobilityGraph, symmetric_normalised, top_share
from placeprint.models import MobCLIPConfig, read_config
from placeprint.models.mobclip.estimate import Rates, estimate
from placeprint.models.mobclip.views import read_views


def test_rows_say_who_has_what(simulated_atlas) -> None:
    views = read_views(simulated_atlas, MobCLIPConfig())
    assert views.names == ["mobility", "demographics", "image", "poi"]
    assert len(views) == len(simulated_atlas.region_ids)
    people = simulated_atlas.features("demographics")
    assert 0 < len(people) < len(views)
    for position, region in enumerate(views.region_ids):
        row = int(views.rows["demographics"][position])
        if region in people.index:
            assert people.index[row] == region
        else:
            assert row == -1


def test_the_backbone_is_the_sampled_graph(simulated_atlas) -> None:
    config = MobCLIPConfig()
    views = read_views(simulated_atlas, config)
    graph = MobilityGraph.from_edges(simulated_atlas.graph("mobility"), views.region_ids)
    expected = symmetric_normalised(top_share(graph, config.graph.share)).toarray()
    np.testing.assert_allclose(views.adjacency.to_scipy().toarray(), expected, rtol=1e-6)
    assert views.graph.n_edges == graph.n_edges
    assert torch.equal(views.rows["mobility"], torch.arange(len(views)))


def test_random_links_are_drawn_from_the_seed(simulated_atlas) -> None:
    def adjacency(seed):
        settings = ["graph.sampling=random", f"seed={seed}"]
        config = read_config(MobCLIPConfig, settings=settings)
        return read_views(simulated_atlas, config).adjacency.to_scipy().toarray()

    assert np.array_equal(adjacency(0), adjacency(0))
    assert not np.array_equal(adjacency(0), adjacency(1))


def test_a_region_without_links_lacks_the_graph(simulated_atlas, changed_atlas, tmp_path) -> None:
    lonely = simulated_atlas.region_ids[5]
    atlas = changed_atlas(
        simulated_atlas,
        tmp_path / "atlas",
        {"graphs/mobility": lambda e: e[(e["source"] != lonely) & (e["target"] != lonely)]},
    )
    rows = read_views(atlas, MobCLIPConfig()).rows["mobility"]
    assert rows[5] == -1
    assert (rows >= 0).sum() == len(rows) - 1


@pytest.fixture
def weekly(simulated_atlas, tmp_path) -> Atlas:
    """Three weeks of mobility: every edge in the first, some in the others."""
    folder = tmp_path / "weekly"
    shutil.copytree(simulated_atlas.path, folder)
    edges = pd.read_parquet(folder / "graphs" / "mobility.parquet")
    weeks = [edges, edges[::2], edges[::3]]
    names = ["2024-01-01", "2024-01-08", "2024-01-15"]
    dated = [week.assign(time=name) for week, name in zip(weeks, names, strict=True)]
    write_table(folder / "graphs" / "mobility.parquet", pd.concat(dated, ignore_index=True))
    manifest = read_json(folder / "atlas.json")
    manifest["layers"]["graphs/mobility"] |= {"times": names, "rows": sum(map(len, weeks))}
    write_json(folder / "atlas.json", manifest)
    return Atlas(folder)


@pytest.mark.parametrize(
    ("time", "weeks"),
    [("null", (1, 1, 1)), ("2024-01-08", (0, 1, 0)), ("[2024-01-01, 2024-01-15]", (1, 0, 1))],
)
def test_the_window_is_a_choice(weekly, time, weeks) -> None:
    config = read_config(MobCLIPConfig, settings=[f"graph.time={time}"])
    graph = read_views(weekly, config).graph
    chosen = [weekly.graph("mobility", name) for name in weekly.graph_times("mobility")]
    parts = [edges for edges, taken in zip(chosen, weeks, strict=True) if taken]
    expected = MobilityGraph.from_edges(pd.concat(parts), weekly.region_ids)
    assert graph.n_edges == expected.n_edges
    np.testing.assert_allclose(
        graph.strength / graph.strength.sum(), expected.strength / expected.strength.sum()
    )


def test_the_estimate_counts_a_pair_of_many_weeks_once(weekly) -> None:
    rates = Rates(multiplications=1e11, bytes=1e10)
    once = weekly.graph("mobility", "2024-01-01")
    found = estimate(weekly, MobCLIPConfig(), rates)
    assert found.links == pytest.approx(len(once) / 2, rel=0.05)


def test_a_week_that_is_not_there_is_refused(weekly) -> None:
    config = read_config(MobCLIPConfig, settings=["graph.time=2024-02-05"])
    with pytest.raises(InputError, match="'mobility' has no snapshot '2024-02-05'"):
        estimate(weekly, config)


def test_no_graph(simulated_atlas) -> None:
    config = MobCLIPConfig(graph=None, anchor="demographics", modalities=["demographics", "poi"])
    views = read_views(simulated_atlas, config)
    assert views.names == ["demographics", "poi"]
    assert views.graph is views.adjacency is views.flows is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["modalities=[poy]"], "no modality 'poy'.*did you mean 'poi'"),
        (["anchor=mobilty"], "anchor 'mobilty' is none of the views mobility, .*'mobility'"),
        (["modalities=[poi]", "anchor=image"], "anchor 'image' is none of the views mobility, poi"),
        (
            ["graph.name=neighborhood"],
            "no graph 'neighborhood'.*graph.name=neighbourhood --set anchor=neighbourhood",
        ),
        (["graph=null"], "anchor 'mobility' is none of the views demographics, image, poi"),
        (["graph=null", "anchor=poi", "modalities=[poi]"], "only poi takes part.*two views"),
        (["modalities=[]"], "only mobility takes part, alignment needs two views"),
    ],
)
def test_errors_name_what_is_missing_and_the_remedy(simulated_atlas, settings, message) -> None:
    config = read_config(MobCLIPConfig, settings=settings)
    with pytest.raises(InputError, match=message):
        read_views(simulated_atlas, config)


def test_features_other_than_those_of_training_are_refused(
    simulated_atlas, changed_atlas, tmp_path
) -> None:
    columns = {"poi": [*map(str, simulated_atlas.features("poi").columns)]}
    atlas = changed_atlas(
        simulated_atlas, tmp_path / "atlas", {"features/poi": lambda table: table.iloc[:, 2:]}
    )
    message = "features of 'poi' that the model was trained with are missing: .*same recipe"
    with pytest.raises(InputError, match=message):
        read_views(atlas, MobCLIPConfig(), columns)


def test_known_features_come_in_the_order_of_training(
    simulated_atlas, changed_atlas, tmp_path
) -> None:
    table = simulated_atlas.features("poi")
    columns = {"poi": [*map(str, table.columns)]}
    atlas = changed_atlas(
        simulated_atlas,
        tmp_path / "atlas",
        {"features/poi": lambda table: table.iloc[:, ::-1].assign(more=1.0)},
    )
    views = read_views(atlas, MobCLIPConfig(), columns)
    np.testing.assert_array_equal(views.features["poi"].to_numpy(), table.to_numpy())


def test_a_category_that_was_never_counted_is_zero(
    simulated_atlas, changed_atlas, tmp_path
) -> None:
    atlas = changed_atlas(simulated_atlas, tmp_path / "atlas", {})
    atlas.manifest["layers"]["features/poi"]["request"]["settings"]["encoder"] = "counts"
    known = [*map(str, atlas.features("poi").columns[:2]), "opera house"]
    views = read_views(atlas, MobCLIPConfig(), {"poi": known})
    assert views.features["poi"].columns.tolist() == known
    assert (views.features["poi"]["opera house"] == 0).all()
