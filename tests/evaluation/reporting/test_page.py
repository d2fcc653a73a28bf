from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from filecmp import cmp
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pytest

from placeprint.errors import InputError, OutputExistsError
from placeprint.evaluation import Evaluation, report
from placeprint.models.run import Run

ScoresOf: TypeAlias = Callable[..., pd.DataFrame]
Evaluated: TypeAlias = Callable[[pd.DataFrame], Run]


class Page(HTMLParser):
    """The elements of a page and what it would load."""

    void = frozenset({"meta", "img", "line", "circle", "polyline", "wbr", "link", "image"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.handlers: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [str(value) for name, value in attrs if name in ("src", "href", "srcset")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def good(
    tmp_path_factory: pytest.TempPathFactory, scores_of: ScoresOf, evaluated: Evaluated
) -> str:
    """The page of a run."""
    out = tmp_path_factory.mktemp("page") / "report.html"
    return report(evaluated(scores_of(0.5, 0.4)), out).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, evaluation: Evaluation) -> str:
    """The page of an evaluation without a run."""
    out = tmp_path_factory.mktemp("page") / "report.html"
    return report(evaluation, out).read_text(encoding="utf-8")


@pytest.fixture(params=["good", "plain"])
def page(request: pytest.FixtureRequest) -> str:
    text: str = request.getfixturevalue(request.param)
    return text


def test_it_opens_without_a_network_or_a_script(page: str) -> None:
    found = Page(page)
    assert found.open == []
    assert "script" not in found.tags
    assert "link" not in found.tags
    assert all(load.startswith(("data:image/png;base64,", "#")) for load in found.loads)
    assert "http:" not in page
    assert "https:" not in page
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_names_are_escaped_everywhere(page: str, nasty: str) -> None:
    """Of tasks, models, classes, units and sources; unescaped it would be an image of its own."""
    found = Page(page)
    assert found.handlers == []
    assert all(str(image["src"]).startswith("data:") for image in found.images)
    assert "<b>" not in re.findall(r"<h1>(.*?)</h1>", page)[0]
    assert nasty not in page
    assert nasty in found.text.replace("\n", "")


def test_images_have_words_and_tables_have_captions(page: str) -> None:
    found = Page(page)
    assert all(len(image["alt"] or "") > 20 for image in found.images)
    assert found.tags.count("table") == found.tags.count("caption")
    assert found.tags.count("h1") == 1
    assert page.count('role="img" aria-label') == page.count("<svg") > 0
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_a_run_has_the_sections_that_an_evaluation_lacks(good: str, plain: str) -> None:
    sections = [re.findall(r'<section id="([^"]+)"', text) for text in (good, plain)]
    shared = ["leaderboard", "comparison", "scores", "predictions", "tasks", "provenance"]
    assert sections[0] == ["short", "inputs", "training", "embedding", *shared]
    classes = [*shared[:3], "classes", *shared[3:]]
    assert sections[1] == ["short", *classes]


def test_two_reports_are_the_same_bytes(
    tmp_path: Path, scores_of: ScoresOf, evaluated: Evaluated, evaluation: Evaluation
) -> None:
    scores = scores_of(0.5, 0.4)
    one, other = evaluated(scores), evaluated(scores.sample(frac=1, random_state=0))
    # The path to the atlas is kept in the run, and does not show.
    pages = [report(run, tmp_path / f"{i}.html") for i, run in enumerate((one, other.path))]
    assert cmp(pages[0], pages[1], shallow=False)
    copy = shutil.copytree(evaluation.path, tmp_path / "elsewhere")
    pages = [report(evaluation, tmp_path / "a.html"), report(copy, tmp_path / "b.html")]
    assert cmp(pages[0], pages[1], shallow=False)


def test_it_shows_what_went_in(good: str) -> None:
    text = Page(good).text
    for expected in ("weight is zero", "no value", "75 %", "38 of 40 regions (95 %)", "ab" * 32):
        assert expected in text


def test_tasks_that_leak_are_flagged(page: str) -> None:
    row = next(part for part in page.split("<tr") if part.startswith(' class="leaks"'))
    assert "told" in row
    assert "⚑" in row
    assert "derived from poi" in row
    assert page.count('<tr class="leaks"') == 1
    assert "1 that leaks is left out" in page


def test_every_baseline_stands_beside_the_embedding(plain: str, evaluation: Evaluation) -> None:
    board = plain.split('<section id="leaderboard"')[1].split("</section>")[0]
    assert evaluation.scores["model"].nunique() == 4
    for name in ("coordinates", "spatial prior", "spherical harmonics"):
        assert f">{name}<span" in board
    # One board for the numbers, read by a ridge, and one for the classes.
    assert board.count('<span class="note">baseline</span>') == 6


def test_what_is_not_covered_is_said(plain: str) -> None:
    text = " ".join(Page(plain).text.split())
    assert "90 % of the labelled places have a vector" in text
    assert "over 65 places; 7 have no vector" in text


def test_classes_have_a_matrix_and_numbers_a_scatter(plain: str) -> None:
    assert plain.count('<table class="matrix"') == 2
    assert plain.count('<svg class="scatter"') == 4
    # Of two regressions the truth and two maps of errors, of a classification two.
    assert len(Page(plain).images) == 2 * 3 + 2
    assert "R² is the share" in plain
    assert "Macro F1 is the mean" in plain


def test_it_warns_if_a_baseline_wins(
    tmp_path: Path, good: str, scores_of: ScoresOf, evaluated: Evaluated
) -> None:
    worse = report(evaluated(scores_of(0.3, 0.4)), tmp_path / "w.html").read_text()
    assert "A baseline beats the embedding: with whole areas held out" in worse
    assert '<p class="warning">With whole areas held out, placeprint is behind raw on 3' in worse
    assert 'class="warning"' not in good


def test_figures_left_out_are_counted(
    tmp_path: Path, evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placeprint.evaluation.reporting.page.SHOWN", 1)
    text = report(evaluation, tmp_path / "r.html").read_text()
    assert "2 more are not drawn" in text
    assert text.count('<article class="task">') == 1


def test_an_evaluation_that_was_stopped_has_no_figures(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    copy = shutil.copytree(evaluation.path, tmp_path / "stopped")
    (copy / "predictions.parquet").unlink()
    text = report(copy, tmp_path / "r.html").read_text()
    assert "the evaluation was stopped before" in text
    assert "Leaderboard" in text


def test_scores_are_needed(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"placeprint evaluate"):
        report(run, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_nothing_is_overwritten_unasked(evaluation: Evaluation, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    out.write_text("mine")
    with pytest.raises(OutputExistsError, match="--overwrite"):
        report(evaluation, out)
    assert out.read_text() == "mine"
    report(evaluation, out, overwrite=True)
    assert out.read_text().startswith("<!doctype html>")


def test_all_tasks_leaking_leaves_no_mean_and_no_prediction(
    tmp_path: Path, scores_of: ScoresOf, evaluated: Evaluated
) -> None:
    scores = scores_of(0.5, 0.4)
    run = evaluated(scores[scores["task"] == "told"])
    text = report(run, tmp_path / "r.html").read_text()
    assert "no score here says what the embedding is worth" in text
    assert "none can be drawn" in text
    assert "<tfoot>" not in text
    assert 'id="leaderboard"' not in text
    assert 'id="comparison"' not in text


def test_hundreds_of_tasks_are_listed_in_a_box_that_scrolls(
    tmp_path: Path, scores_of: ScoresOf, evaluation: Evaluation
) -> None:
    scores = evaluation.scores
    one = scores[scores["task"] == "noise"]
    many = pd.concat([scores, *(one.assign(task=f"noise {i}") for i in range(200))])
    copy = shutil.copytree(evaluation.path, tmp_path / "many")
    many.to_parquet(copy / "scores.parquet", index=False)
    manifest = (copy / "evaluation.json").read_text()
    tasks = json.loads(manifest)
    tasks["tasks"] |= {f"noise {i}": tasks["tasks"]["noise"] for i in range(200)}
    (copy / "evaluation.json").write_text(json.dumps(tasks))
    text = report(copy, tmp_path / "r.html").read_text()
    assert text.count('class="scroll tall"') == 4
    assert len(text) < 3_000_000
