import numpy as np
import pytest

from placeprint.distillation.pruning import pruned
from placeprint.encoders.position.dilation import Dilation

PLACES = {
    "a country": (-125, -67, 25, 49),
    "the globe": (-180, 180, -90, 90),
    "a street": (24.94, 24.941, 60.17, 60.1705),
}


@pytest.mark.parametrize("n", [1, 2, 5, 63, 1025, 3000])
@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("degree", [1, 7, 32])
def test_many_at_once_are_the_formula(n, where, degree, random_network, plainly):
    west, east, south, north = PLACES[where]
    generator = np.random.default_rng(n)
    lon, lat = generator.uniform(west, east, n), generator.uniform(south, north, n)
    network = random_network(degree)
    values = network(lon, lat)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, plainly(network, lon, lat), atol=5e-6)


@pytest.mark.parametrize("factor", [1.0, 8.0, 500.0])
@pytest.mark.parametrize("middle", [(10.0, 50.0), (180.0, -17.0), (0.0, 90.0)])
def test_with_a_dilation(factor, middle, random_network, plainly):
    network = random_network(16, dilation=Dilation(*middle, factor))
    generator = np.random.default_rng(0)
    width = 60 / factor
    lon = (middle[0] + generator.uniform(-width, width, 2500) + 180) % 360 - 180
    lat = np.clip(middle[1] + generator.uniform(-width, width, 2500), -90, 90)
    np.testing.assert_allclose(network(lon, lat), plainly(network, lon, lat), atol=5e-6)


def test_one_hidden_layer_and_poles_and_the_antimeridian(random_network, plainly):
    network = random_network(12, widths=(9,))
    lon = np.array([-180.0, 180.0, 0.0, 123.0, 5.0])
    lat = np.array([0.0, 0.0, 90.0, 90.0, -90.0])
    values = network(lon, lat)
    np.testing.assert_allclose(values, plainly(network, lon, lat), atol=5e-6)
    np.testing.assert_allclose(values[0], values[1], atol=1e-5)
    np.testing.assert_allclose(values[2], values[3], atol=1e-5)


def test_more_points_than_are_sorted_together(monkeypatch, random_network):
    network = random_network(4)
    generator = np.random.default_rng(0)
    lon, lat = generator.uniform(0, 1, 5000), generator.uniform(0, 1, 5000)
    whole = network(lon, lat)
    monkeypatch.setattr("placeprint.encoders.position.position_network.PART", 1700)
    np.testing.assert_allclose(network(lon, lat), whole, atol=1e-5)
    assert network(lon[:0], lat[:0]).shape == (0, 5)


def test_silent_units_are_left_out_and_nothing_else(random_network, plainly):
    network = random_network(5, widths=(20, 20))
    network.biases[0][3] = network.biases[1][[1, 7]] = -100.0  # never speak
    generator = np.random.default_rng(0)
    lon, lat = generator.uniform(-180, 180, 500), generator.uniform(-90, 90, 500)
    smaller = pruned(network, lon, lat)
    assert len(smaller.biases[0]) <= 19
    assert len(smaller.biases[1]) <= 18
    np.testing.assert_allclose(
        plainly(smaller, lon, lat), plainly(network, lon, lat), rtol=0, atol=1e-12
    )


def test_a_layer_that_is_silent_keeps_a_unit(random_network):
    network = random_network(3, widths=(4, 4))
    network.biases[1][:] = -100.0
    lon, lat = np.array([0.0, 9.0]), np.array([1.0, 2.0])
    smaller = pruned(network, lon, lat)
    assert [len(bias) for bias in smaller.biases][1] == 1
    np.testing.assert_allclose(smaller(lon, lat), network(lon, lat), atol=1e-6)
