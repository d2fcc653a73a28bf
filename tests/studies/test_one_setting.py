from __future__ import annotations

import pytest

from placeprint.errors import InputError
from placeprint.models import Run
from placeprint.studies import sensitivity


def test_each_value_is_a_run(simulated_atlas, short, tmp_path) -> None:
    out = tmp_path / "study"
    table = sensitivity(
        simulated_atlas, short, "graph.share", [0.1, 0.5], out, tasks=["POP"], seeds=2
    )
    assert table["variant"].unique().tolist() == ["graph.share=0.1", "graph.share=0.5"]
    assert Run(out / "graph.share=0.5").config["graph"]["share"] == 0.5
    by = table.set_index(["variant", "split"])["mean"]
    assert by["graph.share=0.1", "random"] != by["graph.share=0.5", "random"]


def test_a_setting_that_does_not_exist_is_refused(simulated_atlas, short, tmp_path) -> None:
    with pytest.raises(InputError, match=r"graph\.shar"):
        sensitivity(simulated_atlas, short, "graph.shar", [0.1], tmp_path / "study")
    with pytest.raises(InputError, match=r"graph\.share"):
        sensitivity(simulated_atlas, short, "graph.share", [2.0], tmp_path / "study")
