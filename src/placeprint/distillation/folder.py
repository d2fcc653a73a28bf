"""The folder of an encoder while it is being made: what may be there already, checkpoints."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from placeprint.encoders.position.encoder_files import is_encoder
from placeprint.errors import InputError, OutputExistsError, listing
from placeprint.files import check_place, read_json
from placeprint.typing import PathLike

__all__ = ["EncoderFolder"]

_CHECKPOINTS: Final = "checkpoint-*.safetensors"
_MADE: Final = (_CHECKPOINTS, "model.safetensors", "README.md", "history.csv", "evaluation", ".*")
"""What is there before config.json, which is written last."""


class EncoderFolder:
    """The folder of an encoder in the making; config.json is written last.

    Args:
        path: The folder.
        request: Digest of what is distilled, and how.

    Attributes:
        path: The folder.
        request: The digest.
    """

    def __init__(self, path: PathLike, request: str) -> None:
        self.path = Path(path)
        self.request = request

    def open(self, *, resume: bool, overwrite: bool) -> bool:
        """Check that the folder may be written to, before any work.

        Args:
            resume: Go on with what is there.
            overwrite: Start anew and replace what is there.

        Returns:
            Whether the encoder is there already, finished, and was to be resumed.

        Raises:
            InputError: If what is there is no encoder, or one of something else that was to be
                resumed; or nothing can be written there.
            OutputExistsError: If something is there, and neither was asked for.
        """
        config = self.path / "config.json"
        check_place(config)
        finished = is_encoder(self.path)
        if finished and resume:
            if read_json(config).get("request") != self.request:
                raise InputError(
                    "the encoder there was distilled from another run or with other settings",
                    source=self.path,
                    hint="choose another --out, or replace it with --overwrite",
                )
            return True
        occupied = self.path.exists() and any(self.path.iterdir())
        stopped = not finished and any(self.path.glob(_CHECKPOINTS))
        if occupied and not finished:
            self._refuse_others(stopped=stopped)
        if occupied and not (resume or overwrite):
            raise OutputExistsError(self.path, resumable=stopped)
        for left in self.path.glob(".*.part"):  # by a process that was killed while it wrote
            left.unlink()
        if overwrite:
            config.unlink(missing_ok=True)
            (self.path / "model.onnx").unlink(missing_ok=True)
            self.remove_checkpoints()
        return False

    def _refuse_others(self, *, stopped: bool) -> None:
        """Refuse a folder of something else, such as a run: nothing of it is replaced."""
        found = sorted(path.name for path in self.path.iterdir())
        others = [name for name in found if not any(fnmatch(name, made) for made in _MADE)]
        if others or not stopped:
            raise InputError(
                f"there is something else in it that is no encoder: {listing(others or found)}",
                source=self.path,
                hint="choose another --out",
            )

    def checkpoint(self, part: str) -> Path:
        """Where the state of a student is kept until all is finished."""
        return self.path / f"checkpoint-{part}.safetensors"

    def remove_checkpoints(self) -> None:
        """Remove the states of all students."""
        for path in sorted(self.path.glob(_CHECKPOINTS)):
            path.unlink()
