"""Tables of counts per region (age by sex, industries, road lengths) → features."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest
from placeprint.typing import BoolArray, FloatArray

__all__ = ["TABLE_ENCODERS", "check_table_encoder", "encode_table"]

TABLE_ENCODERS = ("histogram", "log1p", "none")
PRIOR = 10.0


def encode_table(table: pd.DataFrame, encoder: str = "histogram") -> pd.DataFrame:
    """Turn a table of numbers per region into features.

    * ``histogram``: the columns are bins of one histogram, such as age bands by sex. Gives the
      logarithm of the total and each bin's share, drawn towards the nation's where few are
      counted:

          n_r = Σ_b c_rb,  q_b = Σ_r c_rb / Σ_r n_r,
          x_r = [log(1 + n_r), (c_r1 + α q_1) / (n_r + α), …],  α = 10

      as though ten more had been counted in each region, spread as in the whole table (the mean
      of a Dirichlet posterior). A region where nobody is counted has the nation's shares.
    * ``log1p``: log(1 + x) of each column.
    * ``none``: the columns as they are.

    Args:
        table: One row per region (index: region ids), one numeric column per bin. A row without
            any value is a region that lacks the modality.
        encoder: ``histogram``, ``log1p`` or ``none``.

    Returns:
        float32 frame, index ``region_id``, in the order of the table. Absent regions have no row.

    Raises:
        InputError: If a value is not a number, missing in a row that has others, infinite, or
            (unless ``none``) negative; the message names the first one's row and column.

    Source: Gelman et al., Bayesian Data Analysis §3.4, for the smoothing.

    Example:
        >>> table = pd.DataFrame({"young": [90.0, 0.0], "old": [10.0, 0.0]}, index=["a", "b"])
        >>> encode_table(table).round(2)
        feature_id  log_total  young  old
        region_id
        a                4.62    0.9  0.1
        b                0.00    0.9  0.1
    """
    check_table_encoder(encoder)
    present = table[table.notna().any(axis=1)]
    values = _numbers(present)
    _check(present, values, np.isfinite(values), "a missing or infinite value")
    names = [str(column) for column in table.columns]
    if encoder != "none":
        _check(present, values, values >= 0, "a negative value")
    if encoder == "histogram":
        values, names = _histogram(values), ["log_total", *names]
    elif encoder == "log1p":
        values = np.log1p(values)
    return pd.DataFrame(
        values.astype(np.float32),
        index=pd.Index(present.index.astype(str), name="region_id"),
        columns=pd.Index(names, name="feature_id"),
    )


def check_table_encoder(name: str) -> None:
    """Refuse an unknown encoder of tables.

    Raises:
        InputError: If there is no such encoder; the message suggests one.
    """
    if name not in TABLE_ENCODERS:
        raise InputError(
            f"unknown encoder {name!r} for a table", hint=closest(name, TABLE_ENCODERS)
        )


def _histogram(counts: FloatArray) -> FloatArray:
    """Logarithm of the total and smoothed shares, (n, 1 + bins), of counts (n, bins)."""
    totals = counts.sum(axis=1, keepdims=True)
    everything = totals.sum()
    bins = counts.shape[1]
    nation = counts.sum(axis=0) / everything if everything > 0 else np.full(bins, 1.0 / bins)
    shares = (counts + PRIOR * nation) / (totals + PRIOR)
    return np.hstack([np.log1p(totals), shares])


def _numbers(table: pd.DataFrame) -> FloatArray:
    for column in table.columns:
        if not pd.api.types.is_numeric_dtype(table[column]):
            raise InputError(
                f"column {column!r} holds {table[column].dtype}, expected numbers",
                hint="name only the numeric columns",
            )
    return table.to_numpy(dtype=np.float64, na_value=np.nan)


def _check(table: pd.DataFrame, values: FloatArray, good: BoolArray, problem: str) -> None:
    if good.all():
        return
    row, column = np.argwhere(~good)[0]
    raise InputError(
        f"{problem} ({float(values[row, column])}) in region {table.index[row]!r}, "
        f"column {table.columns[column]!r}, and {(~good).sum() - 1} more like it",
        hint="mend the table, or leave all columns of a region empty if it has none of this",
    )
