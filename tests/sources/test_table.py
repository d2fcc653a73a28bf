"""Tables of every kind: which kind a file is, its dialect, its columns and its geometries."""

from __future__ import annotations

import gzip
import json
import re
import warnings
import zipfile
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from placeprint.errors import DataWarning, InputError
from placeprint.sources import Table
from placeprint.sources.ids import identifiers

KINDS = ["csv", "tsv", "txt", "parquet", "gpkg", "geojson", "fgb", "shp", "xlsx", "csv.gz", "zip"]


def points(**columns):
    frame = pd.DataFrame(columns)
    shapes = gpd.points_from_xy(np.arange(len(frame)), np.full(len(frame), 50.0))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=4326)


def write(folder, kind, frame):
    path = folder / f"t.{kind}"
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    if kind in ("csv", "csv.gz", "tsv", "txt"):
        plain.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "xlsx":
        plain.to_excel(path, index=False)
    elif kind == "zip":
        frame.to_file(folder / "inside.shp")
        with zipfile.ZipFile(path, "w") as archive:
            for part in folder.glob("inside.*"):
                archive.write(part, part.name)
    else:
        frame.to_file(path)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_rows(tmp_path, kind) -> None:
    frame = points(id=["01", "02", "03"], sort=["x", "y", "x"], v=[1.5, 2.0, 3.25])
    table = Table.open(write(tmp_path, kind, frame))
    assert table.columns[:3] == ["id", "sort", "v"]
    rows = table.read(["id", "v"], {"sort": "x"}, as_text=["id"])
    if kind != "fgb":  # which keeps rows in an order of its own
        assert rows.index.tolist() == [0, 2]
    rows = rows.sort_values("id")
    assert rows["id"].tolist() == ["01", "03"]
    assert table.numbers(rows["v"]).tolist() == [1.5, 3.25]
    batches = [batch for batch, _ in table.batches(["v", "id"])]
    assert [batch.schema.names for batch in batches] == [["v", "id"]]
    if kind in ("parquet", "gpkg", "geojson", "fgb", "shp", "zip"):
        found = table.geometries(["id"]).sort_values("id")
        assert found.geometry.x.tolist() == [0, 1, 2]
        assert table.lonlat()["lat"].tolist() == [50, 50, 50]


@pytest.mark.parametrize("kind", ["parquet", "gpkg", "csv"])
def test_the_bytes_tell_the_kind_not_the_name(tmp_path, kind) -> None:
    path = write(tmp_path, kind, points(id=["01"], v=[1.5])).rename(tmp_path / "t.dat")
    assert Table.open(path).columns[:2] == ["id", "v"]


LETTERS = "".join(map(chr, range(32, 127))).replace('"', "") + "äöüßéèñçåøÄÖÜÉ"
CELLS = st.text(LETTERS, max_size=6).map(str.strip)
CELLS = CELLS.filter(lambda text: not re.search(r"[^\x00-\x7f]{4}", text))


