"""Matrices by blocks equal those that are held whole."""

from __future__ import annotations

import numpy as np
import pytest

from placeprint.models import rows as module
from placeprint.models.components import Components
from placeprint.models.fusion import Fusion, Group
from placeprint.models.rows import Blockwise, aligned, blocks, slices


@pytest.fixture(params=[1, 7, 1000])
def block(request, monkeypatch) -> int:
    monkeypatch.setattr(module, "BLOCK", request.param)
    return request.param


def test_blocks_are_all_rows_in_order(block) -> None:
    x = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    parts = [*blocks(x)]
    assert max(len(part) for part in parts) == min(block, 50)
    assert parts[0].dtype == np.float64
    np.testing.assert_array_equal(np.concatenate(parts), x)
    assert [*slices(0)] == []


def test_aligned_rows_are_missing_where_there_is_none() -> None:
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    found = aligned(values, np.array([2, -1, 0, 0]))
    assert found.shape == (4, 2)
    np.testing.assert_array_equal(found[1:], [[np.nan, np.nan], [0, 1], [0, 1]])
    assert found[:].dtype == np.float32


def test_components_and_fusion_do_not_depend_on_the_blocks(block) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 9)) + 3
    x[4] = np.nan
    made = Blockwise(x.shape, lambda rows: x[rows])
    one, other = Components.fit(made, 3), _whole(lambda: Components.fit(x, 3))
    np.testing.assert_allclose(one.loadings, other.loadings, atol=1e-9)
    assert one.explained == pytest.approx(other.explained)
    fused = Fusion.fit_transform([Group("x", made)], None, dim=4, seed=0)[1]
    whole = _whole(lambda: Fusion.fit_transform([Group("x", x)], None, dim=4, seed=0)[1])
    np.testing.assert_allclose(fused, whole, atol=1e-5)


def test_embedding_while_fitting_equals_embedding_afterwards() -> None:
    x = np.random.default_rng(0).normal(size=(60, 9))
    fusion, vectors = Fusion.fit_transform([Group("x", x)], None, dim=4, seed=0)
    np.testing.assert_array_equal(fusion.transform({"x": x}, None), vectors)


def _whole(work):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 10**6)
        return work()
