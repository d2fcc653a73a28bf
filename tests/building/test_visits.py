"""Graphs from visits in a recipe: files, rules, provenance, and work that was interrupted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.atlas import Atlas
from placeprint.building import Recipe, read_places
from placeprint.errors import InputError, OutputExistsError
from placeprint.evaluation.reporting.inputs import layer_rows
from placeprint.mobility import co_visit_edges
from placeprint.mobility.covisits import CoVisitRules, Engine, counting
from placeprint.sources import Table


@pytest.fixture
def visits(study) -> pd.DataFrame:
    """2,000 visits of 50 people to twelve squares, in three files."""
    rng = np.random.default_rng(0)
    days = rng.integers(0, 28 * 86400, 2000)
    table = pd.DataFrame(
        {
            "user": rng.integers(0, 50, 2000),
            "time": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, "s"),
            "lon": rng.uniform(0, 4, 2000),
            "lat": rng.uniform(50, 53, 2000),
        }
    )
    (study.raw / "visits").mkdir()
    for number in range(3):
        table[number::3].to_parquet(study.raw / "visits" / f"{number}.parquet")
    return table


def ask(study, **keys):
    spec = {"kind": "visits", "file": "visits/*.parquet", **keys}
    study.recipe["graphs"]["mobility"] = {k: v for k, v in spec.items() if v is not None}


def stored(study) -> pd.DataFrame:
    return pd.read_parquet(study.out / "graphs" / "mobility.parquet")


def test_a_pattern_or_a_list_stands_for_many_files(study, visits, ids) -> None:
    column, row = visits["lon"].astype(int), visits["lat"].astype(int) - 50
    expected = co_visit_edges(visits.assign(region_id=np.array(ids)[column * 3 + row]))
    ask(study)
    study.build()
    pd.testing.assert_frame_equal(stored(study), expected, check_dtype=False)
    names = [f"visits/{number}.parquet" for number in range(3)]
    ask(study, file=None, files=names)
    atlas = study.build(overwrite=True)
    pd.testing.assert_frame_equal(stored(study), expected, check_dtype=False)
    assert list(atlas.layer("graphs/mobility")["request"]["inputs"]) == names


def test_a_pattern_notices_files_that_come_and_change(study, visits) -> None:
    ask(study)
    study.build()
    (study.raw / "visits" / "more.parquet").write_bytes(
        (study.raw / "visits" / "0.parquet").read_bytes()
    )
    with pytest.raises(OutputExistsError):
        study.build()


def test_the_rules_are_in_the_provenance(study, visits) -> None:
    ask(study, most_regions=5, min_users=4, snapshots=True)
    atlas = study.build()
    layer = atlas.layer("graphs/mobility")
    edges = stored(study)
    assert edges["weight"].min() >= 4
    assert layer["times"] == sorted(set(edges["time"]))
    account = layer["covisits"]
    assert account["rules"]["most_regions"] == 5
    assert account["dropped_edges"] > 0 < account["dropped_trips"]
    assert (account["edges"], account["trips"]) == (len(edges), edges["weight"].sum())
    assert layer["coverage"]["rows"] == 2000
    graph = next(row for row in layer_rows(atlas) if row.name == "mobility")
    assert graph.made.startswith(f"{len(edges):,} edges; {account['dropped_edges']:,} edges with")
    assert graph.made.endswith("trips dropped, tied by fewer than 4 people")


def test_a_noisy_graph_tells_no_exact_count(study, visits) -> None:
    ask(study, most_regions=3, most_weeks=1, epsilon=50.0)
    atlas = study.build()
    layer = atlas.layer("graphs/mobility")
    assert "coverage" not in layer
    assert set(layer["covisits"]) == {"edges", "trips", "rules", "noise"}
    assert layer["covisits"]["noise"]["delta"] == 1e-6
    graph = next(row for row in layer_rows(atlas) if row.name == "mobility")
    assert "weights with noise (ε 50, δ 1e-06)" in graph.made
    assert graph.read is None


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_engines_build_the_same_atlas(study, visits, engine) -> None:
    ask(study, min_users=2)
    first = study.build()
    before = stored(study)
    manifest = first.manifest["layers"]["graphs/mobility"]
    other = type(study)(study.raw, study.recipe, study.out.with_name("other"))
    again = other.build(engine=Engine(engine))
    pd.testing.assert_frame_equal(stored(other), before)
    assert again.manifest["layers"]["graphs/mobility"] == manifest


def test_weeks_and_regions_of_the_table(study, ids) -> None:
    table = {"user": [1, 1, 1], "week": ["2024-W05"] * 3, "cell": [ids[4], ids[0], "far"]}
    pd.DataFrame(table).to_csv(study.raw / "weekly.csv", index=False)
    ask(study, file="weekly.csv", week="week", region="cell", snapshots=True)
    atlas = study.build()
    assert stored(study).to_numpy().tolist() == [[ids[0], ids[4], 1.0, "2024-01-29"]]
    coverage = atlas.layer("graphs/mobility")["coverage"]
    assert coverage["dropped"] == {"outside the study area": 1}


def test_a_build_that_was_killed_goes_on(study, visits, monkeypatch) -> None:
    ask(study)

    class Killed(BaseException):
        pass

    def die(*_given, **_options):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(counting, "compiled_co_visits", die)
        with pytest.raises(Killed):
            study.build()
    read = Table.batches

    def batches(table, columns):
        assert table.path.parent.name != "visits"  # they are not read again
        return read(table, columns)

    monkeypatch.setattr(Table, "batches", batches)
    assert isinstance(study.build(), Atlas)
    assert not list(study.out.parent.glob(".atlas*"))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"file": None}, "give one of them"),
        ({"files": ["a.csv"]}, "give one of them"),
        ({"epsilon": 1.0}, "give `most_regions` and `most_weeks`"),
        ({"most_regions": 1}, "greater than or equal to 2"),
        ({"min_user": 5}, "min_user"),
    ],
)
def test_keys_that_do_not_agree(study, keys, message) -> None:
    ask(study, **keys)
    with pytest.raises(ValueError, match=message):
        Recipe.model_validate(study.recipe)


def test_files_and_columns_are_checked_before_work_starts(study, visits, monkeypatch) -> None:
    monkeypatch.setattr("placeprint.mobility.covisits.count_visits", None)
    ask(study, file="visits/*.csv")
    with pytest.raises(InputError, match=r"visits/\*.csv: there is no such file, but the recipe"):
        study.build()
    ask(study, region="cell")
    with pytest.raises(InputError, match=r"0.parquet: no column 'cell'"):
        study.build()


def test_the_column_of_visits_that_does_name_regions_is_named(study, ids) -> None:
    times = {"user": "u", "time": "2024-01-01"}
    table = pd.DataFrame({**times, "place": "home", "square": ids[:3], "beds": [1, 2, 3]})
    table.to_csv(study.raw / "visits.csv", index=False)
    ask(study, file="visits.csv", region="place")
    with pytest.raises(InputError, match=r"'place' names no region, .*: 3 of 3.*`region: square`"):
        study.build()


def test_defaults_of_a_recipe_are_those_of_the_rules(study) -> None:
    ask(study)
    spec = Recipe.model_validate(study.recipe).graphs["mobility"]
    for name, value in vars(CoVisitRules()).items():
        assert getattr(spec, name) == value


def test_places_of_the_command_line(study) -> None:
    assert read_places("h3:5").fingerprint == "h3:5"
    atlas = study.build()
    assert read_places(str(atlas.path)).count == 12
    with pytest.raises(InputError, match="write it like h3:6"):
        read_places("h3:six")
    with pytest.raises(InputError, match="there is no atlas here"):
        read_places("elsewhere")
