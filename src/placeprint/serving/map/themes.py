"""What the regions of a map can be coloured by: the embedding, clusters, coverage, labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from placeprint.evaluation.reporting.colours import Scale, principal_colours
from placeprint.evaluation.tasks import TRANSFORMS
from placeprint.serving.labels import RegionValues
from placeprint.typing import AnyArray, BoolArray

__all__ = ["CLUSTERS", "Theme", "cluster_theme", "coverage_theme", "embedding_theme", "value_theme"]

CLUSTERS: Final = 8
"""How many clusters there are, or as many as there are regions."""

_SAMPLE: Final = 10_000
"""Rows that the clusters are found from."""

_CLASSES: Final = [
    *("#332288", "#88ccee", "#117733", "#ddcc77"),
    *("#cc6677", "#44aa99", "#aa4499", "#999933"),
]
_OTHER: Final = "#9aa3ab"
"""Qualitative colours that the colour-blind can tell apart: Tol's "muted"; and for the rest."""

_DIGITS: Final = 4
"""Significant digits of a value on the page."""


@dataclass(frozen=True, eq=False)
class Theme:
    """One way to colour the regions.

    Attributes:
        key: Its name in addresses: ``embedding``, ``cluster``, ``coverage``, ``label/NAME`` or
            ``prediction/NAME``.
        group: The heading that it stands under.
        title: Its name for people.
        note: What it shows, in a sentence or two.
        kind: ``colour``: what is shown are colours, 0xRRGGBB; ``classes``: positions among the
            classes; ``number``: numbers on a scale.
        shown: One per region; None where there is none.
        more: What its kind needs: ``classes`` and ``colours``; or ``low``, ``high`` (transformed),
            ``transform``, ``stops`` (colours from low to high) and ``unit``.
    """

    key: str
    group: str
    title: str
    note: str
    kind: str
    shown: list[Any]
    more: dict[str, Any] = field(default_factory=dict)

    def about(self) -> dict[str, Any]:
        """All but the values, ready for JSON."""
        names = ("key", "group", "title", "note", "kind")
        return {name: getattr(self, name) for name in names} | self.more


def embedding_theme(embeddings: pd.DataFrame, ids: pd.Index) -> Theme:
    """Similar vectors in similar colours: three principal components in OKLab."""
    colours, shares = principal_colours(embeddings)
    packed = colours.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    note = (
        "Places of like colour have like vectors. The colours show the three strongest of "
        f"{embeddings.shape[1]} directions, {shares.sum():.0%} of all differences: the first as "
        "light and dark, the second from blue to yellow, the third from green to red."
    )
    values = _at(embeddings.index, packed, ids)
    return Theme("embedding", "Embedding", "Likeness", note, "colour", values)


def cluster_theme(embeddings: pd.DataFrame, ids: pd.Index, seed: int = 0) -> Theme:
    """Groups of places with vectors of like direction, by k-means; the largest is A."""
    from sklearn.cluster import KMeans

    values = np.nan_to_num(embeddings.to_numpy(dtype=np.float32))
    length = np.linalg.norm(values, axis=1, keepdims=True)
    unit = values / np.where(length > 0, length, 1)
    some = np.random.default_rng(seed).permutation(len(unit))[:_SAMPLE]
    n = min(CLUSTERS, len(np.unique(unit[some], axis=0)))
    found = KMeans(n, n_init=4, random_state=seed).fit(unit[some]).predict(unit)
    sizes = np.bincount(found, minlength=n)
    place = np.empty(n, dtype=np.int64)
    place[np.argsort(-sizes, kind="stable")] = np.arange(n)
    classes = [chr(ord("A") + i) for i in range(n)]
    note = (
        f"{n} groups of places whose vectors point the same way (k-means, seed {seed}), from the "
        "largest, A, to the smallest. They have no names: see what the places of one share."
    )
    more = {"classes": classes, "colours": _CLASSES[:n]}
    values = _at(embeddings.index, place[found], ids)
    return Theme("cluster", "Embedding", "Clusters", note, "classes", values, more)


