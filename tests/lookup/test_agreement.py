"""Why places are alike, and searches in one view."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.errors import InputError, OutputExistsError
from placeprint.lookup import agreement, search, similar, view, write_similar
from placeprint.regions import Regions


def cosine(one, other) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_cosines_in_each_view(simulated_run) -> None:
    views = simulated_run.modality_embeddings
    ids = simulated_run.embeddings.index
    lacking = next(region for region in ids if region not in views["demographics"].index)
    others = [*ids[5:9], lacking]
    found = agreement(simulated_run, ids[0], others)
    assert found.index.tolist() == others
    assert found.columns.tolist() == ["mobility", "demographics", "image", "poi"]
    for name, vectors in views.items():
        for other in others:
            if other in vectors.index and ids[0] in vectors.index:
                expected = cosine(*vectors.loc[[ids[0], other]].to_numpy(float))
                assert found.loc[other, name] == pytest.approx(expected, abs=1e-6)
            else:
                assert np.isnan(found.loc[other, name])
    assert np.isnan(found.loc[lacking, "demographics"])
    assert agreement(simulated_run, lacking, others)["demographics"].isna().all()
    with pytest.raises(InputError, match="no region 'x'"):
        agreement(simulated_run, ids[0], ["x"])


def test_the_most_similar_and_why(simulated_run) -> None:
    e = simulated_run.embeddings.astype(float)
    region = e.index[3]
    found = similar(simulated_run, region, k=5)
    cosines = e.apply(lambda row: cosine(row, e.loc[region]), axis=1).drop(region)
    assert found["region_id"].tolist() == cosines.nlargest(5).index.tolist()
    np.testing.assert_allclose(found["similarity"], cosines.nlargest(5), atol=1e-7)
    assert found.columns[2:].tolist() == [*simulated_run.modality_embeddings]


def test_a_search_in_one_view(simulated_run) -> None:
    poi = view(simulated_run, "poi")
    region = poi.index[3]
    found = similar(simulated_run, region, k=4, modality="poi")
    np.testing.assert_allclose(found["similarity"], found["poi"], atol=1e-6)
    cosines = poi.astype(float).apply(lambda row: cosine(row, poi.loc[region]), axis=1)
    assert found["region_id"].tolist() == cosines.drop(region).nlargest(4).index.tolist()
    demographics = view(simulated_run, "demographics").index
    lacking = simulated_run.embeddings.index.difference(demographics)[0]
    with pytest.raises(InputError, match="has no vector"):
        similar(simulated_run, lacking, modality="demographics")
    with pytest.raises(InputError, match="did you mean 'poi'"):
        similar(simulated_run, region, modality="pois")


def test_within_a_polygon(simulated_run, tmp_path) -> None:
    regions = simulated_run.atlas.regions
    west, south, east, north = regions.geometry.total_bounds
    half = gpd.GeoSeries([regions.geometry.union_all()], crs=4326)
    half = half.clip((west, south, (west + east) / 2, north))
    half.to_file(tmp_path / "west.geojson")
    found = similar(simulated_run, regions.ids[0], k=500, within=tmp_path / "west.geojson")
    centres = regions.centroids()
    inside = centres.index[half.iloc[0].intersects(gpd.points_from_xy(centres.lon, centres.lat))]
    assert 20 < len(inside) < len(centres)
    assert set(found["region_id"]) == set(inside) - {regions.ids[0]}


def test_a_file_that_holds_no_place_to_look_in(simulated_run, tmp_path) -> None:
    region, path = simulated_run.embeddings.index[0], tmp_path / "within.geojson"
    centre = simulated_run.atlas.regions.centroids().loc[[region]]
    gpd.GeoSeries(gpd.points_from_xy(centre.lon, centre.lat), crs=4326).to_file(path)
    with pytest.raises(InputError, match="holds a Point, expected polygons"):
        similar(simulated_run, region, within=path)
    gpd.GeoSeries([shapely.box(100, 10, 101, 11)], crs=4326).to_file(path)
    with pytest.raises(InputError, match="no region that can be compared has its centre"):
        similar(simulated_run, region, within=path)


def test_a_view_knows_regions_that_lack_the_modality(simulated_run) -> None:
    has = view(simulated_run, "demographics").index
    lacking = simulated_run.atlas.region_ids.difference(has)
    found = search(simulated_run, "demographics").nearest(has[0], 500, [lacking[0], *has[:3]])
    assert set(found["region_id"]) == set(has[1:3])
    with pytest.raises(InputError, match="has no vector to be compared by"):
        search(simulated_run, "demographics").nearest(lacking[0])


def test_what_was_found_on_disk(simulated_run, tmp_path) -> None:
    found = similar(simulated_run, simulated_run.embeddings.index[0], k=3)
    write_similar(found, simulated_run, tmp_path / "found.csv")
    back = pd.read_csv(tmp_path / "found.csv")
    pd.testing.assert_frame_equal(back, found, check_dtype=False, check_names=False)
    write_similar(found, simulated_run, tmp_path / "found.geojson")
    shapes = gpd.read_file(tmp_path / "found.geojson")
    assert shapes["region_id"].tolist() == found["region_id"].tolist()
    outlines = simulated_run.atlas.regions.geometry[found["region_id"].tolist()]
    assert shapes.geometry.geom_equals_exact(outlines.reset_index(drop=True), 1e-9).all()
    with pytest.raises(OutputExistsError):
        write_similar(found, simulated_run, tmp_path / "found.csv")
    with pytest.raises(InputError, match=r"ends in \.csv or \.geojson"):
        write_similar(found, simulated_run, tmp_path / "found.gpkg")


def test_ids_that_lost_their_zeros_are_told(simulated_run, monkeypatch) -> None:
    renamed = simulated_run.embeddings.set_axis(
        [f"{number:04d}" for number in range(len(simulated_run.embeddings))]
    )
    monkeypatch.setitem(simulated_run.__dict__, "embeddings", renamed)
    with pytest.raises(InputError, match=r"no region '12'.*leading zeros: '0012'"):
        similar(simulated_run, "12")


@pytest.fixture
def named_run(simulated_run, monkeypatch):
    """The run, its first regions named: two alike, one alone."""
    ids = simulated_run.embeddings.index[:3]
    names = pd.Series(["Ost", "Ost", "Cook County"], index=ids, name="name")
    monkeypatch.setitem(simulated_run.atlas.__dict__, "region_names", names)
    return simulated_run


def test_a_region_is_found_by_its_name_and_shown_with_it(named_run, tmp_path) -> None:
    ids = named_run.embeddings.index
    found = similar(named_run, "Cook County", k=len(ids))
    pd.testing.assert_frame_equal(found, similar(named_run, ids[2], k=len(ids)))
    pd.testing.assert_frame_equal(found, similar(named_run, "cook county", k=len(ids)))
    assert found.columns[:3].tolist() == ["region_id", "name", "similarity"]
    assert found.set_index("region_id")["name"].dropna().to_dict() == {ids[0]: "Ost", ids[1]: "Ost"}
    write_similar(found, named_run, tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv")["name"].notna().sum() == 2
    with pytest.raises(InputError, match=f"2 regions are called 'Ost'.*{ids[0]}, {ids[1]}"):
        similar(named_run, "Ost")
    with pytest.raises(InputError, match=r"no region .Cok County.*mean .Cook County"):
        similar(named_run, "Cok County")


def test_places_nobody_can_draw_are_not_written_as_geojson(
    named_run, tmp_path, monkeypatch
) -> None:
    found = similar(named_run, "Cook County", k=2)
    atlas = named_run.atlas
    monkeypatch.setitem(atlas.__dict__, "regions", Regions.from_ids(atlas.region_ids))
    with pytest.raises(InputError, match=r"not known where.*\.csv"):
        write_similar(found, named_run, tmp_path / "a.geojson")
    (tmp_path / "area.geojson").write_text(shapely.to_geojson(shapely.box(-180, -90, 180, 90)))
    with pytest.raises(InputError, match="nobody knows where they are"):
        similar(named_run, "Cook County", within=tmp_path / "area.geojson")
