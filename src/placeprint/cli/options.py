"""Options that several commands take, and how lists are written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "ConfigFile",
    "Device",
    "Overwrite",
    "RegionOutlines",
    "Resume",
    "Settings",
    "listed",
]

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="YAML file of settings.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One setting; may be repeated."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where it stopped.")]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda, or auto: a GPU if there is one.")]
RegionOutlines = Annotated[
    Path | None, typer.Option("--regions", help="Outlines of the regions, if not H3 cells.")
]


def listed(names: str | None) -> list[str] | None:
    """Names with commas between them; None stays None."""
    return [name.strip() for name in names.split(",")] if names else None
