"""From files of visits to the file of their co-visit graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from placeprint.errors import InputError
from placeprint.files import prepare_output
from placeprint.mobility.covisits.account import CoVisitAccount
from placeprint.mobility.covisits.counting import count_visits
from placeprint.mobility.covisits.engines import Engine
from placeprint.mobility.covisits.rules import CoVisitRules
from placeprint.mobility.covisits.work_folder import at_work, remove_unfinished
from placeprint.sources import Localities, VisitColumns
from placeprint.typing import PathLike

__all__ = ["co_visit_graph"]


def co_visit_graph(
    files: Sequence[PathLike],
    places: Localities,
    out: PathLike,
    *,
    columns: VisitColumns | None = None,
    rules: CoVisitRules | None = None,
    snapshots: bool = False,
    engine: Engine | None = None,
    overwrite: bool = False,
) -> CoVisitAccount:
    """Make the co-visit graph of visits.

    Work that was interrupted goes on where it stopped when the same is asked for again; what it
    needs meanwhile lies in a hidden folder beside the output, and is removed at the end, and where
    an error of the input ends it; other errors say where it is kept.

    Args:
        files: Parquet or CSV files, one row a visit.
        places: The regions of a study area, or every H3 cell.
        out: The Parquet file to be written: source, target (source < target), weight, and of
            snapshots time; sorted.
        columns: What the columns of the files are called.
        rules: The caps, the floor and the noise.
        snapshots: Keep each week a graph of its own.
        engine: Which engine counts.
        overwrite: Whether an existing file may be replaced.

    Returns:
        The account.

    Raises:
        OutputExistsError: If the file exists, and overwriting was not asked for.
        InputError: If the files hold something else, no edge is left, or another process is at
            work on the same output.
        PlaceprintError: If memory or disk do not suffice.

    Example:
        >>> import tempfile
        >>> import pandas as pd
        >>> from placeprint.sources import EveryCell
        >>> folder = Path(tempfile.mkdtemp())
        >>> day = ["2024-01-01"] * 2
        >>> visits = {"user": [1, 1], "time": day, "lon": [24.94, 25.5], "lat": [60.17, 60.2]}
        >>> pd.DataFrame(visits).to_csv(folder / "visits.csv", index=False)
        >>> account = co_visit_graph([folder / "visits.csv"], EveryCell(6), folder / "g.parquet")
        >>> account.edges, account.trips, account.users
        (1, 1, 1)
    """
    target = prepare_output(out, overwrite=overwrite)
    if target.suffix != ".parquet":
        raise InputError("a graph is written as Parquet", source=target, hint="end it in .parquet")
    columns = columns or VisitColumns()
    paths = [Path(file) for file in files]
    stats = [(str(path.resolve()), path.stat()) for path in paths]
    request = {
        "files": [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats],
        "columns": columns.needed,
        "places": places.fingerprint,
    }
    work = target.with_name(f".{target.name}.work")
    if work.exists():
        with at_work(work):
            remove_unfinished(target)
    else:  # nobody writes without it
        remove_unfinished(target)
    counted = count_visits(
        paths,
        places,
        work,
        request,
        columns=columns,
        rules=rules,
        snapshots=snapshots,
        engine=engine,
    )
    account = counted.write(target)
    counted.remove()
    return account
