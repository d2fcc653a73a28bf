"""Evaluation: what vectors of places are worth, measured so that the figures can be believed.

Labels become tasks; small probes, fitted wholly inside the training rows of a fold, read them off
the vectors; random splits stand beside splits that hold out whole blocks of the map; every model
is judged on the same rows and folds, and a row that it does not cover counts against it.
"""

from placeprint.evaluation.blocks import block_groups
from placeprint.evaluation.comparison import baselines_for
from placeprint.evaluation.reporting import report
from placeprint.evaluation.runs import compared_models, evaluate
from placeprint.evaluation.samples import Places, Samples, align
from placeprint.evaluation.scoring import score
from placeprint.evaluation.splits import BlockSplits, RandomSplits
from placeprint.evaluation.study_area import atlas_places, atlas_tasks, evaluate_atlas
from placeprint.evaluation.summary import summary
from placeprint.evaluation.tasks import Task

__all__ = [
    "BlockSplits",
    "Places",
    "RandomSplits",
    "Samples",
    "Task",
    "align",
    "atlas_places",
    "atlas_tasks",
    "baselines_for",
    "block_groups",
    "compared_models",
    "evaluate",
    "evaluate_atlas",
    "report",
    "score",
    "summary",
]
