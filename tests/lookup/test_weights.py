"""What regions count, by whatever name."""

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.lookup.opening import open_embeddings
from placeprint.lookup.weights import region_weights
from placeprint.regions import Regions


@pytest.fixture(scope="module")
def opened(simulated_run):
    return open_embeddings(simulated_run)


def test_names_of_an_atlas(opened, simulated) -> None:
    atlas = opened.run.atlas
    ids = atlas.region_ids
    people = region_weights("POP", opened, ids)
    expected = atlas.labels("POP")["value"].reindex(ids)
    np.testing.assert_array_equal(people, expected)
    counted = pd.read_parquet(simulated / "demographics.parquet").set_index("region_id")
    total = counted.sum(axis=1).reindex(ids)
    np.testing.assert_allclose(region_weights("demographics", opened, ids), total, rtol=1e-5)
    assert np.isnan(region_weights("demographics", opened, ids)).sum() == 13


def test_tables_and_series(opened, vectors, board, tmp_path) -> None:
    known = open_embeddings(vectors, board)
    table = pd.DataFrame({"people": range(20), "jobs": 2.0}, index=board.ids)
    table.to_csv(tmp_path / "two.csv")
    table[["people"]].to_csv(tmp_path / "one.csv")
    for name in ("one.csv", "two.csv:people"):
        found = region_weights(str(tmp_path / name), known, board.ids)
        assert found.tolist() == [*range(20)]
    some = region_weights(table["jobs"].iloc[::-2], known, board.ids)
    assert some.tolist() == pytest.approx([np.nan, 2.0] * 10, nan_ok=True)
    with pytest.raises(InputError, match=r"found people, jobs.*two.csv:COLUMN"):
        region_weights(str(tmp_path / "two.csv"), known, board.ids)
    with pytest.raises(InputError, match="no column 'x'"):
        region_weights(str(tmp_path / "two.csv:x"), known, board.ids)
    with pytest.raises(InputError, match="only a run has an atlas"):
        region_weights("population", known, board.ids)


def test_weights_that_are_none(opened, vectors, board) -> None:
    with pytest.raises(InputError, match=r"no weights 'population'.*POP"):
        region_weights("population", opened, opened.run.atlas.region_ids)
    known = open_embeddings(vectors, board)
    with pytest.raises(InputError, match="no region has a weight: its ids \\(x\\)"):
        region_weights(pd.Series({"x": 1.0}), known, board.ids)
    for wrong in (-1.0, np.inf):
        with pytest.raises(InputError, match=f"the weight of 'r01' is {wrong:g}, expected"):
            region_weights(pd.Series({"r00": 1.0, "r01": wrong}), known, board.ids)
    with pytest.raises(InputError, match="weights: regions occur more than once: r01"):
        region_weights(pd.Series([1.0, 2.0], index=["r01", "r01"]), known, board.ids)
    with pytest.raises(InputError, match=r"weights are no numbers .*'many'"):
        region_weights(pd.Series({"r00": "many"}), known, board.ids)


def test_ids_that_lost_their_zeros_do_not_drop_out(vectors, board) -> None:
    """Of 01001 a reader of numbers makes 1001, and 36061 it leaves as it is."""
    ids = pd.Index([f"{number:02d}" for number in range(5, 5 + len(vectors))], dtype=object)
    opened = open_embeddings(vectors.set_axis(ids), Regions(board.geometry[:18].set_axis(ids)))
    with pytest.raises(InputError, match=r"5 of its ids .* leading zeros, such as '5' for '05'"):
        region_weights(pd.Series(1.0, index=ids.astype(int)), opened, ids)


def test_counted_columns(simulated_atlas, simulated_run, monkeypatch) -> None:
    table = np.log1p(pd.DataFrame({"cafe": [3.0, 0.0]}, index=simulated_atlas.region_ids[:2]))
    run = simulated_run
    layer = {"request": {"settings": {"encoder": "counts"}}}
    monkeypatch.setattr(type(run.atlas), "label_names", [])
    monkeypatch.setattr(type(run.atlas), "feature_names", ["pois"])
    monkeypatch.setattr(type(run.atlas), "features", lambda self, name: table)
    monkeypatch.setattr(type(run.atlas), "layer", lambda self, key: layer)
    found = region_weights("pois/cafe", open_embeddings(run), simulated_atlas.region_ids)
    np.testing.assert_allclose(found[:2], [3.0, 0.0], atol=1e-6)
    with pytest.raises(InputError, match="did you mean 'pois/cafe'"):
        region_weights("pois/caffe", open_embeddings(run), simulated_atlas.region_ids)
