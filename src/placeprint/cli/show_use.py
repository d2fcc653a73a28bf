"""What the commands that put embeddings to use print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich import box
from rich.table import Table

from placeprint.cli.show import called, console, mean_and_spread, percent, size_of
from placeprint.errors import listing

if TYPE_CHECKING:
    from placeprint.encoders.position import CoordinateEncoder
    from placeprint.lookup import EmbeddedPoints, PooledPolygons
    from placeprint.models import Run

__all__ = ["embedded_points", "encoder", "exported", "pooled_polygons", "similar"]


def encoder(folder: Path, encoder: CoordinateEncoder) -> None:
    """What a distilled encoder is worth beside its teacher."""
    names = {"r2": "R²", "macro_f1": "Macro F1"}
    console.print(
        f"{folder}: longitude, latitude → {encoder.dim} numbers; {size_of(folder)}; its card: "
        f"{folder / 'README.md'}",
        highlight=False,
        soft_wrap=True,
    )
    for metric, splits in encoder.card["scores"].items():
        title = f"{names.get(metric, metric)}, mean over the tasks that leak nothing"
        table = Table(title=title, title_justify="left", box=box.SIMPLE)
        table.add_column("model", no_wrap=True)
        means = {split: tasks["mean"] for split, tasks in splits.items() if "mean" in tasks}
        for split in means:
            table.add_column(split, justify="right")
        for model in dict.fromkeys(name for mean in means.values() for name in mean):
            values = [mean.get(model, float("nan")) for mean in means.values()]
            table.add_row(model, *[mean_and_spread(value, float("nan")) for value in values])
        console.print(table)


def embedded_points(account: EmbeddedPoints) -> None:
    """How many points got a vector."""
    covered = percent(account.covered / account.points)
    console.print(
        f"{account.path}: {account.covered:,} of {account.points:,} points ({covered}) got a "
        f"vector of {account.dimensions} dimensions; {size_of(account.path)}",
        highlight=False,
        soft_wrap=True,
    )
    if account.nowhere:
        console.print(f"  {account.nowhere:,} have no coordinates", highlight=False)


def pooled_polygons(account: PooledPolygons) -> None:
    """How far polygons are covered, and which of them are not at all."""
    lines = [
        f"{account.path}: {account.polygons:,} polygons, covered by {percent(account.coverage)} on "
        f"average; {size_of(account.path)}"
    ]
    if account.uncovered:
        lines.append(f"  {len(account.uncovered):,} got no vector: {listing(account.uncovered)}")
    if account.repaired:
        lines.append(f"  {account.repaired:,} were no valid polygons, and were mended")
    if account.unweighted:
        lines.append(f"  {account.unweighted:,} regions have no weight, and do not count")
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def similar(found: pd.DataFrame, run: Run, region: str, modality: str | None) -> None:
    """The places found, and the cosine of each in every view."""
    views = {name: called(run.atlas, name, "features", "graphs") for name in run.manifest["views"]}
    by = "embedding" if modality is None else f"its {views.get(modality, modality)} alone"
    table = Table(title=f"Most like {region} by {by}", title_justify="left", box=box.SIMPLE)
    table.add_column("region", no_wrap=True)
    words = [name for name in ("region_id", "name") if name in found]
    for name in found.columns[1:]:
        table.add_column(views.get(name, name), justify="left" if name in words else "right")
    numbers = found.drop(columns=words).to_numpy()
    for said, row in zip(found[words].fillna("").to_numpy(), numbers, strict=True):
        table.add_row(*said, *[mean_and_spread(value, float("nan")) for value in row])
    console.print(table)


def exported(path: Path) -> None:
    """Where embeddings were written."""
    console.print(f"{path}: {size_of(path)}", highlight=False, soft_wrap=True)
