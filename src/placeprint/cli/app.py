"""The commands. Each imports what it needs when it runs, so that ``--help`` answers at once."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placeprint.cli.options import ConfigFile, Device, Overwrite, Resume, Settings, listed
from placeprint.cli.use import commands
from placeprint.errors import DataWarning, InputError, PlaceprintError

if TYPE_CHECKING:
    from placeprint.mobility.covisits import Engine

__all__ = ["app", "main"]

app = typer.Typer(
    name="placeprint",
    help="One compact vector for every place, and an honest account of what it is worth.",
    epilog="Start with: placeprint simulate raw && placeprint build raw/recipe.yaml "
    "--data raw --out atlas",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

EngineName = Annotated[
    str, typer.Option("--engine", help="What counts co-visits: compiled, duckdb, polars, spark.")
]
Master = Annotated[
    str | None,
    typer.Option("--master", help="Where Spark runs, such as spark://host:7077; default: here."),
]
Memory = Annotated[
    str | None,
    typer.Option("--memory", help="What counting may take, like 4GB; default: half of it all."),
]


def _version(asked: bool) -> None:
    if asked:
        from placeprint import __version__

        typer.echo(f"placeprint {__version__}")
        raise typer.Exit


@app.callback()
def placeprint(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")
    ] = False,
    layer: Annotated[
        str | None, typer.Option(help="Layer of a vector file, sheet, or file in a zip, to read.")
    ] = None,
    sep: Annotated[
        str | None, typer.Option(help="What separates the columns of text, if it is not found.")
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="The decimal sign of text, a point or a comma.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="The encoding of text, such as cp1250; else it is found.")
    ] = None,
) -> None:
    """One compact vector for every place, and an honest account of what it is worth.

    How files are read (--layer, --sep, --decimal, --encoding) may be said with any command.
    """
    del version
    if layer or sep or decimal or encoding:
        from placeprint.sources.table import reading_as

        context.with_resource(reading_as(layer, sep, decimal, encoding))


def _in_order(arguments: list[str]) -> list[str]:
    """The words of the command line, those on how files are read before the command."""
    first: list[str] = []
    rest = list(arguments)
    for name in ("--layer", "--sep", "--decimal", "--encoding"):
        for place in reversed([i for i, word in enumerate(rest) if word.split("=")[0] == name]):
            first += rest[place : place + 2 - ("=" in rest[place])]
            del rest[place : place + 2 - ("=" in rest[place])]
    return first + rest


@app.command(
    epilog="Example: placeprint simulate raw --cells 2000 --seed 0. Another: placeprint simulate "
    "raw --city --blocks 400"
)
def simulate(
    raw: Annotated[Path, typer.Argument(help="Folder to write the raw files to.")],
    cells: Annotated[int, typer.Option(help="About how many H3 cells, 50 to 1,000,000.")] = 2000,
    city: Annotated[bool, typer.Option("--city", help="A city instead of a country.")] = False,
    blocks: Annotated[int, typer.Option(help="About how many blocks a city has.")] = 400,
    seed: Annotated[int, typer.Option(help="The same seed gives the same country.")] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Write the raw files and the recipe of a country, or a city, whose truth is known."""
    from placeprint.cli import show
    from placeprint.simulation import simulate as run
    from placeprint.simulation import simulate_city

    if city:
        folder = simulate_city(raw, blocks=blocks, seed=seed, overwrite=overwrite)
        show.files(folder, f"a simulated city of about {blocks:,} blocks, seed {seed}")
    else:
        folder = run(raw, cells=cells, seed=seed, overwrite=overwrite)
        show.files(folder, f"a simulated country of about {cells:,} cells, seed {seed}")


