from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from placeprint.errors import InputError
from placeprint.regions import Regions
from placeprint.regions.metric import haversine_m
from placeprint.sources.street_views import (
    DIRECTIONS,
    group_centres,
    group_points,
    joined_scenes,
    quarters,
    read_street_views,
)

METRE = 1 / 111_195
COLOURS = {"E": (200, 0, 0), "S": (0, 200, 0), "W": (0, 0, 200), "N": (200, 200, 0)}
TURNS = {"E": 90.0, "S": 180.0, "W": 270.0, "N": 0.0}


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    """Three sampling points: four views in region a, two in b, one outside of all regions."""
    rows = []
    for lon, lat, views in ((0.5, 50.5, "NESW"), (1.5, 50.5, "WE"), (7.0, 50.5, "S")):
        for view in views:
            name = f"{lon}{view}.png"
            Image.new("RGB", (60, 40), COLOURS[view]).save(tmp_path / name)
            rows.append((name, lon, lat + len(rows) % 2 * 2 * METRE, TURNS[view], f"view {view}"))
    table = pd.DataFrame(rows, columns=["file", "lon", "lat", "heading", "caption"])
    table.sample(frac=1, random_state=0).to_csv(tmp_path / "photos.csv", index=False)
    return tmp_path / "photos.csv"


def changed(path: Path, row: int, **values: object) -> Path:
    table = pd.read_csv(path)
    for column, value in values.items():
        table[column] = table[column].astype(object)
        table.loc[row, column] = value
    table.to_csv(path, index=False)
    return path


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def tagged(path: Path, lon: float, lat: float, heading: float | None, orientation: int = 1) -> None:
    """A photograph whose upper half is white, with EXIF."""
    halves = np.zeros((40, 40, 3), dtype=np.uint8)
    halves[:20] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    gps = {1: "N", 2: (lat, 0.0, 0.0), 3: "E", 4: (lon, 0.0, 0.0)}
    exif[0x8825] = gps if heading is None else {**gps, 17: heading}
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(halves).save(path, exif=exif)


def test_groups_directions_regions_and_pixels(walk: Path, regions: Regions) -> None:
    views, account = read_street_views(walk, regions, scene="caption", size=16)
    assert views.columns.tolist() == [
        "group_id", "region_id", "lon", "lat", "heading", "direction", "scene", "image",
    ]  # fmt: skip
    assert views["direction"].tolist() == ["E", "S", "W", "N", "E", "W"]
    assert views["region_id"].tolist() == ["a"] * 4 + ["b"] * 2
    assert views["heading"].tolist() == [90, 180, 270, 0, 90, 270]
    assert views["group_id"].unique().tolist() == ["sv/0.500000_50.500009", "sv/1.500000_50.500009"]
    assert views["lat"].unique().tolist() == [50.500009]
    assert views["scene"].unique().tolist() == [
        "view E; view S; view W; view N", "view E; view W",
    ]  # fmt: skip
    for direction, image in zip(views["direction"], views["image"]):
        assert (pixels(image) == COLOURS[direction]).all()
        assert pixels(image).shape == (16, 16, 3)
    assert account.dropped == {"outside the study area": 1}
    assert (account.rows, account.matched, account.regions) == (7, 6, 2)
    assert (account.groups, account.groups_of_two) == (2, 2)


def test_the_order_of_the_rows_does_not_matter(walk: Path, regions: Regions) -> None:
    views, _ = read_street_views(walk, regions, scene="caption", size=16)
    pd.read_csv(walk).iloc[::-1].to_parquet(walk.with_suffix(".parquet"))
    again, _ = read_street_views(walk.with_suffix(".parquet"), regions, scene="caption", size=16)
    pd.testing.assert_frame_equal(views, again)


def test_the_photograph_nearest_to_the_middle_is_kept(walk: Path, regions: Regions) -> None:
    table = pd.DataFrame(
        {
            "file": ["0.5E.png", "0.5S.png", "0.5W.png", "0.5N.png"],
            "lon": 0.5,
            "lat": 50.5,
            "heading": [80.0, 95.0, 85.0, -275.0],  # the last three are off by five degrees
        }
    )
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        table.iloc[order].to_csv(walk, index=False)
        views, account = read_street_views(walk, regions, size=8)
        assert views["direction"].tolist() == ["E"]
        assert (pixels(views["image"][0]) == COLOURS["N"]).all()  # 0.5N.png sorts first
        assert views["heading"].tolist() == [85.0]
        assert account.dropped == {"beside a better one in the same direction": 3}
        assert (account.groups, account.groups_of_two) == (1, 0)


