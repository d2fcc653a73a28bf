from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re

import pytest

from placeprint.errors import InputError, OutputExistsError
from placeprint.serving import write_map
from placeprint.serving.map import page
from placeprint.serving.map.page import STATIC, as_json, check_basemap, content_policy


@pytest.fixture(scope="module")
def written(simulated_run, tmp_path_factory) -> str:
    names = {simulated_run.atlas.region_ids[0]: "</script><b>Nowhere"}
    out = tmp_path_factory.mktemp("map") / "map.html"
    return write_map(simulated_run, out, names=names).read_text()


def held(text: str) -> dict:
    packed = re.search(r'<script type="application/octet-stream" id="data">([^<]+)</script>', text)
    assert packed is not None
    document: dict = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    return document


def test_it_holds_everything(written, simulated_run) -> None:
    document = held(written)
    atlas = simulated_run.atlas
    assert document["ids"] == atlas.region_ids.tolist()
    assert document["names"][0] == "</script><b>Nowhere"
    assert set(document["values"]) == {theme["key"] for theme in document["themes"]}
    assert all(len(values) == len(document["ids"]) for values in document["values"].values())
    assert {"embedding", "cluster", "coverage", "label/POP"} <= set(document["values"])
    assert len(document["nearest"]["who"]) == 10 * len(document["ids"])
    assert set(document["nearest"]["agreement"]) == set(simulated_run.modality_embeddings)
    levels = {unit["level"]: unit for unit in document["units"]}
    county = [levels["county"]["units"][at] for at in levels["county"]["of"]]
    assert county == atlas.units("county")[atlas.region_ids].tolist()
    assert {"rim", "units"} <= set(document["borders"])


def test_it_loads_nothing_and_lets_nothing_else_run(written) -> None:
    without_library = written.replace(STATIC["maplibre-gl.js"][1].decode(), "")
    assert not re.search(r"(src|href)=[\"'](?!data:|#)", without_library)
    assert "sourceMappingURL" not in written
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', written)
    assert policy is not None
    said = policy[1].replace("&#39;", "'")
    assert "default-src 'none'" in said
    assert "http" not in said
    scripts = re.findall(r"<script>(.*?)</script>", written, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", written, re.DOTALL)
    assert (len(scripts), len(styles)) == (2, 2)
    for text in (*scripts, *styles):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in said


def test_the_same_run_gives_the_same_bytes(written, simulated_run, tmp_path) -> None:
    names = {simulated_run.atlas.region_ids[0]: "</script><b>Nowhere"}
    again = write_map(simulated_run.path, tmp_path / "map.html", names=names)
    assert again.read_text() == written


def test_nothing_is_overwritten_unasked(simulated_run, tmp_path) -> None:
    (tmp_path / "map.html").write_text("mine")
    with pytest.raises(OutputExistsError):
        write_map(simulated_run, tmp_path / "map.html")


def test_too_many_regions_for_one_page(simulated_run, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(page, "LARGEST_PAGE", 100)
    with pytest.raises(InputError, match=r"249 regions are too many.*placeprint serve"):
        write_map(simulated_run, tmp_path / "map.html")


def test_a_basemap_is_let_in_and_nothing_else() -> None:
    tiles = "https://tiles.example.org:8443/a/{z}/{x}/{y}.png?key=1"
    check_basemap(tiles)
    said = content_policy(tiles)
    assert "connect-src blob: 'self' https://tiles.example.org:8443;" in said
    assert "'self'" not in content_policy(tiles, scripts="'sha256-x'", styles="'sha256-y'")


@pytest.mark.parametrize(
    "basemap",
    [
        "tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "ftp://tiles.example.org/{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}.png",
        "https://a.example.org; script-src */{z}/{x}/{y}",
        "https://a.example.org/{z}/{x}/{y} https://b.example.org",
        "javascript:alert(1)//{z}{x}{y}",
    ],
)
def test_addresses_that_are_no_basemap(basemap) -> None:
    with pytest.raises(InputError, match="no address of raster tiles"):
        check_basemap(basemap)


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        as_json([float("nan")])


def test_the_library_is_shipped_with_its_licence() -> None:
    licence = (page._LIBRARY / "LICENSE.txt").read_text()
    assert "MapLibre contributors" in licence
    assert "Redistribution and use" in licence
