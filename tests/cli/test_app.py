"""Every command runs, explains itself, and says what is wrong without a traceback."""

from __future__ import annotations

import resource
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from placeprint import __version__
from placeprint.cli import main
from placeprint.errors import InputError, caution

COMMANDS = (
    "simulate",
    "build",
    "covisits",
    "inspect",
    "train",
    "evaluate",
    "transfer",
    "leaderboard",
    "tasks",
    "report",
    "ablate",
    "sensitivity",
)


@pytest.fixture
def call(capsys):
    """Run a command line: exit code, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(stopped.value.code or 0), captured.out, captured.err

    return run


def words(text: str) -> str:
    """Text as one line, wherever it was wrapped."""
    return " ".join(text.split())


def test_the_whole_way(call, tmp_path) -> None:
    raw, atlas, run = tmp_path / "raw", tmp_path / "atlas", tmp_path / "run"
    code, out, _ = call("simulate", raw, "--cells", 200, "--seed", 1)
    assert code == 0
    assert "visits.parquet" in out
    assert "seed 1" in words(out)
    code, out, _ = call("build", raw / "recipe.yaml", "--data", raw, "--out", atlas)
    assert code == 0
    assert "graphs/mobility" in out
    code, inspected, _ = call("inspect", atlas)
    assert (code, inspected) == (0, out)
    settings = ["--set", "dim=8", "--set", "training.epochs=2"]
    code, out, _ = call("train", atlas, "--out", run, *settings)
    assert code == 0
    assert "× 8 (fusion)" in words(out)
    assert "2 epochs" in words(out)
    code, inspected, _ = call("inspect", run)
    assert (code, inspected) == (0, out)
    code, out, _ = call("evaluate", run, "--seeds", 1, "--models", "placeprint,coordinates")
    assert code == 0
    assert {"placeprint", "coordinates", "random", "block"} <= set(out.split())
    code, out, _ = call("report", run, "--out", tmp_path / "report.html")
    assert code == 0
    assert "report.html" in out
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_whole_way_of_a_city(call, tmp_path) -> None:
    raw, atlas, run = tmp_path / "raw", tmp_path / "atlas", tmp_path / "run"
    assert call("simulate", raw, "--city", "--blocks", 30)[0] == 0
    assert call("build", raw / "recipe.yaml", "--data", raw, "--out", atlas)[0] == 0
    quick = ["text=static", "outline_size=32", "images=false", "training.epochs=2", "dim=16"]
    settings = [part for setting in quick for part in ("--set", setting)]
    code, out, err = call("train", atlas, "--out", run, "--model", "urbanmfm", *settings)
    assert code == 0
    assert "stage macro is left out: images take no part" in words(err)
    assert {"buildings", "pois"} <= set(out.split())
    models = ["--models", "placeprint,shape"]
    code, out, _ = call("evaluate", run, "--seeds", 1, "--tasks", "building_function", *models)
    assert code == 0
    assert {"placeprint", "shape", "stratified", "block"} <= set(out.split())
    code, _, err = call("train", atlas, "--out", run, "--model", "urbanmf")
    assert code == 1
    assert "urbanmfm" in err


def test_a_configuration_file_and_resume(call, simulated_atlas, tmp_path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("dim: 4\ntraining: {epochs: 1}\n")
    run = tmp_path / "run"
    arguments = ("train", simulated_atlas.path, "-o", run, "--config", config)
    code, out, _ = call(*arguments, "--set", "graph=null", "--set", "anchor=demographics")
    assert code == 0
    assert "demographics, image, poi" in words(out)
    code, _, err = call(*arguments)
    assert code == 1
    assert "exists already" in err
    code, _, err = call(*arguments, "--resume")
    assert code == 1
    assert "other settings" in err
    assert call(*arguments, "--overwrite")[0] == 0
    assert call(*arguments, "--resume")[0] == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(call, command) -> None:
    code, out, _ = call(command, "--help")
    assert code == 0
    assert f"Example: placeprint {command} " in words(out)


def test_help_names_every_command(call) -> None:
    code, out, _ = call("--help")
    assert code == 0
    assert all(command in out for command in COMMANDS)


def test_version(call) -> None:
    assert call("--version") == (0, f"placeprint {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "nowhere"], "nowhere: there is no atlas here"),
        (["train", "nowhere", "--out", "run"], "nowhere: there is no atlas here"),
        (["evaluate", "nowhere"], "nowhere: there is no finished run or encoder here"),
        (["evaluate", "wrap"], "it is not told what to predict"),
        (["evaluate", "no.parquet", "--labels", "labels.csv"], "no.parquet: there is no such file"),
        (["report", "nowhere", "--out", "r.html"], "there are no scores here"),
        (["build", "no.yaml", "--data", ".", "--out", "a"], "no.yaml: there is no such recipe"),
        (["simulate", "raw", "--cells", "3"], "To mend it"),
        (["simulate", "raw", "--seed", "-1"], "seed"),
    ],
)
def test_errors_are_one_sentence_on_standard_error(
    call, tmp_path, monkeypatch, arguments, message
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*arguments)
    assert code == 1
    assert err.startswith("Error: ")
    assert message in err
    assert "Traceback" not in out + err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "ATLAS", "--out", "afile"],
        ["train", "ATLAS", "--out", "afile/run"],
        ["build", "RECIPE", "--data", "RAW", "--out", "afile/atlas"],
        ["evaluate", "RUN", "--seeds", "1", "--models", "coordinates", "--out", "afile/scores"],
        ["evaluate", "RUN", "--seeds", "1", "--models", "coordinates", "--out", "afile"],
        ["report", "RUN", "--out", "afile/report.html"],
        ["simulate", "afile/raw"],
        ["leaderboard", "RUN", "--out", "afile/board.csv"],
    ],
)
def test_a_file_where_a_folder_should_be(
    call, simulated, simulated_run, simulated_atlas, tmp_path, monkeypatch, arguments
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "afile").touch()
    places = {"ATLAS": simulated_atlas.path, "RUN": simulated_run.path, "RAW": simulated}
    places["RECIPE"] = simulated / "recipe.yaml"
    code, _, err = call(*(places.get(argument, argument) for argument in arguments))
    assert code == 1
    assert err.startswith("Error: afile: it is a file")
    assert "To mend it" in err


def test_errors_of_the_file_system_are_one_sentence(call, tmp_path, monkeypatch) -> None:
    import placeprint.simulation

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied", "secret")

    monkeypatch.setattr(placeprint.simulation, "simulate", refused)
    code, _, err = call("simulate", tmp_path / "raw")
    assert code == 1
    assert err.startswith("Error: secret: permission denied. To mend it: choose another path")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["--set", "dimm=3"], "unknown key `dimm`, did you mean 'dim'?"),
        (["--set", "dim=x"], "`dim` is 'x'"),
        (["--set", "graph.name=mobilty"], "no graph 'mobilty'"),
        (["--config", "none.yaml"], "none.yaml: there is no such configuration"),
    ],
)
def test_wrong_settings(call, simulated_atlas, tmp_path, settings, message) -> None:
    out = tmp_path / "run"
    code, _, err = call("train", simulated_atlas.path, "--out", out, *settings)
    assert code == 1
    assert err.startswith("Error: ")
    assert message in err
    assert not out.exists()


def test_wrong_models_and_probes(call, simulated_run, tmp_path) -> None:
    arguments = ("evaluate", simulated_run.path, "--out", tmp_path, "--seeds", 1)
    code, _, err = call(*arguments, "--models", "placeprnt")
    assert code == 1
    assert "did you mean 'placeprint'" in err
    code, _, err = call(*arguments, "--models", "coordinates", "--probes", "rigde")
    assert code == 1
    assert "no probe 'rigde'. To mend it: did you mean 'ridge'" in err


@pytest.mark.parametrize(
    "arguments",
    [["train", "atlas"], ["inspect", "--colour"], ["simulate", "raw", "--cells", "x"], ["biuld"]],
)
def test_wrong_usage(call, arguments) -> None:
    code, _, err = call(*arguments)
    assert code == 2
    assert err.startswith("Usage: placeprint")


def test_errors_end_the_process_without_a_traceback(tmp_path) -> None:
    code = "from placeprint.cli import main; main(['inspect', 'nowhere'])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: nowhere: there is no atlas here")
    assert "Traceback" not in done.stderr


def test_help_answers_at_once() -> None:
    code = (
        "import sys\n"
        "from placeprint.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'pandas', 'geopandas', 'sklearn', 'lightgbm', 'matplotlib'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.endswith("heavy: []\n")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert seconds < 1.0


def test_any_embedding_on_any_labels(call, tmp_path) -> None:
    ids = [f"r{i:02d}" for i in range(40)]
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"region_id": ids, "lon": rng.uniform(5, 9, 40), "lat": 60.0})
    table.to_csv(tmp_path / "regions.csv", index=False)
    labels = pd.DataFrame({"region_id": ids, "rent": np.arange(40.0),
                           "land": ["wood", "town"] * 20})  # fmt: skip
    labels.to_csv(tmp_path / "labels.csv", index=False)
    np.save(tmp_path / "peer.npy", np.arange(40.0)[:, None])
    options = ("--labels", tmp_path / "labels.csv", "--regions", tmp_path / "regions.csv")
    options += ("--ids", tmp_path / "regions.csv", "--seeds", 2, "--out", tmp_path / "scores")
    code, out, _ = call("evaluate", f"mine={tmp_path / 'peer.npy'}", "nerf", *options)
    assert code == 0
    assert {"mine", "nerf", "coordinates", "spatial_prior", "random", "block"} <= set(out.split())
    assert "Macro F1 by logistic, land" in words(out)
    code, again, _ = call("evaluate", f"mine={tmp_path / 'peer.npy'}", "nerf", *options)
    assert (code, again) == (0, out)
    code, out, _ = call("leaderboard", tmp_path / "scores", "-o", tmp_path / "board.csv")
    assert code == 0
    assert "Leaderboard, block, 2 tasks, by mean rank" in words(out)
    assert pd.read_csv(tmp_path / "board.csv")["random_rank"].min() >= 1
    code, out, _ = call("report", tmp_path / "scores", "--out", tmp_path / "report.html")
    assert code == 0
    assert "mine" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_tasks_of_papers_are_listed(call) -> None:
    code, out, _ = call("tasks")
    assert code == 0
    assert {"EDU:", "ELD:", "ENE:"} <= set(out.split())
    code, _, err = call("tasks", "mobclp")
    assert code == 1
    assert "did you mean 'mobclip'" in err


def test_a_run_is_tested_in_another_area(call, simulated_run, simulated_atlas, tmp_path) -> None:
    scores = tmp_path / "scores.csv"
    code, out, _ = call("transfer", simulated_run.path, "--to", simulated_atlas.path, "-o", scores)
    assert code == 0
    assert {"placeprint", "raw", "POP"} <= set(out.split())
    assert set(pd.read_csv(scores)["split"]) == {"transfer"}


def test_cautions_are_plain_lines_once_each(call, monkeypatch) -> None:
    def warn(path) -> None:
        for _ in range(2):
            caution("3 values are -9999", source=path, hint="leave them empty")
        caution("a second one", source=path)
        warnings.warn("of a library", DeprecationWarning, stacklevel=1)
        raise InputError("at last")

    monkeypatch.setattr("placeprint.atlas.Atlas", warn)
    for _ in range(2):
        with warnings.catch_warnings(record=True) as others:
            warnings.simplefilter("always")
            code, _, err = call("inspect", "nowhere")
        assert code == 1
        assert err.splitlines() == [
            "Caution: nowhere: 3 values are -9999. To mend it: leave them empty.",
            "Caution: nowhere: a second one",
            "Error: at last",
        ]
        assert [str(each.message) for each in others] == ["of a library"]


def test_embed_takes_the_names_of_coordinates(call, simulated_run, tmp_path) -> None:
    centres = simulated_run.atlas.regions.centroids().head(3)
    table = centres.set_axis(["LNG", "LATITUDE"], axis=1).assign(code=["007", "8", "9"])
    table.iloc[1, 0] = np.nan
    table.to_csv(tmp_path / "shops.csv", index=False)
    given = ("embed", simulated_run.path, tmp_path / "shops.csv", "--out", tmp_path / "o.csv")
    code, _, err = call(*given)
    assert code == 1
    assert "--lon and --lat" in err
    code, _, err = call(*given, "--lon", "LGN", "--lat", "LATITUDE")
    assert code == 1
    assert "did you mean 'LNG'" in err
    code, out, _ = call(*given, "--lon", "LNG", "--lat", "LATITUDE")
    assert code == 0
    assert "2 of 3 points" in words(out)
    assert "1 have no coordinates" in words(out)