def test_all_views_facing_one_way_are_groups_of_one(walk: Path, regions: Regions) -> None:
    table = pd.read_csv(walk).assign(heading=92.0)
    table.to_csv(walk, index=False)
    views, account = read_street_views(walk, regions, size=8)
    assert views["direction"].tolist() == ["E", "E"]
    assert account.groups_of_two == 0
    assert account.describe().endswith("2 groups, 0 with two directions or more")


def test_given_groups_are_used(walk: Path, regions: Regions) -> None:
    table = pd.read_csv(walk)
    table.assign(point=table["lon"].map({0.5: 7, 1.5: 7, 7.0: 8})).to_csv(walk, index=False)
    views, account = read_street_views(walk, regions, group="point", size=8)
    assert views["group_id"].unique().tolist() == ["7"]
    assert account.dropped["beside a better one in the same direction"] == 2
    table.assign(point=None).to_csv(walk, index=False)
    with pytest.raises(InputError, match="7 photographs name no group"):
        read_street_views(walk, regions, group="point")


def test_what_the_table_does_not_know_is_read_from_exif(tmp_path: Path, regions: Regions) -> None:
    tagged(tmp_path / "a.png", 1.0, 50.0, 181.0)
    tagged(tmp_path / "b.png", 1.0, 50.0, None)
    tagged(tmp_path / "c.png", 0.0, 50.0, 90.0)
    path = tmp_path / "photos.csv"
    table = pd.DataFrame({"file": ["a.png", "b.png", "c.png"], "heading": [None, 2.0, None],
                          "lon": [None, None, 1.5], "lat": [50.2, None, 50.5]})  # fmt: skip
    table.to_csv(path, index=False)
    views, account = read_street_views(path, regions, size=8)
    # Half a position is none: a lies where EXIF says, on the border of region b.
    assert views["direction"].tolist() == ["S", "N", "E"]
    assert views["lon"].tolist() == [1.0, 1.0, 1.5]
    assert views["lat"].tolist() == [50.0, 50.0, 50.5]
    assert views["scene"].tolist() == [""] * 3
    views, account = read_street_views(path, regions, lon=None, lat=None, heading=None, size=8)
    assert views["direction"].tolist() == ["E", "S"]
    assert account.dropped == {"without a heading": 1}


def test_a_folder_of_photographs(tmp_path: Path, regions: Regions) -> None:
    tagged(tmp_path / "raw" / "b.jpg", 1.0, 50.0, 271.0, orientation=3)
    tagged(tmp_path / "raw" / "a.PNG", 1.0, 50.0, 1.0)
    (tmp_path / "raw" / "notes.txt").write_text("none")
    Image.new("RGB", (9, 9)).save(tmp_path / "raw" / "plain.jpg")
    views, account = read_street_views(tmp_path / "raw", regions, size=8)
    assert views["direction"].tolist() == ["W", "N"]
    assert account.dropped == {"without a position": 1}
    upside_down, upright = (pixels(image) for image in views["image"])
    assert upside_down[:3].mean() < 10 < 245 < upside_down[5:].mean()
    assert upright[:3].mean() > 245
    with pytest.raises(InputError, match=r"has no column 'caption' \(scene\)"):
        read_street_views(tmp_path / "raw", regions, scene="caption")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no photographs in it"):
        read_street_views(tmp_path / "empty", regions)


