"""The raw features of all modalities, side by side: what every embedding has to beat."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from placeprint.errors import InputError

__all__ = ["raw_features"]


def raw_features(modalities: Mapping[str, pd.DataFrame], region_ids: pd.Index) -> pd.DataFrame:
    """Put the features of several modalities beside each other.

    Args:
        modalities: Name → vectors, indexed by region id; regions may lack any of them.
        region_ids: The regions wanted, in order.

    Returns:
        float32, a row per region and the columns ``modality.feature``; NaN where a region lacks
        the modality (filling it in is the business of whoever fits).

    Raises:
        InputError: If no modality is given, or one has two rows for a region.

    Example:
        >>> poi = pd.DataFrame({"bars": [3.0]}, index=["a"])
        >>> image = pd.DataFrame({"green": [0.5, 0.1]}, index=["a", "b"])
        >>> raw_features({"poi": poi, "image": image}, pd.Index(["a", "b"])).loc["b"].tolist()
        [nan, 0.10000000149011612]
    """
    if not modalities:
        raise InputError("no modality is given", hint="name at least one")
    parts = []
    for name, vectors in modalities.items():
        if not vectors.index.is_unique:
            twice = vectors.index[vectors.index.duplicated()][0]
            raise InputError(f"region {twice} has two rows", source=name, hint="keep one")
        parts.append(vectors.reindex(region_ids).astype(np.float32).add_prefix(f"{name}."))
    return pd.concat(parts, axis=1).rename_axis(index="region_id", columns="feature_id")
