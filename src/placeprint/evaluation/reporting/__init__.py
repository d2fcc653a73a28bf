"""The report of an evaluation: one self-contained HTML page that says what an embedding is worth.

Leaderboard, scores beside the baselines, predictions and maps of their errors, with a paragraph in
plain words that says what the numbers mean and warns where a baseline does better; for a run also
what went in, the training curves and a map of the embedding.
"""

from placeprint.evaluation.reporting.page import report

__all__ = ["report"]
