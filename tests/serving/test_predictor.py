from __future__ import annotations

import numpy as np
import pytest

from placeprint.errors import InputError
from placeprint.evaluation.probes import RidgeProbe
from placeprint.serving.predictor import fit_predictor


def test_it_predicts_what_the_probe_does_in_the_unit_of_the_label(simulated_run) -> None:
    predictor = fit_predictor(simulated_run, "POP")
    vectors = simulated_run.embeddings.to_numpy()[:5].copy()
    vectors[2] = np.nan
    found = predictor.predict(vectors)
    assert found[2] is None
    labels = simulated_run.atlas.labels("POP")["value"].reindex(simulated_run.embeddings.index)
    alpha = predictor.probe.alpha_[0]
    plain = RidgeProbe(alphas=(alpha,)).fit(
        simulated_run.embeddings.to_numpy(), np.log1p(labels.to_numpy())[:, None]
    )
    rows = [0, 1, 3, 4]
    expected = np.expm1(plain.predict(vectors[rows])[:, 0])
    np.testing.assert_allclose([found[row] for row in rows], expected, rtol=1e-6)
    assert predictor.rows == len(labels)


def test_labels_of_points_are_predicted_without_a_score_by_region(simulated_run) -> None:
    predictor = fit_predictor(simulated_run, "ELE")
    assert predictor.held_out is None
    assert predictor.rows > 100


def test_nothing_is_predicted_without_a_vector(simulated_run) -> None:
    predictor = fit_predictor(simulated_run, "EDU")
    assert predictor.predict(np.full((2, 16), np.nan)) == [None, None]


def test_labels_of_entities_are_refused(simulated_run, monkeypatch) -> None:
    metadata = simulated_run.atlas.label_metadata("POP") | {"level": "poi"}
    monkeypatch.setattr(type(simulated_run.atlas), "label_metadata", lambda *_: metadata)
    with pytest.raises(InputError, match="is about poi, and the service predicts for places"):
        fit_predictor(simulated_run, "POP")
