"""Several processes that train one model write the run of one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from placeprint.atlas import Atlas
from placeprint.models import MobCLIPConfig, Run

SCRIPT = """
import sys
from placeprint.atlas import Atlas
from placeprint.models import MobCLIPConfig, train

run = train(Atlas(sys.argv[1]), MobCLIPConfig.model_validate_json(sys.argv[3]), sys.argv[2])
sys.stdout.write(f"{len(run.embeddings)}\\n")  # in one piece, whatever the other process writes
"""


@pytest.mark.slow
def test_two_processes_train_as_one(
    simulated_run: Run, simulated_atlas: Atlas, short: MobCLIPConfig, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    given = [str(simulated_atlas.path), str(tmp_path / "run"), short.model_dump_json()]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*torchrun, str(script), *given],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(len(simulated_run.embeddings))] * 2
    assert done.stderr.count("at most 3 epochs") == 1
    run = Run(tmp_path / "run", simulated_atlas)
    np.testing.assert_allclose(run.history, simulated_run.history, rtol=1e-5)
    np.testing.assert_allclose(run.embeddings, simulated_run.embeddings, atol=2e-3)
    assert {path.name for path in run.path.iterdir()} == {
        path.name for path in simulated_run.path.iterdir()
    }
