"""The report of a run that has vectors of buildings, trained in stages."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from placeprint.evaluation import Evaluation, report
from placeprint.evaluation.reporting.boards import boards
from placeprint.evaluation.reporting.class_scores import class_tables
from placeprint.evaluation.reporting.tables import leading, score_tables
from placeprint.models import Run


@pytest.fixture(scope="module")
def page(evaluated_city: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = report(evaluated_city, tmp_path_factory.mktemp("page") / "report.html")
    return " ".join(path.read_text("utf-8").split())


def section(page: str, name: str) -> str:
    return page.split(f'<section id="{name}"')[1].split("</section>")[0]


def test_every_stage_has_its_curves(page: str) -> None:
    training = section(page, "training")
    assert re.findall(r"<b>Stage ([^<]+)</b>", training) == ["poi", "local"]
    assert training.count("<polyline") == 4
    titles = re.findall(r'id="(curves-title-\d)"', training)
    assert len(set(titles)) == 2


def test_buildings_are_drawn_as_points_and_counted_by_class(page: str) -> None:
    predictions = section(page, "predictions")
    assert predictions.count('<table class="matrix"') == 2
    # Of the classes two maps of right and wrong, of two regressions the truth and two of errors.
    assert predictions.count('<img class="map"') == 2 + 2 * 3


def test_each_class_has_its_f1_by_model(page: str, evaluated_city: Run) -> None:
    classes = section(page, "classes")
    for name in ("house", "industrial", "school"):
        assert f'<th scope="row">{name}</th>' in classes
    assert "shape+<wbr>neighbours" in classes
    scores = Evaluation(evaluated_city.path).scores
    where = (scores["metric"] == "f1[school]") & (scores["split"] == "block")
    value = scores[where & (scores["model"] == "placeprint")]["value"].mean()
    assert f"{value:.2f}" in classes


def test_the_page_in_short_tells_buildings_from_regions(page: str) -> None:
    short = section(page, "short")
    assert "so are 390 buildings and 400 pois" in short
    assert "On one task with classes of buildings its mean macro F1 is" in short
    assert "reads one task off the vectors of buildings" in short
    assert "--model urbanmfm" in section(page, "provenance")
    assert "Left out, with fewer than 4 members: castle (2)." in section(page, "tasks")


def test_boards_and_tables_keep_them_apart(evaluated_city: Run) -> None:
    found = Evaluation(evaluated_city.path)
    board = boards(found.scores, found.tasks, ["placeprint"])
    pairs = [(each.probe, each.about, each.tasks) for each in board]
    assert pairs == [
        ("ridge", "region", ["population"]),
        ("ridge", "buildings", ["height"]),
        ("logistic", "buildings", ["function"]),
    ]
    tables = score_tables(found.scores, found.tasks, ["placeprint"])
    assert [(table.probe, table.about) for table in tables] == [pair[:2] for pair in pairs]
    assert leading(tables) == tables
    again = found.scores.assign(probe="knn")
    both = score_tables(pd.concat([found.scores, again]), found.tasks, ["placeprint"])
    assert [table.probe for table in leading(both)] == ["ridge", "ridge", "logistic"]


def test_the_places_of_a_class_are_counted_where_they_are_known(evaluated_city: Run) -> None:
    found = Evaluation(evaluated_city.path)
    (table,) = class_tables(found.scores, found.tasks, ["placeprint"], found.predictions)
    sizes = {name: places for name, places, _ in table.rows}
    labels = evaluated_city.atlas.labels("function")["value"].value_counts()
    assert sizes == {name: labels[name] for name in ("house", "industrial", "school")}
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
    assert table.models[0] == "placeprint"
    (uncounted,) = class_tables(found.scores, found.tasks, ["placeprint"])
    assert {places for _, places, _ in uncounted.rows} == {None}


def test_the_same_run_gives_the_same_bytes(evaluated_city: Run, tmp_path: Path) -> None:
    one, two = (report(evaluated_city, tmp_path / f"{i}.html").read_bytes() for i in range(2))
    assert one == two
