from __future__ import annotations

from placeprint.serving.modalities import modalities_present


def test_every_view_is_looked_up_in_its_layer(simulated_run) -> None:
    atlas, found = simulated_run.atlas, modalities_present(simulated_run)
    assert list(found) == simulated_run.manifest["views"]
    assert found.index.equals(atlas.region_ids)
    assert not found["demographics"].all()
    for name in ("demographics", "poi"):
        assert set(found.index[found[name]]) == set(atlas.features(name).index)
    edges = atlas.graph("mobility")
    assert set(found.index[found["mobility"]]) == set(edges["source"]) | set(edges["target"])


def test_a_kind_of_entities_is_there_where_one_lies(simulated_run, monkeypatch) -> None:
    monkeypatch.setitem(simulated_run.manifest, "views", ["poi"])
    monkeypatch.setattr(type(simulated_run.atlas), "feature_names", [])
    found = modalities_present(simulated_run)["poi"]
    assert set(found.index[found]) == set(simulated_run.atlas.entities("poi")["region_id"].dropna())
