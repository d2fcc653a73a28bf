from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import r2_score

from placeprint.evaluation.reporting.scatter import Scatter


def inked(drawn: Scatter) -> np.ndarray:
    data = base64.b64decode(drawn.image.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[..., 3]


@pytest.mark.parametrize("n", [1, 50, 20_000])
def test_each_dot_lies_at_its_values(n: int) -> None:
    rng = np.random.default_rng(n)
    truth = rng.uniform(0, 1, n)
    predicted = np.clip(truth + rng.normal(0, 0.1, n), 0, 1)
    drawn = Scatter.draw(truth, predicted)
    alpha = inked(drawn)
    side = len(alpha)
    low, high = (drawn.ticks[0], drawn.ticks[-1])
    unit = (high.at - low.at) / (float(high.text) - float(low.text)) if n > 1 else 1.0
    for x, y in zip(truth[:200], predicted[:200]):
        right, up = (low.at + unit * (value - float(low.text)) for value in (x, y))
        if n > 1 and 0.02 < right < 0.98 and 0.02 < up < 0.98:
            column, row = (3 + round(share * (side - 7)) for share in (right, 1 - up))
            assert alpha[row - 1 : row + 2, column - 1 : column + 2].any()
    assert alpha.any()


def test_a_place_where_many_lie_is_the_darkest() -> None:
    rng = np.random.default_rng(0)
    truth = np.append(rng.uniform(0, 1, 500), np.full(500, 0.25))
    alpha = inked(Scatter.draw(truth, truth))
    row, column = np.unravel_index(alpha.argmax(), alpha.shape)
    assert alpha.max() == 255
    assert 0.2 < column / len(alpha) < 0.3
    assert 0.7 < row / len(alpha) < 0.8


def test_r2_is_scikit_learns_and_undefined_without_variance() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=60)
    predicted = truth + rng.normal(size=60)
    assert Scatter.draw(truth, predicted).r2 == pytest.approx(r2_score(truth, predicted))
    assert np.isnan(Scatter.draw(np.ones(5), rng.normal(size=5)).r2)


def test_values_far_out_are_counted_and_do_not_squeeze_the_rest() -> None:
    truth = np.linspace(0, 1, 1000)
    predicted = truth.copy()
    predicted[:2] = 1e6
    drawn = Scatter.draw(truth, predicted)
    assert drawn.beyond == 2
    assert float(drawn.ticks[-1].text) <= 1.1
