"""Why two places are alike: how alike they are in each modality's own view."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from placeprint.errors import InputError, closest, listing
from placeprint.files import prepare_output, replacing, write_table
from placeprint.lookup.similarity import Similarity, closest_id
from placeprint.models import Run
from placeprint.sources import read_area
from placeprint.typing import PathLike

__all__ = ["agreement", "prepare_similar", "search", "similar", "view", "write_similar"]


def agreement(run: Run, region: str, others: Sequence[str]) -> pd.DataFrame:
    """The cosine of a region and others in each modality's own view.

    A view is what the model sees of a region in one modality
    (:attr:`placeprint.models.Run.modality_embeddings`): of MobCLIP its projection to the common
    space; of UrbanMFM the components of a group of features.

    Args:
        run: The run.
        region: A region id.
        others: Other region ids.

    Returns:
        One row for each of the others (index ``region_id``), one column a modality; NaN where one
        of both lacks the modality.

    Raises:
        InputError: If a region is unknown.
    """
    known = run.embeddings.index
    for name in (region, *others):
        if name not in known:
            raise InputError(f"no region {name!r}", source=run.path, hint=closest_id(name, known))
    pair = pd.Index([region, *others], name="region_id")
    columns = {}
    for name, vectors in run.modality_embeddings.items():
        values = vectors.reindex(pair).to_numpy(np.float64)
        norms = np.sqrt(np.square(values).sum(axis=1))
        norms[norms == 0] = np.nan
        columns[name] = np.clip((values[1:] @ values[0]) / (norms[1:] * norms[0]), -1, 1)
    return pd.DataFrame(columns, index=pair[1:], dtype=np.float64)


def view(run: Run, modality: str) -> pd.DataFrame:
    """The vectors of the regions in one modality's own view.

    Raises:
        InputError: If the model has no such view.
    """
    views = run.modality_embeddings
    if modality not in views:
        raise InputError(
            f"no view {modality!r}",
            source=run.path,
            hint=closest(modality, views) if views else "search without a modality",
        )
    return views[modality]


def search(
    run: Run,
    modality: str | None = None,
    *,
    index: Literal["auto", "exact", "approximate"] = "auto",
) -> Similarity:
    """The embedding of a run, or one modality's view of it, ready to be searched.

    All regions of its atlas are known to it: also those that lack the modality, or a vector.

    Args:
        run: The run; its atlas has to be where it was.
        modality: Whose view is searched; None: the embedding.
        index: See :class:`Similarity`.

    Raises:
        InputError: If the model has no such view.
    """
    vectors = run.embeddings if modality is None else view(run, modality)
    return Similarity(vectors, regions=run.atlas.regions, index=index)


def similar(
    run: Run,
    region: str,
    *,
    k: int = 10,
    within: PathLike | None = None,
    modality: str | None = None,
) -> pd.DataFrame:
    """The regions most like one, and in what they are alike.

    Args:
        run: The run.
        region: A region id, or the name of one region alone.
        k: How many.
        within: A vector file (EPSG:4326); only regions whose centres lie in its polygons.
        modality: Search in this modality's own view, not in the embedding.

    Returns:
        ``region_id``, ``name`` where the atlas has names, and ``similarity``, the most similar
        first, and one column a modality (:func:`agreement`).

    Raises:
        InputError: If the region, the file or the modality is unknown, several regions have the
            name, the region has no vector, the file holds no polygons or no region, or it is not
            known where regions are that have to lie in one.
    """
    names = run.atlas.region_names
    region = _region(region, names, run)
    area = None if within is None else read_area(within)
    # One question is answered before an index would be made.
    found = search(run, modality, index="exact").nearest(region, k, area)
    if found.empty and within is not None:
        raise InputError(
            f"besides {region!r} no region that can be compared has its centre in its polygons",
            source=within,
            hint="give larger polygons, or leave --within (within=) out",
        )
    why = agreement(run, region, found["region_id"].tolist())
    if len(names):
        found.insert(1, "name", found["region_id"].map(names).astype(object))
    return found.join(why, on="region_id")


def _region(told: str, names: pd.Series, run: Run) -> str:
    """The id of a region that is told by its id or its name."""
    if told in run.embeddings.index:
        return told
    exact = names[names == told]
    found = exact if len(exact) else names[names.str.casefold() == told.casefold()]
    if len(found) == 1:
        return str(found.index[0])
    if len(found):
        raise InputError(
            f"{len(found)} regions are called {told!r}",
            source=run.path,
            hint=f"name one by its id: {listing(found.index)}",
        )
    alike = difflib.get_close_matches(told, names.unique(), n=1, cutoff=0.6)
    if alike and told not in run.atlas.region_ids:
        raise InputError(f"no region {told!r}", source=run.path, hint=f"did you mean {alike[0]!r}?")
    return told


def prepare_similar(out: PathLike, *, overwrite: bool = False) -> Path:
    """Check, before work starts, that :func:`write_similar` may write to a file.

    Raises:
        InputError: If the ending is neither that of GeoJSON nor of CSV.
        OutputExistsError: If the file exists and may not be replaced.
    """
    if Path(out).suffix.lower() not in (".csv", ".geojson"):
        raise InputError(
            f"cannot write places of type {Path(out).suffix!r}",
            source=out,
            hint="choose a name that ends in .csv or .geojson",
        )
    return prepare_output(out, overwrite=overwrite)


def write_similar(found: pd.DataFrame, run: Run, out: PathLike, *, overwrite: bool = False) -> None:
    """Write what :func:`similar` found as GeoJSON, with the outlines of the regions, or CSV.

    Raises:
        InputError: If the ending is neither, or it is not known where the regions are.
        OutputExistsError: If the file exists and may not be replaced.
    """
    target = prepare_similar(out, overwrite=overwrite)
    if target.suffix.lower() == ".csv":
        write_table(target, found)
        return
    import geopandas as gpd

    if not run.atlas.regions.has_coordinates:
        raise InputError(
            "it is not known where the regions are, their ids alone are",
            source=out,
            hint="choose a name that ends in .csv",
        )
    outlines = run.atlas.regions.geometry.reindex(found["region_id"]).to_numpy()
    with replacing(target) as temporary:
        text = gpd.GeoDataFrame(found, geometry=outlines, crs=4326).to_json(drop_id=True)
        temporary.write_text(text + "\n", encoding="utf-8")
