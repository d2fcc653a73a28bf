from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from placeprint.models.components import Components, leading_eigenvectors


def mixed(n: int, d: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) * 7 + rng.normal(size=d)


@pytest.mark.parametrize(("n", "d", "count"), [(40, 6, 3), (40, 6, 6), (5, 12, 4), (9, 3, 99)])
def test_equals_pca_of_standardised_features(n, d, count) -> None:
    x = mixed(n, d)
    components = Components.fit(x, count)
    scaled = StandardScaler().fit_transform(x)
    kept = min(count, d, n - 1)
    pca = PCA(kept).fit(scaled)
    assert components.loadings.shape == (d, kept)
    np.testing.assert_allclose(components.explained, pca.explained_variance_ratio_.sum(), rtol=1e-9)
    np.testing.assert_allclose(
        np.abs(components.transform(x)), np.abs(pca.transform(scaled)), atol=1e-7
    )


def test_a_missing_entry_counts_as_the_mean_of_its_column() -> None:
    x = mixed(30, 4)
    x[3, 1] = np.nan
    components = Components.fit(x, 4)
    known = np.delete(x[:, 1], 3)
    assert components.mean[1] == pytest.approx(known.mean())
    assert components.scale[1] == pytest.approx(known.std())
    filled = x.copy()
    filled[3, 1] = known.mean()
    np.testing.assert_allclose(components.transform(x), components.transform(filled), atol=1e-12)


def test_a_row_that_is_wholly_missing_stays_missing_and_takes_no_part() -> None:
    x = mixed(30, 4)
    gaps = np.vstack([x, np.full((2, 4), np.nan)])
    components = Components.fit(gaps, 2)
    transformed = components.transform(gaps)
    assert np.isnan(transformed[30:]).all()
    alone = Components.fit(x, 2)
    np.testing.assert_allclose(transformed[:30], alone.transform(x), atol=1e-9)
    assert components.explained == pytest.approx(alone.explained)


def test_a_column_that_does_not_vary_gives_nothing() -> None:
    x = mixed(30, 4)
    constant = np.column_stack([x, np.full(30, 5.0)])
    components = Components.fit(constant, 4)
    np.testing.assert_allclose(components.loadings[4], 0, atol=1e-12)
    assert components.explained == pytest.approx(1.0)
    np.testing.assert_allclose(
        np.abs(components.transform(constant)),
        np.abs(Components.fit(x, 4).transform(x)),
        atol=1e-7,
    )


@pytest.mark.parametrize("value", [3.0, np.nan])
def test_features_that_say_nothing_explain_nothing(value) -> None:
    assert Components.fit(np.full((5, 3), value), 2).explained == 0.0


def test_unchanged_is_the_identity() -> None:
    x = mixed(6, 3)
    x[2] = np.nan
    unchanged = Components.unchanged(3)
    np.testing.assert_array_equal(unchanged.transform(x), x)
    assert unchanged.explained == 1.0


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 9), st.integers(0, 99))
def test_leading_eigenvectors(d, rank, count, seed) -> None:
    factor = np.random.default_rng(seed).normal(size=(d, rank))
    matrix = factor @ factor.T
    values, vectors = leading_eigenvectors(matrix, count)
    kept = min(count, d, rank)
    assert vectors.shape == (d, kept)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix)[::-1][:kept], atol=1e-8)
    np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-7)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(kept), atol=1e-9)
    peaks = vectors[np.abs(vectors).argmax(axis=0), np.arange(kept)]
    assert (peaks > 0).all()
