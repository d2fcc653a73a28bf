"""Which regions have which modality: what a vector rests on, region by region."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.atlas import Atlas
from placeprint.files import read_parquet
from placeprint.models import Run
from placeprint.typing import BoolArray

__all__ = ["modalities_present", "view_titles"]


def modalities_present(run: Run) -> pd.DataFrame:
    """Which of the views that a model was trained on each region has.

    A region has a modality if the layer has a row about it, a graph if an edge touches it, a kind
    of entities if one lies in it.

    Args:
        run: The run; its atlas has to be where it was.

    Returns:
        bool, one row per region of the atlas, one column per view of the model, in its order.

    Example:
        >>> import placeprint as pp
        >>> modalities_present(pp.Run("run")).mean()  # doctest: +SKIP
    """
    atlas, views = run.atlas, [str(view) for view in run.manifest.get("views", [])]
    found = {view: _has(atlas, view) for view in views}
    return pd.DataFrame(found, index=atlas.region_ids, dtype=bool)


def view_titles(run: Run) -> dict[str, str]:
    """What each view that a model was trained on is called where people read."""
    atlas, views = run.atlas, [str(view) for view in run.manifest.get("views", [])]
    return {view: atlas.title(f"{_folder(atlas, view)}/{view}") for view in views}


def _folder(atlas: Atlas, view: str) -> str:
    if view in atlas.graph_names:
        return "graphs"
    return "features" if view in atlas.feature_names else "entities"


def _has(atlas: Atlas, view: str) -> BoolArray:
    folder = _folder(atlas, view)
    if folder == "graphs":
        links = atlas.links(view)
        touched = np.zeros(len(atlas.region_ids), dtype=bool)
        touched[links.source] = True
        touched[links.target] = True
        return touched
    atlas.layer(f"{folder}/{view}")
    ids = read_parquet(atlas.path / folder / f"{view}.parquet", ["region_id"]).column(0)
    known: BoolArray = atlas.region_ids.isin(ids.unique().to_pandas())
    return known
