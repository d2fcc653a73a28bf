"""The way of GPUs, taken on the processor."""

import numpy as np
import pytest
import torch

from placeprint.errors import InputError
from placeprint.mobility import line_factorised
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.line import on_device
from placeprint.mobility.line.log_ratios import LogRatios
from placeprint.mobility.line.on_device import DevicePanels, DeviceRatios
from placeprint.mobility.line.panels import HostPanels

from .conftest import planted, random_graph

CPU = torch.device("cpu")


@pytest.mark.parametrize("dense", [True, False, None])
@pytest.mark.parametrize("chunk", [100, 1 << 25])
def test_products_equal_those_of_the_kernels(dense, chunk, monkeypatch):
    monkeypatch.setattr(on_device, "CHUNK", chunk)
    graph = random_graph(60, density=0.3)
    ratios = LogRatios.of(CompressedRows.from_scipy(graph.adjacency), 1, 0.75)
    x = np.random.default_rng(0).normal(size=(60, 32)).astype(np.float32)
    matrix, steps = DeviceRatios(ratios, CPU, dense=dense), []
    advance = lambda: steps.append(1)  # noqa: E731
    for way in ("forward", "backward"):
        found = getattr(matrix, way)(torch.from_numpy(x), advance).numpy()
        np.testing.assert_allclose(found, getattr(ratios, way)(x, advance), atol=1e-3)
    assert len(steps) == 4


@pytest.mark.parametrize("rows", [7, 1 << 16])
def test_algebra_equals_that_of_arrays(rows, monkeypatch):
    monkeypatch.setattr(on_device, "ROWS", rows)
    generator = np.random.default_rng(0)
    one, other = (generator.normal(size=(50, 6)).astype(np.float32) for _ in range(2))
    factors = [generator.normal(size=(6, 3)).astype(kind) for kind in (np.float32, np.float64)]
    start = generator.normal(size=(50, 3)).astype(np.float32)
    there = DevicePanels(CPU)
    taken = [there.taken(panel) for panel in (one, other)]
    with HostPanels.sharing(1) as here:
        for exact in (True, False):
            np.testing.assert_allclose(
                there.inner(*taken, exact=exact), here.inner(one, other, exact=exact), rtol=1e-4
            )
        np.testing.assert_allclose(
            there.given(there.combined(taken, factors)),
            here.combined([one, other], factors),
            atol=1e-5,
        )
        np.testing.assert_allclose(
            there.given(there.reduced(there.taken(start), taken, factors)),
            here.reduced(start, [one, other], factors),
            atol=1e-5,
        )
        assert there.longest(taken[0]) == pytest.approx(here.longest(one))


def test_the_embedding_is_that_of_the_kernels():
    graph, _ = planted(300, 6, 20)
    expected = line_factorised(graph, 6, power_iterations=8)
    found = line_factorised(graph, 6, power_iterations=8, device="cpu:0")
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())


def test_a_card_that_is_too_small_is_refused(monkeypatch):
    graph = random_graph(60)
    ratios = LogRatios.of(CompressedRows.from_scipy(graph.adjacency), 1, 0.75)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (1000, 2000))
    with pytest.raises(InputError, match="larger card"):
        DeviceRatios(ratios, torch.device("cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_on_a_gpu():
    graph, _ = planted(300, 6, 20)
    expected = line_factorised(graph, 6, power_iterations=8)
    found = line_factorised(graph, 6, power_iterations=8, device="cuda")
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())
