import numpy as np
import pytest

from placeprint.mobility import row_normalised, symmetric_normalised

from .conftest import random_graph


@pytest.mark.parametrize("n", [2, 9, 80])
def test_equals_the_dense_formulas_and_leaves_untied_regions_empty(n):
    adjacency = random_graph(n, density=0.5, whole=False).adjacency
    dense = adjacency.toarray()
    degrees = dense.sum(axis=1)
    safe = np.where(degrees > 0, degrees, 1)
    symmetric = symmetric_normalised(adjacency)
    expected = np.diag(safe**-0.5) @ dense @ np.diag(safe**-0.5)
    np.testing.assert_allclose(symmetric.toarray(), expected, rtol=1e-6)
    np.testing.assert_array_equal(symmetric.toarray(), symmetric.toarray().T)
    walk = row_normalised(adjacency).toarray()
    np.testing.assert_allclose(walk, dense / safe[:, None], rtol=1e-6)
    np.testing.assert_allclose(walk.sum(axis=1), degrees > 0, rtol=1e-6)
    assert symmetric.dtype == walk.dtype == np.float32
    assert degrees[-1] == 0


def test_the_largest_eigenvalue_is_one():
    dense = symmetric_normalised(random_graph(50, density=0.4).adjacency).toarray()
    assert np.linalg.eigvalsh(dense.astype(float)).max() == pytest.approx(1, abs=1e-6)
