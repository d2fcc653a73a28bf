from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors import safe_open

from placeprint.atlas import Atlas
from placeprint.cli import main
from placeprint.errors import InputError
from placeprint.files import write_json, write_vectors
from placeprint.lookup import open_encoder
from placeprint.models import Run
from placeprint.training.output_folder import OutputFolder


def test_the_files_of_a_run(simulated_run) -> None:
    names = {path.name for path in simulated_run.path.iterdir()} - {"scores.parquet", "scores.csv"}
    assert names == {
        "run.json",
        "config.json",
        "model.safetensors",
        "embeddings.parquet",
        "history.csv",
    }
    manifest = json.loads((simulated_run.path / "run.json").read_text())
    assert {"model", "seed", "views", "atlas", "timings", "versions", "request"} == set(manifest)
    table = pq.read_table(simulated_run.path / "embeddings.parquet")
    assert table.column_names == ["region_id", "embedding"]
    assert table.schema.field("embedding").type == pa.list_(pa.float32(), 16)
    with safe_open(simulated_run.path / "model.safetensors", framework="np") as file:
        assert "network.graph.features" in file.keys()  # noqa: SIM118
    history = pd.read_csv(simulated_run.path / "history.csv")
    assert history.columns.tolist() == ["epoch", "training", "validation"]


def test_a_run_is_opened_from_its_folder(simulated_run, short) -> None:
    run = Run(simulated_run.path)
    assert run.config == short.model_dump()
    assert run.atlas.fingerprint == simulated_run.atlas.fingerprint
    pd.testing.assert_frame_equal(run.embeddings, simulated_run.embeddings)
    assert run.embeddings.index.tolist() == run.atlas.region_ids.tolist()
    assert run.embeddings.dtypes.eq(np.float32).all()
    assert np.isfinite(run.embeddings.to_numpy()).all()
    assert run.history["epoch"].tolist() == [1, 2, 3]
    assert repr(run).endswith("249 regions × 16)")


def test_a_run_without_entities_says_what_to_use(simulated_run) -> None:
    with pytest.raises(InputError, match=r"MobCLIP has no vectors of entities.*use embed"):
        simulated_run.embed_entities(simulated_run.atlas)


def test_a_run_moves_together_with_its_atlas(simulated_run, tmp_path) -> None:
    shutil.copytree(simulated_run.path.parent, tmp_path / "moved")
    run = Run(tmp_path / "moved" / simulated_run.path.name)
    assert run.atlas.path.resolve().is_relative_to(tmp_path / "moved")


def test_a_folder_that_is_no_run(tmp_path) -> None:
    with pytest.raises(InputError, match=r"no finished run here.*placeprint train ATLAS --out"):
        Run(tmp_path)


def test_an_atlas_that_changed_since(simulated_run, tmp_path) -> None:
    shutil.copytree(simulated_run.atlas.path, tmp_path / "atlas")
    manifest = json.loads((tmp_path / "atlas/atlas.json").read_text())
    manifest["layers"]["features/poi"]["fingerprint"] = "another"
    (tmp_path / "atlas/atlas.json").write_text(json.dumps(manifest))
    run = Run(simulated_run.path, Atlas(tmp_path / "atlas"))
    with pytest.raises(InputError, match="was trained on another state of this atlas"):
        _ = run.atlas


def test_the_published_embedding_is_that_of_the_anchor(simulated_run) -> None:
    anchor = simulated_run.anchor_embeddings()
    assert anchor.shape == simulated_run.embeddings.shape
    assert not np.allclose(anchor, simulated_run.embeddings)


def test_entities_have_vectors_of_their_own(tmp_path) -> None:
    write_json(tmp_path / "run.json", {"model": "UrbanMFM"})
    run = Run(tmp_path)
    assert run.entity_kinds == []
    with pytest.raises(InputError, match=r"no vectors of 'buildings'.*use embeddings"):
        run.entities("buildings")
    ids = pd.Index(["way/1", "way/2"], name="building_id")
    vectors = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], index=ids, dtype="float32")
    write_vectors(tmp_path / "entities" / "buildings.parquet", vectors)
    found = run.entities("buildings")
    assert run.entity_kinds == ["buildings"]
    assert found.index.name == "building_id"
    assert found.index.tolist() == ["way/1", "way/2"]
    assert found.to_numpy().tolist() == [[1, 2], [3, 4]]
    with pytest.raises(InputError, match="did you mean 'buildings'"):
        run.entities("building")


def test_an_unfinished_run_says_so_wherever_it_is_opened(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = OutputFolder(tmp_path / "run", "run", "run.json", "4ae1")
    folder.begin(resume=False)
    (tmp_path / "a.csv").write_text("lon,lat\n1,2\n")
    for line in (
        *("inspect run", "report run --out a.html", "evaluate run", "evaluate run other"),
        *("map run --out a.html", "similar run a", "export run --out a.parquet"),
        *("embed run a.csv --out b.csv", "distill run --out encoder", "serve run"),
        *("transfer run --to atlas", "export run --out a.pmtiles"),
    ):
        with pytest.raises(SystemExit):
            main(line.split())
        told = capsys.readouterr().err
        assert "unfinished" in told, line
        assert "placeprint train ATLAS --out run --resume" in told, line


def test_an_unfinished_encoder_says_so(tmp_path) -> None:
    OutputFolder(tmp_path / "e", "encoder", "config.json", "4ae1").begin(resume=False)
    with pytest.raises(InputError, match=r"unfinished.*distill RUN --out .* --resume"):
        open_encoder(tmp_path / "e")