def coverage_theme(present: pd.DataFrame) -> Theme:
    """How many of the modalities each region has."""
    count, most = present.sum(axis=1), present.shape[1]
    classes = [f"{number} of {most}" for number in range(most + 1)]
    scale = Scale(0, max(most, 1), "cividis")
    colours = ["#" + bytes(rgb).hex() for rgb in scale.colours(np.arange(most + 1.0))]
    names = ", ".join(map(str, present))
    note = f"How many of {most} modalities say something about a place: {names}."
    more = {"classes": classes, "colours": colours}
    return Theme("coverage", "Data", "Coverage", note, "classes", count.tolist(), more)


def value_theme(found: RegionValues, scale: RegionValues | None = None) -> Theme:
    """A label, or its prediction.

    Args:
        found: The values.
        scale: Whose range the colours span; None: that of the values. A prediction has the range
            of its label, so that the two can be compared.
    """
    task, predicted = found.task, bool(found.split)
    group = "Predictions" if predicted else "Labels"
    key = f"{'prediction' if predicted else 'label'}/{task.name}"
    title = f"{task.title}, predicted" if predicted else task.title
    note = task.description.rstrip(".") + "." if task.description else ""
    if predicted:
        note = f"{note} {_held_out(found)}".strip()
    of = (scale or found).by_region
    if task.kind == "classification":
        values, more = _classes(found.by_region, of)
        return Theme(key, group, title, note, "classes", values, more)
    transform = TRANSFORMS[task.transform]
    range_ = Scale.of_values(transform(of.to_numpy(float)))
    more = {
        "low": range_.low,
        "high": range_.high,
        "transform": task.transform,
        "stops": range_.stops,
        "unit": task.unit,
    }
    return Theme(key, group, title, note, "number", _numbers(found.by_region), more)


def _held_out(found: RegionValues) -> str:
    """How the predictions were made, and what they are worth."""
    seen = "no place near by" if found.split == "block" else "other places alone"
    if found.task.kind == "classification":
        worth = f"macro F1 {found.score:.2f}"
    else:
        worth = f"R² {found.score:.2f}"
    leaks = f" The label was derived from {', '.join(found.task.leaks)}, which the model has seen."
    return (
        f"Predicted from the vectors by a linear probe that had seen {seen}: {worth}."
        f"{leaks if found.task.leaks else ''}"
    )


def _classes(values: pd.Series, of: pd.Series) -> tuple[list[Any], dict[str, Any]]:
    """The most frequent classes by frequency, the others as one."""
    names = of.dropna().astype(str).value_counts().index
    most = len(_CLASSES)
    shown = names if len(names) <= most else names[: most - 1]
    found = np.append(np.arange(len(names)).clip(max=len(shown)), -1)[
        names.get_indexer(pd.Index(values))
    ]
    classes, colours = shown.tolist(), _CLASSES[: len(shown)]
    if len(names) > len(shown):
        classes, colours = [*classes, f"{len(names) - len(shown)} others"], [*colours, _OTHER]
    return _listed(found, found >= 0), {"classes": classes, "colours": colours}


def _numbers(values: pd.Series) -> list[float | None]:
    """Numbers of few digits, None for what is missing."""
    exact = values.to_numpy(float)
    known = np.isfinite(exact)
    size = np.log10(np.abs(exact), out=np.zeros(len(exact)), where=known & (exact != 0))
    unit = 10.0 ** (_DIGITS - 1 - np.floor(size))
    return _listed(np.rint(exact * unit) / unit, known)


def _listed(values: AnyArray, known: BoolArray) -> list[Any]:
    """Plain values, None where they are not known."""
    listed = values.astype(object)
    listed[~known] = None
    found: list[Any] = listed.tolist()
    return found


def _at(index: pd.Index, values: AnyArray, ids: pd.Index) -> list[Any]:
    """Values by id, one for each of ids, None where there is none."""
    rows = index.get_indexer(ids)
    return _listed(values[rows], rows >= 0)
