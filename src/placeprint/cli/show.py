"""What the commands print: short tables for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from placeprint.atlas import Atlas
from placeprint.models import Run
from placeprint.sources import Coverage

__all__ = ["atlas", "files", "run", "scores"]

console = Console()


def _size(path: Path) -> str:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    size = size or path.stat().st_size
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


def files(folder: Path, what: str) -> None:
    """The files of a folder and their sizes."""
    table = Table(title=f"{folder}: {what}", title_justify="left")
    table.add_column("file")
    table.add_column("size", justify="right")
    for path in sorted(folder.iterdir()):
        table.add_row(path.name, _size(path))
    console.print(table)


def atlas(atlas: Atlas) -> None:
    """The layers of an atlas: rows, dimensions, coverage, size, provenance."""
    regions = len(atlas.region_ids)
    title = f"{atlas.path}: {atlas.name}, {regions:,} regions ({atlas.manifest['description']})"
    table = Table(title=title, title_justify="left")
    for heading in ("layer", "rows", "dim", "size", "coverage", "from"):
        table.add_column(heading, justify="right" if heading in ("rows", "dim", "size") else "left")
    for key, layer in sorted(atlas.manifest["layers"].items()):
        table.add_row(
            key,
            f"{layer['rows']:,}",
            str(layer.get("dimensions", "")),
            _size(atlas.path / f"{key}.parquet"),
            _coverage(layer),
            ", ".join(layer["request"].get("inputs", {})),
        )
    console.print(table)


def _coverage(layer: dict[str, Any]) -> str:
    if "coverage" in layer:
        return Coverage(**layer["coverage"]).describe()
    if "of_regions" in layer:
        return f"{layer['rows']:,} of {layer['of_regions']:,} regions"
    return ""


def run(run: Run) -> None:
    """What a run is, and how its training went."""
    manifest = run.manifest
    regions, dimensions = run.embeddings.shape
    best = run.history.iloc[int(run.history["validation"].argmin())]
    table = Table(title=f"{run.path}: {manifest['model']}", title_justify="left", show_header=False)
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
        title = f"R² with the {probe} probe, mean over tasks that leak nothing"
        table = Table(title=title, title_justify="left")
        table.add_column("model")
        splits = [split for split in ("random", "block") if split in set(rows["split"])]
        for split in splits:
            table.add_column(split, justify="right")
        means = rows.pivot_table(index="model", columns="split", values="mean")
        spreads = rows.pivot_table(index="model", columns="split", values="std")
        for model in means.sort_values(splits[0], ascending=False).index:
            cells = zip(means.loc[model, splits], spreads.loc[model, splits], strict=True)
            table.add_row(str(model), *[f"{mean:.3f} ± {std:.3f}" for mean, std in cells])
        console.print(table)
