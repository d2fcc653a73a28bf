from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from placeprint.atlas import Atlas
from placeprint.errors import InputError
from placeprint.models import MobCLIPConfig, UrbanMFMConfig
from placeprint.models.urbanmfm.config import GlobalSettings
from placeprint.studies import ablate
from placeprint.studies.variants import WHOLE, variants_of


def test_each_modality_of_mobclip_is_left_out(simulated_atlas, short, tmp_path) -> None:
    table = ablate(simulated_atlas, short, tmp_path / "study", tasks=["POP"], seeds=2)
    names = [
        WHOLE,
        *(f"without {n}" for n in simulated_atlas.feature_names),
        "random initialisation",
    ]
    assert table["variant"].unique().tolist() == names
    assert set(table["split"]) == {"random", "block"}
    assert table["mean"].notna().all()
    again = ablate(simulated_atlas, short, tmp_path / "study", tasks=["POP"], seeds=2)
    pd.testing.assert_frame_equal(again, table)
    stored = pd.read_csv(tmp_path / "study" / "scores.csv")
    pd.testing.assert_frame_equal(stored, table, check_dtype=False)


PARTS = [
    "without micro",
    "without local",
    "without macro",
    "without global",
    "not trained",
    "published",
    "published not trained",
    "jointly trained",
    "points and outlines only",
    "with mobility",
]


@pytest.fixture
def atlas(simulated_atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> Atlas:
    """One that has images, a graph of its own and that of adjacent regions."""
    monkeypatch.setattr(type(simulated_atlas), "entity_names", ["satellite", "street_views"])
    monkeypatch.setattr(type(simulated_atlas), "graph_names", ["mobility", "neighbours"])
    kinds = {"graphs/mobility": "visits", "graphs/neighbours": "adjacency"}
    monkeypatch.setattr(
        type(simulated_atlas),
        "layer",
        lambda self, key: {"request": {"settings": {"kind": kinds[key]}}},
    )
    return simulated_atlas


def test_the_parts_of_urbanmfm(atlas) -> None:
    variants = variants_of(UrbanMFMConfig(), atlas)
    assert list(variants) == [WHOLE, *PARTS]
    assert variants["without local"].without == ["local"]
    assert variants["not trained"].objectives() == ()
    # Not trained is not left out.
    assert variants["not trained"].without == []
    untrained = variants["published not trained"]
    assert (untrained.embedding, untrained.objectives()) == ("published", ())
    assert variants["with mobility"].city.graphs == ["mobility"]


def test_scales_without_a_source_are_not_left_out_twice(simulated_atlas) -> None:
    names = list(variants_of(UrbanMFMConfig(), simulated_atlas))
    assert names == [WHOLE, *(part for part in PARTS if part != "points and outlines only")]


def test_as_published_the_macro_scale_is_its_images(simulated_atlas) -> None:
    names = list(variants_of(UrbanMFMConfig(embedding="published"), simulated_atlas))
    assert "without local" in names
    assert "without macro" not in names


def test_one_scale_is_left() -> None:
    with pytest.raises(ValidationError, match="nothing is left without any scale"):
        UrbanMFMConfig(without=["micro", "local", "macro", "global"])


def test_the_last_scale_is_not_left_out(atlas) -> None:
    config = UrbanMFMConfig(without=["micro", "macro", "global"])
    assert "without local" not in variants_of(config, atlas)


def test_what_was_asked_for_stays(atlas) -> None:
    city = GlobalSettings(share=0.5)
    config = UrbanMFMConfig(without=["micro"], outline_size=32, city=city)
    variants = variants_of(config, atlas)
    assert list(variants) == [WHOLE, *PARTS[1:]]
    assert variants["without global"].without == ["micro", "global"]
    assert all("micro" in variant.without for variant in variants.values())
    assert {variant.outline_size for variant in variants.values()} == {32}
    assert {variant.city.share for variant in variants.values()} == {0.5}


@pytest.mark.parametrize(
    ("setting", "missing"),
    [
        ({"joint": True}, {"jointly trained"}),
        ({"stages": ["local"]}, {"jointly trained"}),
        ({"images": False}, {"points and outlines only"}),
        ({"embedding": "published"}, {"published", "published not trained"}),
        ({"stages": []}, {"not trained", "published not trained", "jointly trained"}),
        ({"city": {"graphs": ["mobility"]}}, {"with mobility"}),
    ],
)
def test_variants_that_change_nothing_are_left_out(atlas, setting, missing) -> None:
    variants = variants_of(UrbanMFMConfig.model_validate(setting), atlas)
    assert list(variants) == [WHOLE, *(part for part in PARTS if part not in missing)]


def test_the_anchor_stays(simulated_atlas) -> None:
    config = MobCLIPConfig(anchor="poi")
    assert "without poi" not in variants_of(config, simulated_atlas)


def test_an_atlas_without_labels_is_refused(simulated_atlas, short, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(type(simulated_atlas), "label_names", [])
    with pytest.raises(InputError, match="no labels to score the variants on"):
        ablate(simulated_atlas, short, tmp_path / "study")