def test_the_middle_square_is_resized(tmp_path: Path, regions: Regions) -> None:
    """Also where a JPEG is decoded at a smaller scale."""
    stripes = np.zeros((600, 1000, 3), dtype=np.uint8)
    stripes[:, :200], stripes[:, 200:500], stripes[:, 500:800] = 255, (200, 0, 0), (0, 0, 200)
    Image.fromarray(stripes).save(tmp_path / "a.jpg", quality=95)
    path = tmp_path / "photos.csv"
    row = {"file": ["a.jpg"], "lon": [0.5], "lat": [50.5], "heading": [0]}
    pd.DataFrame(row).to_csv(path, index=False)
    views, _ = read_street_views(path, regions, size=40)
    found = pixels(views["image"][0]).astype(int)
    np.testing.assert_allclose(found[:, 2:18].mean(axis=(0, 1)), [200, 0, 0], atol=3)
    np.testing.assert_allclose(found[:, 22:38].mean(axis=(0, 1)), [0, 0, 200], atol=3)
    assert views["image"][0].startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lat": 95}, r"column 'lat' holds '?95.* in row 3 .*expected degrees within ±90"),
        ({"lon": "east"}, r"column 'lon' holds 'east' in row 3 .*expected degrees"),
        ({"heading": 720}, r"column 'heading' holds '?720.* in row 3 .*expected degrees"),
        ({"heading": "inf"}, r"column 'heading' holds 'inf' in row 3"),
        ({"file": None}, r"column 'file' holds None in row 3 .*expected a file in"),
        ({"file": "none.png"}, r"column 'file' holds 'none.png' in row 3 .*expected a file in"),
    ],
)
def test_bad_rows_are_named(
    walk: Path, regions: Regions, values: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read_street_views(changed(walk, 2, **values), regions)


def test_bad_files_are_named(walk: Path, regions: Regions) -> None:
    (walk.parent / "0.5E.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"0\.5E\.png: cannot be read as an image"):
        read_street_views(walk, regions)
    with pytest.raises(InputError, match=r"0\.5E\.png: cannot be read as an image"):
        read_street_views(walk, regions, heading=None)
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(walk.parent / "0.5E.png")
    whole = (walk.parent / "0.5E.png").read_bytes()
    (walk.parent / "0.5E.png").write_bytes(whole[:2000])
    with pytest.raises(InputError, match=r"0\.5E\.png: cannot be read as an image"):
        read_street_views(walk, regions)
    Image.fromarray(np.zeros((9, 9), dtype=np.uint16)).save(walk.parent / "0.5E.png")
    with pytest.raises(InputError, match="expected 8 bits a colour"):
        read_street_views(walk, regions)


def test_impossible_exif_is_named(tmp_path: Path, regions: Regions) -> None:
    tagged(tmp_path / "raw" / "a.jpg", 1.0, 91.0, 0.0)
    with pytest.raises(InputError, match=r"a\.jpg: its EXIF says longitude 1, latitude 91"):
        read_street_views(tmp_path / "raw", regions)


def test_bad_requests_are_refused(walk: Path, regions: Regions) -> None:
    with pytest.raises(InputError, match=r"no column 'headings' \(heading\).*or null \(None\)"):
        read_street_views(walk, regions, heading="headings")
    pd.DataFrame({"file": [], "lon": [], "lat": [], "heading": []}).to_csv(walk, index=False)
    with pytest.raises(InputError, match="it lists no photographs"):
        read_street_views(walk, regions)


def test_files_may_lie_elsewhere(walk: Path, regions: Regions, tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    shutil.move(walk, tmp_path / "tables" / "photos.csv")
    views, _ = read_street_views(tmp_path / "tables/photos.csv", regions, folder=tmp_path, size=8)
    assert len(views) == 6


def around(lon: float, lat: float) -> Regions:
    box = np.asarray([shapely.box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)])
    return Regions.from_polygons(pd.Index(["here"]), box)


@pytest.mark.data
def test_photographs_of_berlin(data: Path) -> None:
    path, berlin = data / "street-level" / "photos.csv", around(13.4, 52.519)
    views, account = read_street_views(path, berlin, heading="compass_deg", size=64)
    assert views["direction"].tolist() == ["E", "E"]
    assert account.dropped == {
        "without a heading": 26, "beside a better one in the same direction": 1,
    }  # fmt: skip
    assert [pixels(image).shape for image in views["image"]] == [(64, 64, 3)] * 2
    names = {"lon": None, "lat": None, "heading": "sfm_heading_deg"}
    views, _ = read_street_views(path, berlin, **names, size=64)
    assert views["direction"].tolist() == ["N", "N"]


@pytest.mark.data
def test_photographs_without_a_heading(data: Path) -> None:
    lund = data / "street-level" / "lund"
    with pytest.raises(
        InputError, match=r"of 26 photographs 0 have no position and 26 no heading.*GPSImgDirection"
    ):
        read_street_views(lund, around(13.195, 55.699))


def connected(lon: np.ndarray, lat: np.ndarray, radius_m: float) -> np.ndarray:
    """Chains of points within the radius, pair by pair."""
    group = np.arange(len(lon))
    for _ in lon:
        for i in range(len(lon)):
            for j in range(len(lon)):
                if haversine_m(lon[i], lat[i], lon[j], lat[j]) <= radius_m:
                    group[i] = group[j] = min(group[i], group[j])
    return group


def partition(group: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(group == value).tolist()) for value in np.unique(group)}


@pytest.mark.parametrize("lat", [0.0, 60.0, -33.0])
@pytest.mark.parametrize("lon", [24.0, 180.0])
def test_sampling_points_are_connected_components(lon: float, lat: float) -> None:
    """Points 100 m apart, each with photographs up to 3 m around it."""
    rng = np.random.default_rng(0)
    steps = np.repeat(rng.permutation(6), 5) * 100 / 111_000
    noise = rng.uniform(-3, 3, (2, 30)) / 111_000 / np.sqrt(2)
    found_lon = lon + (steps - 3e-3 + noise[0]) / np.cos(np.radians(lat))
    found_lon = (found_lon + 180) % 360 - 180
    found_lat = lat + noise[1]
    group = group_points(found_lon, found_lat, 10.0)
    assert partition(group) == partition(connected(found_lon, found_lat, 10.0))
    assert len(np.unique(group)) == 6


def test_a_chain_is_split_into_groups_of_the_radius() -> None:
    """Photographs every 4 m along a kilometre are no single group."""
    lon = 24 + np.arange(250) * 4 / 111_000 / np.cos(np.radians(60))
    lat = np.full(250, 60.0)
    group = group_points(lon, lat, 10.0)
    members = partition(group)
    assert 40 < len(members) < 130
    for rows in (sorted(member) for member in members):
        across = haversine_m(lon[rows[0]], lat[rows[0]], lon[rows[-1]], lat[rows[-1]])
        assert across <= 20
        assert rows == list(range(rows[0], rows[-1] + 1))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 24), spread=st.floats(1, 200))
