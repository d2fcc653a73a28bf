import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.encoders.position.covered_area import CoveredArea
from placeprint.regions import Regions


def polygons(*shapes):
    ids = pd.Index([str(i) for i in range(len(shapes))], name="region_id")
    return Regions.from_polygons(ids, np.array(shapes))


def random_points(bounds, n=3000):
    generator = np.random.default_rng(0)
    west, south, east, north = bounds
    return generator.uniform(west, east, n), generator.uniform(south, north, n)


def test_of_cells_it_is_the_cells():
    regions = Regions.from_h3(shapely.box(5.0, 60.0, 7.0, 61.0), resolution=5)
    area = CoveredArea.of(regions)
    assert len(area.cells) < len(regions)
    lon, lat = random_points((4.5, 59.5, 7.5, 61.5))
    np.testing.assert_array_equal(area.contains(lon, lat), regions.locate(lon, lat) >= 0)


@pytest.mark.parametrize(
    "shapes",
    [
        [shapely.box(5.0, 60.0, 6.0, 60.5), shapely.box(6.0, 60.0, 6.2, 60.5)],
        [shapely.Point(-74, 40.7).buffer(0.02), shapely.Point(-73.9, 40.7).buffer(0.001)],
        [shapely.box(179.0, -18.0, 180.0, -17.0), shapely.box(-180.0, -18.0, -179.5, -17.0)],
        [shapely.box(0.0, 0.0, 4.0, 4.0) - shapely.box(1.0, 1.0, 3.0, 3.0)],
    ],
)
def test_of_polygons_nothing_within_is_missed_and_little_outside_counts(shapes):
    regions = polygons(*shapes)
    area = CoveredArea.of(regions)
    for shape in shapes:
        west, south, east, north = shape.bounds
        pad = (east - west) / 2
        lon, lat = random_points(
            (max(west - pad, -180), south - pad, min(east + pad, 180), north + pad)
        )
        truly = regions.locate(lon, lat) >= 0
        found = area.contains(lon, lat)
        assert not (truly & ~found).any()
        assert (found & ~truly).sum() < 0.05 * len(lon)


def test_a_centre_outside_its_own_outline_counts():
    horseshoe = shapely.box(0, 0, 4, 4) - shapely.box(1, 1, 4, 3)
    centre = shapely.centroid(horseshoe)
    assert not horseshoe.contains(centre)
    area = CoveredArea.of(polygons(horseshoe))
    assert area.contains(np.array([centre.x]), np.array([centre.y]))[0]


def test_points_lie_within_and_fill_it():
    area = CoveredArea.of(polygons(shapely.box(5.0, 60.0, 6.0, 60.5)))
    lon, lat = area.points(500)
    assert 70 < len(lon) <= 500
    assert area.contains(lon, lat).all()
    assert lon.min() < 5.1
    assert lon.max() > 5.9
    lon, _ = CoveredArea.of(Regions.from_h3(shapely.box(5, 60, 6, 61), 5)).points(9)
    assert len(lon) <= 9
