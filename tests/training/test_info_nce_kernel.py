from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import hashlib
import torch
from placeprint.training.losses import symmetric_info_nce
given = torch.Generator().manual_seed(0)
anchor, other = (torch.randn(900, 33, generator=given, requires_grad=True) for _ in range(2))
loss = symmetric_info_nce(anchor, other, torch.tensor(0.1))
loss.backward()
found = torch.cat([loss.detach()[None], anchor.grad.flatten(), other.grad.flatten()])
print(hashlib.sha256(found.numpy().tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_code_just_compiled_gives_the_bytes_of_code_from_the_cache(tmp_path: Path) -> None:
    """A training started by a process that compiles may be resumed by one that does not."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    given = [sys.executable, "-c", CODE]
    found = [subprocess.check_output(given, env=environment) for _ in range(2)]
    assert any(tmp_path.rglob("*_sum_lanes*"))
    assert found[0] == found[1]
