"""Polygons out of files and frames, in parts."""

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely

from placeprint.errors import InputError
from placeprint.lookup.polygon_files import (
    PolygonPart,
    count_polygons,
    labels_of,
    polygon_parts,
)


@pytest.fixture
def frame() -> gpd.GeoDataFrame:
    shapes = shapely.box(np.arange(10), 0, np.arange(10) + 1.0, 1)
    names = [f"quarter {number}" for number in range(10)]
    return gpd.GeoDataFrame({"name": names, "people": np.arange(10)}, geometry=shapes, crs=4326)


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet", ".fgb", ".shp"])
def test_files_give_what_the_frame_gives(frame, suffix, tmp_path) -> None:
    path = tmp_path / f"polygons{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    parts = [*polygon_parts(path, at_once=4)]
    assert count_polygons(path) == 10
    assert max(len(part.outlines) for part in parts) <= 4
    rows = pa.concat_tables([part.rows for part in parts]).select(["name", "people"])
    order = np.argsort(rows.column("people").to_numpy())  # FlatGeobuf has an order of its own
    shapes = np.concatenate([part.outlines for part in parts])[order]
    assert rows.column("name").take(order).to_pylist() == frame["name"].tolist()
    assert shapely.equals(shapes, frame.geometry.to_numpy()).all()


def test_frames_come_in_parts(frame) -> None:
    for given in (frame, frame.geometry):
        parts = [*polygon_parts(given, at_once=4)]
        assert [len(part.outlines) for part in parts] == [4, 4, 2]
        assert parts[0].rows.num_columns == 0


def test_what_crosses_itself_is_repaired_and_the_antimeridian_cuts(frame) -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    across = shapely.box(179, 0, 181, 1)
    shapes = gpd.GeoSeries([bow, shapely.box(-180, 0, -179, 1), across], crs=4326)
    outlines = next(polygon_parts(shapes)).outlines
    assert shapely.is_valid(outlines).all()
    assert len(outlines[2].geoms) == 2
    over = shapely.box(359, 0, 361, 1)
    with pytest.raises(InputError, match="not longitudes and latitudes"):
        next(polygon_parts(gpd.GeoSeries([over], crs=4326)))


def test_labels(frame) -> None:
    rows, shapes = pa.table({"name": frame["name"], "people": frame["people"]}), frame.geometry
    assert labels_of(PolygonPart(rows, shapes, 0), 5)[:2] == ["quarter 0", "quarter 1"]
    for nameless in (rows.drop_columns("name"), pa.table({})):
        assert labels_of(PolygonPart(nameless, shapes, 0), 5)[:2] == ["row 5", "row 6"]


def test_files_that_are_no_use(frame, tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        count_polygons(tmp_path / "absent.gpkg")
    with pytest.raises(InputError, match="no such file"):
        next(polygon_parts(tmp_path / "absent.parquet"))
    (tmp_path / "broken.geojson").write_text("{")
    with pytest.raises(InputError, match="cannot be read as a vector file"):
        next(polygon_parts(tmp_path / "broken.geojson"))
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match="no vector file"):
        next(polygon_parts(tmp_path / "a.csv"))
    frame.drop(columns="geometry").to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(InputError, match="it has no geometry"):
        count_polygons(tmp_path / "plain.parquet")
    frame.to_crs(3857).to_parquet(tmp_path / "metres.parquet")
    frame.to_crs(3857).to_file(tmp_path / "metres.gpkg")
    for name in ("metres.parquet", "metres.gpkg"):
        with pytest.raises(InputError, match=r"Pseudo-Mercator.*expected EPSG:4326"):
            next(polygon_parts(tmp_path / name))
    with pytest.raises(InputError, match="no CRS"):
        next(polygon_parts(frame.set_crs(None, allow_override=True)))
    points = gpd.GeoSeries([shapely.Point(0, 0)], crs=4326)
    with pytest.raises(InputError, match="'row 0' is not a polygon"):
        next(polygon_parts(points))
    with pytest.raises(InputError, match="no polygons"):
        next(polygon_parts(points.iloc[:0]))
    frame.to_parquet(tmp_path / "arrow.parquet", geometry_encoding="geoarrow")
    with pytest.raises(InputError, match="encoded as 'polygon', expected WKB"):
        next(polygon_parts(tmp_path / "arrow.parquet"))
