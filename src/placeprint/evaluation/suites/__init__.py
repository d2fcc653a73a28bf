"""Suites: the tasks of published papers, declared as data, with the figures they published.

A suite says of each task where its labels come from and in which file they are expected; tasks
whose labels are there can be scored, of the others it says where to get them.
"""

from placeprint.evaluation.suites.declaration import SuiteDeclaration, TaskDeclaration
from placeprint.evaluation.suites.suite import MissingTask, Suite, load_suite, suites

__all__ = ["MissingTask", "Suite", "SuiteDeclaration", "TaskDeclaration", "load_suite", "suites"]
