"""The Evaluation on disk: scores, and what is needed to read them.

::

    EVALUATION/
      evaluation.json       the tasks, the models and the setting that were scored
      scores.parquet, .csv  one row per task, split, probe, model, seed and metric
      resamples.parquet     the headline metric of each under resamples of the places
      predictions.parquet   every label and its out-of-fold prediction, to be looked at
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from placeprint.errors import InputError, OutputExistsError
from placeprint.evaluation.ledger import Ledger
from placeprint.evaluation.tasks import Task
from placeprint.files import check_place, fingerprint, read_json, read_parquet, write_json
from placeprint.typing import PathLike

__all__ = ["Evaluation", "digest", "take_up"]

_MANIFEST: Final = "evaluation.json"
_SAID: Final = (
    "level",
    "scale",
    "unit",
    "transform",
    "leaks",
    "description",
    "kind",
    "source",
    "about",
    "title",
)


class Evaluation:
    """Scores of one or more embeddings beside their baselines, opened for reading.

    Args:
        path: The folder that :func:`~placeprint.evaluation.evaluate` wrote to; a run that has been
            evaluated is one.

    Raises:
        InputError: If there are no scores in the folder.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)
        if not (self.path / "scores.parquet").exists():
            raise InputError(
                "there are no scores here (no scores.parquet)",
                source=self.path,
                hint="run `placeprint evaluate` first",
            )
        self.manifest = read_json(self.path / _MANIFEST)

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(self.path)

    @property
    def scores(self) -> pd.DataFrame:
        """One row per task, split, probe, model, seed and metric."""
        return self._ledger.scores()

    @property
    def resamples(self) -> pd.DataFrame:
        """The headline metric under each of B resamples of the places, indexed by key."""
        return self._ledger.resamples()

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """See :func:`~placeprint.evaluation.predictions.out_of_fold`."""
        frame: pd.DataFrame = read_parquet(self.path / "predictions.parquet").to_pandas()
        return frame

    @cached_property
    def tasks(self) -> list[Task]:
        """What was predicted; without the values, which stay where they were."""
        return [
            Task(name, values=pd.DataFrame(), **{**about, "leaks": tuple(about["leaks"])})
            for name, about in (
                (name, {key: task[key] for key in _SAID if key in task})
                for name, task in sorted(self.manifest["tasks"].items())
            )
        ]

    @property
    def left_out(self) -> str:
        """What could not be scored for want of knowing where regions are; empty if nothing."""
        return str(self.manifest.get("left_out", ""))

    @property
    def embeddings(self) -> list[str]:
        """The names of the models that were to be judged; the others are baselines."""
        return list(self.manifest["order"])


def digest(frame: pd.DataFrame) -> str:
    """A short digest of the rows of a table and their index.

    Example:
        >>> digest(pd.DataFrame({"a": [1.0]})) == digest(pd.DataFrame({"a": [2.0]}))
        False
    """
    hashes = pd.util.hash_pandas_object(frame).to_numpy()
    return hashlib.sha256(hashes.tobytes()).hexdigest()[:16]


def take_up(
    folder: PathLike,
    tasks: Sequence[Task],
    embeddings: Mapping[str, str],
    setting: Mapping[str, Any],
    left_out: str = "",
    *,
    overwrite: bool,
) -> Ledger:
    """Open the ledger of a folder, if what it holds belongs to the same evaluation.

    Args:
        folder: The folder; made if it is not there.
        tasks: What is to be predicted.
        embeddings: The models to be judged and the digest of each.
        setting: What else the scores depend on.
        left_out: What could not be scored, and why; empty if nothing.
        overwrite: Whether what does not belong here may be replaced.

    Returns:
        The ledger; scores of the same tasks, embeddings and setting count as done.

    Raises:
        InputError: If nothing can be written there.
        OutputExistsError: If the folder holds scores of another embedding of the same name, other
            labels of the same name, or another setting, and may not be overwritten.
    """
    path = Path(folder) / _MANIFEST
    check_place(path)
    described = {task.name: _described(task) for task in tasks}
    manifest: dict[str, Any] = {
        "tasks": described,
        "embeddings": dict(embeddings),
        "order": list(embeddings),  # keys are sorted in the file
        "setting": dict(setting),
    }
    if left_out:
        manifest["left_out"] = left_out
    if overwrite:
        for name in ("scores.parquet", "resamples.parquet"):
            (path.parent / name).unlink(missing_ok=True)
    elif (path.parent / "scores.parquet").exists():
        manifest = _joined(path, manifest)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, manifest)
    return Ledger(folder)


def _described(task: Task) -> dict[str, Any]:
    """What is said of a task, with a digest that tells it from any other of its name."""
    untitled = task.title == task.name
    said = {key: getattr(task, key) for key in _SAID if key != "title" or not untitled}
    judged = {key: said[key] for key in ("level", "scale", "transform", "kind")}
    return said | {"digest": fingerprint(judged | {"values": digest(task.values)})}


def _joined(path: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """What the folder holds and what is asked for, if they agree where both speak."""
    held = read_json(path)
    before, now = _digests(held), _digests(manifest)
    if any(before.get(key, value) != value for key, value in now.items()):
        raise OutputExistsError(path.parent / "scores.parquet")
    joined = {part: held[part] | manifest[part] for part in ("tasks", "embeddings")}
    order = list(dict.fromkeys([*held["order"], *manifest["order"]]))
    cv = held["setting"]["cv"] | manifest["setting"]["cv"]
    setting = manifest["setting"] | {"cv": cv}
    return held | manifest | joined | {"order": order, "setting": setting}


def _digests(manifest: dict[str, Any]) -> dict[str, str]:
    """Digests by what they are of; where two manifests share a key, they have to agree."""
    tasks = {f"task {name}": str(about["digest"]) for name, about in manifest["tasks"].items()}
    embeddings = {f"embedding {name}": each for name, each in manifest["embeddings"].items()}
    splitters = {f"split {name}": each for name, each in manifest["setting"]["cv"].items()}
    rest = {key: value for key, value in manifest["setting"].items() if key != "cv"}
    return tasks | embeddings | splitters | {"setting": fingerprint(rest)}
