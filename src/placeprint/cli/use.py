"""The commands that put embeddings to use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placeprint.cli.options import (
    ConfigFile,
    Device,
    Overwrite,
    RegionOutlines,
    Resume,
    Settings,
    listed,
)

__all__ = ["commands"]

commands = typer.Typer()

Names = Annotated[
    Path | None,
    typer.Option("--names", help="A table with the regions' ids and a column called name."),
]
Basemap = Annotated[
    str | None,
    typer.Option(
        help="Address of raster tiles below the regions, with {z}, {x} and {y}; default: none, so "
        "that the page asks nobody for anything."
    ),
]


@commands.command(
    epilog="Example: placeprint distill run --out encoder. Another: placeprint distill run "
    "--out encoder --set degree=auto --onnx"
)
def distill(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Encoder folder to write.")],
    config: ConfigFile = None,
    settings: Settings = None,
    onnx: Annotated[bool, typer.Option("--onnx", help="Write model.onnx too.")] = False,
    resume: Resume = False,
    overwrite: Overwrite = False,
    device: Device = "auto",
) -> None:
    """Turn a run into a function of longitude and latitude, which needs no data about a place.

    Beside the encoder stands its model card: what it was taught, its error at places it was not,
    its scores beside the run's, and what it reveals of the graph.
    """
    from placeprint.cli import show_use as show
    from placeprint.distillation import DistillSettings
    from placeprint.distillation import distill as make
    from placeprint.models import read_config

    chosen = read_config(DistillSettings, config, settings or ())
    encoder = make(run, out, chosen, onnx=onnx, overwrite=overwrite, resume=resume, device=device)
    show.encoder(out, encoder)


@commands.command(
    epilog="Example: placeprint embed run shops.csv --out shops-embedded.parquet. Another: "
    "placeprint embed encoder shops.csv --lon LNG --lat LATITUDE --out shops-embedded.csv"
)
def embed(
    source: Annotated[
        Path,
        typer.Argument(help="A run, a table of vectors of regions, or a distilled encoder."),
    ],
    points: Annotated[
        Path, typer.Argument(help="A table with columns lon and lat (Parquet, CSV, …).")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write (.parquet or .csv).")],
    lon: Annotated[
        str | None, typer.Option(help="Column of longitudes, if called otherwise.")
    ] = None,
    lat: Annotated[str | None, typer.Option(help="Column of latitudes.")] = None,
    regions: RegionOutlines = None,
    overwrite: Overwrite = False,
) -> None:
    """Give every point of a table its vector, whatever the size of the table.

    By a run, that of the region it lies in; by an encoder, that of its coordinates. Points outside,
    or without coordinates, keep their row, without a vector.
    """
    from placeprint.cli import show_use as show
    from placeprint.lookup import embed_points

    account = embed_points(
        source, points, out, lon=lon, lat=lat, regions=regions, overwrite=overwrite
    )
    show.embedded_points(account)


@commands.command(
    epilog="Example: placeprint pool run districts.geojson --out districts.parquet. Another: "
    "placeprint pool run districts.gpkg --weights demographics --statistics mean,std --out "
    "districts.csv"
)
def pool(
    source: Annotated[Path, typer.Argument(help="A run, or a table of vectors of regions.")],
    polygons: Annotated[Path, typer.Argument(help="Polygons: GeoParquet, GeoPackage, GeoJSON, …")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File to write (.parquet: GeoParquet, or .csv).")
    ],
    weights: Annotated[
        str | None,
        typer.Option(
            help="What a region counts: a label or layer of its atlas, FILE or FILE:COLUMN; "
            "default: its area."
        ),
    ] = None,
    statistics: Annotated[str, typer.Option(help="mean, std, min, max; with commas.")] = "mean",
    regions: RegionOutlines = None,
    overwrite: Overwrite = False,
) -> None:
    """Pool vectors of regions to your own polygons, by area or by population."""
    from placeprint.cli import show_use as show
    from placeprint.lookup import pool_to_file

    pooled = pool_to_file(
        source,
        polygons,
        out,
        weights=weights,
        statistics=listed(statistics) or [],
        regions=regions,
        overwrite=overwrite,
    )
    show.pooled_polygons(pooled)


@commands.command(
    epilog="Example: placeprint similar us/run 06075 -k 5. Another: placeprint similar us/run "
    "06075 --modality poi --within texas.geojson --out similar.geojson"
)
def similar(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    region: Annotated[str, typer.Argument(help="The id of a region, or its name.")],
    k: Annotated[int, typer.Option("-k", min=1, help="How many places.")] = 10,
    within: Annotated[
        Path | None, typer.Option(help="Polygons in which the places have to lie.")
    ] = None,
    modality: Annotated[
        str | None, typer.Option(help="Compare this view alone, not the embedding.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write too (.csv or .geojson).")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Find the places most like a place, and show in what they are alike.

    Beside the similarity of embeddings (their cosine) stands that of each modality's own view.
    """
    from placeprint.cli import show_use as show
    from placeprint.lookup import prepare_similar, write_similar
    from placeprint.lookup import similar as find
    from placeprint.models import Run

    if out is not None:
        prepare_similar(out, overwrite=overwrite)
    opened = Run(run)
    found = find(opened, region, k=k, within=within, modality=modality)
    if out is not None:
        write_similar(found, opened, out, overwrite=overwrite)
    show.similar(found, opened, region, modality)


