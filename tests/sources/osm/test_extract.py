"""Files as found: what is there twice, deleted, out of order, without a place, or no extract."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import quoteattr

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.sources.osm import OSMData, read_osm

pytest.importorskip("osmium")

STEP = 0.001
HEAD = '<?xml version="1.0"?>\n<osm version="0.6" generator="test">\n'


def element(kind: str, inside: str = "", tags: dict[str, str] | None = None, **attributes) -> str:
    said = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    inside += "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in (tags or {}).items())
    return f"<{kind}{said}>{inside}</{kind}>\n"


def node(number: int, x: float | None, name: str | None = None, **attributes) -> str:
    """A cafe, if it has a name; x steps to the east, nowhere if None."""
    place = {} if x is None else {"lon": f"{7 + x * STEP:.7f}", "lat": "43.7000000"}
    tags = {"amenity": "cafe", "name": name} if name else {}
    return element("node", tags=tags, id=number, **attributes, **place)


def way(number: int, nodes: list[int], tags: dict[str, str], **attributes) -> str:
    refs = "".join(f'<nd ref="{one}"/>' for one in nodes)
    return element("way", refs, tags, id=number, **attributes)


def read(elements: list[str], name: str = "town.osm", head: str = HEAD) -> OSMData:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        text = (head + "".join(elements) + "</osm>\n").encode()
        path.write_bytes(gzip.compress(text, mtime=0) if name.endswith(".gz") else text)
        return read_osm(path)


HOUSE = [
    element("node", id=101, version=1, lon="7.0", lat="43.8"),
    element("node", id=102, version=1, lon="7.001", lat="43.8"),
    element("node", id=103, version=1, lon="7.001", lat="43.801"),
]
ROAD = [way(1, [101, 102], {"highway": "residential"}, version=1)]

VERSIONS = st.lists(
    st.tuples(st.integers(1, 3), st.booleans(), st.none() | st.integers(0, 9)), max_size=4
)


@settings(max_examples=40)
@given(st.lists(VERSIONS, max_size=5), VERSIONS.filter(bool))
def test_of_each_object_the_latest_version_counts_unless_deleted(places, corners):
    """Of places and of the corner of a house: versions, whether deleted, where."""
    written, expected = [], {}
    counts = {"older versions": 0, "objects twice": 0, "deleted objects": 0}
    counts |= {"nodes without a position": 0}
    for number, versions in [*enumerate(places, start=1), (104, corners)]:
        latest = None
        for at, (version, deleted, x) in enumerate(versions):
            name = f"{number}-{at}" if number < 100 else None
            lat = {} if deleted or x is None else {"lon": f"{7 + x * STEP:.7f}", "lat": "43.802"}
            tags = {"amenity": "cafe", "name": name} if name and not deleted else {}
            seen = {"id": number, "version": version, "visible": str(not deleted).lower()}
            written.append((number, element("node", tags=tags, **seen, **lat)))
            if latest is not None:
                same = version == latest[0]
                counts["objects twice" if same else "older versions"] += 1
            if latest is None or version >= latest[0]:
                latest = (version, deleted, x, name)
        expected[number] = latest
    written += [(100 + at, text) for at, text in enumerate(HOUSE, start=1)]
    elements = [text for _, text in sorted(written, key=lambda one: one[0])]
    elements += ROAD
    elements.append(way(2, [101, 102, 103, 104, 101], {"building": "yes"}, version=1))
    found = read(elements)

    names = []
    for number, latest in expected.items():
        if latest is None:
            continue
        _, deleted, x, name = latest
        counts["deleted objects"] += deleted
        counts["nodes without a position"] += number < 100 and not deleted and x is None
        if number < 100 and not deleted and x is not None:
            names.append((f"node/{number}", name))
    assert list(zip(found.pois["poi_id"], found.pois["name"])) == names
    left_out = {key: value for key, value in found.account["left_out"].items() if value}
    assert left_out == {key: value for key, value in counts.items() if value}
    json.dumps(found.account)
    _, deleted, x, _ = expected[104]
    lost = deleted or x is None
    corner = [] if lost else [(round(7 + x * STEP, 7), 43.802)]
    house = shapely.Polygon([(7, 43.8), (7.001, 43.8), (7.001, 43.801), *corner])
    if house.is_valid:
        assert found.buildings["geometry"].iloc[0].normalize().equals_exact(house.normalize(), 1e-9)
    else:
        assert found.account["repaired_outlines"] == 1
    assert found.account["incomplete_outlines"] == lost


@settings(max_examples=30)
@given(st.permutations(range(6)), st.integers(0, 6))
def test_what_is_not_in_order_is_read_right_or_refused(order, late):
    elements = [*HOUSE, node(105, 3, "Anna"), *ROAD, way(2, [101, 103], {"highway": "path"})]
    straight = read(elements)
    shuffled = [elements[at] for at in order]
    shuffled.insert(late, node(9, None, "nowhere"))  # of no use, wherever it is
    if list(order) != sorted(order):
        with pytest.raises(InputError, match=r"not in order.*comes before.*osmium sort town.osm"):
            read(shuffled)
        return
    found = read(shuffled)
    assert found.pois.drop(columns="geometry").equals(straight.pois.drop(columns="geometry"))
    assert found.ways["length_m"].equals(straight.ways["length_m"])
    assert found.account["left_out"]["nodes without a position"] == 1


@settings(max_examples=15)
@given(st.sets(st.integers(0, 3), min_size=1))
def test_ids_that_are_not_positive_are_refused(negative):
    numbers = [-number if at in negative else number for at, number in enumerate([1, 2, 3, 4])]
    elements = [node(number, 1, "Anna") for number in sorted(numbers[:2])]
    elements += [way(number, [1, 2], {"highway": "path"}) for number in sorted(numbers[2:])]
    with pytest.raises(InputError, match=r"negative.*osmium sort.*osmium renumber"):
        read(elements)
    with pytest.raises(InputError, match="negative or 0"):
        read([element("node", tags={"amenity": "cafe"}, lon=7, lat=43)])


@pytest.mark.parametrize("kind", ["way", "relation"])
def test_ways_and_relations_are_there_once(kind):
    corner = element("node", id=104, version=1, lon="7.0", lat="43.801")
    ring = [101, 102, 103, 104, 101]

    def versions(uses: list[str | None]) -> list[str]:
        out = []
        for version, use in enumerate(uses, start=1):
            tags = {} if use is None else {"building": use}
            said = {"version": version, "visible": str(use is not None).lower()}
            if kind == "way":
                out.append(way(5, ring if use else [], tags, **said))
            else:
                member = '<member type="way" ref="4" role="outer"/>' if use else ""
                tags = tags and {**tags, "type": "multipolygon"}
                out.append(element("relation", member, tags, id=5, **said))
        return out

    base = [*HOUSE, corner, *ROAD, way(4, ring, {}, version=1)]
    found = read([*base, *versions(["house", None, "school"])])
    assert found.buildings["building_id"].tolist() == [f"{kind}/5"]
    assert found.buildings["text"].tolist() == ["building=school"]
    assert found.account["left_out"]["older versions"] == 2
    found = read([*base, *versions(["house", None])])
    assert found.buildings.empty
    assert found.account["left_out"]["deleted objects"] == 1
    assert len(found.ways) == 1


@pytest.mark.parametrize("name", ["town.osm", "town.osm.gz"])
@pytest.mark.parametrize("lon", ["", "nan", "999", "7,4", "190", "7.4E"])
def test_positions_that_are_no_numbers_are_no_positions(name, lon):
    broken = element("node", tags={"amenity": "bar"}, id=9, lon=lon, lat=43)
    found = read([broken, *HOUSE, node(105, 3, "Anna"), *ROAD], name)
    assert found.pois["name"].tolist() == ["Anna"]
    assert found.account["left_out"]["nodes without a position"] == 1
    plain = read([*HOUSE, node(105, 3, "Anna"), *ROAD], name)
    assert found.ways["length_m"].equals(plain.ways["length_m"])


@pytest.mark.parametrize("written", ["7.25", "7.25e-0", "-.5", "0007.25", "72.5E-1"])
def test_other_ways_of_writing_numbers_stay(written):
    broken = element("node", id=9, lon="x", lat=43)
    house = element("node", tags={"amenity": "cafe"}, id=10, lon=written, lat=43)
    found = read([broken, house])
    assert found.pois["lon"].tolist() == [float(written)]


def test_what_josm_deletes_is_deleted():
    gone = node(8, 1, "gone", action="delete", version=1, visible="true")
    road = way(3, [101, 103], {"highway": "path"}, action="delete", version=2)
    kept = node(9, 2, "kept", action="modify", version=1, visible="true")
    found = read([gone, kept, *HOUSE, *ROAD, road])
    assert found.pois["name"].tolist() == ["kept"]
    assert found.ways["way_id"].tolist() == ["way/1"]
    assert found.account["left_out"]["deleted objects"] == 2


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
CHANGES = b'<?xml version="1.0"?><osmChange version="0.6"><create/></osmChange>'
FOREIGN = [
    (LFS, "Git LFS pointer.*git lfs pull"),
    (b"\n<!DOCTYPE html><html><body>404</body></html>", "an HTML page.*download"),
    (b"<html lang='en'><head></head></html>", "an HTML page.*download"),
    (b"", "empty"),
    (CHANGES, "changes.*apply-changes"),
    (gzip.compress(CHANGES, mtime=0), "changes.*apply-changes"),
    (b"\xff\xe0\x04o5c2\xff\xfe", "changes.*apply-changes"),
    (b"\xff\xe0\x04o5m2\xff\xfe", r"a binary file.*\.o5m"),
    (
        b'{"type": "FeatureCollection", "features": []}',
        r"text that begins .*FeatureCollection.*\[out:xml\]",
    ),
    (b"PK\x03\x04" + bytes(30), "zip archive"),
    (b"SQLite format 3\0" + bytes(90), "an SQLite database"),
    (b"lon,lat\n7,43\n" * 50, r"text that begins 'lon,lat'.*\.osm\.pbf"),
    (b"<?xml version='1.0'?><gpx version='1.1'></gpx>", "an XML document"),
]


@pytest.mark.parametrize(("content", "message"), FOREIGN)
@pytest.mark.parametrize("name", ["town.osm.pbf", "town.osm", "town.osc"])
def test_what_is_no_extract_is_called_by_its_name(tmp_path, content, message, name):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        InputError, match=rf"{name}: cannot be read as .* extract, it is .*{message}"
    ):
        read_osm(tmp_path / name)


def test_cut_off_files_are_truncated(write, tmp_path):
    whole = write({1: (7, 43, {"shop": "books"})}).read_bytes()
    text = (HEAD + node(1, 1, "Anna") * 99).encode()
    cut = {"a.osm.pbf": whole[:-7], "b.osm": text, "c.osm.gz": gzip.compress(text)[:-20]}
    cut["d.osm.bz2"] = bz2.compress(text)[:-20]
    for name, content in cut.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=r"cannot be read as .*download it again"):
            read_osm(tmp_path / name)


def test_a_missing_file_and_another_name_are_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_osm(tmp_path / "absent.osm.pbf")
    (tmp_path / "table.csv").write_text("a,b\n")
    with pytest.raises(InputError, match=r"text that begins 'a,b'.*\.osm\.pbf"):
        read_osm(tmp_path / "table.csv")
