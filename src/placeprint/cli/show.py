"""What the commands print: short tables for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from placeprint.atlas import Atlas
from placeprint.errors import InputError
from placeprint.mobility.covisits.account import floor_of
from placeprint.models import Run

if TYPE_CHECKING:
    from placeprint.building.drafting import Draft
    from placeprint.evaluation import Task
    from placeprint.evaluation.suites import Suite
    from placeprint.mobility.covisits import CoVisitAccount

__all__ = [
    "atlas",
    "called",
    "co_visits",
    "console",
    "drafted",
    "files",
    "leaderboard",
    "mean_and_spread",
    "percent",
    "run",
    "scores",
    "size_of",
    "suite",
    "transferred",
    "variants",
]

console = Console()


def size_of(path: Path) -> str:
    """The bytes of a file or of all files of a folder."""
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    size = size or path.stat().st_size
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


def files(folder: Path, what: str) -> None:
    """The files of a folder and their sizes."""
    table = Table(title=f"{folder}: {what}", title_justify="left", box=box.SIMPLE)
    table.add_column("file")
    table.add_column("size", justify="right")
    for path in sorted(folder.iterdir()):
        table.add_row(path.name, size_of(path))
    console.print(table)


def drafted(made: Draft, folder: Path, out: Path) -> None:
    """What became of each file of a folder, and what to type next."""
    table = Table(title=f"{folder} → {out}", title_justify="left", box=box.SIMPLE)
    for name in ("file", "what it is", "where it goes"):
        table.add_column(name, overflow="fold")
    for name, (what, use) in made.files.items():
        table.add_row(name, what, use)
    console.print(table, markup=False)
    lines = [f"placeprint build {out} --data {folder} --out atlas"]
    if made.train is None:
        lines.append("then add features or a graph to the recipe: there is too little to train on")
    else:
        lines.append(f"placeprint train atlas --out run{made.train}")
        lines.append("placeprint evaluate run")
    console.print("  Read its comments, then type:", highlight=False)
    for line in lines:
        console.print(f"    {line}", highlight=False, soft_wrap=True, markup=False)


def atlas(atlas: Atlas) -> None:
    """The layers of an atlas: rows, dimensions, size, coverage, what was left out and noted."""
    heading = f"{atlas.path}: {atlas.name}, {len(atlas.region_ids):,} regions"
    table = Table(title=heading, title_justify="left", box=box.SIMPLE)
    table.add_column("layer", no_wrap=True)
    for name in ("rows", "dim", "size", "regions"):
        table.add_column(name, justify="right", no_wrap=True)
    layers = atlas.manifest["layers"]
    titled = any("title" in layer for layer in layers.values())
    if titled:
        table.add_column("title")
    for key, layer in sorted(layers.items()):
        size = size_of(atlas.path / f"{key}.parquet")
        dimensions = str(layer.get("dimensions", ""))
        title = [str(layer.get("title") or "")] if titled else []
        table.add_row(key, f"{layer['rows']:,}", dimensions, size, _reached(layer), *title)
    console.print(table)
    notes: dict[str, list[str]] = {}
    for key, layer in sorted(layers.items()):
        for note in layer.get("coverage", {}).get("notes", []):
            notes.setdefault(note, []).append(key)
    for before, lines in (("left out of ", _left_out(layers)), ("", notes)):
        for line, keys in sorted(lines.items()):
            where = keys[0] if len(keys) == 1 else f"{len(keys)} layers"
            console.print(f"  {before}{where}: {line}", highlight=False, soft_wrap=True)
    for key, layer in sorted(layers.items()):
        floor = floor_of(layer["covisits"]) if "covisits" in layer else ""
        if floor:
            console.print(f"  {key}: {floor}", highlight=False, soft_wrap=True)
    console.print(f"  provenance: {atlas.path / 'atlas.json'}", highlight=False, soft_wrap=True)


def co_visits(path: Path, account: CoVisitAccount) -> None:
    """What went into a co-visit graph, what came out, and what was left out and why."""
    table = Table(title=str(path), title_justify="left", box=box.SIMPLE, show_header=False)
    table.add_column(no_wrap=True)
    visits, rules, noise = account.visits, account.rules, account.noise
    table.add_row("visits", f"{visits.matched:,} of {visits.rows:,}")
    for reason, count in visits.dropped.items():
        table.add_row("", f"{count:,} left out: {reason}")
    table.add_row("people", f"{account.users:,}")
    table.add_row("weeks", f"{account.weeks:,}")
    table.add_row("regions", f"{visits.regions:,}")
    if rules.most_regions or rules.most_weeks:
        caps = [(rules.most_regions, "regions a week"), (rules.most_weeks, "weeks")]
        bound = " and ".join(f"{most} {what}" for most, what in caps if most)
        table.add_row("caps", f"{account.capped:,} visited regions beyond {bound} of a person")
    table.add_row("edges", f"{account.edges:,}" + (" in all weeks" if account.times else ""))
    table.add_row("trips", f"{account.trips:,}" + (" with noise" if noise else ""))
    if noise is not None:
        shown = f"ε {noise['epsilon']:g}, δ {noise['delta']:g}, σ {noise['scale']:.3g}"
        table.add_row("noise", f"{shown}, released from a weight of {noise['threshold']:,}")
    elif rules.min_users > 1:
        table.add_row("floor", f"{rules.min_users} people an edge")
    if noise is not None or rules.min_users > 1:
        lost = f"{account.dropped_edges:,} edges with {account.dropped_trips:,} trips"
        table.add_row("dropped", lost)
    table.add_row("size", size_of(path))
    console.print(table)
    if noise is not None:
        line = "  These counts are exact but for edges and trips: they are for you, not the public."
        console.print(line, highlight=False, soft_wrap=True)


def _reached(layer: dict[str, Any]) -> str:
    coverage = layer.get("coverage")
    if coverage is not None and "regions" in coverage:
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
    try:
        area = run.atlas
    except InputError:  # it is not there, and nor are its titles
        area = None
    regions, dimensions = run.embeddings.shape
    heading = f"{run.path}: {manifest['model']}"
    table = Table(title=heading, title_justify="left", box=box.SIMPLE, show_header=False)
    table.add_row("atlas", f"{manifest['atlas']['name']} ({manifest['atlas']['path']})")
    views = (called(area, name, "features", "graphs", "entities") for name in manifest["views"])
    table.add_row("views", ", ".join(views))
    table.add_row("embedding", f"{regions:,} regions × {dimensions} ({run.config['embedding']})")
    for kind in run.entity_kinds:
        kind_called = called(area, kind, "entities")
        table.add_row("", f"{len(run.entities(kind)):,} {kind_called}")
    for name, curve in _curves(run.history):
        table.add_row(name, curve)
    for stage, account in manifest.get("stages", {}).items():
        if account != "trained":
            table.add_row(f"stage {stage}", account)
    seconds = ", ".join(f"{name} {value:.1f} s" for name, value in manifest["timings"].items())
    table.add_row("time", seconds)
    table.add_row("size", size_of(run.path))
    console.print(table)


def variants(table: pd.DataFrame) -> None:
    """The score of every variant, a column a task, a table a split."""
    for split, rows in table.groupby("split", sort=False):
        tasks = list(dict.fromkeys(zip(rows["task"], rows["metric"], strict=True)))
        grid = Table(title=f"{split} splits", title_justify="left", box=box.SIMPLE)
        grid.add_column("variant", no_wrap=True)
        for task, metric in tasks:
            grid.add_column(f"{task} ({metric})", justify="right")
        for variant, own in rows.groupby("variant", sort=False):
            cells = own.set_index("task")
            shown = [f"{cells['mean'][t]:.3f} ± {cells['std'][t]:.3f}" for t, _ in tasks]
            grid.add_row(str(variant), *shown)
        console.print(grid)


def called(area: Atlas | None, name: str, *folders: str) -> str:
    """The title of a layer or task of an atlas where it has one; else its name."""
    keys = [f"{folder}/{name}" for folder in folders]
    known = [key for key in keys if area is not None and key in area.manifest["layers"]]
    return area.title(known[0]) if area is not None and known else name


def _curves(history: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """How the training went, of a model in stages stage by stage."""
    staged = history if "stage" in history else history.assign(stage="")
    for stage, rows in staged.groupby("stage", sort=False):
        # Of few samples none are held out: there is no validation, and the last weights are kept.
        kind = "validation" if rows["validation"].notna().any() else "training"
        first, last = rows.iloc[0], rows.iloc[-1]
        ending = f"{last[kind]:.4f} in the last"
        if kind == "validation":
            best = rows.iloc[int(rows[kind].argmin())]
            ending = f"best {best[kind]:.4f} in {int(best['epoch'])}"
        yield (
            f"{kind} loss {stage}".rstrip(),
            (f"{len(rows)} epochs, {first[kind]:.4f} in the first, {ending}"),
        )


def scores(scores: pd.DataFrame, tasks: Sequence[Task], area: Atlas | None = None) -> None:
    """The mean score of each model over the tasks that leak nothing, random beside blocked.

    Regions and each kind of entities stand apart; of classes every one is shown too. Tasks of an
    atlas are called by their titles.
    """
    from placeprint.evaluation.statistics.score_tables import beside_every_probe

    shown = beside_every_probe(scores)
    for about in dict.fromkeys(task.about for task in tasks):
        some = [task for task in tasks if task.about == about]
        part = shown[shown["task"].isin([task.name for task in some])]
        _scores(part, some, called(area, about, "entities"), area)
    for task in tasks:
        if task.kind == "classification":
            _classes(shown[shown["task"] == task.name], task, called(area, task.name, "labels"))
    for model, coverage in scores.groupby("model")["coverage"].min().items():
        if coverage < 1:
            line = f"  {model} covers {percent(coverage)} of the labelled places."
            console.print(line, highlight=False, soft_wrap=True)


def _scores(shown: pd.DataFrame, tasks: Sequence[Task], about: str, area: Atlas | None) -> None:
    from placeprint.evaluation import summary
    from placeprint.evaluation.statistics.summary import MEAN

    of_what = "" if about == "region" else f" of {about}"
    for metric in _METRICS:
        brief = summary(shown, tasks, metric)
        named = [called(area, name, "labels") for name in sorted(set(brief["task"]) - {MEAN})]
        means = brief[brief["task"] == MEAN]
        if named and means.empty:
            console.print(f"Every task leaks, so that there is no mean: {', '.join(named)}.")
        honest = len(set(brief.loc[~brief["leaky"], "task"]) - {MEAN})
        for probe, rows in means.groupby("probe"):
            leaks = " that leak nothing" if brief["leaky"].any() else ""
            what = named[0] if len(named) == 1 else f"mean over the {honest} tasks{leaks}"
            console.print(_means(rows, f"{_METRICS[metric]} by {probe}, {what}{of_what}"))


def _classes(shown: pd.DataFrame, task: Task, name: str) -> None:
    """F1 of each class: the embedding beside the baseline that is best under the hardest split."""
    splits = _ordered(shown["split"])
    for probe, rows in shown.groupby("probe"):
        overall = rows[(rows["metric"] == "macro_f1") & (rows["split"] == splits[-1])]
        best = overall.groupby("model")["value"].mean().sort_values(ascending=False).index
        first = [name for name in ("placeprint", *best) if name in set(best)]
        models = list(dict.fromkeys(first))[:2]
        of_class = rows[rows["metric"].str.startswith("f1[") & rows["model"].isin(models)]
        values = of_class.pivot_table(index="metric", columns=["split", "model"], values="value")
        title = f"F1 of each class by {probe}, {name}"
        table = Table(title=title, title_justify="left", box=box.SIMPLE)
        table.add_column("class")
        columns = [
            (split, model) for split in splits for model in models if (split, model) in values
        ]
        for split, model in columns:
            table.add_column(f"{split}\n{model}", justify="right")
        for metric, row in values.iterrows():
            cells = [mean_and_spread(row[column], float("nan")) for column in columns]
            table.add_row(str(metric)[3:-1], *cells)
        console.print(table)
    if "Left out" in task.description:
        console.print(f"  {name}: {task.description}", highlight=False, soft_wrap=True)


def _ordered(splits: pd.Series) -> list[str]:
    """The splits, the easiest first."""
    known = ("random", "stratified", "folds", "block", "region")
    found = set(splits)
    return [split for split in known if split in found] + sorted(found - set(known))


_METRICS: Final = {"r2": "R²", "macro_f1": "Macro F1"}


def _means(rows: pd.DataFrame, title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    table.add_column("model")
    splits = _ordered(rows["split"])
    for split in splits:
        table.add_column(split, justify="right")
    means = rows.pivot_table(index="model", columns="split", values="mean", dropna=False)
    spreads = rows.pivot_table(index="model", columns="split", values="std", dropna=False)
    for model in means.sort_values(splits[0], ascending=False).index:
        cells = zip(means.loc[model, splits], spreads.loc[model, splits], strict=True)
        table.add_row(str(model), *[mean_and_spread(mean, std) for mean, std in cells])
    return table


def mean_and_spread(mean: float, std: float) -> str:
    """A mean and its spread; of a single split there is none."""
    if pd.isna(mean):
        return "–"
    return f"{mean:.3f}" if pd.isna(std) else f"{mean:.3f} ± {std:.3f}"


def transferred(scores: pd.DataFrame) -> None:
    """Each task's score in the other area, by model."""
    from placeprint.evaluation.statistics.score_tables import headline

    for probe, rows in headline(scores).groupby("probe"):
        title = f"Trained in one area, tested in the other, by {probe}"
        table = Table(title=title, title_justify="left", box=box.SIMPLE)
        values = rows.pivot_table(index=["task", "metric"], columns="model", values="value")
        for column in ("task", "metric"):
            table.add_column(column)
        for model in values.columns:
            table.add_column(str(model), justify="right")
        for (task, metric), row in zip(values.index, values.to_numpy(), strict=True):
            table.add_row(task, metric, *[mean_and_spread(value, float("nan")) for value in row])
        console.print(table)


