"""What splits, probes, models and metrics are called on the page, and what they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from placeprint.evaluation.tasks import REGION

__all__ = [
    "METRICS",
    "MODELS",
    "PROBES",
    "SPLITS",
    "WHEN",
    "metric_name",
    "model_name",
    "ordered",
    "probe_name",
    "split_name",
    "subject_name",
]

MODELS: Final = {
    "placeprint": "the embedding of this run",
    "anchor": "what this run's anchor alone makes of a place: the embedding as published",
    "raw+flows": "the raw inputs, and the strongest axes of the flows",
    "raw": "the inputs of all modalities, side by side, nothing learned",
    "pca": "the raw inputs, pressed into as many numbers as the embedding",
    "line": "LINE: what the graph alone knows of a place's partners",
    "spatial_prior": "no vectors at all: known values nearby, weighted by inverse distance",
    "spherical_harmonics": "smooth waves over the globe: position, with more freedom",
    "coordinates": "longitude and latitude alone: what being near is worth",
    "tag_counts": "what is tagged in a region and in those round it, counted",
    "hex2vec": "Hex2Vec: counts of tags, learned to be alike where regions touch",
    "shape+text+neighbours": "the same as shape+neighbours, and the entity's own text",
    "shape+neighbours": "shape, position, and the tags and texts round an entity, nothing learned",
    "neighbour_counts": "the tags of what lies within 250 m and 1 km, counted",
    "neighbour_text": "the mean text of the 32 nearest others",
    "own_text": "the entity's own text: what its tags say, without those that tell the label",
    "shape": "size and form of the own outline",
}
"""What the models that are compared are, in the order in which they are shown."""

PROBES: Final = {
    "ridge": "Ridge, penalty tuned inside the training places",
    "logistic": "Logistic regression, penalty tuned inside the training places",
    "knn": "k nearest neighbours, their number tuned inside the training places",
    "lightgbm": "LightGBM, settings as published",
    "ridge_published": "Ridge, penalty as published",
}
"""What the probes are, in the order in which they are shown."""

SPLITS: Final = {
    "random": "random places held out",
    "stratified": "a random quarter of each class held out, half of it learned from",
    "folds": "five pooled folds of random places",
    "official": "the official split",
    "block": "whole areas held out",
    "region": "one unit after the other held out",
}
"""What the splits are, the easiest first; one of another name is taken to be harder."""

WHEN: Final = {
    "random": "the places to be predicted are drawn at random",
    "stratified": "they are drawn at random within each class, and half of each is learned from",
    "folds": "random places are held out, fold by fold",
    "official": "the official split is used",
    "block": "whole areas are held out",
    "region": "one whole unit after the other is held out",
}
"""The splits, as the end of a sentence."""

METRICS: Final = {"r2": "R²", "macro_f1": "macro F1", "accuracy": "accuracy"}
"""What a task is judged by."""


def model_name(model: str) -> str:
    """A model's name as it is shown.

    Example:
        >>> model_name("spherical_harmonics")
        'spherical harmonics'
    """
    return model.replace("_", " ") if model in MODELS else model


def split_name(split: str) -> str:
    """What a split is, or its name.

    Example:
        >>> split_name("block"), split_name("by year")
        ('whole areas held out', 'by year')
    """
    return SPLITS.get(split, split)


def probe_name(probe: str) -> str:
    """What a probe is, or its name."""
    return PROBES.get(probe, probe)


def subject_name(about: str) -> str:
    """What tasks are about, as the end of a heading; nothing where it is regions, as of most.

    Example:
        >>> subject_name("buildings"), subject_name("region")
        (' of buildings', '')
    """
    return "" if about == REGION else f" of {about}"


def metric_name(metric: str) -> str:
    """What a metric is called."""
    return METRICS.get(metric, metric)


def ordered(found: Iterable[str], known: Iterable[str], first: Sequence[str] = ()) -> list[str]:
    """Names without repetition: those that come first, those known in their order, the others.

    Example:
        >>> ordered(["b", "z", "random", "block", "z"], SPLITS, first=["b"])
        ['b', 'random', 'block', 'z']
    """
    names = set(found)
    head = [name for name in dict.fromkeys([*first, *known]) if name in names]
    return head + sorted(names - set(head))
