"""Splits into training and test rows, as scikit-learn cross-validation objects.

A random split rewards a model that interpolates between neighbours; a split into whole blocks
asks whether what it learned carries over to a place it has never been near.
"""

from placeprint.evaluation.splits.block import BlockSplits
from placeprint.evaluation.splits.folds import FoldSplits
from placeprint.evaluation.splits.random import RandomSplits
from placeprint.evaluation.splits.registry import SPLITS, make_splits
from placeprint.evaluation.splits.splitter import Splitter
from placeprint.evaluation.splits.stratified import StratifiedSplits
from placeprint.evaluation.splits.unit import UnitSplits

__all__ = [
    "SPLITS",
    "BlockSplits",
    "FoldSplits",
    "RandomSplits",
    "Splitter",
    "StratifiedSplits",
    "UnitSplits",
    "make_splits",
]
