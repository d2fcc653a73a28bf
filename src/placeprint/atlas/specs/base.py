"""What all parts of a recipe share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Box", "Name", "Scalar", "Spec", "Where"]

Scalar: TypeAlias = str | int | float | bool
Where: TypeAlias = dict[str, Scalar | list[Scalar]]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

SINGLE = ("file", "cover", "within", "tiles")
"""Keys that name one raw file (or folder of tiles) each."""


class Spec(BaseModel):
    """A part of a recipe: unknown keys are refused, values are not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def inputs(self) -> list[str]:
        """The raw files that it names, relative to the folder of raw data.

        Example:
            >>> class Image(Spec):
            ...     files: list[str]
            >>> Image(files=["a.tif", "b.tif"]).inputs()
            ['a.tif', 'b.tif']
        """
        named = [getattr(self, key, None) for key in SINGLE]
        return [name for name in [*named, *(getattr(self, "files", None) or [])] if name]
