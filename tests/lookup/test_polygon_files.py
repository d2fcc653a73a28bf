"""Polygons out of files and frames, in parts."""

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely

from placeprint.errors import InputError
from placeprint.lookup import polygon_files
from placeprint.lookup.polygon_files import PolygonPart, Polygons


@pytest.fixture
def frame() -> gpd.GeoDataFrame:
    shapes = shapely.box(np.arange(10), 0, np.arange(10) + 1.0, 1)
    names = [f"quarter {number}" for number in range(10)]
    return gpd.GeoDataFrame({"name": names, "people": np.arange(10)}, geometry=shapes, crs=4326)


def parts_of(polygons) -> list[PolygonPart]:
    return [*Polygons.of(polygons).parts()]


@pytest.fixture
def by_four(monkeypatch) -> None:
    monkeypatch.setattr(polygon_files, "AT_ONCE", 4)


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet", ".fgb", ".shp", ".csv"])
def test_files_give_what_the_frame_gives(frame, by_four, suffix, tmp_path) -> None:
    path = tmp_path / f"polygons{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix == ".csv":
        frame.to_csv(path, index=False)  # well-known text
    else:
        frame.to_file(path)
    parts = parts_of(path)
    assert [part.first for part in parts] == [0, 4, 8]
    assert max(len(part.outlines) for part in parts) <= 4
    rows = pa.concat_tables([part.rows for part in parts]).select(["name", "people"])
    assert pa.types.is_integer(rows.schema.field("people").type)
    order = np.argsort(rows.column("people").to_numpy())  # FlatGeobuf has an order of its own
    shapes = np.concatenate([part.outlines for part in parts])[order]
    assert rows.column("name").take(order).to_pylist() == frame["name"].tolist()
    assert shapely.equals(shapes, frame.geometry.to_numpy()).all()


def test_frames_come_in_parts(frame, by_four) -> None:
    for given in (frame, frame.geometry):
        parts = parts_of(given)
        assert [len(part.outlines) for part in parts] == [4, 4, 2]
        assert parts[0].rows.num_columns == 0


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg"])
def test_another_crs_is_transformed(frame, suffix, tmp_path) -> None:
    there, path = frame.to_crs(3857), tmp_path / f"metres{suffix}"
    there.to_parquet(path) if suffix == ".parquet" else there.to_file(path)
    for given in (there, path):
        (part,) = parts_of(given)
        assert shapely.equals_exact(part.outlines, frame.geometry.to_numpy(), 1e-9).all()


def test_what_crosses_itself_is_repaired() -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    across = shapely.box(179, 0, 181, 1)
    shapes = gpd.GeoSeries([bow, shapely.box(-180, 0, -179, 1), across], crs=4326)
    (part,) = parts_of(shapes)
    assert shapely.is_valid(part.outlines).all()
    assert part.repaired == 1
    assert len(part.outlines[2].geoms) == 2
    over = shapely.box(359, 0, 361, 1)
    with pytest.raises(InputError, match="not longitudes and latitudes"):
        parts_of(gpd.GeoSeries([over], crs=4326))


def test_labels(frame) -> None:
    rows, shapes = pa.table({"name": frame["name"], "people": frame["people"]}), frame.geometry
    assert PolygonPart(rows, shapes, 0, 5).labels()[:2] == ["quarter 0", "quarter 1"]
    for nameless in (rows.drop_columns("name"), pa.table({})):
        assert PolygonPart(nameless, shapes, 0, 5).labels()[:2] == ["row 6", "row 7"]


def test_files_that_are_no_use(frame, tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        Polygons.of(tmp_path / "absent.gpkg")
    (tmp_path / "broken.geojson").write_text("{")
    with pytest.raises(InputError, match="no table but JSON"):
        Polygons.of(tmp_path / "broken.geojson")
    (tmp_path / "a.csv").write_text("a\n1\n")
    frame.drop(columns="geometry").to_parquet(tmp_path / "plain.parquet")
    for name in ("a.csv", "plain.parquet"):
        with pytest.raises(InputError, match="no geometries"):
            Polygons.of(tmp_path / name)
    with pytest.raises(InputError, match=r"CRS is not known.*set_crs"):
        Polygons.of(frame.set_crs(None, allow_override=True))
    points = gpd.GeoSeries([shapely.Point(0, 0)], crs=4326)
    with pytest.raises(InputError, match="'row 1' is not a polygon"):
        parts_of(points)
    with pytest.raises(InputError, match="no polygons"):
        Polygons.of(points.iloc[:0])
    with pytest.raises(InputError, match="come as a list"):
        Polygons.of([shapely.box(0, 0, 1, 1)])
