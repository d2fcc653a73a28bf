"""Options that several commands take, and how lists are written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Overwrite", "RegionOutlines", "listed"]

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]
RegionOutlines = Annotated[
    Path | None, typer.Option("--regions", help="Outlines of the regions, if not H3 cells.")
]


def listed(names: str | None) -> list[str] | None:
    """Names with commas between them; None stays None."""
    return [name.strip() for name in names.split(",")] if names else None
