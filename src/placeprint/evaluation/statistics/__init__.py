"""What scores say: summaries, intervals, paired comparisons, ranks, and tables of many."""

from placeprint.evaluation.statistics.coordbench import from_coordbench, to_coordbench
from placeprint.evaluation.statistics.intervals import (
    corrected_t_test,
    holm,
    intervals,
    mean_intervals,
)
from placeprint.evaluation.statistics.leaderboard import leaderboard
from placeprint.evaluation.statistics.paired import Comparison, compare
from placeprint.evaluation.statistics.ranks import friedman, mean_ranks
from placeprint.evaluation.statistics.score_files import read_scores
from placeprint.evaluation.statistics.score_tables import beside_every_probe, headline
from placeprint.evaluation.statistics.summary import MEAN, summary

__all__ = [
    "MEAN",
    "Comparison",
    "beside_every_probe",
    "compare",
    "corrected_t_test",
    "friedman",
    "from_coordbench",
    "headline",
    "holm",
    "intervals",
    "leaderboard",
    "mean_intervals",
    "mean_ranks",
    "read_scores",
    "summary",
    "to_coordbench",
]
