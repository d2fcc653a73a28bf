"""What the commands print: short tables for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from placeprint.atlas import Atlas
from placeprint.models import Run

__all__ = ["atlas", "files", "run", "scores"]

console = Console()


def _size(path: Path) -> str:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    size = size or path.stat().st_size
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


def files(folder: Path, what: str) -> None:
    """The files of a folder and their sizes."""
    table = Table(title=f"{folder}: {what}", title_justify="left", box=box.SIMPLE)
    table.add_column("file")
    table.add_column("size", justify="right")
    for path in sorted(folder.iterdir()):
        table.add_row(path.name, _size(path))
    console.print(table)


def atlas(atlas: Atlas) -> None:
    """The layers of an atlas: rows, dimensions, size, coverage, and what was left out."""
    heading = f"{atlas.path}: {atlas.name}, {len(atlas.region_ids):,} regions"
    table = Table(title=heading, title_justify="left", box=box.SIMPLE)
    table.add_column("layer", no_wrap=True)
    for name in ("rows", "dim", "size", "regions"):
        table.add_column(name, justify="right", no_wrap=True)
    layers = atlas.manifest["layers"]
    for key, layer in sorted(layers.items()):
        size = _size(atlas.path / f"{key}.parquet")
        dimensions = str(layer.get("dimensions", ""))
        table.add_row(key, f"{layer['rows']:,}", dimensions, size, _reached(layer))
    console.print(table)
    for line, keys in sorted(_left_out(layers).items()):
        where = keys[0] if len(keys) == 1 else f"{len(keys)} layers"
        console.print(f"  left out of {where}: {line}", highlight=False, soft_wrap=True)
    console.print(f"  provenance: {atlas.path / 'atlas.json'}", highlight=False, soft_wrap=True)


def _reached(layer: dict[str, Any]) -> str:
    coverage = layer.get("coverage")
    if coverage is not None:
        return f"{coverage['regions'] / coverage['of_regions']:.1%}"
    return f"{layer['rows'] / layer['of_regions']:.1%}" if "of_regions" in layer else ""


def _left_out(layers: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """What was left out and why → the layers that it was left out of."""
    reasons: dict[str, list[str]] = {}
    for key, layer in layers.items():
        coverage = layer.get("coverage", {})
        files = ", ".join(layer["request"]["inputs"])
        for why, count in coverage.get("dropped", {}).items():
            line = f"{count:,} of {coverage['rows']:,} rows of {files}, {why}"
            reasons.setdefault(line, []).append(key)
    return reasons


def run(run: Run) -> None:
    """What a run is, and how its training went."""
    manifest = run.manifest
    regions, dimensions = run.embeddings.shape
    best = run.history.iloc[int(run.history["validation"].argmin())]
    heading = f"{run.path}: {manifest['model']}"
    table = Table(title=heading, title_justify="left", box=box.SIMPLE, show_header=False)
    table.add_row("atlas", f"{manifest['atlas']['name']} ({manifest['atlas']['path']})")
    table.add_row("views", ", ".join(manifest["views"]))
    table.add_row("embedding", f"{regions:,} regions × {dimensions} ({run.config['embedding']})")
    curve = f"{len(run.history)} epochs, best {best['validation']:.4f} in {int(best['epoch'])}"
    table.add_row("validation loss", curve)
    seconds = ", ".join(f"{name} {value:.1f} s" for name, value in manifest["timings"].items())
    table.add_row("time", seconds)
    table.add_row("size", _size(run.path))
    console.print(table)


def scores(summary: pd.DataFrame) -> None:
    """The mean R² of each model over the tasks that leak nothing, random beside blocked."""
    from placeprint.evaluation.summary import MEAN

    for probe, rows in summary[summary["task"] == MEAN].groupby("probe"):
        title = f"R² by {probe}, mean over the tasks that leak nothing"
        table = Table(title=title, title_justify="left", box=box.SIMPLE)
        table.add_column("model")
        splits = [split for split in ("random", "block") if split in set(rows["split"])]
        for split in splits:
            table.add_column(split, justify="right")
        means = rows.pivot_table(index="model", columns="split", values="mean", dropna=False)
        spreads = rows.pivot_table(index="model", columns="split", values="std", dropna=False)
        for model in means.sort_values(splits[0], ascending=False).index:
            cells = zip(means.loc[model, splits], spreads.loc[model, splits], strict=True)
            table.add_row(str(model), *[_mean_and_spread(mean, std) for mean, std in cells])
        console.print(table)


def _mean_and_spread(mean: float, std: float) -> str:
    """A mean and its spread; of a single split there is none."""
    return f"{mean:.3f}" if pd.isna(std) else f"{mean:.3f} ± {std:.3f}"
