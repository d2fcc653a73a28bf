"""What lies around each entity: texts and outlines of its neighbours, and what is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from torch import Tensor

from placeprint.models.urbanmfm.city import City
from placeprint.models.urbanmfm.entities import Entities
from placeprint.models.urbanmfm.links import Links
from placeprint.models.urbanmfm.neighbourhoods import within
from placeprint.typing import BoolArray, FloatArray

__all__ = ["counts_within", "mean_over_links", "spread", "surroundings"]

CHUNK = 1024
"""Entities whose surroundings are counted at a time."""


def surroundings(city: City) -> dict[str, FloatArray]:
    r"""Means over the neighbours of each entity, weighted by 1/distance.

    .. math::
        \bar x_i = \sum_{j \in N_i} w_{ij} x_j / \sum_{j \in N_i} w_{ij}, \qquad
        w_{ij} = 1/d_{ij}

    over the neighbours that have x.

    Args:
        city: The city.

    Returns:
        ``text`` (n, d_t); ``outline`` (n, 3 s + 2): mean and deviation of the shape descriptors
        around, how the own ones differ from them, the logarithm of the mean distance and the
        share of neighbours that have an outline. NaN where no neighbour has one.
    """
    count = len(city.entities)
    outlined, shapes = spread(city.outline, city.shapes)
    mean = mean_over_links(city.neighbours, outlined, shapes)
    square = mean_over_links(city.neighbours, outlined, shapes**2)
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    written, text = spread(city.text, city.texts.numpy())
    everyone = np.ones(count, dtype=bool)
    share = mean_over_links(city.neighbours, everyone, outlined[:, None].astype(np.float64))
    weights = city.neighbours.weights.numpy().astype(np.float64)
    row = np.repeat(np.arange(count), city.neighbours.counts.numpy())
    links = np.bincount(row, minlength=count)
    with np.errstate(invalid="ignore"):
        nearness = np.log(np.bincount(row, weights, minlength=count) / links)[:, None]
    outline = np.hstack([mean, deviation, shapes - mean, nearness, share])
    return {"text": mean_over_links(city.neighbours, written, text), "outline": outline}


def spread(row: Tensor, values: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Rows of a table as n entities have them.

    Args:
        row: (n,) the row of each entity, −1 where it has none.
        values: (m, d) the table.

    Returns:
        (n,) which entities have a row, and (n, d) what it holds, NaN without one.

    Example:
        >>> import torch
        >>> spread(torch.tensor([1, -1]), np.array([[3.0], [4.0]]))
        (array([ True, False]), array([[ 4.],
               [nan]]))
    """
    present = (row >= 0).numpy()
    laid = np.full((len(row), values.shape[1]), np.nan)
    laid[present] = values[row.numpy()[present]]
    return present, laid


def counts_within(entities: Entities, categories: list[str], radius_m: float) -> FloatArray:
    """How many other entities of each category lie within a radius, as log(1 + n).

    Args:
        entities: The points and buildings.
        categories: What is counted.
        radius_m: In metres.

    Returns:
        (n, C), the entity itself left out.
    """
    code = pd.Index(categories).get_indexer(pd.Index(entities.category))
    counted = np.flatnonzero(code >= 0)
    counts = np.zeros((len(entities), len(categories)), dtype=np.float64)
    for start in range(0, len(entities), CHUNK):
        rows = slice(start, start + CHUNK)
        row, found, _ = within(
            entities.lon[rows],
            entities.lat[rows],
            entities.lon[counted],
            entities.lat[counted],
            radius_m,
        )
        cell = row * len(categories) + code[counted[found]]
        size = len(entities.lon[rows]) * len(categories)
        counts[rows] = np.bincount(cell, minlength=size).reshape(counts[rows].shape)
    counts[counted, code[counted]] -= 1
    logarithms: FloatArray = np.log1p(counts)
    return logarithms


def mean_over_links(links: Links, known: BoolArray, values: FloatArray) -> FloatArray:
    """The weighted mean of what each row's links lead to, NaN where they lead to nothing known.

    Args:
        links: Of n rows to k others.
        known: (k,) bool, which of the others have a value.
        values: (k, d), read where known.

    Example:
        >>> links = Links.from_pairs(np.array([0, 0]), np.array([1, 2]), np.array([3.0, 1.0]), 2)
        >>> mean_over_links(links, np.array([0, 1, 1], bool), np.array([[0.0], [4.0], [8.0]]))
        array([[ 5.],
               [nan]])
    """
    matrix = csr_array(
        (
            links.weights.numpy().astype(np.float64),
            links.members.numpy(),
            links.starts.numpy(),
        ),
        shape=(len(links.starts) - 1, len(known)),
    )
    total = matrix @ np.where(known[:, None], np.nan_to_num(values), 0.0)
    weight = matrix @ known.astype(np.float64)
    mean: FloatArray = np.full(total.shape, np.nan)
    np.divide(total, weight[:, None], out=mean, where=weight[:, None] > 0)
    return mean