@given(
    st.lists(st.tuples(CELLS, CELLS, st.floats(-1e6, 1e6)), min_size=4, max_size=12),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from([".", ","]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_any_common_dialect_is_read_right(tmp_path_factory, rows, sep, decimal, encoding) -> None:
    frame = pd.DataFrame(rows, columns=["Straße", "kind", "wert"]).round({"wert": 2})
    frame["kind"] = [f"k{i}" for i in range(len(frame))]
    path = tmp_path_factory.mktemp("dialect") / "t.csv"
    frame.to_csv(path, index=False, sep=sep, decimal=decimal, encoding=encoding, quoting=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        table = Table.open(path)
        read = table.read(as_text=["Straße", "kind"])
        assert read.columns.tolist() == ["Straße", "kind", "wert"]
        texts = pa.array(frame["Straße"].tolist(), pa.string())
        assert (
            read["Straße"].fillna("").tolist()
            == pa.compute.utf8_normalize(texts, "NFC").to_pylist()
        )
        assert table.numbers(read["wert"]).tolist() == pytest.approx(frame["wert"].tolist())
        said = Table.open(path, sep=sep, decimal=decimal, encoding=encoding)
        assert said.numbers(said.read()["wert"]).tolist() == table.numbers(read["wert"]).tolist()


def test_what_was_found_out_is_said(tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("Ort;Anteil\nKöln;3,5\n".encode("cp1252"))
    with pytest.warns(DataWarning, match="not UTF-8"):
        table = Table.open(path)
    with pytest.warns(DataWarning, match="comma"):
        table.numbers(table.read()["Anteil"])
    notes = " ".join(table.notes)
    for said in ("not UTF-8", "row 1", "cp1252", "separated by ';'", "decimal sign is a comma"):
        assert said in notes


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Łódź, Wisła", "cp1250"), ("Привет", "cp1251"), ("東京都", "shift_jis"), ("Αθήνα", "cp1253")],
)
def test_other_alphabets_are_asked_for(tmp_path, text, encoding) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(f'id,name\n1,"{text}"\n'.encode(encoding))
    with pytest.raises(InputError, match=r"neither UTF-8 nor cp1252 \(byte .* in row 1.*encoding"):
        Table.open(path)
    assert Table.open(path, encoding=encoding).read(as_text=["name"])["name"].tolist() == [text]


def test_only_an_empty_cell_is_missing(tmp_path) -> None:
    (tmp_path / "t.csv").write_text('id,name\n1,NA\n2,\n3,null\n4,""\n')
    names = Table.open(tmp_path / "t.csv").read(as_text=["name"])["name"]
    assert names.tolist() == ["NA", None, "null", None]


@pytest.mark.parametrize("row", ["1,2,3", "1"])
def test_rows_of_another_width_are_refused(tmp_path, row) -> None:
    (tmp_path / "t.csv").write_text(f"a,b\n1,2\n3,4\n{row}\n5,6\n7,8\n")
    with pytest.raises(InputError, match=r"row 3 has [13] cells, the header 2"):
        Table.open(tmp_path / "t.csv").read()


def test_lines_above_the_header_are_left_out_and_said(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("Table 5,,\n\nid,v,w\n1,2,3\n2,4,5\n3,5,6\n")
    with pytest.warns(DataWarning, match="lines above the names of columns"):
        table = Table.open(tmp_path / "t.csv")
    assert table.columns == ["id", "v", "w"]
    assert table.read()["v"].tolist() == ["2", "4", "5"]


def test_headers_with_a_name_twice_are_refused(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("a,b,a\n1,2,3\n")
    with pytest.raises(InputError, match="has the column a twice"):
        Table.open(tmp_path / "t.csv")


def test_missing_columns_and_conditions_suggest(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("id,kind,open\n1,x,true\n02,y,false\n")
    table = Table.open(tmp_path / "t.csv")
    with pytest.raises(InputError, match=r"no column 'knd'.*did you mean 'kind'"):
        table.read(["knd"])
    with pytest.raises(InputError, match=r"no row has kind = z.*the column holds x, y"):
        table.read(["id"], {"kind": "z"})
    assert table.read(["id"], {"id": 1})["id"].tolist() == ["1"]
    assert table.read(["id"], {"id": 2.0})["id"].tolist() == ["02"]
    assert table.read(["id"], {"open": True})["id"].tolist() == ["1"]
    assert table.read(["id"], {"kind": ["x", "y"]})["id"].tolist() == ["1", "02"]


def test_nested_columns_by_path_and_decimals(tmp_path) -> None:
    place = {"primary": "cafe", "alternate": ["bar"]}
    arrow = pa.table(
        {
            "categories": [place],
            "price": pa.array([Decimal("1.50")]),
            "code": pa.array(
                [
                    None,
                ][:1]
            ),
        }
    )
    pq.write_table(arrow, tmp_path / "t.parquet")
    table = Table.open(tmp_path / "t.parquet")
    assert table.columns[:2] == ["categories.primary", "categories.alternate"]
    assert table.read(as_text=["categories.primary"])["categories.primary"].tolist() == ["cafe"]
    assert table.numbers(table.read(["price"])["price"]).tolist() == [1.5]
    with pytest.raises(InputError, match=r"struct with the fields primary, alternate.*categories"):
        table.read(["categories"])
    with pytest.raises(InputError, match="holds list"):
        table.read(["categories.alternate"])
    batches = [batch for batch, _ in table.batches(["categories.primary"])]
    assert batches[0].column(0).to_pylist() == ["cafe"]


def test_an_index_is_a_column_like_others(tmp_path) -> None:
    frame = pd.DataFrame({"v": [1.0, 2.0]})
    frame.set_axis(pd.Index(["a", "b"], name="zone")).to_parquet(tmp_path / "a.parquet")
    assert set(Table.open(tmp_path / "a.parquet").columns) == {"v", "zone"}
    frame.set_axis(pd.RangeIndex(5, 7, name="zone")).to_parquet(tmp_path / "b.parquet")
    table = Table.open(tmp_path / "b.parquet")
    assert table.read(as_text=["zone"])["zone"].tolist() == ["5", "6"]
    assert table.read(["v"], {"zone": 6})["v"].tolist() == [2.0]


def test_large_integers_with_gaps_keep_their_digits(tmp_path) -> None:
    cells = pa.array([604189641255419903, None, 604189641389637631])
    pq.write_table(pa.table({"h3": cells}), tmp_path / "t.parquet")
    rows = Table.open(tmp_path / "t.parquet").read(as_text=["h3"])
    assert rows["h3"].tolist() == ["604189641255419903", None, "604189641389637631"]


def test_layers_sheets_and_members_are_listed(tmp_path) -> None:
    for name in ("towns", "villages"):
        points(id=[name]).to_file(tmp_path / "t.gpkg", layer=name)
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        pd.DataFrame({"id": ["towns"]}).to_excel(book, sheet_name="towns", index=False)
        pd.DataFrame({"id": ["villages"]}).to_excel(book, sheet_name="villages", index=False)
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        for name in ("towns", "villages"):
            archive.writestr(name, f"id\n{name}\n")
    for name in ("t.gpkg", "t.xlsx", "t.zip"):
        with pytest.raises(InputError, match=r"it holds 2 .*towns, villages.*layer: towns"):
            Table.open(tmp_path / name)
        assert Table.open(tmp_path / name, layer="villages").read().iloc[0, 0] == "villages"
    with pytest.raises(InputError, match="no layer 'cities': towns, villages"):
        Table.open(tmp_path / "t.gpkg", layer="cities")


def test_cells_of_spreadsheets_are_spelt_as_seen(tmp_path) -> None:
    frame = pd.DataFrame(
        {"id": ["007", 8], "n": ["1,234", 5.5], "day": pd.to_datetime(["2024-01-02"] * 2)}
    )
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    table = Table.open(tmp_path / "t.xlsx")
    rows = table.read(as_text=["id", "day"])
    assert rows["id"].tolist() == ["007", "8"]
    assert rows["day"].tolist() == ["2024-01-02"] * 2
    with pytest.warns(DataWarning, match="grouped by a comma"):
        assert table.numbers(rows["n"]).tolist() == [1234, 5.5]


def test_geometries_are_transformed_and_it_is_said(tmp_path) -> None:
    frame = points(id=["a", "b"])
    for number, crs in enumerate((3857, 2154, 32633, "ESRI:54009")):
        frame.to_crs(crs).to_parquet(tmp_path / f"{number}.parquet")
        with pytest.warns(DataWarning, match="are transformed from"):
            found = Table.open(tmp_path / f"{number}.parquet").geometries(["id"])
        assert found.crs == "EPSG:4326"
        assert shapely.equals_exact(found.geometry, frame.geometry, 1e-6).all()


def test_geometries_that_no_footer_speaks_of(tmp_path) -> None:
    wkb = pa.array([shapely.to_wkb(shapely.Point(1, 2))])
    pq.write_table(pa.table({"geometry": wkb, "id": ["a"]}), tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text('\ufeffWKT,id\n"POINT (1 2)",a\n', encoding="utf-8")
    for name in ("t.parquet", "t.csv"):
        with pytest.warns(DataWarning, match="longitude, latitude"):
            assert Table.open(tmp_path / name).lonlat(columns=["id"]).iloc[0, 1] == 2


def test_geometries_without_a_crs_or_none_at_all(tmp_path) -> None:
    points(id=["a"]).set_crs(None, allow_override=True).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"no CRS.*set_crs\(4326\)"):
        Table.open(tmp_path / "t.parquet").geometries()
    (tmp_path / "t.csv").write_text("id\n1\n")
    with pytest.raises(InputError, match="no geometries"):
        Table.open(tmp_path / "t.csv").geometries()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"/annex/objects/MD5E-s1--0.csv\n", "git annex get"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML page"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\x80\x04\x95", "pickle"),
        (b"", "empty"),
        (b"\n\n", "blank|no rows"),
        (b'{"a": [1, 2]}', "no table but JSON"),
        (b"PAR1" + b"x" * 20, "truncated"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "may be truncated"),
    ],
)
def test_files_that_are_something_else_say_what(tmp_path, content, said) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InputError, match=said):
        Table.open(tmp_path / "t.csv").read()


def test_missing_files_and_folders(tmp_path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        Table.open(tmp_path / "t.csv")
    with pytest.raises(InputError, match="folder"):
        Table.open(tmp_path)


def test_everything_as_what_it_holds(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("GEOID,zone,n,share,open\n01001,007,1,5%,true\n01003,8,,7%,\n")
    with pytest.warns(DataWarning, match="% are taken off"):
        rows = Table.open(tmp_path / "t.csv").read_all(["open"])
    assert rows["GEOID"].tolist() == ["01001", "01003"]
    assert rows["zone"].tolist() == ["007", "8"]
    assert rows["n"].dtype == "Int64"
    assert rows["share"].tolist() == [5, 7]
    assert rows["open"].tolist() == ["true", None]


def test_doubtful_columns_are_refused_together_or_text(tmp_path) -> None:
    lines = [f"{i},{i},{i}" for i in range(30)] + ["oops,what,1"]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c", *lines]))
    table = Table.open(tmp_path / "t.csv")
    with pytest.raises(InputError, match=r"(?s)2 problems.*'oops' in row 31.*'what' in row 31"):
        table.read_all()
    with pytest.warns(DataWarning, match="taken for text"):
        assert table.read_all(doubts=False)["a"].tolist()[-1] == "oops"


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.float64()),
        pa.large_list(pa.float32()),
        pa.list_(pa.int64()),
        pa.list_(pa.float16(), 2),
    ],
)
def test_lists_of_any_kind(tmp_path, kind) -> None:
    rows = [[1, 2], None, [3, 4]]
    pq.write_table(pa.table({"v": pa.array(rows, kind)}), tmp_path / "t.parquet", row_group_size=1)
    table = Table.open(tmp_path / "t.parquet")
    assert table.list_columns() == ["v"]
    found = table.read_lists("v")
    np.testing.assert_array_equal(found, [[1, 2], [np.nan, np.nan], [3, 4]])
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("rows", "message"),
    [([[1.0], [1.0, 2.0]], "lists of 1 to 2 numbers"), ([None, None], "no list")],
)
def test_ragged_and_missing_lists(tmp_path, rows, message) -> None:
    arrow = pa.table({"v": pa.array(rows, pa.list_(pa.float64()))})
    pq.write_table(arrow, tmp_path / "t.parquet")
    with pytest.raises(InputError, match=message):
        Table.open(tmp_path / "t.parquet").read_lists("v")


