"""Vectors of regions pooled to polygons, against a slow loop."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError, OutputExistsError
from placeprint.lookup import polygon_files, pool, pool_to_file, pooling
from placeprint.lookup.overlaps import areas_of
from placeprint.sources import read_embeddings

STATISTICS = ("mean", "std", "min", "max")


@pytest.fixture
def polygons() -> gpd.GeoDataFrame:
    """Over several regions, half outside, a sliver, over one without a vector, far off."""
    shapes = [
        shapely.box(10.1, 50.05, 10.75, 50.33),
        shapely.box(9.5, 50.0, 10.5, 50.2),
        shapely.Polygon([(10.0, 50.0), (11.0, 50.4), (10.99, 50.4)]),
        shapely.box(10.62, 50.01, 10.78, 50.09),
        shapely.box(20, 20, 21, 21),
    ]
    names = ["several", "half", "sliver", "lacking", "off"]
    return gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=4326)


def slowly(vectors, regions, polygons, weights=None):
    """One polygon and one region after the other."""
    rows = []
    for shape in polygons:
        shares, members, held, area = [], [], 0.0, 0.0
        for region, outline in regions.geometry.items():
            shared = areas_of(np.array([shape.intersection(outline)]))[0]
            whole = areas_of(np.array([outline]))[0]
            weight = shared if weights is None else weights.get(region, 0.0) * shared / whole
            held += weight
            if region in vectors.index:
                area += shared
                if weight > 0:
                    shares.append(weight)
                    members.append(vectors.loc[region].to_numpy(float))
        known = sum(shares)
        of = areas_of(np.array([shape]))[0] if weights is None else held
        row = {"regions": len(shares), "coverage": known / of if of > 0 else 0.0}
        row |= {"area_coverage": area / areas_of(np.array([shape]))[0], "weight": known}
        for number, name in enumerate(vectors):
            x = [member[number] for member in members]
            mean = np.average(x, weights=shares) if x else np.nan
            row[f"mean {name}"] = mean
            row[f"std {name}"] = np.average((x - mean) ** 2, weights=shares) ** 0.5 if x else np.nan
            row[f"min {name}"], row[f"max {name}"] = (min(x), max(x)) if x else (np.nan, np.nan)
        rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_slow_loop_gives_the_same(vectors, board, polygons, weighted) -> None:
    weights = None
    if weighted:
        weights = pd.Series(np.arange(20.0), board.ids).drop("r08")
    found = pool(vectors, polygons, weights=weights, statistics=STATISTICS, regions=board)
    expected = slowly(vectors, board, polygons.geometry, weights)
    if not weighted:
        expected = expected.drop(columns=["area_coverage", "weight"])
    assert set(found) - {"name", "geometry"} == set(expected)
    for column in expected:
        np.testing.assert_allclose(found[column], expected[column], rtol=2e-5, atol=1e-6)
    assert found["name"].tolist() == polygons["name"].tolist()
    assert found.geometry.geom_equals(polygons.geometry).all()
    assert found["coverage"].iloc[1] == pytest.approx(0.5, abs=1e-6) or weighted
    assert found.loc[[3, 4], "mean a"].isna().all()


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 30))
@settings(max_examples=15, deadline=None)
def test_pooling_the_regions_gives_themselves_back(seed, count) -> None:
    """Whatever the regions: a partition with borders that are drawn once."""
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(rng.uniform((5, 40), (9, 43), (count, 2)))
    cells = shapely.voronoi_polygons(points, extend_to=shapely.box(5, 40, 9, 43))
    shapes = shapely.intersection(np.array(cells.geoms), shapely.box(5, 40, 9, 43))
    ids = [f"{number:02d}" for number in range(len(shapes))]
    regions = gpd.GeoSeries(shapes, ids, crs=4326)
    vectors = pd.DataFrame(rng.normal(size=(len(ids), 4)).astype(np.float32), ids)
    people = pd.Series(rng.uniform(0.1, 9, len(ids)), ids)
    from placeprint.regions import Regions

    for weights in (None, people):
        found = pool(vectors, regions, weights=weights, regions=Regions(regions))
        assert found.index.tolist() == ids
        np.testing.assert_allclose(found[["0", "1", "2", "3"]], vectors, atol=1e-5)
        np.testing.assert_allclose(found["coverage"], 1, atol=1e-9)
        assert found["regions"].eq(1).all()
    np.testing.assert_allclose(found["weight"], people)


def test_weights_are_shared_out_by_area(vectors, board) -> None:
    """All people of the board are in polygons that divide it, whatever their borders."""
    people = pd.Series(np.arange(20.0), board.ids)
    west = shapely.box(9, 49, 10.31, 51)
    parts = gpd.GeoSeries([west, shapely.box(10.31, 49, 12, 51)], crs=4326)
    covered = vectors.reindex(board.ids).fillna(0.0)
    found = pool(covered, parts, weights=people, regions=board)
    assert found["weight"].sum() == pytest.approx(people.sum(), rel=1e-6)


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet"])
def test_files_give_what_frames_give(vectors, board, polygons, suffix, tmp_path) -> None:
    path = tmp_path / f"polygons{suffix}"
    polygons.to_parquet(path) if suffix == ".parquet" else polygons.to_file(path)
    board.geometry.rename("geometry").reset_index().to_file(tmp_path / "board.gpkg")
    vectors.reset_index().to_csv(tmp_path / "vectors.csv", index=False)
    account = pool_to_file(
        tmp_path / "vectors.csv",
        path,
        tmp_path / "out.parquet",
        statistics=["mean", "max"],
        regions=tmp_path / "board.gpkg",
    )
    expected = pool(vectors, polygons, statistics=["mean", "max"], regions=board)
    assert (account.polygons, account.uncovered) == (5, ["lacking", "off"])
    assert account.coverage == pytest.approx(expected["coverage"].mean())
    found = gpd.read_parquet(account.path)
    assert found.crs == 4326
    assert found.geometry.geom_equals(polygons.geometry).all()
    assert found["name"].tolist() == polygons["name"].tolist()
    assert pq.read_schema(account.path).field("embedding").type.list_size == 6
    back = read_embeddings(account.path)
    assert back.columns.tolist() == [f"{kind} {each}" for kind in ("mean", "max") for each in "abc"]
    assert back.index.tolist() == ["several", "half", "sliver"]
    np.testing.assert_allclose(back, expected[back.columns].iloc[:3], atol=1e-6)


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet"])
@pytest.mark.parametrize("out", ["out.parquet", "out.csv"])
def test_files_that_hold_nothing_but_outlines(
    vectors, board, polygons, suffix, out, tmp_path
) -> None:
    bare, path = polygons[["geometry"]], tmp_path / f"polygons{suffix}"
    bare.to_parquet(path) if suffix == ".parquet" else bare.to_file(path)
    outlines = tmp_path / "board.parquet"
    board.geometry.rename("geometry").reset_index().to_parquet(outlines)
    vectors.reset_index().to_csv(tmp_path / "vectors.csv", index=False)
    account = pool_to_file(tmp_path / "vectors.csv", path, tmp_path / out, regions=outlines)
    assert (account.polygons, account.uncovered) == (5, ["row 4", "row 5"])
    found = pd.read_csv(account.path) if out == "out.csv" else gpd.read_parquet(account.path)
    expected = pool(vectors, bare, regions=board)
    np.testing.assert_allclose(found["coverage"], expected["coverage"])
    pd.testing.assert_frame_equal(
        pd.DataFrame(pool(vectors, path, regions=board)[["a", "b", "c"]]),
        pd.DataFrame(expected[["a", "b", "c"]]),
    )


def test_polygons_that_cross_themselves_are_mended_and_counted(vectors, board, tmp_path) -> None:
    bow = shapely.Polygon([(10, 50), (10.6, 50.3), (10.6, 50), (10, 50.3)])
    frame = gpd.GeoSeries([bow, shapely.box(10, 50, 10.2, 50.1)], crs=4326)
    frame.to_file(tmp_path / "bow.geojson")
    outlines = tmp_path / "board.parquet"
    board.geometry.rename("geometry").reset_index().to_parquet(outlines)
    vectors.reset_index().to_csv(tmp_path / "vectors.csv", index=False)
    account = pool_to_file(
        tmp_path / "vectors.csv",
        tmp_path / "bow.geojson",
        tmp_path / "out.parquet",
        regions=outlines,
    )
    assert account.repaired == 1
    assert gpd.read_parquet(account.path).is_valid.all()


def test_parts_give_what_the_whole_gives(vectors, board, tmp_path, monkeypatch) -> None:
    rng = np.random.default_rng(0)
    west, south = rng.uniform(9.9, 10.9, 60), rng.uniform(49.9, 50.3, 60)
    boxes = shapely.box(west, south, west + 0.3, south + 0.2)
    frame = gpd.GeoDataFrame({"id": np.arange(60)}, geometry=boxes, crs=4326)
    frame.to_parquet(tmp_path / "boxes.parquet")
    people = pd.Series(rng.uniform(0, 5, 20), board.ids)
    people.rename("people").to_csv(tmp_path / "people.csv")

    def bytes_of(name: str) -> bytes:
        pool_to_file(
            board_vectors,
            tmp_path / "boxes.parquet",
            tmp_path / name,
            weights=tmp_path / "people.csv",
            statistics=STATISTICS,
            regions=outlines,
        )
        return (tmp_path / name).read_bytes()

    outlines, board_vectors = tmp_path / "board.parquet", tmp_path / "vectors.csv"
    board.geometry.rename("geometry").reset_index().to_parquet(outlines)
    vectors.reset_index().to_csv(board_vectors, index=False)
    whole = bytes_of("whole.csv")
    monkeypatch.setattr(polygon_files, "AT_ONCE", 7)
    monkeypatch.setattr(pooling, "LINKS_AT_ONCE", 10)
    assert bytes_of("parts.csv") == whole
    assert b"geometry" not in whole


def test_one_statistic_needs_no_list(vectors, board, polygons) -> None:
    one, listed = (
        pool(vectors, polygons, statistics=given, regions=board) for given in ("max", ["max"])
    )
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(listed))


def test_a_run_and_the_units_of_its_country(simulated_run, tmp_path) -> None:
    """Each county made of whole cells has the mean of its cells, weighted by their areas."""
    atlas = simulated_run.atlas
    county = atlas.units("county")
    shapes = gpd.GeoDataFrame(geometry=atlas.regions.geometry).dissolve(county.to_numpy())
    found = pool(simulated_run, shapes.geometry)
    areas = pd.Series(areas_of(atlas.regions.geometry.to_numpy()), atlas.region_ids)
    e = simulated_run.embeddings
    sums = e.mul(areas.loc[e.index], axis=0).groupby(county.loc[e.index].to_numpy()).sum()
    expected = sums.div(areas.loc[e.index].groupby(county.loc[e.index].to_numpy()).sum(), axis=0)
    np.testing.assert_allclose(found[e.columns], expected, atol=2e-4)
    np.testing.assert_allclose(found["coverage"], 1, atol=1e-6)
    by_people = pool(simulated_run, shapes.geometry, weights="POP")
    assert by_people["weight"].sum() == pytest.approx(atlas.labels("POP")["value"].sum(), rel=1e-3)


def test_what_cannot_be_pooled(vectors, board, polygons, tmp_path) -> None:
    with pytest.raises(InputError, match="no statistic 'median'"):
        pool(vectors, polygons, statistics=["median"], regions=board)
    with pytest.raises(InputError, match="no statistic is named"):
        pool(vectors, polygons, statistics=[], regions=board)
    with pytest.raises(InputError, match="a list, expected a GeoSeries"):
        pool(vectors, [*polygons.geometry], regions=board)
    with pytest.raises(InputError, match="embeddings: it has columns coverage already"):
        pool(vectors.rename(columns={"a": "coverage"}), polygons, regions=board)
    with pytest.raises(InputError, match="columns coverage already"):
        pool(vectors, polygons.assign(coverage=1), regions=board)
    polygons.assign(a=1).to_file(tmp_path / "taken.gpkg")
    board.geometry.rename("geometry").reset_index().to_parquet(tmp_path / "board.parquet")
    vectors.reset_index().to_csv(tmp_path / "vectors.csv", index=False)
    regions = {"regions": tmp_path / "board.parquet"}
    with pytest.raises(InputError, match="columns a already"):
        pool_to_file(
            tmp_path / "vectors.csv", tmp_path / "taken.gpkg", tmp_path / "out.csv", **regions
        )
    assert not (tmp_path / "out.csv").exists()
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(OutputExistsError):
        pool_to_file(
            tmp_path / "vectors.csv", tmp_path / "taken.gpkg", tmp_path / "out.csv", **regions
        )
    assert polygon_files.AT_ONCE > 1


@pytest.mark.parametrize("made", [".csv", ".parquet"])
@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".parquet", ".csv"])
def test_columns_of_polygons_keep_their_types(
    vectors, board, polygons, suffix, made, tmp_path
) -> None:
    typed = polygons.assign(
        code=["0111", None, "0113", "0114", "0115"],
        floors=pd.array([1, None, 3, 4, 5], dtype="Int64"),
        opened=pd.to_datetime("2020-01-05"),
    )
    path, out = tmp_path / f"polygons{suffix}", tmp_path / f"out{made}"
    if suffix == ".parquet":
        typed.to_parquet(path)
    elif suffix == ".csv":
        typed.to_csv(path, index=False)
    else:
        typed.to_file(path)
    frame = pool(vectors, path, regions=board)
    assert frame["floors"].tolist()[0] == 1
    assert frame["floors"].dtype == "Int64"
    outlines = tmp_path / "board.parquet"
    board.geometry.rename("geometry").reset_index().to_parquet(outlines)
    vectors.reset_index().to_csv(tmp_path / "vectors.csv", index=False)
    pool_to_file(tmp_path / "vectors.csv", path, out, regions=outlines)
    if made == ".csv":
        found = pd.read_csv(out, dtype=str)
        assert found["floors"].fillna("").tolist() == ["1", "", "3", "4", "5"]
        assert found["opened"].str.startswith("2020-01-05").all()
    else:
        found = gpd.read_parquet(out)
        assert pa.types.is_integer(pq.read_schema(out).field("floors").type)
        if suffix != ".csv":
            assert pa.types.is_timestamp(pq.read_schema(out).field("opened").type)
    assert found["code"].fillna("").tolist() == ["0111", "", "0113", "0114", "0115"]
