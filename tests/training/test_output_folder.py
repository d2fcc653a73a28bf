"""The folder of what is trained: begun, stopped, finished, or of something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from placeprint.errors import InputError, OutputExistsError
from placeprint.files import write_json
from placeprint.training.output_folder import OutputFolder

ASKED = [{"resume": r, "overwrite": o} for r in (False, True) for o in (False, True)]
NEITHER, OVERWRITE, RESUME, _ = ASKED


def folder(path: Path, request: str = "4ae1", kind: str = "run") -> OutputFolder:
    return OutputFolder(path, kind, f"{kind}.json", request)


def begun(path: Path) -> OutputFolder:
    output = folder(path)
    output.begin(resume=False)
    output.checkpoint("weights").write_text("of epoch 3")
    return output


def finished(path: Path) -> OutputFolder:
    output = begun(path)
    write_json(path / "run.json", {"request": output.request})
    output.remove_checkpoints()
    return output


def contents(path: Path) -> dict[str, str]:
    return {each.name: each.read_text() for each in sorted(path.iterdir())}


@pytest.mark.parametrize("asked", ASKED)
def test_an_empty_folder_is_begun_whatever_is_asked(tmp_path: Path, asked) -> None:
    (tmp_path / ".notes").touch()
    assert folder(tmp_path).open(**asked) is False
    assert folder(tmp_path / "new").open(**asked) is False
    assert not (tmp_path / "new").exists()  # nothing is written by looking


def test_what_was_stopped_is_gone_on_with_or_begun_anew(tmp_path: Path) -> None:
    output = begun(tmp_path)
    with pytest.raises(OutputExistsError, match=r"work that was stopped .*--resume"):
        output.open(**NEITHER)
    with pytest.raises(InputError, match="the run there was made from other data"):
        folder(tmp_path, "b0c2").open(**RESUME)
    assert output.open(**RESUME) is False
    output.begin(resume=True)
    assert output.checkpoint("weights").exists()
    assert folder(tmp_path, "b0c2").open(**OVERWRITE) is False
    output.begin(resume=False)
    assert not output.checkpoint("weights").exists()


def test_what_is_finished_is_kept_until_it_is_replaced(tmp_path: Path) -> None:
    output = finished(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(OutputExistsError, match="exists already"):
        output.open(**NEITHER)
    with pytest.raises(InputError, match="choose another --out"):
        folder(tmp_path, "b0c2").open(**RESUME)
    assert output.open(**RESUME) is True
    assert output.open(**OVERWRITE) is False
    assert contents(tmp_path) == before
    output.begin(resume=False)
    assert not output.is_finished()


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("make", [begun, finished])
def test_what_is_something_else_is_left_alone(tmp_path: Path, make, asked) -> None:
    make(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"something else in it that is no encoder: .*\.json"):
        folder(tmp_path, kind="encoder").open(**asked)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/run.json").write_text("{}")
    with pytest.raises(InputError, match=r"no run: run\.json"):
        folder(tmp_path / "notes").open(**asked)
    (tmp_path / "notes/run.json").unlink()
    (tmp_path / "notes").rmdir()
    assert contents(tmp_path) == before


def test_what_a_killed_process_left_half_written_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".run.json.1.part").touch()
    output = folder(tmp_path)
    assert output.open(**NEITHER) is False
    output.begin(resume=True)
    assert sorted(contents(tmp_path)) == ["checkpoint.json"]
