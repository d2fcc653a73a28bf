from __future__ import annotations

import hashlib

from placeprint.atlas.specs import (
    AdjacencyGraph,
    FlowGraph,
    H3Regions,
    ImageFeatures,
    SatelliteEntities,
)
from placeprint.building import digests
from placeprint.building.digests import Digests


def test_a_request_names_the_settings_and_the_contents_of_every_file(tmp_path) -> None:
    for name in "ab":
        (tmp_path / name).write_text(name)
    digest = {name: hashlib.sha256(name.encode()).hexdigest() for name in "ab"}
    read = Digests(tmp_path)
    spec = ImageFeatures(kind="image", files=["a", "b"])
    assert read.request(spec) == {"settings": spec.model_dump(), "inputs": digest}
    cover = H3Regions(kind="h3", resolution=5, cover="b")
    assert read.request(cover)["inputs"] == {"b": digest["b"]}
    assert read.request(FlowGraph(kind="flows", file="a"))["inputs"] == {"a": digest["a"]}
    assert read.request(AdjacencyGraph(kind="adjacency"))["inputs"] == {}


def test_each_file_is_read_once(tmp_path, monkeypatch) -> None:
    (tmp_path / "a").write_text("a")
    calls = []
    monkeypatch.setattr(digests, "sha256", lambda path: calls.append(path) or "digest")
    read = Digests(tmp_path)
    assert [read.of("a"), read.of("a")] == ["digest", "digest"]
    assert len(calls) == 1


def test_a_folder_is_known_by_its_files(tmp_path) -> None:
    tiles = tmp_path / "tiles" / "1" / "0"
    tiles.mkdir(parents=True)
    (tiles / "0.png").write_text("a")
    spec = SatelliteEntities(kind="satellite", tiles="tiles", zoom=1)

    def digest() -> str:
        return Digests(tmp_path).request(spec)["inputs"]["tiles"]

    before = digest()
    assert digest() == before
    (tiles / "0.png").write_text("b")
    changed = digest()
    assert changed != before
    (tiles / "0.png").rename(tiles / "1.png")
    assert digest() not in {before, changed}


def test_listed_files_are_found_beside_their_table(tmp_path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "list.csv").write_text("file\nb.jpg\na.jpg\nlost.jpg\n")
    for name in "ab":
        (tmp_path / "photos" / f"{name}.jpg").write_text(name)
    before = Digests(tmp_path).of_listed("photos/list.csv", "file")
    (tmp_path / "photos" / "list.csv").write_text("file\na.jpg\nb.jpg\n")
    assert Digests(tmp_path).of_listed("photos/list.csv", "file") == before
    (tmp_path / "photos" / "a.jpg").write_text("c")
    assert Digests(tmp_path).of_listed("photos/list.csv", "file") != before