@app.command(epilog="Example: placeprint draft raw --out recipe.yaml")
def draft(
    folder: Annotated[Path, typer.Argument(help="Folder of raw files of one study area.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Recipe to write; default: it is printed.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Look at the files of a folder and write a recipe of them, with a reason for each choice."""
    from placeprint.building.drafting import draft as run

    made = run(folder, out, overwrite=overwrite)
    if out is None:
        typer.echo(made.text, nl=False)
    else:
        from placeprint.cli import show

        show.drafted(made, folder, out)


@app.command(epilog="Example: placeprint build recipes/us-counties.yaml --data raw --out atlas")
def build(
    recipe: Annotated[Path, typer.Argument(help="YAML file of the study area.")],
    data: Annotated[Path, typer.Option(help="Folder of the raw files.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Atlas folder to write.")],
    engine: EngineName = "compiled",
    master: Master = None,
    memory: Memory = None,
    overwrite: Overwrite = False,
) -> None:
    """Build the atlas of a study area from raw files; unchanged layers are kept."""
    from placeprint.building import build as run
    from placeprint.cli import show

    show.atlas(run(recipe, data, out, overwrite=overwrite, engine=_engine(engine, memory, master)))


def _engine(name: str, memory: str | None, master: str | None) -> Engine:
    from placeprint.mobility.covisits import Engine, memory_bytes

    return Engine(name, None if memory is None else memory_bytes(memory), master)


@app.command(
    epilog="Example: placeprint covisits visits/*.parquet --regions h3:6 --out graph.parquet "
    "--min-users 5. Another: placeprint covisits visits.csv --regions atlas --out graph.parquet "
    "--snapshots --most-regions 20 --most-weeks 4 --epsilon 2"
)
def covisits(
    visits: Annotated[
        list[str], typer.Argument(help="Parquet or CSV files, or patterns in quotation marks.")
    ],
    regions: Annotated[
        str, typer.Option(help="h3:6 for every H3 cell of resolution 6, or an atlas folder.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Parquet file to write.")],
    snapshots: Annotated[
        bool, typer.Option("--snapshots", help="Keep each week a graph of its own.")
    ] = False,
    most_regions: Annotated[
        int | None, typer.Option(help="A person's regions a week, those visited most often.")
    ] = None,
    most_weeks: Annotated[int | None, typer.Option(help="A person's weeks, the first.")] = None,
    min_users: Annotated[int, typer.Option(help="Drop edges tied by fewer people.")] = 1,
    epsilon: Annotated[
        float | None, typer.Option(help="Differentially private weights; needs both --most-….")
    ] = None,
    delta: Annotated[float, typer.Option(help="The δ of --epsilon.")] = 1e-6,
    user: Annotated[str, typer.Option(help="Column of the person.")] = "user",
    time: Annotated[str, typer.Option(help="Column of the time.")] = "time",
    lon: Annotated[str, typer.Option(help="Column of longitudes.")] = "lon",
    lat: Annotated[str, typer.Option(help="Column of latitudes.")] = "lat",
    week: Annotated[str | None, typer.Option(help="Column of the week, instead of time.")] = None,
    region: Annotated[
        str | None, typer.Option(help="Column of the region id, instead of lon and lat.")
    ] = None,
    engine: EngineName = "compiled",
    master: Master = None,
    memory: Memory = None,
    overwrite: Overwrite = False,
) -> None:
    """Tie regions that one person visits within one week; the graph and its snapshots.

    A run that was stopped goes on where it was when it is started again.
    """
    from placeprint.building import read_places
    from placeprint.cli import show
    from placeprint.mobility.covisits import CoVisitRules, co_visit_graph
    from placeprint.sources import VisitColumns, visit_files

    account = co_visit_graph(
        visit_files(visits),
        read_places(regions),
        out,
        columns=VisitColumns(user, time, lon, lat, week=week, region=region),
        rules=CoVisitRules(most_regions, min_users, most_weeks, epsilon, delta),
        snapshots=snapshots,
        engine=_engine(engine, memory, master),
        overwrite=overwrite,
    )
    show.co_visits(out, account)


@app.command(epilog="Example: placeprint inspect atlas")
def inspect(
    path: Annotated[Path, typer.Argument(help="An atlas or a run.")],
) -> None:
    """Show the layers, coverage, sizes and provenance of an atlas or a run."""
    from placeprint.atlas import Atlas
    from placeprint.cli import show
    from placeprint.models import Run, is_run

    if is_run(path):
        show.run(Run(path))
    else:
        show.atlas(Atlas(path))


@app.command(
    epilog="Example: placeprint train atlas --out run --set dim=64 --set training.epochs=20. "
    "Another: placeprint train city --out run --model urbanmfm"
)
def train(
    atlas: Annotated[Path, typer.Argument(help="Atlas folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Run folder to write.")],
    model: Annotated[
        str, typer.Option(help="mobclip, or urbanmfm for a city of points and buildings.")
    ] = "mobclip",
    config: ConfigFile = None,
    settings: Settings = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    device: Device = "auto",
) -> None:
    """Train a model on an atlas and write the embeddings of its regions.

    UrbanMFM writes those of its points of interest and buildings too.
    """
    from placeprint.atlas import Atlas
    from placeprint.cli import show
    from placeprint.models import config_class, read_config
    from placeprint.models import train as run
    from placeprint.training.distributed import is_main

    chosen = read_config(config_class(model), config, settings or ())
    made = run(Atlas(atlas), chosen, out, resume=resume, overwrite=overwrite, device=device)
    if is_main():
        show.run(made)


ModelName = Annotated[str, typer.Option("--model", help="mobclip or urbanmfm.")]
StudyFolder = Annotated[Path, typer.Option("--out", "-o", help="Folder of the study to write.")]
Tasks = Annotated[
    str | None, typer.Option("--tasks", help="Which tasks, with commas; default: all of them.")
]
Seeds = Annotated[int, typer.Option("--seeds", min=1, help="How many splits of each kind.")]


@app.command(epilog="Example: placeprint ablate city --model urbanmfm --out study")
def ablate(
    atlas: Annotated[Path, typer.Argument(help="Atlas folder, with labels.")],
    out: StudyFolder,
    model: ModelName = "mobclip",
    config: ConfigFile = None,
    settings: Settings = None,
    tasks: Tasks = None,
    seeds: Seeds = 10,
) -> None:
    """Train a model with each of its parts left out, and score them side by side.

    Of MobCLIP each modality, and the first vectors of the graph. Of UrbanMFM each scale (its
    objectives and its readouts), all training, and images; beside the embedding as published, all
    objectives at once, and every further graph of the atlas. What --set asks for stays in all of
    them. What is in the folder already is kept, so a study that was stopped goes on.
    """
    from placeprint.atlas import Atlas
    from placeprint.cli import show
    from placeprint.models import config_class, read_config
    from placeprint.studies import ablate as run

    chosen = read_config(config_class(model), config, settings or ())
    show.variants(run(Atlas(atlas), chosen, out, tasks=listed(tasks), seeds=seeds))


@app.command(
    epilog="Example: placeprint sensitivity city local.max_distance_m 250,500,1000 "
    "--model urbanmfm --out study"
)
def sensitivity(
    atlas: Annotated[Path, typer.Argument(help="Atlas folder, with labels.")],
    setting: Annotated[str, typer.Argument(help="A setting; a dot goes one level down.")],
    values: Annotated[str, typer.Argument(help="Its values, with commas.")],
    out: StudyFolder,
    model: ModelName = "mobclip",
    config: ConfigFile = None,
    settings: Settings = None,
    tasks: Tasks = None,
    seeds: Seeds = 10,
) -> None:
    """Train a model with several values of one setting, and score them side by side.

    What is in the folder already is kept, so a study that was stopped goes on.
    """
    import yaml

    from placeprint.atlas import Atlas
    from placeprint.cli import show
    from placeprint.models import config_class, read_config
    from placeprint.studies import sensitivity as run

    chosen = read_config(config_class(model), config, settings or ())
    parsed = [yaml.safe_load(value) for value in values.split(",")]
    table = run(Atlas(atlas), chosen, setting, parsed, out, tasks=listed(tasks), seeds=seeds)
    show.variants(table)


@app.command(
    epilog="Example: placeprint evaluate run --probes ridge,lightgbm. Another: placeprint evaluate "
    "peer.parquet nerf --labels labels.csv --units counties.csv --out scores"
)
def evaluate(
    embeddings: Annotated[
        list[str],
        typer.Argument(
            help="A run; a table of vectors (Parquet, CSV, NumPy, …); the name of a position "
            "encoder. Several are compared; NAME=PATH names one."
        ),
    ],
    labels: Annotated[
        list[Path] | None,
        typer.Option(help="A table of labels, or a suite (with --data); may be repeated."),
    ] = None,
    atlas: Annotated[
        Path | None, typer.Option(help="Atlas whose labels are predicted; default: the run's.")
    ] = None,
    tasks: Annotated[
        str | None, typer.Option(help="Which tasks, with commas; default: all of them.")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="Columns of whole numbers that are classes, with commas.")
    ] = None,
    regions: Annotated[
        Path | None, typer.Option(help="Outlines or centres of the regions, if not H3 cells.")
    ] = None,
    units: Annotated[
        list[Path] | None,
        typer.Option(help="Which county, city, … each region is in; may be repeated."),
    ] = None,
    levels: Annotated[
        str | None, typer.Option(help="Which columns of --units are levels, with commas.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the labels of a suite.")] = None,
    ids: Annotated[
        Path | None, typer.Option(help="The ids of vectors that come without, in their order.")
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="The column of ids of vectors or labels, if not clear.")
    ] = None,
    scale: Annotated[
        str | None, typer.Option(help="grid, point, county or city: the published settings.")
    ] = None,
    protocol: Annotated[
        str, typer.Option(help="nested: linear, tuned inside; published: the paper's settings.")
    ] = "nested",
    splits: Annotated[
        str,
        typer.Option(
            help="random, block, region (leave one unit out), folds, stratified; with commas."
        ),
    ] = "random,block",
    probes: Annotated[
        str | None,
        typer.Option(help="linear, ridge, logistic, knn, lightgbm, ridge_published; with commas."),
    ] = None,
    models: Annotated[
        str | None, typer.Option(help="Which models, with commas; default: all of them.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many splits of each kind.")] = 10,
    buffer_km: Annotated[
        float, typer.Option("--buffer", min=0, help="Km around held-out areas not trained on.")
    ] = 0.0,
    pooling: Annotated[
        str, typer.Option(help="Regions to units: mean, min, max, std, statistics.")
    ] = "mean",
    weights: Annotated[
        str | None, typer.Option(help="Weights of regions in units: area, or a table of them.")
    ] = None,
    covered_only: Annotated[
        bool, typer.Option("--covered-only", help="Leave out places without a vector.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for the scores; default: the run's own, if one."),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Score embeddings beside plain baselines, on random and on spatially blocked splits."""
    from placeprint.atlas import Atlas
    from placeprint.cli import show
    from placeprint.evaluation import evaluate_files
    from placeprint.models import Run, is_run

    scores, about = evaluate_files(
        embeddings,
        labels=labels or [],
        atlas=atlas,
        tasks=listed(tasks),
        classes=listed(classes) or [],
        regions=regions,
        units=units or [],
        levels=listed(levels),
        data=data,
        ids=ids,
        id_column=id_column,
        scale=scale,
        weights=weights,
        out=out,
        protocol=protocol,
        splits=listed(splits) or [],
        probes=listed(probes),
        models=listed(models),
        seeds=seeds,
        buffer_km=buffer_km,
        pooling=pooling,
        covered_only=covered_only,
        overwrite=overwrite,
    )
    area = None
    if not labels:
        area = Run(embeddings[0]).atlas if atlas is None else Atlas(atlas)
    show.scores(scores, about, area)
    if out is None and not is_run(embeddings[0]):
        typer.echo("The scores are not kept: name a folder for them with --out.")


@app.command(epilog="Example: placeprint transfer us/run --to canada/atlas")
def transfer(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    to: Annotated[Path, typer.Option(help="Atlas to test in, with the same layers and labels.")],
    probes: Annotated[
        str, typer.Option(help="ridge, knn, lightgbm; several with commas.")
    ] = "ridge",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File for the scores (.parquet or .csv).")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Fit probes in the area of a run, and test them in another."""
    from placeprint.atlas import Atlas
    from placeprint.cli import show
    from placeprint.evaluation import transfer_run
    from placeprint.files import prepare_output, write_table
    from placeprint.models import Run

    target = None if out is None else prepare_output(out, overwrite=overwrite)
    scores = transfer_run(Run(run), Atlas(to), probes=listed(probes) or [])
    if target is not None:
        write_table(target, scores)
    show.transferred(scores)


@app.command(epilog="Example: placeprint leaderboard a/scores.parquet peer=b/scores.parquet")
def leaderboard(
    scores: Annotated[
        list[str],
        typer.Argument(help="Evaluations, or tables of scores, ours or CoordBench's; NAME=PATH."),
    ],
    probe: Annotated[
        str | None, typer.Option(help="Whose scores; default: the only probe of each task.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File for the table (.csv or .parquet).")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Rank the models of many evaluations by their mean rank over tasks."""
    from placeprint.cli import show
    from placeprint.evaluation import read_leaderboard
    from placeprint.files import prepare_output, write_table

    target = None if out is None else prepare_output(out, overwrite=overwrite)
    table = read_leaderboard(scores, probe=probe)
    if target is not None:
        write_table(target, table)
    show.leaderboard(table)


@app.command(epilog="Example: placeprint tasks mobclip")
def tasks(
    suite: Annotated[
        str | None, typer.Argument(help="Name or YAML file of a suite; default: all suites.")
    ] = None,
) -> None:
    """List the tasks of published papers, and where their labels are to be had."""
    from placeprint.cli import show
    from placeprint.evaluation.suites import load_suite, suites

    for name in suites() if suite is None else [suite]:
        show.suite(load_suite(name))


@app.command(epilog="Example: placeprint report run --out report.html")
def report(
    evaluated: Annotated[Path, typer.Argument(help="A run or a folder of scores.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")],
    overwrite: Overwrite = False,
) -> None:
    """Write one self-contained page: what went in, what came out, what it is worth."""
    from placeprint.evaluation import report as write

    path = write(evaluated, out, overwrite=overwrite)
    typer.echo(f"Report: {path.resolve()}")


app.add_typer(commands)


@contextmanager
def _cautions() -> Iterator[None]:
    """Show what a person should know of the data as plain lines, each once."""
    plain, said = warnings.showwarning, set[str]()

    def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if not issubclass(category, DataWarning):
            plain(message, category, *rest, **more)
        elif str(message) not in said:
            said.add(str(message))
            typer.secho(f"Caution: {message}", fg=typer.colors.YELLOW, err=True)

    with warnings.catch_warnings():
        warnings.simplefilter("always", DataWarning)
        warnings.showwarning = show
        yield


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; errors that a user can mend are printed without a traceback."""
    try:
        with _cautions():
            given = sys.argv[1:] if arguments is None else arguments
            return app(args=_in_order(given), prog_name="placeprint")
    except PlaceprintError as error:
        message = str(error)
    except (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        said = (error.strerror or str(error)).lower()
        hint = "choose another path, or ask for the right to use this one"
        message = str(InputError(said, source=error.filename, hint=hint))
    typer.secho(f"Error: {message}", fg=typer.colors.RED, err=True)
    sys.exit(1)
