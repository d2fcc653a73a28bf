"""The commands. Each imports what it needs when it runs, so that ``--help`` answers at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from placeprint.errors import PlaceprintError

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

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]


def _version(asked: bool) -> None:
    if asked:
        from placeprint import __version__

        typer.echo(f"placeprint {__version__}")
        raise typer.Exit


@app.callback()
def placeprint(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """One compact vector for every place, and an honest account of what it is worth."""


@app.command(epilog="Example: placeprint simulate raw --cells 2000 --seed 0")
def simulate(
    raw: Annotated[Path, typer.Argument(help="Folder to write the raw files to.")],
    cells: Annotated[int, typer.Option(help="About how many H3 cells, 50 to 1,000,000.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same country.")] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Write the raw files and the recipe of a country whose truth is known."""
    from placeprint.cli import show
    from placeprint.simulation import simulate as run

    folder = run(raw, cells=cells, seed=seed, overwrite=overwrite)
    show.files(folder, f"a simulated country of about {cells:,} cells, seed {seed}")


@app.command(epilog="Example: placeprint build recipes/us-counties.yaml --data raw --out atlas")
def build(
    recipe: Annotated[Path, typer.Argument(help="YAML file of the study area.")],
    data: Annotated[Path, typer.Option(help="Folder of the raw files.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Atlas folder to write.")],
    overwrite: Overwrite = False,
) -> None:
    """Build the atlas of a study area from raw files; unchanged layers are kept."""
    from placeprint.building import build as run
    from placeprint.cli import show

    show.atlas(run(recipe, data, out, overwrite=overwrite))


@app.command(epilog="Example: placeprint inspect atlas")
def inspect(
    path: Annotated[Path, typer.Argument(help="An atlas or a run.")],
) -> None:
    """Show the layers, coverage, sizes and provenance of an atlas or a run."""
    from placeprint.atlas import Atlas
    from placeprint.cli import show
    from placeprint.models import Run

    if (path / "run.json").exists():
        show.run(Run(path))
    else:
        show.atlas(Atlas(path))


@app.command(
    epilog="Example: placeprint train atlas --out run --set dim=64 --set training.epochs=20"
)
def train(
    atlas: Annotated[Path, typer.Argument(help="Atlas folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Run folder to write.")],
    config: Annotated[Path | None, typer.Option(help="YAML file of settings.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting; may be repeated."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it stopped.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Train MobCLIP on an atlas and write the embeddings of its regions."""
    from placeprint.atlas import Atlas
    from placeprint.cli import show
    from placeprint.models import MobCLIPConfig, read_config
    from placeprint.models import train as run

    chosen = read_config(MobCLIPConfig, config, settings or ())
    show.run(run(Atlas(atlas), chosen, out, resume=resume, overwrite=overwrite))


@app.command(epilog="Example: placeprint evaluate run --probes ridge,lightgbm")
def evaluate(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for scores.parquet; default: RUN.")
    ] = None,
    probes: Annotated[
        str, typer.Option(help="ridge, lightgbm, ridge_published; several with commas.")
    ] = "ridge",
    models: Annotated[
        str | None, typer.Option(help="Which models, with commas; default: all of them.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many splits of each kind.")] = 10,
    overwrite: Overwrite = False,
) -> None:
    """Score the embeddings beside plain baselines, on random and on spatially blocked splits."""
    from placeprint.cli import show
    from placeprint.evaluation import atlas_tasks, summary
    from placeprint.evaluation import evaluate as score
    from placeprint.models import Run

    trained = Run(run)
    scores = score(
        trained,
        out=out,
        probes=probes.split(","),
        models=models.split(",") if models else None,
        seeds=seeds,
        overwrite=overwrite,
    )
    show.scores(summary(scores, atlas_tasks(trained.atlas)))


@app.command(epilog="Example: placeprint report run --out report.html")
def report(
    run: Annotated[Path, typer.Argument(help="Run folder, evaluated.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")],
    overwrite: Overwrite = False,
) -> None:
    """Write one self-contained page: what went in, what came out, what it is worth."""
    from placeprint.evaluation import report as write
    from placeprint.models import Run

    path = write(Run(run), out, overwrite=overwrite)
    typer.echo(f"Report: {path.resolve()}")


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; errors that a user can mend are printed without a traceback."""
    try:
        return app(args=arguments, prog_name="placeprint")
    except PlaceprintError as error:
        typer.secho(f"Error: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)