def test_interleaved_point_geometries_are_no_vectors(tmp_path) -> None:
    arrow = pa.table(points(v=[1.0]).to_arrow(geometry_encoding="geoarrow", interleaved=True))
    geo = json.dumps({"columns": {"geometry": {}}}).encode()
    pq.write_table(arrow.replace_schema_metadata({b"geo": geo}), tmp_path / "t.parquet")
    assert Table.open(tmp_path / "t.parquet").list_columns() == []


def test_batches_are_no_larger_than_memory_should_hold(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("placeprint.sources.formats.ROWS_AT_ONCE", 10)
    frame = pd.DataFrame({"a": range(35), "b": range(35)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        parts = list(Table.open(tmp_path / name).batches(["b"]))
        assert [batch.num_rows for batch, _ in parts] == [10, 10, 10, 5]
        assert parts[-1][1] == pytest.approx(1.0)


def test_the_primary_geometry_is_the_one_that_is_read(tmp_path) -> None:
    frame = points(id=["a"])
    frame["catchment"] = gpd.GeoSeries([shapely.box(0, 0, 9, 9)], crs=3857)
    frame[["catchment", "id", "geometry"]].set_geometry("geometry").to_parquet(
        tmp_path / "t.parquet"
    )
    found = Table.open(tmp_path / "t.parquet").geometries(["id"])
    assert found.geometry.iloc[0].equals(frame.geometry.iloc[0])


def test_the_crs_that_a_geometry_names_counts(tmp_path) -> None:
    metres = gpd.GeoSeries([shapely.Point(24.9, 60.2)], crs=4326).to_crs(3067)
    wkb = shapely.to_wkb(shapely.set_srid(metres.iloc[0], 3067), include_srid=True)
    pq.write_table(pa.table({"geom": pa.array([wkb]), "id": ["a"]}), tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text(f'wkt,id\n"SRID=3067;{metres.iloc[0].wkt}",a\n')
    for name in ("t.parquet", "t.csv"):
        found = Table.open(tmp_path / name).geometries(["id"]).geometry.iloc[0]
        assert (found.x, found.y) == pytest.approx((24.9, 60.2), abs=1e-6)
    (tmp_path / "t.csv").write_text('wkt,id\n"POINT (1 2)",a\n"POINT (24",b\n')
    with pytest.raises(InputError, match=r"t\.csv.*cannot be read"):
        Table.open(tmp_path / "t.csv").geometries(["id"])


@pytest.mark.parametrize(
    ("rows", "decimal"),
    [
        (['"0,5","1,100"', '"1,5","2,101"'], 1.1),
        (['"1,250",a', '"2,5",b'], 1.25),
    ],
)
def test_a_clear_comma_says_the_decimal_sign_of_the_file(tmp_path, rows, decimal) -> None:
    (tmp_path / "t.csv").write_text("\n".join(["a,b", *rows]) + "\n")
    table = Table.open(tmp_path / "t.csv")
    found = pd.concat([table.read()["b"], table.read()["a"]])
    numbers = table.numbers(found[found.str.contains(",")]).tolist()
    assert decimal in numbers


def test_long_numbers_of_a_spreadsheet_are_no_identifiers(tmp_path) -> None:
    rows = pd.DataFrame({"id": [123456789012345601.0, 123456789012345701.0], "v": [1.5, 2.5]})
    rows.to_excel(tmp_path / "t.xlsx", index=False)
    table = Table.open(tmp_path / "t.xlsx")
    with pytest.raises(InputError, match="whose digits are lost"):
        identifiers(table.read(as_text=["id"])["id"])
    pd.DataFrame({"a": ["20.000", "37.972"]}).to_excel(tmp_path / "u.xlsx", index=False)
    table = Table.open(tmp_path / "u.xlsx")
    with pytest.raises(InputError, match="may group thousands"):
        table.numbers(table.read()["a"])
    table = Table.open(tmp_path / "u.xlsx", decimal=",")
    assert table.numbers(table.read()["a"]).tolist() == [20000, 37972]


def test_a_shapefile_without_its_columns_says_what_is_missing(tmp_path) -> None:
    points(id=["a"]).to_file(tmp_path / "z.shp")
    (tmp_path / "z.dbf").unlink()
    with pytest.warns(DataWarning, match=r"z\.dbf is not beside it"):
        table = Table.open(tmp_path / "z.shp")
    assert table.columns == []
