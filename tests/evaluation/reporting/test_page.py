from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pytest

from placeprint.atlas import Atlas
from placeprint.errors import InputError, OutputExistsError
from placeprint.evaluation.reporting import report
from placeprint.models.run import Run

ScoresOf: TypeAlias = Callable[..., pd.DataFrame]


class Page(HTMLParser):
    """The elements of a page and what it would load."""

    void = frozenset({"meta", "img", "line", "circle", "polyline", "wbr", "link"})

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
def good(run: Run, tmp_path_factory: pytest.TempPathFactory, scores_of: ScoresOf) -> str:
    out = report(run, tmp_path_factory.mktemp("page") / "report.html", scores=scores_of(0.5, 0.4))
    return out.read_text(encoding="utf-8")


def test_it_opens_without_a_network_or_a_script(good: str) -> None:
    page = Page(good)
    assert page.open == []
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert all(load.startswith(("data:image/png;base64,", "#")) for load in page.loads)
    assert "http:" not in good
    assert "https:" not in good
    assert "@import" not in good
    assert "url(" not in good
    assert "default-src 'none'" in good


def test_names_are_escaped_everywhere(good: str, nasty: str) -> None:
    page = Page(good)
    assert page.handlers == []
    assert len(page.images) == 4
    assert "<b>" not in re.findall(r"<h1>(.*?)</h1>", good)[0]
    assert nasty in page.text.replace("\n", "")


def test_images_have_words_and_tables_have_captions(good: str) -> None:
    page = Page(good)
    assert all(len(image["alt"] or "") > 20 for image in page.images)
    assert page.tags.count("table") == page.tags.count("caption")
    assert page.tags.count("h1") == 1
    assert set(re.findall(r'href="#([^"]+)"', good)) <= set(re.findall(r'id="([^"]+)"', good))


def test_two_reports_of_a_run_are_the_same_bytes(
    run: Run, tmp_path: Path, scores_of: ScoresOf
) -> None:
    scores = scores_of(0.5, 0.4)
    first = report(run, tmp_path / "a.html", scores=scores)
    second = report(
        Run(run.path), tmp_path / "b.html", scores=scores.sample(frac=1, random_state=0)
    )
    assert first.read_bytes() == second.read_bytes()


def test_it_shows_what_went_in(good: str) -> None:
    text = Page(good).text
    for expected in ("weight is zero", "no value", "75 %", "38 of 40 regions (95 %)", "ab" * 32):
        assert expected in text


def test_tasks_that_leak_are_flagged(good: str) -> None:
    row = next(part for part in good.split("<tr") if part.startswith(' class="leaks"'))
    assert "told" in row
    assert "⚑" in row
    assert "derived from poi" in row
    assert good.count('<tr class="leaks"') == 1


def test_it_warns_if_a_baseline_wins(
    run: Run, tmp_path: Path, good: str, scores_of: ScoresOf
) -> None:
    worse = report(run, tmp_path / "w.html", scores=scores_of(0.3, 0.4)).read_text()
    assert 'class="warning"' in worse
    assert "A baseline beats the embedding: with whole areas held out" in worse
    assert 'class="warning"' not in good


def test_scores_are_read_from_the_run(
    atlas: Atlas, tmp_path: Path, scores_of: ScoresOf, write_run: Callable[[Path, Atlas], Run]
) -> None:
    own = write_run(tmp_path / "run", atlas)
    with pytest.raises(InputError, match=r"placeprint evaluate RUN"):
        report(own, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()
    scores_of(0.5, 0.4).to_parquet(own.path / "scores.parquet", index=False)
    assert "0.50" in report(own, tmp_path / "r.html").read_text()


def test_nothing_is_overwritten_unasked(run: Run, tmp_path: Path, scores_of: ScoresOf) -> None:
    out = tmp_path / "r.html"
    out.write_text("mine")
    with pytest.raises(OutputExistsError, match="--overwrite"):
        report(run, out, scores=scores_of(0.5, 0.4))
    assert out.read_text() == "mine"
    report(run, out, scores=scores_of(0.5, 0.4), overwrite=True)
    assert out.read_text().startswith("<!doctype html>")


def test_scores_of_other_tasks_or_models_are_refused(
    run: Run, tmp_path: Path, scores_of: ScoresOf
) -> None:
    scores = scores_of(0.5, 0.4)
    with pytest.raises(InputError, match=r"'incom'.*did you mean 'income'"):
        report(run, tmp_path / "r.html", scores=scores.replace({"task": {"income": "incom"}}))
    with pytest.raises(InputError, match="no R² of the model 'placeprint', found models: raw"):
        report(run, tmp_path / "r.html", scores=scores[scores["model"] == "raw"])
    with pytest.raises(InputError, match="no column coverage"):
        report(run, tmp_path / "r.html", scores=scores.drop(columns="coverage"))


def test_all_tasks_leaking_leaves_no_mean_and_no_prediction(
    run: Run, tmp_path: Path, scores_of: ScoresOf
) -> None:
    scores = scores_of(0.5, 0.4)
    only = scores[scores["task"] == "told"]
    text = report(run, tmp_path / "r.html", scores=only).read_text()
    assert "no score here says what the embedding is worth" in text
    assert "no prediction can be drawn" in text
    assert "<tfoot>" not in text
