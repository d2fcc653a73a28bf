from __future__ import annotations

import numpy as np
import pytest

from placeprint.encoders import mosaiks
from placeprint.encoders.images import encode_crops
from placeprint.encoders.mosaiks import FILTERS, RandomFeatures, natural_whitening
from placeprint.sources import ImageCrop


def crop(region_id: str, height: int, width: int, share: float = 0.6) -> ImageCrop:
    rng = np.random.default_rng(height * 100 + width)
    mask = rng.random((height, width)) < share
    mask[height // 2, width // 2] = True
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return ImageCrop(region_id, pixels, mask)


CROPS = [crop("dot", 1, 1), crop("line", 1, 7), crop("post", 9, 2), crop("county", 9, 11)]


def slow_features(crop: ImageCrop, seed: int) -> list[float]:
    """The definition, pixel by pixel and filter by filter."""
    filters = np.random.default_rng(seed).standard_normal((27, FILTERS))
    height, width = crop.mask.shape
    inside = [(i, j) for i in range(height) for j in range(width) if crop.mask[i, j]]
    whitening = natural_whitening()
    plus, minus = np.zeros(FILTERS), np.zeros(FILTERS)
    for i, j in inside:
        patch = [
            crop.pixels[min(max(i + di, 0), height - 1), min(max(j + dj, 0), width - 1), band] / 255
            for di in (-1, 0, 1)
            for dj in (-1, 0, 1)
            for band in range(3)
        ]
        white = whitening @ (np.array(patch) - mosaiks.BRIGHTNESS)
        for k in range(FILTERS):
            response = filters[:, k] @ white / np.sqrt((filters[:, k] ** 2).sum())
            plus[k] += max(response, 0)
            minus[k] += max(-response, 0)
    colours = np.array([crop.pixels[place] / 255 for place in inside])
    moments = [*colours.mean(axis=0), *colours.std(axis=0)]
    return [*moments, *(plus / len(inside)), *(minus / len(inside))]


@pytest.mark.parametrize("seed", [0, 3])
def test_equals_the_definition(seed: int) -> None:
    frame = encode_crops(CROPS, seed=seed)
    for crop in CROPS:
        np.testing.assert_allclose(
            frame.loc[crop.region_id], slow_features(crop, seed), rtol=1e-4, atol=1e-5
        )


def test_blocks_equal_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = encode_crops(CROPS)
    monkeypatch.setattr(mosaiks, "PIXELS_PER_BLOCK", 7)
    np.testing.assert_allclose(encode_crops(CROPS), whole, rtol=1e-5, atol=1e-6)


def test_a_region_has_the_same_features_in_any_company() -> None:
    alone = encode_crops(CROPS[2:3])
    np.testing.assert_array_equal(encode_crops(reversed(CROPS)).loc[["post"]], alone)


def test_only_the_regions_own_pixels_and_their_neighbours_count() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 9, 3), dtype=np.uint8)
    mask = np.zeros((5, 9), dtype=bool)
    mask[:, :4] = True
    changed = pixels.copy()
    changed[:, 5:] = 0
    first, second = (encode_crops([ImageCrop("a", image, mask)]) for image in (pixels, changed))
    np.testing.assert_array_equal(first, second)


def test_the_whitening_whitens_what_it_says() -> None:
    rng = np.random.default_rng(0)
    places = np.array([(i, j) for i in range(3) for j in range(3)])
    covariance = np.empty((27, 27))
    for a in range(27):
        for b in range(27):
            apart = np.linalg.norm(places[a // 3] - places[b // 3])
            covariance[a, b] = 0.15**2 * np.exp(-apart / 6) * (1 if a % 3 == b % 3 else 0.9)
    patches = rng.multivariate_normal(np.zeros(27), covariance, 20_000)
    white = np.cov((patches @ natural_whitening()).T)
    ridge = 0.1 * np.trace(covariance) / 27
    spectrum = np.linalg.eigvalsh(covariance)
    np.testing.assert_allclose(np.linalg.eigvalsh(white), spectrum / (spectrum + ridge), atol=0.1)


def test_each_feature_has_a_name_of_its_own() -> None:
    frame = encode_crops(CROPS)
    assert frame.columns.is_unique
    assert len(RandomFeatures().names) == 6 + 2 * FILTERS == frame.shape[1]
    assert (frame.dtypes == np.float32).all()
