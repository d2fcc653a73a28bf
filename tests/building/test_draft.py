"""From a folder of files to a recipe that builds, trains and evaluates as it is."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import placeprint as pp
from placeprint.building import Recipe, load_recipe
from placeprint.cli.app import main
from placeprint.errors import DataWarning, InputError, OutputExistsError

WIDE, HIGH = 9, 8
COLUMN, ROW = np.divmod(np.arange(WIDE * HIGH), HIGH)
LEVEL = np.sin(COLUMN / 3) + ROW / 4
IDS = np.arange(101, 101 + WIDE * HIGH)
WEST, SOUTH, SIZE = 1_110_000.0, 6_990_000.0, 900.0


def boxes() -> gpd.GeoSeries:
    west, south = WEST + COLUMN * SIZE, SOUTH + ROW * SIZE
    return gpd.GeoSeries(shapely.box(west, south, west + SIZE, south + SIZE), crs=3857)


def places(rng: np.random.Generator, count: int) -> gpd.GeoSeries:
    x, y = rng.uniform(0, [WIDE * SIZE, HIGH * SIZE], (count, 2)).T
    return gpd.GeoSeries.from_xy(WEST + x, SOUTH + y, crs=3857)


def office(folder: Path) -> Path:
    """What an office has: zones in metres, a matrix, decimal commas, a workbook, GPS."""
    rng = np.random.default_rng(0)
    zones = {
        "nr": IDS,
        "Stadtteil": [f"Viertel {chr(65 + i // 9)}{'abcdefghi'[i % 9]}" for i in IDS - 101],
    }
    gpd.GeoDataFrame(zones, geometry=boxes()).to_file(folder / "stadtteile.gpkg")
    apart = np.hypot(COLUMN[:, None] - COLUMN, ROW[:, None] - ROW)
    trips = rng.poisson(40 * np.exp(LEVEL / 2 - apart / 2))
    pd.DataFrame(trips, pd.Index(IDS, name="von"), IDS).to_csv(folder / "pendler.csv")
    points = places(rng, 900).to_crs(4326)
    shops = {
        "Bezeichnung": [f"Ort {number}" for number in range(900)],
        "Art": rng.choice(["Café", "Bäckerei", "Schule"], 900),
        "Länge": points.x.map("{:.6f}".format).str.replace(".", ","),
        "Breite": points.y.map("{:.6f}".format).str.replace(".", ","),
    }
    pd.DataFrame(shops).to_csv(folder / "orte.csv", sep=";", index=False, encoding="cp1252")
    figures = {
        "Zone": IDS.astype(str),
        "Einkommen": [f"{20_000 + 6000 * one:,.0f}" for one in LEVEL],
        "Arbeitslosenquote": [f"{50 - 10 * one:.1f} %" for one in LEVEL],
    }
    pd.DataFrame(figures).to_excel(folder / "kennzahlen.xlsx", index=False)
    seen = places(rng, 3000).to_crs(4326)
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 28 * 24 * 60, 3000), "min")
    who = [f"d{number:03d}" for number in rng.integers(0, 200, 3000)]
    visits = {"device": who, "timestamp": [f"{t.isoformat()}+02:00" for t in times]}
    pd.DataFrame({**visits, "lng": seen.x, "lat": seen.y}).to_csv(folder / "gps.csv", index=False)
    stops = {"kategorie": rng.choice(["Bus", "Tram"], 200)}
    gpd.GeoDataFrame(stops, geometry=places(rng, 200)).to_file(folder / "halte.gpkg")
    return folder


def stray(folder: Path) -> list[str]:
    """Files that have nothing to do with it."""
    contents = {
        "README.txt": b"Daten der Stadt\nStand 2024\n",
        "karte.pdf": b"%PDF-1.4\n",
        "bild.jpg": b"\xff\xd8\xff\xe0" + bytes(20),
        "~$kennzahlen.xlsx": b"\x05Anna" + bytes(60),
        ".DS_Store": b"\0\0\0\1Bud1",
        "Thumbs.db": b"\xd0\xcf\x11\xe0" + bytes(600),
        "leer.csv": b"",
        "gross.parquet": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "halb.xlsx": b"PK\x03\x04xx",
        "kaputt.csv": b'a;b\n"x;1\n',
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return list(contents)


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    return office(tmp_path_factory.mktemp("office") / ".")


def drafted(folder: Path, out: Path) -> Recipe:
    pp.draft(folder, out)
    return load_recipe(out)


def columns(folder: Path, name: str, **of: object) -> None:
    pd.DataFrame(of).to_csv(folder / name, index=False)


def test_an_office_folder_is_drafted_built_trained_and_scored(raw, tmp_path, capsys) -> None:
    folder = tmp_path / "office"
    shutil.copytree(raw, folder)
    strays = stray(folder)
    files = [str(tmp_path / name) for name in ("r.yaml", "atlas", "run")]
    main_(["draft", str(folder), "--out", files[0]])
    shown = capsys.readouterr().out
    assert "placeprint train atlas --out run" in shown
    main_(["build", files[0], "--data", str(folder), "--out", files[1]])
    quick = ["--set", "training.epochs=3", "--set", "dim=16"]
    main_(["train", files[1], "--out", files[2], *quick])
    main_(["evaluate", files[2], "--seeds", "2", "--probes", "ridge"])
    recipe = load_recipe(files[0])
    assert {"mobility", "visits", "neighbourhood"} == {*recipe.graphs}
    assert recipe.graphs["mobility"].kind == "matrix"
    assert {*recipe.features} == {"pois", "pois_2"}
    assert {*recipe.labels[0].tasks} == {"Einkommen", "Arbeitslosenquote"}
    atlas = pp.Atlas(files[1])
    assert atlas.region_ids.tolist() == IDS.astype(str).tolist()
    np.testing.assert_allclose(atlas.labels("Einkommen")["value"], 20_000 + 6000 * LEVEL, atol=1)
    assert pp.draft(folder).files.keys() >= {*strays}
    assert all(pp.draft(folder).files[name][1].startswith("not placed: ") for name in strays)


def main_(arguments: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        with pytest.raises(SystemExit) as left:
            main(arguments)
    assert left.value.code in (0, None)


def test_it_says_why_and_what_else_could_be(raw, tmp_path) -> None:
    made = pp.draft(raw, tmp_path / "r.yaml")
    assert "72 of 72 ids of Zone match nr of stadtteile.gpkg" in made.text
    assert made.text == (tmp_path / "r.yaml").read_text(encoding="utf-8")
    assert made.text == pp.draft(raw).text
    with pytest.raises(OutputExistsError):
        pp.draft(raw, tmp_path / "r.yaml")
    assert all(name in made.text for name in made.files)


NAMES = st.sampled_from(["zone_id", "ZONE", "Stadtteil", "commune", "codigo", "Ward Code", "Номер"])
PAIRS = st.sampled_from(
    [
        ("lng", "lat"),
        ("longitude", "latitude"),
        ("X", "Y"),
        ("LON_WGS84", "LAT_WGS84"),
        ("Länge", "Breite"),
    ]
)
ENDS = st.sampled_from([("from", "to"), ("origine", "destination"), ("von", "nach"), ("a", "b")])
SPELT = st.sampled_from(["{}", "Z{:03d}", "{:05d}", "é {}"])


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES, NAMES, PAIRS, ENDS, SPELT, st.sampled_from([",", ";", "\t"]))
def test_columns_may_be_called_anything(
    tmp_path_factory, zone, other, pair, ends, spelt, sep
) -> None:
    folder = tmp_path_factory.mktemp("named")
    rng = np.random.default_rng(1)
    ids = [spelt.format(number) for number in IDS]
    outlines = boxes()
    gpd.GeoDataFrame({zone: ids}, geometry=outlines).to_file(folder / "z.geojson", driver="GeoJSON")
    points = places(rng, 400).to_crs(4326)
    shops = {pair[0]: points.x, pair[1]: points.y, "type": rng.choice(["a", "b", "c"], 400)}
    pd.DataFrame(shops).to_csv(folder / "p.csv", sep=sep, index=False)
    flows = {
        ends[0]: rng.choice(ids, 900),
        ends[1]: rng.choice(ids, 900),
        "n": rng.integers(1, 9, 900),
    }
    pd.DataFrame(flows).to_csv(folder / "f.csv", sep=sep, index=False)
    values = {other: ids, "income": LEVEL.round(3), "jobs": COLUMN}
    pd.DataFrame(values).to_csv(folder / "l.csv", sep=sep, index=False)
    recipe = drafted(folder, folder / "r.yaml")
    assert (recipe.regions.kind, recipe.regions.region) == ("polygons", zone)
    flows_ = recipe.graphs["mobility"]
    assert (flows_.origin, flows_.destination, flows_.weight) == (*ends, "n")
    assert (recipe.features["pois"].lon, recipe.features["pois"].lat) == pair
    assert recipe.labels[0].region == other
    assert {task.column for task in recipe.labels[0].tasks.values()} == {"income", "jobs"}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='",;\t|\n\r'),
        min_size=1,
        max_size=12,
    )
)
def test_any_name_of_a_column_is_read_back_from_the_recipe(tmp_path_factory, name) -> None:
    folder = tmp_path_factory.mktemp("text")
    ids = [f"k{number}" for number in range(30)]
    label = f"{name} rent"
    columns(folder, "a.csv", zone=ids, **{label: np.arange(30) * 1.5})
    columns(folder, "b.csv", zone=ids, **{f"age_{n}": np.arange(30) + n for n in range(4)})
    columns(folder, "c.csv", o=ids * 4, d=ids[1:] + ids[:1] + ids[2:] + ids[:2] + ids + ids, n=1)
    recipe = drafted(folder, folder / "r.yaml")
    found = [task.column for table in recipe.labels for task in table.tasks.values()]
    assert label.strip() in found


def test_numbers_that_are_no_ids_join_nothing(tmp_path) -> None:
    ids = range(40)
    outline = gpd.GeoDataFrame({"tract": [f"0{n}100" for n in ids]}, geometry=boxes()[:40])
    outline.to_file(tmp_path / "unmatched.gpkg")
    columns(
        tmp_path, "a.csv", region_id=ids, **{f"poi_{n}": np.arange(40) % (n + 3) for n in range(5)}
    )
    columns(tmp_path, "b.csv", region_id=ids, crime=np.arange(40) / 7)
    recipe = drafted(tmp_path, tmp_path / "r.yaml")
    assert recipe.regions.kind == "table"
    assert pp.draft(tmp_path).files["unmatched.gpkg"][1].startswith("not placed")


def test_tables_alone_centres_alone_and_cells(tmp_path) -> None:
    import h3

    cells = sorted(h3.grid_disk(h3.latlng_to_cell(60.2, 24.9, 8), 4))
    rng = np.random.default_rng(0)
    for kind, ids in {
        "table": [f"c{n}" for n in range(61)],
        "points": range(61),
        "h3": cells,
    }.items():
        folder = tmp_path / kind
        folder.mkdir()
        places_ = {"lon": rng.uniform(2, 3, 61), "lat": rng.uniform(48, 49, 61)}
        columns(
            folder,
            "a.csv",
            commune=ids,
            rent=rng.normal(size=61),
            **(places_ if kind == "points" else {}),
        )
        columns(
            folder, "f.csv", origine=np.repeat(ids, 5), destination=rng.choice(ids, 305), effectif=2
        )
        columns(
            folder, "p.csv", commune=ids, **{f"age_{n}": rng.integers(1, 9, 61) for n in range(4)}
        )
        if kind == "h3":
            outline = shapely.union_all(
                [shapely.Polygon([p[::-1] for p in h3.cell_to_boundary(c)]) for c in cells]
            )
            gpd.GeoSeries([outline], crs=4326).to_file(folder / "outline.gpkg")
        recipe = drafted(folder, tmp_path / f"{kind}.yaml")
        assert recipe.regions.kind == kind
        assert {"mobility"} <= {*recipe.graphs}
        assert pp.draft(folder).train == ""
        assert len(pp.build(recipe, folder, tmp_path / f"{kind}-atlas").region_ids) >= 61


def test_unknown_ids_kinds_of_flows_and_overlaps_are_told(tmp_path) -> None:
    ids = [f"z{number}" for number in IDS]
    west = boxes().buffer(50, join_style="mitre")
    gpd.GeoDataFrame({"code": ids, "ok": [True] * 72}, geometry=west).to_file(tmp_path / "z.gpkg")
    pairs = [
        (a, b, kind, 2 if kind == "work" else 1)
        for a in [*ids, "far"]
        for b in ids[:9]
        for kind in ("home", "work")
    ]
    pd.DataFrame(pairs, columns=["o", "d", "purpose", "n"]).to_csv(tmp_path / "f.csv", index=False)
    columns(
        tmp_path,
        "v.csv",
        code=[*ids, "far"],
        price=np.arange(73.0),
        **{"class": ["a", "b", "c"] * 24 + ["a"]},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        recipe = drafted(tmp_path, tmp_path / "r.yaml")
    assert recipe.regions.overlaps == "warn"
    flows = recipe.graphs["mobility"]
    assert (flows.where, flows.unknown) == ({"purpose": "work"}, "drop")
    assert {name: task.kind for name, task in recipe.labels[0].tasks.items()} == {
        "price": "regression",
        "class": "classification",
    }


def test_the_finer_level_months_of_visits_and_sheets_of_notes(tmp_path) -> None:
    rng = np.random.default_rng(0)
    zones = gpd.GeoDataFrame({"ZONE": IDS - 100, "part": COLUMN // 2}, geometry=boxes())
    zones["part"] = "P" + zones["part"].astype(str)
    zones.to_file(tmp_path / "zones.gpkg")
    zones.dissolve("part").reset_index()[["part", "geometry"]].to_file(tmp_path / "parts.gpkg")
    columns(tmp_path, "parts.csv", part=["P0", "P1", "P2", "P3"], trust=[1.0, 3, 2, 4])
    for month in ("01", "02"):
        days = [f"2024-{month}-{day:02d}" for day in rng.integers(1, 28, 900)]
        seen = {"uid": rng.integers(0, 150, 900), "zone": rng.integers(1, 73, 900), "when": days}
        columns(tmp_path, f"visits-{month}.csv", **seen)
    with pd.ExcelWriter(tmp_path / "labels.xlsx") as book:
        pd.DataFrame({"ZONE": IDS - 100, "rent": LEVEL}).to_excel(
            book, sheet_name="rents", index=False
        )
        pd.DataFrame({"a": ["Source: the office"]}).to_excel(
            book, sheet_name="notes", index=False, header=False
        )
    recipe = drafted(tmp_path, tmp_path / "r.yaml")
    assert recipe.regions.file == "zones.gpkg"
    assert recipe.graphs["mobility"].files == ["visits-01.csv", "visits-02.csv"]
    assert recipe.graphs["mobility"].region == "zone"
    tables = {table.file: table for table in recipe.labels}
    assert tables["labels.xlsx"].layer == "rents"
    assert tables["parts.csv"].level == "part"


def test_decimal_commas_that_might_be_thousands_are_said_in_the_recipe(tmp_path) -> None:
    ids = [f"z{number}" for number in range(30)]
    rows = [f"{one};{n + 1},{100 + 7 * n}" for n, one in enumerate(ids)]
    (tmp_path / "a.csv").write_text("\n".join(["zone;Kosten", *rows]))
    columns(tmp_path, "b.csv", zone=ids, **{f"% {n}": np.arange(30) + n for n in range(4)})
    recipe = drafted(tmp_path, tmp_path / "r.yaml")
    assert (recipe.regions.kind, recipe.regions.decimal) == ("table", ",")
    assert {table.decimal for table in recipe.labels if table.file == "a.csv"} <= {","}


def test_a_folder_without_regions_is_refused_with_what_it_holds(tmp_path) -> None:
    names = stray(tmp_path)
    with pytest.raises(InputError) as told:
        pp.draft(tmp_path)
    assert all(name in str(told.value) for name in names)
    with pytest.raises(InputError):
        pp.draft(tmp_path / "nowhere")


@pytest.mark.data
@pytest.mark.parametrize("city", ["chicago", "san-francisco", "singapore-subzones", "nyc-tracts"])
def test_real_cities_are_built_as_drafted(data, tmp_path, city) -> None:
    recipe = drafted(data / city, tmp_path / "r.yaml")
    assert recipe.regions.kind == ("table" if city == "san-francisco" else "polygons")
    assert ("mobility" in recipe.graphs) == (city in {"chicago", "san-francisco"})
    atlas = pp.build(tmp_path / "r.yaml", data / city, tmp_path / "atlas")
    assert atlas.feature_names
    assert atlas.label_names


@pytest.mark.data
def test_an_extract_alone_is_a_city_of_blocks(data, tmp_path) -> None:
    (tmp_path / "raw").mkdir()
    shutil.copy(data / "osm" / "monaco.osm.pbf", tmp_path / "raw")
    made = pp.draft(tmp_path / "raw", tmp_path / "r.yaml")
    assert made.train == " --model urbanmfm"
    recipe = load_recipe(tmp_path / "r.yaml")
    assert recipe.regions.kind == "blocks"
    assert recipe.labels[0].entities == "buildings"
    assert {"pois", "buildings", "ways"} == {*recipe.entities}
    pp.build(recipe, tmp_path / "raw", tmp_path / "atlas")


@pytest.mark.data
@pytest.mark.slow
def test_a_jumble_is_no_error(data) -> None:
    made = pp.draft(data / "public-samples")
    assert len(made.files) > 40


def test_ids_of_other_places_name_no_regions(tmp_path) -> None:
    outlines = [shapely.box(n, 0, n + 1, 1) for n in range(30)]
    zones = gpd.GeoDataFrame({"id": [f"Z{n:02}" for n in range(30)]}, geometry=outlines, crs=4326)
    zones.to_file(tmp_path / "zones.geojson")
    for prefix in ("Z", "Q"):
        rows = "".join(f"{prefix}{n:02},{n % 7}\n" for n in range(30))
        (tmp_path / f"{prefix}.csv").write_text(f"id,income\n{rows}")
    assert {"Z.csv", "zones.geojson"} <= {*pp.draft(tmp_path).files}
    assert "30 of 30 ids of id match id of zones.geojson" in pp.draft(tmp_path).text
    assert "Q.csv: 30 of 30" not in pp.draft(tmp_path).text
