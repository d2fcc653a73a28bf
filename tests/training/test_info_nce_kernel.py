from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from placeprint.training import tile_memory
from placeprint.training.info_nce_kernel import CompiledPowers

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


def test_the_memory_of_tiles_is_used_again() -> None:
    generator = torch.Generator().manual_seed(0)
    drawn = [torch.randn(size, 16, generator=generator) for size in (1100, 600)]
    anchor, other = (normalize(each, dim=1) for each in drawn)
    rows, columns = (
        torch.rand(size, generator=generator, dtype=torch.float64) for size in (1100, 600)
    )

    def products() -> tuple[CompiledPowers, list[torch.Tensor]]:
        powers = CompiledPowers(anchor, other, 0.5, twice=True)
        return powers, [*powers.sums(), *powers.weighted(rows, columns)]

    tile_memory.release()
    first, found = products()
    again, same = products()
    assert again._memory is first._memory
    waiting = CompiledPowers(anchor, other, 0.5, twice=True)  # it has the spare memory
    other_thread, alike = products()
    assert other_thread._memory is not waiting._memory
    for one, two, three in zip(found, same, alike, strict=True):
        assert torch.equal(one, two)
        assert torch.equal(one, three)
