"""The report of a run: one self-contained HTML page, from what went in to what it is worth.

Coverage, training curves, scores beside the baselines, maps and provenance, with a paragraph in
plain words that says what the numbers mean and warns where a baseline does better.
"""

from placeprint.evaluation.reporting.page import report

__all__ = ["report"]