@commands.command(
    epilog="Example: placeprint export run --out run.parquet. Another: placeprint export run "
    "--out run.csv"
)
def export(
    source: Annotated[Path, typer.Argument(help="A run, or a table of vectors of regions.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="File to write: .parquet (GeoParquet), .csv, or, of a run, .pmtiles.",
        ),
    ],
    regions: RegionOutlines = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the embeddings with the outlines of their regions, for other programs."""
    if out.suffix.lower() == ".pmtiles":
        from placeprint.errors import InputError
        from placeprint.serving import write_pmtiles

        if regions is not None:
            raise InputError(
                "vector tiles are of a run, which has its outlines in its atlas",
                source=out,
                hint="leave --regions out, or choose .parquet",
            )
        path = write_pmtiles(source, out, overwrite=overwrite)
        typer.echo(f"Vector tiles: {path.resolve()}")
        return
    from placeprint.cli import show_use as show
    from placeprint.lookup import export as write

    show.exported(write(source, out, regions=regions, overwrite=overwrite))


@commands.command(
    epilog="Example: placeprint serve us/run --predict income_median_household. With a key: "
    "PLACEPRINT_API_KEY=$(cat key) placeprint serve us/run --host 0.0.0.0"
)
def serve(
    source: Annotated[Path, typer.Argument(help="A run, or the folder of a coordinate encoder.")],
    host: Annotated[
        str, typer.Option(help="Where to listen; the default is reached from this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at.")] = 8080,
    predict: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL", help="Fit a probe of this label; may be repeated."),
    ] = None,
    names: Names = None,
    basemap: Basemap = None,
    key_file: Annotated[
        Path | None,
        typer.Option(help="File with the key that clients send; or set PLACEPRINT_API_KEY."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Pages of this origin may ask too, such as https://example.org; may be repeated.",
        ),
    ] = None,
) -> None:
    """Serve a run or an encoder over HTTP: vectors, places like a place, predictions, the map.

    The map is at /, the description of the interface at /docs. Ctrl-C stops it, after what is
    under way is answered.
    """
    from placeprint.serving import create_app, read_key
    from placeprint.serving import serve as run

    key = read_key(key_file)
    application = create_app(
        source,
        predict=predict or (),
        names=names,
        basemap=basemap,
        api_key=key,
        allowed_origins=allow_origin or (),
    )

    def announce(address: str) -> None:
        typer.echo(f"{address}  (the interface: /docs)  Ctrl-C stops it.")
        if key is None and host not in ("127.0.0.1", "::1", "localhost"):
            typer.echo("There is no key: whoever reaches this machine can ask.", err=True)

    run(application, host=host, port=port, on_start=announce)


@commands.command(
    name="map",
    epilog="Example: placeprint map us/run --out map.html. With names: placeprint map us/run "
    "--out map.html --names DATA/us-counties/counties.parquet",
)
def map_(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")],
    names: Names = None,
    basemap: Basemap = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the map of a run as one file that opens without a server or a network.

    Regions by their embedding, by cluster, by coverage, by each label and its predictions; a click
    shows the places most like one, and in what they are alike.
    """
    from placeprint.serving import write_map

    path = write_map(run, out, names=names, basemap=basemap, overwrite=overwrite)
    typer.echo(f"Map: {path.resolve()}")
