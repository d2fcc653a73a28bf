"""A small study area, runs on it and evaluations, written with the package's own writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from placeprint.atlas import Atlas, AtlasWriter
from placeprint.evaluation import Evaluation, Places, Task, atlas_places, atlas_tasks, evaluate
from placeprint.evaluation.ledger import COLUMNS, Ledger
from placeprint.evaluation.predictions import out_of_fold
from placeprint.evaluation.reporting import study
from placeprint.evaluation.results import take_up
from placeprint.files import write_json, write_table, write_vectors
from placeprint.models.run import Run

NASTY = "<img src=x onerror=alert(1)>"
WIDE, HIGH = 8, 5
IDS = pd.Index([f"r{i:02d}" for i in range(WIDE * HIGH)], name="region_id")
COLUMN, ROW = np.divmod(np.arange(WIDE * HIGH), HIGH)


def coverage(rows: int, matched: int, **dropped: int) -> dict[str, Any]:
    return {
        "rows": rows,
        "matched": matched,
        "dropped": {reason.replace("_", " "): count for reason, count in dropped.items()},
        "regions": min(matched, len(IDS)),
        "of_regions": len(IDS),
    }


def write_atlas(folder: Path) -> Atlas:
    header = {"name": "Squares <b>", "description": "", "licence": "CC0", "regions": {}}
    writer = AtlasWriter(folder, header, overwrite=False)

    def write(key: str, frame: pd.DataFrame, provenance: dict[str, Any]) -> None:
        def make(path: Path) -> dict[str, Any]:
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(frame, gpd.GeoDataFrame):
                frame.to_parquet(path, index=False)
            elif key.startswith("features/"):
                write_vectors(path, frame)
            else:
                write_table(path, frame)
            return {"rows": len(frame), **provenance}

        writer.write(key, {"settings": {}, "inputs": {f"{key}.csv": "ab" * 32}}, make)

    squares = shapely.box(5 + COLUMN, 45 + ROW, 6 + COLUMN, 46 + ROW)
    write("regions", gpd.GeoDataFrame({"region_id": IDS}, geometry=squares, crs=4326), {})
    columns = [f"c{column}" for column in COLUMN]
    write("units/column", pd.DataFrame({"region_id": IDS, "unit_id": columns}), {"units": WIDE})
    edges = pd.DataFrame({"source": IDS[:-1], "target": IDS[1:], "weight": 1.0})
    write("graphs/mobility", edges, {"coverage": coverage(50, 39, weight_is_zero=11)})
    poi = pd.DataFrame(np.column_stack([COLUMN, ROW]).astype(np.float32), index=IDS).iloc[:30]
    write("features/poi", poi, {"dimensions": 2, "of_regions": len(IDS)})
    for name, leaks in (("income", []), ("told", ["poi"]), (NASTY, [])):
        task = {"level": "region", "scale": "grid", "unit": "€", "transform": "none"}
        about = {"task": {**task, "leaks": leaks, "description": ""}}
        values = pd.DataFrame({"region_id": IDS, "value": ROW + 0.5 * COLUMN}).iloc[2:]
        write(f"labels/{name}", values, {**about, "coverage": coverage(40, 38, no_value=2)})
    task = {"level": "column", "scale": "county", "unit": "", "transform": "none", "leaks": []}
    values = pd.DataFrame({"unit_id": [f"c{i}" for i in range(WIDE)], "value": np.arange(8.0)})
    write("labels/rent", values, {"task": {**task, "description": ""}, "coverage": coverage(8, 8)})
    return Atlas(folder)


def make_run(folder: Path, atlas: Atlas) -> Run:
    vectors = np.column_stack([ROW, COLUMN, ROW * COLUMN, ROW - COLUMN]).astype(np.float32)
    write_vectors(folder / "embeddings.parquet", pd.DataFrame(vectors, index=IDS).iloc[:38])
    write_json(folder / "config.json", {"dim": 4, "embedding": "fusion", "anchor": "mobility"})
    history = pd.DataFrame(
        {"epoch": [1, 2, 3], "training": [3.0, 2.0, 1.0], "validation": [3.0, 2.5, 2.75]}
    )
    history.to_csv(folder / "history.csv", index=False)
    manifest = {
        "model": "MobCLIP",
        "seed": 0,
        "versions": {"placeprint": "0.1.0"},
        "atlas": {
            "path": str(atlas.path),
            "fingerprint": atlas.fingerprint,
            "name": atlas.name,
        },
        "timings": {"train": 1.5},
        "modalities": ["poi"],
    }
    write_json(folder / "run.json", manifest)
    return Run(folder)


def make_scores(means: dict[tuple[str, str, str], float]) -> pd.DataFrame:
    """Scores of two seeds that average to the given means, by (task, split, model)."""
    rows = [
        (task, split, "ridge", model, seed, metric, mean + 0.01 * (2 * seed - 1), 8, 0.95)
        for (task, split, model), mean in means.items()
        for seed in (0, 1)
        for metric in ("r2", "rmse", "mae")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def make_scores_of(own: float, rival: float, told: float = 0.99) -> pd.DataFrame:
    """Every task at one score, but the one that leaks; the random split .1 above the blocks."""
    means = {}
    for task in ("income", NASTY, "rent", "told"):
        for split, more in (("random", 0.1), ("block", 0.0)):
            means[task, split, "placeprint"] = told if task == "told" else own + more
            means[task, split, "raw"] = told if task == "told" else rival + more
    return make_scores(means)


@pytest.fixture(scope="session")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return write_atlas(tmp_path_factory.mktemp("study") / "atlas")


@pytest.fixture(scope="session")
def run(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that has not been evaluated."""
    return make_run(tmp_path_factory.mktemp("trained"), atlas)


