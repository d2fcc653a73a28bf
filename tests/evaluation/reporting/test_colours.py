from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from placeprint.evaluation.reporting.colours import Scale, principal_colours


def test_shares_are_those_of_pca() -> None:
    rng = np.random.default_rng(0)
    vectors = pd.DataFrame(rng.normal(size=(200, 6)) * [5, 3, 2, 1, 1, 1])
    _, shares = principal_colours(vectors)
    assert shares == pytest.approx(PCA(3).fit(vectors).explained_variance_ratio_)


def test_colours_do_not_depend_on_the_order_of_rows_or_on_scale() -> None:
    rng = np.random.default_rng(1)
    vectors = pd.DataFrame(rng.normal(size=(100, 5)) * [5, 3, 2, 1, 1])
    colours, _ = principal_colours(vectors)
    order = rng.permutation(100)
    shuffled, _ = principal_colours(vectors.iloc[order])
    scaled, _ = principal_colours(vectors * 1000 + 7)
    assert np.abs(shuffled.astype(int) - colours[order]).max() <= 1
    assert np.abs(scaled.astype(int) - colours).max() <= 1


def test_the_first_component_is_lightness() -> None:
    rng = np.random.default_rng(2)
    vectors = pd.DataFrame(rng.normal(size=(300, 3)) * [9, 3, 1])
    colours, _ = principal_colours(vectors)
    light = colours @ np.array([0.2126, 0.7152, 0.0722])
    first = PCA(1).fit_transform(vectors)[:, 0]
    assert abs(np.corrcoef(light, first)[0, 1]) > 0.9


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_vectors_that_are_all_alike_are_all_grey(rows: int) -> None:
    colours, shares = principal_colours(pd.DataFrame(np.full((rows, 4), 3.0)))
    assert np.ptp(colours.astype(int), axis=1).max() <= 1
    assert shares.tolist() == [0, 0, 0]


def test_a_scale_takes_its_ends_beyond_them() -> None:
    scale = Scale(0.0, 1.0, "viridis")
    ends = scale.colours(np.array([-5.0, 0.0, 1.0, 9.0])).tolist()
    assert ends[0] == ends[1]
    assert ends[2] == ends[3]
    assert ["#" + bytes(end).hex() for end in (ends[0], ends[3])] == [
        scale.stops[0],
        scale.stops[-1],
    ]


def test_errors_are_centred_on_zero_whatever_is_missing() -> None:
    scale = Scale.of_errors(np.array([-1.0, 2.0, np.nan, 3.0]))
    assert scale.low == -scale.high
    assert scale.ticks[1] == "0"


def test_a_constant_has_a_colour() -> None:
    scale = Scale.of_values(np.full(4, 2.0))
    assert np.ptp(scale.colours(np.full(4, 2.0)), axis=0).max() == 0


def test_an_error_of_nothing_is_drawn_as_the_middle_of_the_scale() -> None:
    scale = Scale.of_errors(np.array([-1.0, 2.0, 3.0]))
    assert "#" + bytes(scale.colours(np.zeros(1))[0]).hex() == scale.stops[4]
