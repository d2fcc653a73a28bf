"""Hiding labels: what a model may read of an object does not give its label away."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from placeprint.atlas.specs import LabelTask
from placeprint.sources.osm import FABRIC_KEYS, informative_text
from placeprint.typing import BoolArray

__all__ = ["hide_labels", "readable", "tag_values", "typed"]

UNTYPED: Final = ("yes", "no", "")
"""Values that say that something is there, or is not, and not what it is."""


def tag_values(tags: pd.Series, key: str) -> pd.Series:
    """The value of one tag of each object.

    Args:
        tags: JSON objects as text.
        key: The tag.

    Returns:
        Strings, None where an object lacks the tag; index of ``tags``.

    Example:
        >>> tag_values(pd.Series(['{"building": "house"}', "{}"]), "building").tolist()
        ['house', None]
    """
    # Many objects have the same few tags: each set is read once.
    codes, distinct = pd.factorize(tags)
    values = np.array([json.loads(one).get(key) for one in distinct], dtype=object)
    return pd.Series(values[codes], index=tags.index, dtype=object)


def typed(values: pd.Series) -> BoolArray:
    """Which values of a tag tell a type: any but "yes" and "no".

    Example:
        >>> typed(pd.Series(["house", "yes", None])).tolist()
        [True, False, False]
    """
    known: BoolArray = (values.notna() & ~values.isin(UNTYPED)).to_numpy(dtype=bool)
    return known


def readable(task: LabelTask) -> list[str]:
    """The tags that models may read of an object with a label: what it is made of, and no more.

    No list of what to hide would be long enough: one museum tells itself by ``fee``, another by
    ``operator`` or by its name. The number of storeys and the material are like the outline: one
    sees them.

    Args:
        task: The task whose label it is; it may keep more, or hide these, too.

    Returns:
        Keys, sorted.

    Example:
        >>> readable(LabelTask(column="building", kind="classification", keeps=["name"]))
        ['building:levels', 'building:material', 'name']
    """
    return sorted((FABRIC_KEYS | set(task.keeps)) - {task.column, *task.hides})


def hide_labels(table: pd.DataFrame, tasks: Iterable[LabelTask]) -> pd.DataFrame:
    """Take the labels of tasks out of what models read of entities.

    Of every object whose tag ``column`` holds a type, ``text``, ``category`` and ``name`` show
    only what is :func:`readable`; whether its type is among the classes of the task or not, so
    that nothing tells labelled objects from others of a type. ``tags`` keeps everything: labels
    come from there.

    Args:
        table: Entities of OpenStreetMap: name, category, text, tags.
        tasks: The tasks whose labels are tags of these entities.

    Returns:
        A table of the same rows.

    Example:
        >>> table = pd.DataFrame({
        ...     "name": ["Folio", ""],
        ...     "category": ["shop=books", "shop=books"],
        ...     "text": ["shop=books, building=retail, name=Folio", "shop=books"],
        ...     "tags": ['{"building": "retail", "name": "Folio", "shop": "books"}',
        ...              '{"building": "yes", "shop": "books"}'],
        ... })
        >>> task = LabelTask(column="building", kind="classification")
        >>> hide_labels(table, [task])[["name", "category", "text"]].values.tolist()
        [['', '', ''], ['', 'shop=books', 'shop=books']]
    """
    table = table.copy()
    masks = [(typed(tag_values(table["tags"], task.column)), task) for task in tasks]
    if not masks:
        return table
    together = np.column_stack([mask for mask, _ in masks])
    for pattern in np.unique(together[together.any(axis=1)], axis=0):
        rows = np.flatnonzero((together == pattern).all(axis=1))
        applying = [task for applies, (_, task) in zip(pattern, masks, strict=True) if applies]
        only = frozenset.intersection(*(frozenset(readable(task)) for task in applying))
        text, category = informative_text(table["tags"].iloc[rows], only)
        table.loc[table.index[rows], ["text", "category"]] = np.column_stack([text, category])
        if "name" not in only:
            table.loc[table.index[rows], "name"] = ""
    return table