@pytest.fixture(scope="session")
def predictions(atlas: Atlas, run: Run) -> pd.DataFrame:
    return out_of_fold({"placeprint": run.embeddings}, atlas_tasks(atlas), atlas_places(atlas))


@pytest.fixture(scope="session")
def evaluated(
    atlas: Atlas, predictions: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[pd.DataFrame], Run]:
    """Gives a run whose evaluation has come to some scores."""

    def make(scores: pd.DataFrame) -> Run:
        run = make_run(tmp_path_factory.mktemp("run"), atlas)
        names = sorted(set(scores["task"]) & set(atlas.label_names))
        write_scores(run.path, scores, atlas_tasks(atlas, names), ["placeprint"])
        write_table(run.path / "predictions.parquet", predictions)
        return run

    return make


def write_scores(
    folder: Path, scores: pd.DataFrame, tasks: list[Task], embeddings: list[str]
) -> Ledger:
    """Write scores as an evaluation does; a resample is the score with some noise."""
    setting = {"buffer_km": 0.0, "covered_only": False}
    ledger = take_up(folder, tasks, dict.fromkeys(embeddings, "d1"), setting, overwrite=False)
    rows = list(scores.itertuples(index=False, name=None))
    headlines = [row for row in rows if row[5] in ("r2", "macro_f1")]
    noise = np.random.default_rng(0).normal(0, 0.01, size=50)
    ledger.add(rows, [(row[:5], (row[6] + noise).astype(np.float32)) for row in headlines])
    ledger.write()
    return ledger


N = 72


@pytest.fixture(scope="session")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """An embedding of nine tenths of the places, judged without any study area."""
    rng = np.random.default_rng(0)
    ids = pd.Index([f"p{i:02d}" for i in range(N)], name="region_id")
    centroids = pd.DataFrame({"lon": rng.uniform(5, 9, N), "lat": rng.uniform(45, 49, N)}, ids)
    state = pd.Series(np.repeat(list("abcdefgh"), N // 8), index=ids)
    X = rng.normal(size=(N, 4))
    vectors = pd.DataFrame(X.astype(np.float32), index=ids).iloc[: N - 7]
    classes = np.select([X[:, 0] > 0.4, X[:, 1] > 0], [NASTY, "field"], "forest")

    def task(name: str, values: object, **about: Any) -> Task:
        return Task(name, "region", "grid", pd.DataFrame({"value": values}, index=ids), **about)

    tasks = [
        task("income", X[:, 0] + 0.1 * rng.normal(size=N), unit=NASTY, source=NASTY),
        task("noise", rng.normal(size=N), description=NASTY),
        task("land use", classes, kind="classification"),
        task("told", X[:, 1], leaks=("poi",)),
    ]
    folder = tmp_path_factory.mktemp("evaluation")
    places = Places.from_centroids(centroids, {"state": state})
    evaluate({NASTY: vectors}, tasks, places, out=folder, seeds=2)
    return Evaluation(folder)


@pytest.fixture(scope="session")
def scores_of() -> Callable[..., pd.DataFrame]:
    return make_scores_of


@pytest.fixture(scope="session", autouse=True)
def small_maps() -> Iterator[None]:
    """Maps of few pixels, so that the tests do not wait for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "LONGEST", 240)
        yield


@pytest.fixture(scope="session")
def nasty() -> str:
    """The name of a task that would run as a script if it were not escaped."""
    return NASTY
