"""What each region counts when regions are pooled: people, say, in place of square kilometres."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from placeprint.atlas import Atlas
from placeprint.errors import InputError, closest, listing
from placeprint.lookup.opening import EmbeddedRegions
from placeprint.regions import refuse_other_zeros
from placeprint.sources import read_labels_table
from placeprint.typing import FloatArray, PathLike

__all__ = ["atlas_weights", "region_weights"]

COUNTED: Final = ("counts", "log1p")
"""Encoders of tables and points whose columns are log(1 + count)."""


def region_weights(
    weights: pd.Series | PathLike, opened: EmbeddedRegions, ids: pd.Index
) -> FloatArray:
    """What each region counts, NaN where it is not known.

    Args:
        weights: A series indexed by region id; or a table of region ids and numbers, of which
            ``FILE:COLUMN`` names one where there are several; or a name that
            :func:`atlas_weights` knows.
        opened: The regions; names are those of their run's atlas.
        ids: (n,) ids of the regions.

    Returns:
        (n,) float64, not negative.

    Raises:
        InputError: If there is no such file, column or layer, a region occurs twice or lost the
            zeros that its id begins with, no region has a weight, or one is negative, infinite or
            no number.

    Example:
        >>> cells = pd.DataFrame({"0": [1.0]}, index=pd.Index(["861126d37ffffff"]))
        >>> people = pd.Series({"861126d37ffffff": 12.0, "861126d07ffffff": 1.0})
        >>> from placeprint.lookup.opening import open_embeddings
        >>> region_weights(people, open_embeddings(cells), cells.index).tolist()
        [12.0]
    """
    if isinstance(weights, pd.Series):
        found, name = weights, "weights"
    else:
        name = str(weights)
        file, _, column = name.rpartition(":")
        if Path(name).is_file():
            found = _of_file(name, None)
        elif Path(file).is_file():
            found = _of_file(file, column)
        elif opened.run is None:
            raise InputError(
                "there is no such file, and only a run has an atlas to find weights in",
                source=name,
                hint="give a table of region ids and weights",
            )
        else:
            found = atlas_weights(opened.run.atlas, name)
    try:
        numbers = found.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(f"weights are no numbers ({error})", source=name) from None
    index = found.index.astype(str)
    if index.has_duplicates:
        twice = index[index.duplicated()].unique()
        raise InputError(
            f"regions occur more than once: {listing(twice, limit=5)}",
            source=name,
            hint="keep one weight for each",
        )
    refuse_other_zeros(index.difference(ids), ids, name)
    values = pd.Series(numbers, index=index).reindex(ids)
    if values.isna().all():
        raise InputError(
            f"no region has a weight: its ids ({listing(index, limit=3)}) are not those of the "
            f"regions ({listing(ids, limit=3)})",
            source=name,
        )
    wrong = values[(values < 0) | np.isinf(values)]
    if len(wrong):
        raise InputError(
            f"the weight of {wrong.index[0]!r} is {wrong.iloc[0]:g}, expected a number of 0 or more"
            f" ({len(wrong):,} weights are not)",
            source=name,
        )
    return values.to_numpy()


def atlas_weights(atlas: Atlas, name: str) -> pd.Series:
    """The weights of an atlas's regions by name.

    A label of the regions; a modality that is a histogram, for its total; or ``MODALITY/COLUMN``
    of one that is counts. What encoders take the logarithm of is counted again.

    Raises:
        InputError: If the atlas has no weights of this name; the message suggests one.
    """
    names: list[str] = []
    for label in atlas.label_names:
        if atlas.label_metadata(label)["level"] == "region":
            names.append(label)
            if label == name:
                return atlas.labels(label)["value"]
    for modality in atlas.feature_names:
        encoder = atlas.layer(f"features/{modality}")["request"]["settings"].get("encoder")
        if encoder == "histogram":
            names.append(modality)
            if name == modality:
                return _counts(atlas.features(modality)["log_total"])
        elif encoder in COUNTED:
            table = atlas.features(modality) if name.startswith(f"{modality}/") else None
            columns = [] if table is None else [f"{modality}/{column}" for column in table]
            names += columns or [f"{modality}/…"]
            if table is not None and name in columns:
                return _counts(table.iloc[:, columns.index(name)])
    raise InputError(
        f"no weights {name!r} (no file, no label of regions, no counts)",
        source=f"atlas {atlas.name}",
        hint=closest(name, names) if names else "give a table of region ids and weights",
    )


def _counts(logarithms: pd.Series) -> pd.Series:
    """Counts of which an encoder took log(1 + count)."""
    return pd.Series(np.expm1(logarithms.to_numpy(np.float64)), index=logarithms.index)


def _of_file(path: str, column: str | None) -> pd.Series:
    columns = read_labels_table(path, columns=None if column is None else [column])
    found = [each for each in columns if each.kind == "regression"]
    if len(found) != 1:
        raise InputError(
            f"expected one column of weights, found {listing([each.name for each in found])}",
            source=path,
            hint=f"name one of them: {path}:COLUMN",
        )
    values: pd.Series = found[0].values["value"]  # noqa: PD011 - not a frame's
    return values