def leaderboard(board: pd.DataFrame) -> None:
    """For each split one row per model: its mean rank, its mean score, how often it is best."""
    for about, part in board.groupby("about", sort=False):
        of_what = "" if about == "region" else f" of {about}"
        for split in [name.removesuffix("_mean") for name in map(str, part) if "_mean" in name]:
            if part[f"{split}_tasks"].notna().any():
                _board(part, split, of_what)


def _board(board: pd.DataFrame, split: str, of_what: str) -> None:
    count = f"{board[f'{split}_tasks'].max():.0f} tasks{of_what}"
    title = f"Leaderboard, {split}, {count}, by mean rank"
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    table.add_column("model")
    for name in ("rank", "mean", "95 %", "best in", "covers"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in board.sort_values(f"{split}_rank", kind="stable").to_dict("records"):
        rank, mean, low, high, wins = (
            row[f"{split}_{name}"] for name in ("rank", "mean", "low", "high", "wins")
        )
        interval = "" if pd.isna(low) else f"{low:.2f} … {high:.2f}"
        known = "–" if pd.isna(mean) else f"{mean:.2f}"
        best, covers = f"{wins:.0f}", percent(row["coverage"])
        table.add_row(str(row["model"]), f"{rank:.1f}", known, interval, best, covers)
    console.print(table)


def percent(coverage: float) -> str:
    """A share in percent; never 100 where anything is missing."""
    return f"{np.floor(1000 * coverage) / 10:.1f} %"


def suite(suite: Suite) -> None:
    """The tasks of a suite, and where their labels are to be had."""
    console.print(f"{suite.name}: {suite.title}. {suite.paper}", highlight=False, soft_wrap=True)
    for name, task in suite.declared.items():
        public = "public" if task.public else "not public"
        line = (
            f"  {name}: {task.title}; {task.kind}, level {task.level}, scale {task.scale}; {public}"
        )
        console.print(f"{line}; {task.file}", highlight=False, soft_wrap=True)
        console.print(f"      {task.source.obtain}", highlight=False, soft_wrap=True)
