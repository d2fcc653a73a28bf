from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from placeprint.errors import InputError, PlaceprintError
from placeprint.mobility.covisits import CoVisitRules, Engine, memory_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4e9), ("500 mb", 5e8), ("2GiB", 2**31), ("1.5k", 1500), ("123", 123), ("1T", 1e12)],
)
def test_sizes_of_memory(text, size) -> None:
    assert memory_bytes(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "4 gigs", "1.2.3M", "0"])
def test_what_is_no_size_is_refused(text) -> None:
    with pytest.raises(InputError, match="write it like 4GB"):
        memory_bytes(text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "dukdb"}, "unknown engine 'dukdb'.*did you mean 'duckdb'"),
        ({"name": "duckdb", "master": "local"}, "duckdb has no master"),
        ({"name": "polars", "memory": 10**9}, "Polars cannot be held to a memory budget"),
    ],
)
def test_options_that_an_engine_does_not_know(options, message) -> None:
    with pytest.raises(InputError, match=message):
        Engine(**options)


def test_half_of_the_memory_is_the_budget_unless_told() -> None:
    assert Engine("duckdb", memory=5).budget == 5
    assert 2**26 < Engine().budget < 2**46


def test_naming_an_engine_imports_none() -> None:
    heavy = "duckdb", "polars", "pyspark", "narwhals", "opendp"
    code = "import sys; from placeprint.mobility.covisits import Engine, CoVisitRules; "
    code += f"print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() in {"[]", "['narwhals']"}  # scikit-learn imports narwhals


def test_duckdb_says_what_to_do_when_its_memory_is_spent(tmp_path) -> None:
    import duckdb

    from placeprint.mobility.covisits.duckdb_engine import duckdb_session

    with (
        pytest.raises(PlaceprintError, match=r"more than the 0.05 GB allowed.*--memory"),
        duckdb_session(50_000_000, tmp_path / "spill"),
    ):
        raise duckdb.OutOfMemoryException("failed to allocate data of size 32.0 MiB")
    with (
        pytest.raises(PlaceprintError, match=r"the disk is full.*run again"),
        duckdb_session(50_000_000, tmp_path / "spill"),
    ):
        raise duckdb.OutOfMemoryException("max_temp_directory_size: the disk has no room")


def test_an_engine_that_is_not_installed_names_its_extra(monkeypatch) -> None:
    from placeprint.mobility.covisits.polars_engine import PolarsSession

    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(PlaceprintError, match=r"placeprint\[polars\]"):
        PolarsSession()


def test_rules_of_a_noisy_release_need_opendp(monkeypatch) -> None:
    from placeprint.mobility.covisits import NoisyRelease

    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    rules = CoVisitRules(most_regions=3, most_weeks=1, epsilon=1.0)
    with pytest.raises(PlaceprintError, match=r"placeprint\[privacy\]"):
        NoisyRelease(rules, 10, snapshots=False)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_engine_tells_that_a_file_cannot_grow(tmp_path, number) -> None:
    import duckdb
    import polars

    from placeprint.mobility.covisits.duckdb_engine import duckdb_session
    from placeprint.mobility.covisits.polars_engine import polars_session

    words = f"cannot write: {os.strerror(number)} (os error {number})"
    sessions = (
        (duckdb_session(50_000_000, tmp_path), duckdb.IOException(words)),
        (polars_session(tmp_path), polars.exceptions.ComputeError(words)),
        (polars_session(tmp_path), OSError(number, words)),
    )
    for session, error in sessions:
        with pytest.raises(PlaceprintError, match=r"what is finished is kept.*run again"), session:
            raise error
    with pytest.raises(ZeroDivisionError), polars_session(tmp_path):
        raise ZeroDivisionError
