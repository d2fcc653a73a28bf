from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.evaluation import Task
from placeprint.serving.labels import RegionValues
from placeprint.serving.map.themes import (
    cluster_theme,
    coverage_theme,
    embedding_theme,
    value_theme,
)

IDS = pd.Index([f"r{i:02d}" for i in range(20)], name="region_id")


@pytest.fixture
def vectors() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.eye(4) * 5, [9, 6, 3, 1], axis=0)
    return pd.DataFrame(groups + 0.1 * rng.standard_normal((19, 4)), index=IDS[:19])


def labelled(values, **more) -> RegionValues:
    kind = more.pop("kind", "regression")
    transform = more.pop("transform", "none")
    table = pd.DataFrame({"value": values}, index=IDS[: len(values)])
    task = Task(
        "t", "region", "grid", table, kind=kind, transform=transform, unit="m", leaks=("poi",)
    )
    return RegionValues(task, table["value"].reindex(IDS), **more)


def test_like_vectors_have_like_colours_and_no_vector_has_none(vectors) -> None:
    theme = embedding_theme(vectors, IDS)
    assert theme.shown[19] is None
    rgb = np.array([[v >> 16, v >> 8 & 255, v & 255] for v in theme.shown[:19]])
    assert np.ptp(rgb[:9], axis=0).max() < 40
    assert np.abs(rgb[0] - rgb[12]).max() > 60
    assert "of 4 directions" in theme.note


def test_clusters_are_named_by_size_and_repeat(vectors) -> None:
    theme = cluster_theme(vectors, IDS)
    counts = np.bincount([value for value in theme.shown if value is not None])
    assert (np.diff(counts) <= 0).all()
    assert theme.shown[19] is None
    assert theme.shown == cluster_theme(vectors, IDS).shown
    assert len(set(theme.more["colours"])) == len(theme.more["classes"]) == 8


def test_clusters_of_few_places(vectors) -> None:
    few = cluster_theme(vectors.iloc[[0, 0, 1]].set_axis(IDS[:3]), IDS)
    assert few.more["classes"] == ["A", "B"]
    assert few.shown[0] == few.shown[1] == 0


def test_coverage_counts_modalities() -> None:
    present = pd.DataFrame({"poi": [True, False], "image": [True, True]}, index=IDS[:2])
    theme = coverage_theme(present)
    assert theme.shown == [2, 1]
    assert theme.more["classes"] == ["0 of 2", "1 of 2", "2 of 2"]
    assert len(set(theme.more["colours"])) == 3


def test_numbers_have_four_digits_and_missing_ones_are_none() -> None:
    theme = value_theme(labelled([123456.0, 0.000123456, np.nan, -2.0, 0.0]))
    assert theme.shown[:5] == [123500, 0.0001235, None, -2, 0]
    assert theme.shown[5] is None
    assert theme.kind == "number"
    assert theme.key == "label/t"


def test_the_scale_is_of_transformed_values() -> None:
    theme = value_theme(labelled([0.0, 9.0, 99.0], transform="log1p"))
    assert theme.more["transform"] == "log1p"
    assert 0 <= theme.more["low"] < theme.more["high"] <= np.log1p(99)
    assert theme.shown[:3] == [0, 9, 99]


def test_a_prediction_has_the_range_of_its_label() -> None:
    label = labelled([0.0, 100.0])
    theme = value_theme(labelled([40.0, 60.0], score=0.5, split="block"), label)
    assert (theme.key, theme.group) == ("prediction/t", "Predictions")
    assert theme.more["high"] == pytest.approx(98)
    assert "had seen no place near by: R² 0.50" in theme.note
    assert theme.title == "t, predicted"
    assert "derived from poi" in theme.note


def test_classes_by_how_many_there_are() -> None:
    theme = value_theme(labelled(["b", "a", "b", None], kind="classification"))
    assert theme.more["classes"] == ["b", "a"]
    assert theme.shown[:5] == [0, 1, 0, None, None]


def test_rare_classes_share_a_colour() -> None:
    names = list("aabbccddeeffgghij")
    theme = value_theme(labelled(names, kind="classification"))
    assert theme.more["classes"] == [*"abcdefg", "3 others"]
    assert theme.shown[14:17] == [7, 7, 7]
    predicted = labelled([*"aj"], kind="classification", score=0.4, split="random")
    other = value_theme(predicted, labelled(names, kind="classification"))
    assert other.shown[:3] == [0, 7, None]
    assert "macro F1 0.40" in other.note
