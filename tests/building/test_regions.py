"""Regions of tables: what they are called, centres alone, ids alone."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from placeprint.building import Recipe, build
from placeprint.errors import InputError


@pytest.fixture
def zones(tmp_path):
    """Builds an atlas of nothing but regions, of which ``b`` lies outside the study area."""
    columns = {"zone": ["007", "a", "b"], "label": ["Bond", None, "x"], "open": ["1", "1", "0"]}
    places = gpd.points_from_xy([0.5, 1.5, 2.5], [50.0, 51.0, 52.0], crs=4326)
    gpd.GeoDataFrame(columns, geometry=places).to_file(tmp_path / "zones.gpkg")
    pd.DataFrame(columns).assign(lon=places.x, y=places.y).to_csv(tmp_path / "z.csv", index=False)

    def make(**settings):
        regions = {"region": "zone", "where": {"open": "1"}, **settings}
        recipe = Recipe.model_validate({"name": "zones", "regions": regions})
        return build(recipe, tmp_path, tmp_path / "atlas")

    return make


@pytest.mark.parametrize("source", [{"file": "z.csv", "lat": "y"}, {"file": "zones.gpkg"}])
def test_regions_of_which_only_the_centres_are_known(zones, source) -> None:
    atlas = zones(kind="points", name="label", **source)
    assert atlas.region_ids.tolist() == ["007", "a"]
    assert atlas.regions.centroids().to_numpy().tolist() == [[0.5, 50.0], [1.5, 51.0]]
    assert not atlas.regions.has_outlines
    assert atlas.region_names.to_dict() == {"007": "Bond"}


def test_regions_of_which_only_the_ids_are_known(zones) -> None:
    atlas = zones(kind="table", file="z.csv")
    assert atlas.region_ids.tolist() == ["007", "a"]
    assert not atlas.regions.has_coordinates
    assert pd.read_parquet(atlas.path / "regions.parquet").columns.tolist() == ["region_id"]


def test_what_people_call_regions_is_in_the_file(zones) -> None:
    atlas = zones(kind="table", file="z.csv", name="label")
    table = pd.read_parquet(atlas.path / "regions.parquet")
    assert table["region_id"].tolist() == ["007", "a"]
    assert table["name"][0] == "Bond"
    assert table["name"].isna().tolist() == [False, True]


def test_columns_of_regions_are_checked(zones) -> None:
    with pytest.raises(InputError, match=r"z\.csv: no column 'lat'.*choose one of"):
        zones(kind="points", file="z.csv")
    with pytest.raises(InputError, match=r"no column 'lable', *did you|no column 'lable'.*'label'"):
        zones(kind="table", file="z.csv", name="lable")
