from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.features import rasterize

from placeprint.simulation.city import City
from placeprint.simulation.city.satellite import PIXEL_M, paint_city, write_satellite


@pytest.fixture(scope="module")
def means(city: City) -> np.ndarray:
    """Of each block: the share of green pixels, and the mean colours."""
    picture = paint_city(city)
    pixels = picture.pixels.astype(float)
    west, north = city.site.plane.flat(picture.west, picture.north)
    frame = rasterio.Affine(PIXEL_M, 0, west * 1000, 0, -PIXEL_M, north * 1000)
    shapes = zip(city.blocks.polygons, range(400))
    block = rasterize(shapes, pixels.shape[:2], fill=400, transform=frame, dtype="int32").ravel()
    red, green, blue = pixels.reshape(-1, 3).T
    verdant = (green > red + 8) & (green > blue + 8)
    size = np.bincount(block, minlength=401)[:400]
    columns = [verdant, red, green, blue]
    return np.stack([np.bincount(block, c, minlength=401)[:400] / size for c in columns], axis=1)


def test_greenness_shows_within_each_land_use(city: City, means: np.ndarray) -> None:
    for use in range(6):
        here = city.blocks.land_use == use
        assert np.corrcoef(means[here, 0], city.blocks.greenness[here])[0, 1] > 0.75


def test_land_use_shows(city: City, means: np.ndarray) -> None:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import cross_val_score

    forest = RandomForestClassifier(100, random_state=0)
    use = city.blocks.land_use
    assert cross_val_score(forest, means, use, cv=3).mean() > np.bincount(use).max() / 400 + 0.2


def test_other_scores_do_not_show(city: City, means: np.ndarray) -> None:
    use = np.eye(6)[city.blocks.land_use]
    rest = means - use @ np.linalg.lstsq(use, means, rcond=None)[0]
    for score in (city.blocks.wealth, city.blocks.draw):
        assert max(abs(np.corrcoef(column, score)[0, 1]) for column in rest.T) < 0.25


def test_it_is_georeferenced(city: City, tmp_path: Path) -> None:
    write_satellite(tmp_path / "a.tif", city)
    assert (tmp_path / "a.tif").stat().st_size < 20e6
    with rasterio.open(tmp_path / "a.tif") as image:
        assert image.crs.to_epsg() == 4326
        west, south, east, north = image.bounds
    degrees = city.site.degrees(city.streets.nodes)
    assert west < degrees[:, 0].min() < degrees[:, 0].max() < east
    assert south < degrees[:, 1].min() < degrees[:, 1].max() < north
