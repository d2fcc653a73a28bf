"""The command for co-visit graphs, and the engines of a build."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.cli import main


@pytest.fixture
def call(capsys):
    """Run a command line: exit code, standard output, standard error, each as one line."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(stopped.value.code or 0), *(" ".join(text.split()) for text in captured)

    return run


@pytest.fixture
def folder(tmp_path):
    """Two files of visits around Helsinki, of which a few lack their user."""
    rng = np.random.default_rng(0)
    for number in range(2):
        people = rng.integers(0, 30, 600)
        table = pd.DataFrame(
            {
                "user": np.where(people == 0, None, people.astype(str)),
                "time": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 14, 600), "D"),
                "lon": rng.uniform(24.5, 25.5, 600),
                "lat": rng.uniform(60.1, 60.5, 600),
            }
        )
        table.to_csv(tmp_path / f"visits-{number}.csv", index=False)
    return tmp_path


def test_a_graph_outside_of_a_recipe(call, folder) -> None:
    out = folder / "graph.parquet"
    arguments = ["covisits", folder / "visits-*.csv", "--regions", "h3:5", "--out", out]
    code, shown, _ = call(*arguments, "--min-users", 3, "--most-regions", 5, "--memory", "100MB")
    assert code == 0
    edges = pd.read_parquet(out)
    for line in (
        " of 1,200",
        "left out: without user or time",
        "people 29",
        "weeks 2",
        "visited regions beyond 5 regions a week of a person",
        f"edges {len(edges):,} trips {int(edges['weight'].sum()):,}",
        "floor 3 people an edge",
    ):
        assert line in shown
    assert "dropped" in shown
    code, _, error = call(*arguments)
    assert code == 1
    assert "--overwrite" in error
    before = out.read_bytes()
    code, _, _ = call(*arguments, "--overwrite", "--min-users", 3, "--most-regions", 5)
    assert out.read_bytes() == before


def test_snapshots_and_noise(call, folder) -> None:
    out = folder / "graph.parquet"
    files = sorted(folder.glob("*.csv"))
    rules = ["--most-regions", 3, "--most-weeks", 1, "--epsilon", 60, "--engine", "duckdb"]
    code, shown, _ = call("covisits", *files, "--regions", "h3:3", "-o", out, "--snapshots", *rules)
    assert code == 0
    assert "ε 60, δ 1e-06" in shown
    assert "in all weeks" in shown
    assert "for you, not the public" in shown
    assert set(pd.read_parquet(out)["time"]) <= {"2024-01-01", "2024-01-08"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--regions", "h3:5", "--engine", "dask"], "unknown engine 'dask'"),
        (["--regions", "h3:5", "--memory", "much"], "write it like 4GB"),
        (["--regions", "nowhere"], "nowhere: there is no atlas here"),
        (["--regions", "h3:5", "--epsilon", "1"], "set most_regions"),
        (["--regions", "h3:5", "--user", "usr"], "no column 'usr'. To mend it: did you mean"),
        (["--regions", "h3:5", "--master", "local"], "add --engine spark"),
    ],
)
def test_errors_say_what_to_do(call, folder, options, message) -> None:
    code, _, error = call("covisits", folder / "visits-0.csv", "-o", folder / "g.parquet", *options)
    assert code == 1
    assert message in error


def test_a_build_by_another_engine(call, tmp_path) -> None:
    raw = tmp_path / "raw"
    assert call("simulate", raw, "--city", "--blocks", 30)[0] == 0
    recipe = (raw / "recipe.yaml").read_text()
    (raw / "recipe.yaml").write_text(recipe.replace("snapshots: true", "min_users: 2"))
    found = []
    for engine in ("compiled", "duckdb"):
        arguments = ["build", raw / "recipe.yaml", "--data", raw, "--out", tmp_path / engine]
        code, shown, _ = call(*arguments, "--engine", engine)
        assert code == 0
        assert "graphs/mobility:" in shown
        assert "dropped, tied by fewer than 2 people" in shown
        found.append((tmp_path / engine / "graphs" / "mobility.parquet").read_bytes())
    assert found[0] == found[1]
