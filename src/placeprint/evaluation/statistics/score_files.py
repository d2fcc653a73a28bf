"""Files of scores, ours or CoordBench's, joined into one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from placeprint.errors import InputError, listing
from placeprint.evaluation.ledger import COLUMNS
from placeprint.evaluation.statistics.coordbench import COORDBENCH_COLUMNS, from_coordbench
from placeprint.sources import Table
from placeprint.typing import PathLike

__all__ = ["read_scores"]

_KEYS: Final = list(COLUMNS[:6])
_NAMES: Final = ("task", "split", "probe", "model", "metric")
_COORDBENCH_NAMES: Final = ("dataset", "task", "method", "split", "metric_name", "model_name")
_SAME: Final = 1e-9
"""Values that differ by less, relative to their size, differ by machine or file format alone."""


def read_scores(paths: Sequence[PathLike]) -> pd.DataFrame:
    """Join files of scores.

    What several files hold alike, such as the baselines that every embedding is shown beside, is
    kept once. A model that two files score differently is refused: its name stands for two things.

    Args:
        paths: Parquet or CSV files, with our columns or those of a CoordBench results table. The
            text ``NAME=PATH`` gives the models of that file another name: NAME where it holds one,
            ``NAME/model`` where it holds several.

    Returns:
        Columns task, split, probe, model, seed, metric, value, n, coverage, sorted by the first
        six.

    Raises:
        InputError: If there is no file, one is missing or of another layout, or two disagree.

    Example:
        >>> import tempfile
        >>> row = dict(zip(COLUMNS, ["t", "random", "ridge", "m", 0, "r2", 0.5, 9, 1.0]))
        >>> path = Path(tempfile.mkdtemp()) / "scores.csv"
        >>> pd.DataFrame([row]).to_csv(path, index=False)
        >>> read_scores([path, f"other={path}"])["model"].tolist()
        ['m', 'other']
    """
    if not paths:
        raise InputError("there is no file of scores to read", hint="name at least one")
    parts = [_read(path).assign(file=str(path)) for path in paths]
    scores = pd.concat(parts, ignore_index=True).sort_values(_KEYS, kind="stable")
    _refuse_clashes(scores)
    return scores.drop_duplicates(_KEYS)[list(COLUMNS)].reset_index(drop=True)


def _read(path: PathLike) -> pd.DataFrame:
    name, file = _renaming(path)
    table = Table.open(file)
    columns = table.columns
    if set(COLUMNS) <= set(columns):
        scores = table.read_all(_NAMES)[[*COLUMNS]]
    elif set(COORDBENCH_COLUMNS) <= set(columns):
        scores = from_coordbench(table.read_all(_COORDBENCH_NAMES)[[*COORDBENCH_COLUMNS]])
    else:
        raise InputError(
            f"its columns are {listing(columns)}; expected {listing(COLUMNS)}, "
            "or those of a CoordBench results table",
            source=file,
        )
    if scores[_KEYS].isna().any(axis=None):
        raise InputError("a row has no task, split, probe, model, seed or metric", source=file)
    if name:
        one = len(scores["model"].unique()) == 1
        scores["model"] = name if one else name + "/" + scores["model"]
    return scores


def _renaming(path: PathLike) -> tuple[str, Path]:
    """The name in front of a path, if there is one, and the path."""
    name, equals, file = str(path).partition("=")
    if not equals or Path(path).exists():
        return "", Path(path)
    return name, Path(file)


def _refuse_clashes(scores: pd.DataFrame) -> None:
    """Refuse rows that say the same fold, model and metric but not the same value."""
    known = scores.groupby(_KEYS)["value"].transform("first")
    value = scores["value"]
    # Within a group a NaN beside a number is a clash; NaN beside NaN is not.
    alike = np.isclose(value, known, rtol=_SAME, atol=_SAME) | (value.isna() & known.isna())
    if alike.all():
        return
    clash = scores[~alike].iloc[0]
    same = scores[(scores[_KEYS] == clash[_KEYS]).all(axis=1)]
    files = list(dict.fromkeys(same["file"]))
    fold = f"task {clash['task']}, {clash['split']} split, probe {clash['probe']}"
    raise InputError(
        f"different scores of the model {clash['model']!r} ({fold}, seed {clash['seed']}, "
        f"{clash['metric']}): {listing(same['value'].unique())}",
        source=" and ".join(files),
        hint=f"give the models of one file another name: NAME={files[-1]}",
    )
