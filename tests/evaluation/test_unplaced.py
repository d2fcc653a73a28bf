"""Regions of which only the centres, or only the ids, are known."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.errors import DataWarning, InputError
from placeprint.evaluation import Evaluation, Places, block_groups, evaluate, report
from placeprint.models import Run

TASKS = ["POP", "EDU"]
Make = Callable[..., Run]


@pytest.fixture(scope="session")
def of_ids(unplaced: Make) -> Run:
    """Nobody knows where its regions are, but which units they are in; evaluated."""
    run = unplaced("ids")
    with pytest.warns(DataWarning, match="ids and no coordinates: areas .* as whole units"):
        evaluate(run, TASKS, seeds=1)
    return run


@pytest.fixture(scope="session")
def of_centres(unplaced: Make) -> Run:
    run = unplaced("centres")
    with pytest.warns(DataWarning, match="centres and no outlines"):
        evaluate(run, TASKS, seeds=1)
    return run


def test_units_stand_in_for_areas(of_ids) -> None:
    scores = Evaluation(of_ids.path).scores
    assert set(scores["split"]) == {"random", "block"}
    assert set(scores["model"]) == {"placeprint", "anchor", "raw", "pca", "line", "raw+flows"}
    assert np.isfinite(scores["value"]).all()


def test_without_units_the_default_is_random_places_alone(unplaced) -> None:
    run = unplaced("ids", units=False)
    asked = {"models": ["placeprint"], "seeds": 1}
    with pytest.warns(DataWarning, match="random places alone"):
        scores = evaluate(run, TASKS[:1], **asked)
    assert scores["split"].unique().tolist() == ["random"]
    assert "random places alone" in Evaluation(run.path).left_out
    with pytest.warns(DataWarning):
        folds = evaluate(run, TASKS[:1], splits=["folds"], **asked)
    assert set(folds["split"]) == {"folds", "random"}  # what was there is kept
    for split in ("block", "region"):
        with pytest.raises(InputError, match=f"no splits '{split}'.*ids and no coordinates"):
            evaluate(run, TASKS[:1], splits=["random", split, "folds"], **asked)


@pytest.mark.parametrize(
    "asked",
    [{"models": ["coordinates"]}, {"models": ["raw", "spatial_prior"]}, {"buffer_km": 5.0}],
)
def test_what_needs_to_know_where_regions_are_is_refused(asked, of_ids, tmp_path) -> None:
    with pytest.raises(InputError, match="ids and no coordinates"):
        evaluate(of_ids, TASKS, seeds=1, out=tmp_path / "new", **asked)
    assert not (tmp_path / "new").exists()


def test_areas_are_no_weights_without_outlines(of_centres) -> None:
    with pytest.raises(InputError, match="weights 'area' are not known"):
        evaluate(of_centres, TASKS, weights="area")


def test_centres_are_enough_for_blocks_and_position(of_centres) -> None:
    scores = Evaluation(of_centres.path).scores
    assert {"coordinates", "spherical_harmonics", "spatial_prior"} <= set(scores["model"])
    assert not {"tag_counts", "hex2vec"} & set(scores["model"])
    assert set(scores["split"]) == {"random", "block"}


def test_the_report_says_what_is_not_known(of_ids, of_centres, tmp_path) -> None:
    page = report(of_ids, tmp_path / "ids.html").read_text(encoding="utf-8")
    assert "No map: the regions have ids and no coordinates" in page
    assert "<img" not in page
    assert "The regions have ids and no coordinates: areas" in page
    page = report(of_centres, tmp_path / "centres.html").read_text(encoding="utf-8")
    assert page.count("<img") > 1
    assert "centres and no outlines" in page


def test_the_report_calls_things_what_people_call_them(of_centres, tmp_path) -> None:
    page = report(of_centres, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "People &amp; all" in page
    assert "Shops &lt;etc&gt;" in page
    assert "2 of its values are -99." in page
    stored = Evaluation(of_centres.path)
    assert [task.title for task in stored.tasks] == ["EDU", "People & all"]
    assert set(stored.scores["task"]) == {"POP", "EDU"}
    assert "title" not in stored.manifest["tasks"]["EDU"]


def test_the_map_of_the_report_is_the_same_from_any_order(of_ids, tmp_path) -> None:
    shutil.copytree(of_ids.path, tmp_path / "run")
    one = report(of_ids, tmp_path / "a.html").read_bytes()
    assert report(tmp_path / "run", tmp_path / "b.html").read_bytes() == one


@given(st.lists(st.integers(0, 60), min_size=2, max_size=80))
def test_units_without_coordinates_are_blocks_where_they_join_regions(units) -> None:
    ids = pd.Index([f"r{i:02d}" for i in range(len(units))], name="region_id")
    level = pd.Series([f"u{unit}" for unit in units], index=ids)
    places = Places.from_ids(ids, {"level": level})
    if 2 <= level.nunique() <= len(ids) / 2 or level.nunique() >= 5:
        assert places.blocks.tolist() == level.tolist()
    else:
        assert not places.has_blocks
    assert places.centroids is None


def test_the_coarsest_level_of_many_units_is_the_blocks() -> None:
    n = 300
    levels = {
        "half": pd.Series(np.arange(n) // 150),
        "pair": pd.Series(np.arange(n) // 2),
        "triple": pd.Series(np.arange(n) // 3),
    }
    nowhere = np.full(n, np.nan)
    triples = levels.pop("triple")
    assert len(set(block_groups(nowhere, nowhere, levels))) == 150
    assert len(set(block_groups(nowhere, nowhere, levels | {"triple": triples}))) == 100
    assert set(block_groups(nowhere, nowhere, {"half": levels["half"]})) == {"0", "1"}
    assert set(block_groups(nowhere, nowhere, {"all": pd.Series(np.zeros(n))})) == {""}
