"""Suites by name or from a file, and their tasks from a folder of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pandas as pd
import yaml

from placeprint.atlas.spec import validated
from placeprint.errors import InputError, closest, listing
from placeprint.evaluation.suites.declaration import SuiteDeclaration, TaskDeclaration
from placeprint.evaluation.tasks import Task
from placeprint.sources import Table
from placeprint.sources.label_tables import read_labels_table
from placeprint.typing import PathLike

__all__ = ["MissingTask", "Suite", "load_suite", "suites"]


@dataclass(frozen=True)
class MissingTask:
    """A task whose labels are not there.

    Attributes:
        name: The task's name.
        problem: The file, or the column, that was not found.
        public: Whether anybody can get the labels.
        obtain: Where to get them, and how they have to be written.
    """

    name: str
    problem: str
    public: bool
    obtain: str

    def describe(self) -> str:
        """One line for a person.

        Example:
            >>> print(MissingTask("ENE", "no file energy.parquet", False, "yearbooks").describe())
            ENE: no file energy.parquet (not public): yearbooks
        """
        return f"{self.name}: {self.problem} ({'' if self.public else 'not '}public): {self.obtain}"


@dataclass(frozen=True)
class Suite:
    """The tasks of a paper.

    Attributes:
        name: Its name.
        title: A name for people.
        paper: The paper, and its table.
        code: Where its code is public.
        protocol: How its figures were measured.
        declared: Every task by name, whether or not its labels can be had.

    Example:
        >>> suite = load_suite("mobclip")
        >>> suite.declared["EDU"].title
        'mean years of schooling'
        >>> suite.published().loc["GeoCLIP", ["EDU", "ELD"]].tolist()
        [0.66, 0.66]
    """

    name: str
    title: str
    paper: str
    code: str
    protocol: str
    declared: Mapping[str, TaskDeclaration]

    def tasks(
        self, data: PathLike, names: Sequence[str] | None = None
    ) -> tuple[list[Task], list[MissingTask]]:
        """The tasks whose labels are in a folder, and those whose labels are not.

        Args:
            data: The folder of label files.
            names: Which tasks; all of them if None.

        Returns:
            The tasks, and what is missing; both in the order asked for. The values of a task about
            units are indexed by their ids under the name of their column.

        Raises:
            InputError: If there is no such folder or task, or a file that is there cannot be read
                as labels.
        """
        for name in names or ():
            if name not in self.declared:
                raise InputError(
                    f"no task {name!r}",
                    source=f"suite {self.name}",
                    hint=closest(name, self.declared),
                )
        if not Path(data).is_dir():
            raise InputError("there is no such folder of labels", source=data)
        found: list[Task] = []
        missing: list[MissingTask] = []
        for name in self.declared if names is None else names:
            declared = self.declared[name]
            problem = _lacking(Path(data), declared)
            if problem is None:
                found.append(_task(name, declared, Path(data)))
            else:
                obtain = declared.source.obtain
                missing.append(MissingTask(name, problem, declared.public, obtain))
        return found, missing

    def published(self, metric: str = "r2") -> pd.DataFrame:
        """The published value of each model (rows) on each task (columns); NaN where none is.

        Args:
            metric: ``r2``, ``rmse``, …, or ``f1_CLASS``.

        Raises:
            InputError: If nothing was published in this metric.
        """
        tables = {
            name: task.published[metric]
            for name, task in self.declared.items()
            if metric in task.published
        }
        if not tables:
            metrics = {metric for task in self.declared.values() for metric in task.published}
            raise InputError(
                f"no figures in {metric!r} were published",
                source=f"suite {self.name}",
                hint=closest(metric, metrics),
            )
        models = list(dict.fromkeys(model for table in tables.values() for model in table))
        return pd.DataFrame(tables, index=pd.Index(models, name="model"))


def suites() -> list[str]:
    """The names of the suites that come with placeprint.

    Example:
        >>> suites()
        ['mobclip', 'urbanmfm']
    """
    folder = files("placeprint.evaluation.suites")
    names = (entry.name for entry in folder.iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def load_suite(name: PathLike) -> Suite:
    """A suite that comes with placeprint, or one from a file.

    Args:
        name: One of :func:`suites`, or a YAML file.

    Raises:
        InputError: If there is no such suite, or the file is not valid; the message names each
            wrong key, what was found and what was expected.
    """
    if str(name) in suites():
        text = (files("placeprint.evaluation.suites") / f"{name}.yaml").read_text("utf-8")
    elif Path(name).is_file():
        text = Path(name).read_text("utf-8")
    else:
        raise InputError(
            f"no suite {str(name)!r}", hint=f"{closest(str(name), suites())}, or give a YAML file"
        )
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"not valid YAML ({error})", source=name) from None
    if not isinstance(content, dict):
        raise InputError("expected a mapping with `name`, `title` and `tasks`", source=name)
    declared = validated(SuiteDeclaration, content, name)
    return Suite(
        name=declared.name,
        title=declared.title,
        paper=declared.paper,
        code=declared.code,
        protocol=declared.protocol,
        declared=declared.tasks,
    )


def _lacking(folder: Path, declared: TaskDeclaration) -> str | None:
    """What is not there: the file or the column of the labels; None if both are."""
    if not (folder / declared.file).is_file():
        return f"no file {declared.file}"
    columns = Table.open(folder / declared.file).columns
    if declared.column not in columns:
        return f"no column {declared.column} in {declared.file}, which has {listing(columns)}"
    return None


def _task(name: str, declared: TaskDeclaration, folder: Path) -> Task:
    classes = [declared.column] if declared.kind == "classification" else []
    path = folder / declared.file
    label = read_labels_table(
        path, id_column=declared.id_column, columns=[declared.column], classes=classes
    )[0]
    if label.kind != declared.kind:
        raise InputError(f"column {declared.column!r} holds classes, expected numbers", source=path)
    if declared.level == "point" and not label.at_points:
        raise InputError(
            f"task {name} is about points, but its rows are about ids",
            source=path,
            hint="give columns lon and lat, and no column of region ids",
        )
    return Task(
        name,
        level=declared.level,
        scale=declared.scale,
        values=label.values,
        unit=declared.unit,
        transform=declared.transform,
        leaks=tuple(declared.leaks),
        description=declared.description or declared.title,
        kind=declared.kind,
        source=f"{declared.source.provider}. {declared.source.obtain}",
    )
