import numpy as np
import pandas as pd
import pytest

from placeprint.encoders.position import (
    POSITION_ENCODERS,
    NeRF,
    features,
    harmonic_features,
    harmonics,
    position_encoder,
    position_features,
)
from placeprint.errors import InputError


def centroids(n=50):
    generator = np.random.default_rng(0)
    lon, lat = generator.uniform(-180, 180, n), generator.uniform(-90, 90, n)
    return pd.DataFrame({"lat": lat, "lon": lon}, index=[f"r{number}" for number in range(n)])


@pytest.mark.parametrize("name", sorted(set(POSITION_ENCODERS) - {"geoclip"}))
def test_chunks_do_not_show(name, monkeypatch):
    places = centroids()
    monkeypatch.setattr(features, "CHUNK_BYTES", 4096)
    table = position_features(places, name)
    pairs = places[["lon", "lat"]].to_numpy()
    expected = position_encoder(name).fit_transform(pairs).astype(np.float32)
    np.testing.assert_allclose(table, expected, rtol=1e-6, atol=1e-12)
    assert (table.index.name, table.columns.name) == ("region_id", "feature_id")
    assert table.index.tolist() == places.index.tolist()
    assert set(table.dtypes) == {np.dtype(np.float32)}


def test_an_encoder_is_left_as_it_is():
    encoder = NeRF(2)
    assert position_features(centroids(3), encoder).shape == (3, 12)
    assert not hasattr(encoder, "n_features_in_")


def test_harmonics_are_one_use():
    places = centroids()
    table = harmonic_features(places, degree=4)
    expected = harmonics(places["lon"].to_numpy(), places["lat"].to_numpy(), 4)
    np.testing.assert_array_equal(table, expected.astype(np.float32))
    assert table.columns.tolist()[:4] == ["Y_0,0", "Y_1,-1", "Y_1,0", "Y_1,1"]
    pd.testing.assert_frame_equal(table, position_features(places, "spherical_harmonics-4"))


def test_swapped_centroids_are_refused():
    swapped = pd.DataFrame({"lon": [40.7, 41.0], "lat": [-114.0, -98.2]}, index=["a", "b"])
    with pytest.raises(InputError, match="look swapped"):
        position_features(swapped, "xyz")
