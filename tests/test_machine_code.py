from __future__ import annotations

import subprocess
import sys

from placeprint import machine_code
from placeprint.mobility.covisits import Engine

CODE = """
import numpy as np, torch
torch.set_num_threads(1)
from scipy.sparse import csr_array
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.sparse_product import product
rows = CompressedRows.from_scipy(csr_array(np.eye(3, dtype=np.float32)))
product(rows, np.ones((3, 2), np.float32))
print(torch.get_num_threads())
"""


def test_loops_in_machine_code_leave_torch_its_number_of_threads() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_compiles_where_nothing_can_be_kept(monkeypatch) -> None:
    def refusing(*, nogil, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    def loop() -> None: ...

    monkeypatch.setattr(machine_code.numba, "njit", refusing)
    assert machine_code.compiled()(loop) is loop


def test_a_container_bounds_the_memory(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(machine_code, "CONTAINER", tmp_path)
    free = machine_code.available_memory()
    assert free is not None
    assert free > 2**26
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("60000000\n")
    assert machine_code.available_memory() > 2**26
    (tmp_path / "memory.max").write_text("100000000\n")
    assert machine_code.available_memory() == 40_000_000
    assert Engine().budget == 20_000_000
    assert Engine(memory=7).budget == 7
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 50000000\n")
    assert machine_code.available_memory() == 90_000_000
