from __future__ import annotations

import hashlib

from placeprint.atlas.recipe import AdjacencyGraph, FlowGraph, H3Regions, ImageFeatures
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
