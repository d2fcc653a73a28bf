"""Which snapshots of a graph a model is to see, as configurations say it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

__all__ = ["Snapshots"]


def _as_names(value: Any) -> Any:
    """One name is a list of one; YAML takes a name for a number or a date: ``time=2020``."""
    if value is None:
        return None
    values = value if isinstance(value, list | tuple) else [value]
    return [str(each) if isinstance(each, int | float | date) else each for each in values]


Snapshots: TypeAlias = Annotated[list[str] | None, BeforeValidator(_as_names)]
"""One snapshot or several, whose weights are added up; None: all of them."""
