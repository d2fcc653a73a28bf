"""What a layer depends on; and a kind of layer from another package."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import textwrap

import pytest

from placeprint.building import Recipe, layer
from placeprint.building.layer import BuildContext
from placeprint.building.layers.graphs import AdjacencyGraph, FlowGraph
from placeprint.building.layers.images import (
    ImageFeatures,
    SatelliteEntities,
    StreetViewEntities,
)
from placeprint.building.layers.regions import H3Regions
from placeprint.mobility.covisits import Engine

REGIONS = {"kind": "h3", "resolution": 5, "cover": "b"}


@pytest.fixture
def context(tmp_path):
    recipe = Recipe.model_validate({"name": "a", "regions": REGIONS})
    return lambda: BuildContext(recipe, tmp_path, tmp_path / "out", Engine())


def test_a_request_names_the_settings_and_the_contents_of_every_file(tmp_path, context) -> None:
    for name in "ab":
        (tmp_path / name).write_text(name)
    digest = {name: hashlib.sha256(name.encode()).hexdigest() for name in "ab"}
    read = context()
    spec = ImageFeatures(kind="image", files=["a", "b"])
    settings = spec.model_dump(exclude={"title"})
    assert read.settings(spec) == {"settings": settings, "inputs": digest}
    assert read.settings(H3Regions(**REGIONS))["inputs"] == {"b": digest["b"]}
    assert read.settings(FlowGraph(kind="flows", file="a"))["inputs"] == {"a": digest["a"]}
    assert read.settings(AdjacencyGraph(kind="adjacency"))["inputs"] == {}


def test_a_title_changes_no_layer(tmp_path, context) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    plain = FlowGraph(kind="flows", file="a")
    titled = FlowGraph(kind="flows", file="a", title="Commuters")
    key = "graphs/mobility"
    assert context().request(key, plain) == context().request(key, titled)


def test_each_file_is_read_once(tmp_path, context, monkeypatch) -> None:
    (tmp_path / "a").write_text("a")
    calls = []
    monkeypatch.setattr(layer, "sha256", lambda path: calls.append(path) or "digest")
    read = context()
    assert [read.digest("a"), read.digest("a")] == ["digest", "digest"]
    assert len(calls) == 1


def test_a_folder_is_known_by_its_files(tmp_path, context) -> None:
    tiles = tmp_path / "tiles" / "1" / "0"
    tiles.mkdir(parents=True)
    (tiles / "0.png").write_text("a")
    spec = SatelliteEntities(kind="satellite", tiles="tiles", zoom=1)

    def digest() -> str:
        return context().settings(spec)["inputs"]["tiles"]

    before = digest()
    assert digest() == before
    (tiles / "0.png").write_text("b")
    changed = digest()
    assert changed != before
    (tiles / "0.png").rename(tiles / "1.png")
    assert digest() not in {before, changed}


def test_listed_files_are_found_beside_their_table(tmp_path, context) -> None:
    (tmp_path / "photos").mkdir()
    listed = tmp_path / "photos" / "list.csv"
    listed.write_text("file\nb.jpg\na.jpg\nlost.jpg\n")
    for name in "ab":
        (tmp_path / "photos" / f"{name}.jpg").write_text(name)
    spec = StreetViewEntities(kind="street_views", file="photos/list.csv")
    before = spec.depends(context(), "views")
    listed.write_text("file\na.jpg\nb.jpg\n")
    assert spec.depends(context(), "views") == before
    (tmp_path / "photos" / "a.jpg").write_text("c")
    assert spec.depends(context(), "views") != before


def test_another_package_adds_a_kind_of_layer(tmp_path) -> None:
    (tmp_path / "elsewhere.py").write_text(
        textwrap.dedent(
            """
            from typing import ClassVar, Literal

            import pandas as pd

            from placeprint.building.layer import LayerSpec, save_features


            class Ones(LayerSpec):
                section: ClassVar[str] = "features"
                kind: Literal["ones"]

                def read(self, context, name):
                    return pd.DataFrame({"one": 1.0}, index=context.regions.ids)

                def encode(self, context, name, found, path):
                    return save_features(path, found, len(context.regions))
            """
        )
    )
    info = tmp_path / "elsewhere-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[placeprint.layers]\nones = elsewhere:Ones\n")
    (tmp_path / "zones.csv").write_text("zone\na\nb\n")
    script = textwrap.dedent(
        f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import placeprint as pp
        from placeprint.building import Recipe
        recipe = Recipe.model_validate({{
            "name": "x",
            "regions": {{"kind": "table", "file": "zones.csv", "region": "zone"}},
            "features": {{"one": {{"kind": "ones"}}}},
        }})
        atlas = pp.build(recipe, {str(tmp_path)!r}, {str(tmp_path / "atlas")!r})
        print(atlas.features("one").iloc[:, 0].tolist())
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[1.0, 1.0]", done.stderr
