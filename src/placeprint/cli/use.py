"""The commands that put embeddings to use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placeprint.cli.options import Overwrite, RegionOutlines, listed

__all__ = ["commands"]

commands = typer.Typer()


@commands.command(
    epilog="Example: placeprint embed run shops.csv --out shops-embedded.parquet. Another: "
    "placeprint embed encoder shops.csv --out shops-embedded.csv"
)
def embed(
    source: Annotated[
        Path,
        typer.Argument(help="A run, a table of vectors of regions, or a distilled encoder."),
    ],
    points: Annotated[
        Path, typer.Argument(help="A table with columns lon and lat (Parquet or CSV).")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write (.parquet or .csv).")],
    regions: RegionOutlines = None,
    overwrite: Overwrite = False,
) -> None:
    """Give every point of a table its vector, whatever the size of the table.

    By a run, that of the region it lies in; by an encoder, that of its coordinates. Points outside
    keep their row, without a vector.
    """
    from placeprint.cli import show_use as show
    from placeprint.lookup import embed_points

    show.embedded_points(embed_points(source, points, out, regions=regions, overwrite=overwrite))


@commands.command(
    epilog="Example: placeprint pool run districts.geojson --out districts.parquet. Another: "
    "placeprint pool run districts.gpkg --weights demographics --statistics mean,std --out "
    "districts.csv"
)
def pool(
    source: Annotated[Path, typer.Argument(help="A run, or a table of vectors of regions.")],
    polygons: Annotated[
        Path, typer.Argument(help="Polygons: GeoParquet, GeoPackage, GeoJSON, … in EPSG:4326.")
    ],
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
    region: Annotated[str, typer.Argument(help="The id of a region.")],
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
    show.similar(found, region, modality)


@commands.command(
    epilog="Example: placeprint export run --out run.parquet. Another: placeprint export run "
    "--out run.csv"
)
def export(
    source: Annotated[Path, typer.Argument(help="A run, or a table of vectors of regions.")],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="File to write: .parquet (GeoParquet) or .csv (wide)."),
    ],
    regions: RegionOutlines = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the embeddings with the outlines of their regions, for other programs."""
    from placeprint.cli import show_use as show
    from placeprint.lookup import export as write

    show.exported(write(source, out, regions=regions, overwrite=overwrite))
