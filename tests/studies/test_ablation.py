from __future__ import annotations

import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.models import MobCLIPConfig, UrbanMFMConfig
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


def test_scales_without_a_source_are_not_left_out_twice(simulated_atlas) -> None:
    names = list(variants_of(UrbanMFMConfig(), simulated_atlas))
    assert names == [WHOLE, "without micro", "without local", "without global", "jointly trained"]


def test_the_anchor_stays(simulated_atlas) -> None:
    config = MobCLIPConfig(anchor="poi")
    assert "without poi" not in variants_of(config, simulated_atlas)


def test_an_atlas_without_labels_is_refused(simulated_atlas, short, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(type(simulated_atlas), "label_names", [])
    with pytest.raises(InputError, match="no labels to score the variants on"):
        ablate(simulated_atlas, short, tmp_path / "study")
