"""What each part of a recipe becomes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError


def test_regions_are_those_that_meet_the_condition(study, ids) -> None:
    atlas = study.build()
    assert atlas.region_ids.tolist() == ids
    assert atlas.regions.geometry["r04"].bounds == (1, 51, 2, 52)


def test_an_edge_that_leaves_the_study_area_is_left_out_and_counted(study, ids) -> None:
    atlas = study.build()
    flows = atlas.graph("mobility")
    assert flows["source"].tolist() == ids[:-1]
    assert flows["target"].tolist() == ids[1:]
    assert flows["weight"].tolist() == list(range(1, 12))
    coverage = atlas.layer("graphs/mobility")["coverage"]
    assert coverage["rows"] == 12
    assert coverage["dropped"] == {"with an end outside the study area": 1}


def test_a_region_that_lacks_a_modality_has_no_row(study, ids) -> None:
    atlas = study.build()
    assert atlas.features("people").index.tolist() == ids[:10]
    points = pd.read_csv(study.raw / "pois.csv")
    number = (points["lon"] // 1 * 3 + (points["lat"] - 50) // 1).astype(int)
    assert atlas.features("poi").index.tolist() == [ids[i] for i in sorted(number.unique())]
    assert atlas.layer("features/poi")["of_regions"] == 12
    assert len(atlas.features("poi")) <= 9


def test_an_image_of_a_part_gives_rows_to_the_regions_it_shows(study, ids) -> None:
    study.recipe["features"]["image"]["bounds"] = [[0, 50, 2, 53]]
    atlas = study.build()
    assert atlas.features("image").index.tolist() == ids[:6]
    assert atlas.layer("features/image")["coverage"]["dropped"] == {
        "regions beyond the edge of the image": 6
    }


def test_entities_say_which_region_they_are_in(study) -> None:
    entities = study.build().entities("poi")
    assert entities.columns.tolist() == ["region_id", "name", "category", "lon", "lat"]
    assert len(entities) == 40
    number = (entities["lon"] // 1 * 3 + (entities["lat"] - 50) // 1).astype(int)
    assert entities["region_id"].tolist() == [f"r{i:02d}" for i in number]


def test_point_features_are_those_of_the_entities(study) -> None:
    atlas = study.build()
    entities = atlas.entities("poi")
    counts = pd.crosstab(entities["region_id"], entities["category"])
    vectors = atlas.features("poi")
    np.testing.assert_allclose(vectors, np.log1p(counts[vectors.columns]), rtol=1e-6)


def test_two_images_stand_beside_each_other(study, ids) -> None:
    one = study.build().features("image")
    image = study.recipe["features"]["image"]
    image["files"], image["bounds"] = ["a.png", "b.png"], [[0, 50, 4, 53], [0, 50, 2, 53]]
    atlas = study.build(overwrite=True)
    both = atlas.features("image")
    assert both.index.tolist() == ids[:6]  # b shows no more
    width = one.shape[1]
    assert both.columns[0] == f"a:{one.columns[0]}"
    assert both.columns[width] == f"b:{one.columns[0]}"
    np.testing.assert_array_equal(both.iloc[:, :width], one.loc[ids[:6]])
    assert not np.allclose(both.iloc[:, width:], both.iloc[:, :width])
    coverage = atlas.layer("features/image")["coverage"]
    assert (coverage["rows"], coverage["matched"], coverage["regions"]) == (12, 6, 6)
    assert coverage["dropped"] == {"regions that b.png does not show": 6}


def test_images_that_show_no_region_together_are_refused_before_anything_is_written(study) -> None:
    image = study.recipe["features"]["image"]
    image["files"], image["bounds"] = ["a.png", "b.png"], [[0, 50, 2, 53], [2, 50, 4, 53]]
    with pytest.raises(InputError, match=r"no region is shown by all of a\.png, b\.png.*mosaic"):
        study.build()
    assert not study.out.exists()


def test_labels_are_about_regions_units_or_points(study, ids) -> None:
    atlas = study.build()
    income = pd.read_csv(study.raw / "income.csv", index_col="id")["income"]
    assert atlas.labels("income")["value"].tolist() == income.tolist()
    assert atlas.labels("income").index.tolist() == ids
    assert atlas.labels("rent")["value"].to_dict() == {"c0": 1, "c1": 2, "c2": 3, "c3": 4}
    assert atlas.labels("noise").columns.tolist() == ["lon", "lat", "value"]
    levels = [atlas.label_metadata(task)["level"] for task in ("income", "rent", "noise")]
    assert levels == ["region", "column", "point"]
    assert atlas.label_metadata("rent")["leaks"] == ["people"]


def test_visits_become_ties_within_a_week(study) -> None:
    visits = pd.DataFrame(
        {
            "user": ["u", "u", "u", "v"],
            "time": ["2024-01-01", "2024-01-02", "2024-02-01", "2024-01-01"],
            "lon": [0.5, 1.5, 2.5, 0.5],
            "lat": 50.5,
        }
    )
    visits.to_csv(study.raw / "visits.csv", index=False)
    study.recipe["graphs"]["mobility"] = {"kind": "visits", "file": "visits.csv"}
    atlas = study.build()
    edges = atlas.graph("mobility")
    assert {frozenset(pair) for pair in edges[["source", "target"]].to_numpy()} == {
        frozenset({"r00", "r03"})
    }
    assert not atlas.layer("graphs/mobility")["directed"]


def test_snapshots_of_flows(study) -> None:
    study.rewrite("flows.csv", lambda table: table.assign(month=[10, 9] * 6))
    study.recipe["graphs"]["mobility"]["time"] = "month"
    atlas = study.build()
    assert atlas.graph_times("mobility") == ["9", "10"]
    assert len(atlas.graph("mobility")) == 11
    parts = [atlas.graph("mobility", time=time) for time in atlas.graph_times("mobility")]
    assert [len(part) for part in parts] == [5, 6]
    added = pd.concat(parts).sort_values(["source", "target"], ignore_index=True)
    pd.testing.assert_frame_equal(added, atlas.graph("mobility"))
    stored = pd.read_parquet(study.out / "graphs/mobility.parquet")
    assert stored.columns.tolist() == ["source", "target", "weight", "time"]


def test_snapshots_of_visits_are_weeks(study) -> None:
    visits = pd.DataFrame(
        {
            "user": ["u"] * 4,
            "time": ["2024-01-01", "2024-01-02", "2024-02-01", "2024-02-02"],
            "lon": [0.5, 1.5, 0.5, 1.5],
            "lat": 50.5,
        }
    )
    visits.to_csv(study.raw / "visits.csv", index=False)
    study.recipe["graphs"]["mobility"] = {"kind": "visits", "file": "visits.csv", "snapshots": True}
    atlas = study.build()
    assert atlas.graph_times("mobility") == ["2024-01-01", "2024-01-29"]
    assert atlas.graph("mobility")["weight"].tolist() == [2.0, 2.0]
    assert atlas.graph("mobility", time="2024-01-29")["weight"].tolist() == [1.0, 1.0]


def test_classes_of_regions_units_and_points(study, ids) -> None:
    study.rewrite("income.csv", lambda table: table.assign(income=["low", "high", "odd"] * 4))
    study.rewrite("rent.csv", lambda table: table.assign(rent=["low", "high", "low", None]))
    study.rewrite("noise.csv", lambda table: table.assign(dB=["low", "odd", "high"] * 4))
    classes = {"poor": ["low"], "rich": ["high"]}
    for table, task in zip(study.recipe["labels"], ["income", "rent", "noise"], strict=True):
        table["tasks"][task].update(kind="classification", classes=classes)
    atlas = study.build()
    assert atlas.labels("income")["value"].tolist() == ["poor", "rich"] * 4
    assert atlas.labels("rent")["value"].to_dict() == {"c0": "poor", "c1": "rich", "c2": "poor"}
    assert atlas.labels("noise")["value"].tolist() == ["poor", "rich"] * 4
    for task, matched, regions in [("income", 8, 8), ("rent", 3, 9), ("noise", 8, 8)]:
        layer = atlas.layer(f"labels/{task}")
        coverage = layer["coverage"]
        assert (coverage["matched"], coverage["regions"]) == (matched, regions)
        assert coverage["matched"] + sum(coverage["dropped"].values()) == coverage["rows"]
        assert atlas.label_metadata(task)["kind"] == "classification"
        assert sum(layer["classes"].values()) == matched


def test_features_of_points_with_two_encoders(study) -> None:
    study.recipe["features"]["words"] = {"kind": "entities", "entities": "poi"}
    atlas = study.build()
    assert atlas.entity_names == ["poi"]
    assert atlas.features("words").index.tolist() == atlas.features("poi").index.tolist()
    assert atlas.features("words").shape[1] == 256
