from __future__ import annotations

import subprocess
import sys

from placeprint import machine_code

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
