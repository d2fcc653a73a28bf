"""Tables about regions and units: numbers, labels, and the units that regions belong to."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from placeprint.errors import InputError, Problems, listing
from placeprint.regions import Regions, as_ids
from placeprint.sources.flows import matching
from placeprint.sources.ids import OUTSIDE, Coverage, identifiers, match_ids
from placeprint.sources.table import Table
from placeprint.typing import PathLike

__all__ = ["read_region_labels", "read_region_table", "read_unit_labels", "read_units"]


def read_region_table(
    source: PathLike | Table,
    regions: Regions,
    *,
    region: str = "region_id",
    columns: Sequence[str] = ("*",),
    missing: str = "drop",
    unknown: str = "refuse",
) -> tuple[pd.DataFrame, Coverage]:
    """Read numbers about regions, such as a histogram of ages.

    Args:
        source: A table, one row per region.
        regions: The regions of the study area.
        region: Column of the region id.
        columns: Names or patterns (``male_*``) of the columns to read.
        missing: What becomes of a row of which some values are missing, such as a suppressed cell:
            ``drop`` it, or take the ``mean`` of the column.
        unknown: Whether to ``refuse`` ids that nobody knows, or to ``drop`` their rows.

    Returns:
        float64 table, index ``region_id``; a region without a row, or whose values are missing, is
        absent; and the coverage.

    Raises:
        InputError: If a column is missing, a value is no number or infinite, a region occurs
            twice, or no region matches.
    """
    table = Table.of(source)
    names = [name for name in matching(table, columns) if name != region]
    rows = table.read([region, *names], as_text=[region])
    coverage = Coverage(rows=len(rows), of_regions=len(regions), notes=table.notes)
    ids, inside = match_ids(rows[region], regions, coverage, table.path, unknown=unknown)
    _one_row_each(ids[inside], table.path)
    problems, read = Problems(), {}
    for name in names:
        with problems.collecting():
            read[name] = table.numbers(rows.loc[inside, name])
    problems.check()
    numbers = pd.DataFrame(read).set_axis(pd.Index(ids[inside], name="region_id"), axis=0)
    empty = numbers.isna().all(axis=1)
    coverage.drop("without values", int(empty.sum()))
    numbers = numbers[~empty].sort_index()
    partly = numbers.isna().any(axis=1)
    if missing == "mean":
        numbers = numbers.fillna(numbers.mean())
        if partly.any():
            coverage.notes.append(
                f"missing values of {int(partly.sum()):,} rows are the column's mean"
            )
    else:
        coverage.drop("with some values missing", int(partly.sum()))
        numbers = numbers[~partly]
    if numbers.empty:
        raise InputError("it holds no values for the regions of the study area", source=table.path)
    return numbers, coverage.finish(matched=len(numbers), regions=len(numbers))


def read_units(
    source: PathLike | Table, regions: Regions, *, region: str, unit: str, unknown: str = "refuse"
) -> tuple[pd.DataFrame, Coverage]:
    """Read which unit (county, city, state) each region is in.

    Args:
        source: A table with one row per region (extra columns are ignored).
        regions: The regions of the study area.
        region: Column of the region id.
        unit: Column of the unit id.
        unknown: Whether to ``refuse`` ids that nobody knows, or to ``drop`` their rows.

    Returns:
        Columns region_id, unit_id, sorted by region; and the coverage.

    Raises:
        InputError: If a column is missing, or a region occurs twice.
    """
    table = Table.of(source)
    rows = table.read([region, unit], as_text=[region, unit])
    coverage = Coverage(rows=len(rows), of_regions=len(regions), notes=table.notes)
    ids, inside = match_ids(rows[region], regions, coverage, table.path, unknown=unknown)
    known = rows[unit].notna()
    coverage.drop("without a unit", int((inside & ~known).sum()))
    kept = inside & known
    _one_row_each(ids[kept], table.path)
    named = identifiers(rows.loc[kept, unit], table.path)
    units = pd.DataFrame({"region_id": ids[kept], "unit_id": pd.Series(named, ids.index[kept])})
    units = units.sort_values("region_id", ignore_index=True)
    return units, coverage.finish(matched=len(units), regions=len(units))


def read_region_labels(
    source: PathLike | Table,
    regions: Regions,
    *,
    region: str,
    column: str,
    classes: bool = False,
    unknown: str = "refuse",
) -> tuple[pd.DataFrame, Coverage]:
    """Read one value per region: columns region_id, value; and the coverage.

    Args:
        source: A table, one row per region.
        regions: The regions of the study area.
        region: Column of the region id.
        column: Column of the value.
        classes: Whether values are names of classes and not numbers.
        unknown: Whether to ``refuse`` ids that nobody knows, or to ``drop`` their rows.

    Raises:
        InputError: If a column is missing, an id is unknown, or a region occurs twice.
    """
    table = Table.of(source)
    rows = table.read([region, column], as_text=[region, *([column] if classes else [])])
    coverage = Coverage(rows=len(rows), of_regions=len(regions), notes=table.notes)
    ids, inside = match_ids(rows[region], regions, coverage, table.path, unknown=unknown)
    values = label_values(table, rows.loc[inside, column], classes=classes)
    labels = pd.DataFrame({"region_id": ids[inside], "value": values})
    labels = known_labels(labels, coverage, table.path, ["region_id"])
    return labels, coverage.finish(matched=len(labels), regions=len(labels))


def read_unit_labels(
    source: PathLike | Table,
    units: pd.DataFrame,
    regions: Regions,
    *,
    unit: str,
    column: str,
    classes: bool = False,
) -> tuple[pd.DataFrame, Coverage]:
    """Read one value per unit above regions: columns unit_id, value; and the coverage.

    Args:
        source: A table, one row per unit.
        units: Columns region_id, unit_id of the level.
        regions: The regions of the study area.
        unit: Column of the unit id.
        column: Column of the value.
        classes: Whether values are names of classes and not numbers.

    Raises:
        InputError: If a column is missing, no unit matches, or a unit occurs twice.
    """
    table = Table.of(source)
    rows = table.read([unit, column], as_text=[unit, *([column] if classes else [])])
    coverage = Coverage(rows=len(rows), of_regions=len(regions), notes=table.notes)
    ids = pd.Series(identifiers(rows[unit], table.path), index=rows.index)
    inside = ids.isin(units["unit_id"])
    coverage.drop(OUTSIDE, int((~inside).sum()))
    values = label_values(table, rows.loc[inside, column], classes=classes)
    labels = pd.DataFrame({"unit_id": ids[inside], "value": values})
    labels = known_labels(labels, coverage, table.path, ["unit_id"])
    reached = units["unit_id"].isin(labels["unit_id"]).sum()
    return labels, coverage.finish(matched=len(labels), regions=reached)


def label_values(table: Table, values: pd.Series, *, classes: bool) -> pd.Series:
    """Numbers, or the names of classes as strings; missing values stay missing."""
    if not classes:
        return table.numbers(values)
    return as_ids(values.dropna(), table.path).reindex(values.index)


def known_labels(
    labels: pd.DataFrame, coverage: Coverage, source: PathLike, key: list[str]
) -> pd.DataFrame:
    """The rows that have a value, one for each key, sorted."""
    known = labels["value"].notna()
    coverage.drop("without a value", int((~known).sum()))
    labels = labels[known]
    if labels.empty:
        raise InputError("no label is left for the study area", source=source)
    if key != ["lon", "lat"] and labels[key[0]].duplicated().any():
        twice = labels.loc[labels[key[0]].duplicated(), key[0]].iloc[0]
        raise InputError(f"{key[0]} {twice!r} has more than one label", source=source)
    return labels.sort_values(key, ignore_index=True, kind="stable")


def _one_row_each(ids: pd.Series, source: PathLike) -> None:
    twice = ids[ids.duplicated()].unique()
    if len(twice):
        raise InputError(
            f"regions occur more than once: {listing(twice, limit=5)}",
            source=source,
            hint="keep one row per region",
        )