def test_the_order_of_the_points_does_not_matter(seed: int, count: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    lon, lat = 24 + rng.uniform(0, spread, (2, count)) / 111_000
    lon[: count // 3] = lon[0]
    lat[: count // 3] = lat[0]
    group = group_points(lon, lat, 10.0)
    order = rng.permutation(count)
    again = group_points(lon[order], lat[order], 10.0)
    assert {frozenset(order[list(rows)].tolist()) for rows in partition(again)} == partition(group)
    assert set(group) == set(range(group.max() + 1))
    chains = connected(lon, lat, 10.0)
    for rows in partition(group):
        assert len(set(chains[list(rows)])) == 1
        for i in rows:
            for j in rows:
                assert haversine_m(lon[i], lat[i], lon[j], lat[j]) <= 20.0001


def test_radius_zero_joins_equal_points_only() -> None:
    lon = np.array([1.0, 1.0, 1.0000001])
    assert group_points(lon, np.zeros(3), 0.0).tolist() == [0, 0, 1]


def test_centres_are_means_across_the_antimeridian() -> None:
    lon, lat = np.array([179.9999, -179.9997, 10.0, 10.0002]), np.array([0.0, 0.0, 5.0, 5.0])
    centres = group_centres(lon, lat, np.array([0, 0, 1, 1]))
    assert centres["lon"].tolist() == [-179.9999, -179.9999, 10.0001, 10.0001]
    assert centres["lat"].tolist() == [0.0, 0.0, 5.0, 5.0]
    assert not np.signbit(centres["lat"]).any()


@given(st.floats(-360, 360))
def test_the_nearest_of_four_directions(heading: float) -> None:
    middle = {"E": 90, "S": 180, "W": 270, "N": 0}
    away = {name: abs((heading - degrees + 180) % 360 - 180) for name, degrees in middle.items()}
    quarter, off = quarters(np.array([heading]))
    assert off[0] == pytest.approx(min(away.values()), abs=1e-9)
    assert away[DIRECTIONS[quarter[0]]] == pytest.approx(off[0], abs=1e-9)


def test_halfway_belongs_to_the_next_clockwise() -> None:
    quarter, off = quarters(np.array([45.0, 135.0, 225.0, 315.0, 360.0]))
    assert [DIRECTIONS[i] for i in quarter] == ["E", "S", "W", "N", "N"]
    assert off.tolist() == [45, 45, 45, 45, 0]


def test_nothing_said_is_no_scene() -> None:
    scenes = [np.nan, " ", None, "a bridge "]
    assert joined_scenes(list("aabb"), scenes).tolist() == ["", "", "a bridge", "a bridge"]
