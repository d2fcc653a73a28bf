"""Evaluation: what vectors of places are worth, measured so that the figures can be believed.

Labels become tasks; small probes, fitted wholly inside the training rows of a fold, read them off
the vectors; random splits stand beside splits that hold out whole blocks of the map; every model
is judged on the same rows and folds, and a row that it does not cover counts against it.
"""

from placeprint.evaluation.benchmark import Benchmark
from placeprint.evaluation.blocks import block_groups
from placeprint.evaluation.comparison import baselines_for
from placeprint.evaluation.from_files import evaluate_files, read_leaderboard
from placeprint.evaluation.protocols import evaluate
from placeprint.evaluation.reporting import report
from placeprint.evaluation.results import Evaluation
from placeprint.evaluation.samples import Places, Samples, align
from placeprint.evaluation.scoring import score
from placeprint.evaluation.splits import (
    BlockSplits,
    FoldSplits,
    RandomSplits,
    StratifiedSplits,
    UnitSplits,
)
from placeprint.evaluation.statistics.intervals import intervals
from placeprint.evaluation.statistics.leaderboard import leaderboard
from placeprint.evaluation.statistics.paired import Comparison, compare
from placeprint.evaluation.statistics.ranks import friedman, mean_ranks
from placeprint.evaluation.statistics.score_files import read_scores
from placeprint.evaluation.statistics.summary import summary
from placeprint.evaluation.study_area import atlas_places, atlas_tasks
from placeprint.evaluation.tables import read_benchmark
from placeprint.evaluation.tasks import Task
from placeprint.evaluation.transfer import transfer, transfer_run

__all__ = [
    "Benchmark",
    "BlockSplits",
    "Comparison",
    "Evaluation",
    "FoldSplits",
    "Places",
    "RandomSplits",
    "Samples",
    "StratifiedSplits",
    "Task",
    "UnitSplits",
    "align",
    "atlas_places",
    "atlas_tasks",
    "baselines_for",
    "block_groups",
    "compare",
    "evaluate",
    "evaluate_files",
    "friedman",
    "intervals",
    "leaderboard",
    "mean_ranks",
    "read_benchmark",
    "read_leaderboard",
    "read_scores",
    "report",
    "score",
    "summary",
    "transfer",
    "transfer_run",
]
