from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from placeprint.evaluation.reporting.matrices import Matrix, class_names


@pytest.mark.parametrize(("n", "k"), [(1, 2), (300, 3), (2000, 20), (3000, 35)])
def test_counts_and_scores_are_scikit_learns(n: int, k: int) -> None:
    rng = np.random.default_rng(k)
    truth = (k * rng.random(n) ** 2).astype(int)
    predicted = np.where(rng.random(n) < 0.6, truth, rng.integers(0, k, n))
    names = [f"c{i:02d}" for i in range(k)]
    found = Matrix.count(truth.astype(float), predicted.astype(float), names)
    shown = [names.index(name) for name in found.classes]
    table = confusion_matrix(truth, predicted, labels=range(k))
    assert found.counts == table[np.ix_(shown, shown)].tolist()
    assert found.others == np.delete(table, shown, axis=1)[shown].sum(axis=1).tolist()
    assert found.left_out == max(k - 20, 0)
    assert found.accuracy == pytest.approx(accuracy_score(truth, predicted))
    assert found.macro_f1 == pytest.approx(f1_score(truth, predicted, average="macro"))
    each = f1_score(truth, predicted, average=None, labels=range(k), zero_division=np.nan)
    assert found.f1 == pytest.approx(each[shown], nan_ok=True)


def test_the_classes_not_shown_are_the_rarest() -> None:
    truth = np.repeat(np.arange(25), np.arange(1, 26)).astype(float)
    found = Matrix.count(truth, truth, [f"c{i:02d}" for i in range(25)])
    assert found.classes == [f"c{i:02d}" for i in range(5, 25)]


def test_classes_stand_in_the_order_of_their_codes() -> None:
    assert class_names(["accuracy", "f1[b]", "macro_f1", "f1[B]", "f1[a[1]]"]) == ["B", "a[1]", "b"]
