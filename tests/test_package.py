"""What ``import placeprint`` gives, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import placeprint as pp
from placeprint import models


def test_importing_costs_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import placeprint as pp; dir(pp)\n"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before} - "
        "set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['placeprint']\n"


@pytest.mark.parametrize("name", pp.__all__)
def test_every_name_is_there_and_documented(name) -> None:
    assert name in dir(pp)
    assert getattr(pp, name).__name__ == name
    assert getattr(pp, name).__doc__


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'placeprint' has no attribute 'trane'"):
        _ = pp.trane
    with pytest.raises(AttributeError, match="has no attribute 'trane'"):
        _ = models.trane


def test_the_version_is_that_of_the_distribution() -> None:
    assert pp.__version__ == version("placeprint")


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "placeprint", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"placeprint {pp.__version__}\n"
