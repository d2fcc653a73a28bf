"""What can be asked of a coordinate encoder: the vector of any point in its area."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from placeprint.errors import InputError
from placeprint.typing import AnyArray, FloatArray

__all__ = ["EncoderSource", "EncodesCoordinates", "is_encoder"]


class EncodesCoordinates(Protocol):
    """What gives points vectors, such as a distilled coordinate encoder."""

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        ...

    def encode(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """(n,) degrees → (n, d) float32, NaN outside its area."""
        ...


class EncoderSource:
    """A coordinate encoder, asked as a run is; it knows no regions.

    Args:
        encoder: The encoder.
        name: What to call it.
    """

    def __init__(self, encoder: EncodesCoordinates, name: str) -> None:
        self._encoder = encoder
        self.name = name
        self.names: dict[str, str] = {}

    @classmethod
    def open(cls, folder: Path) -> EncoderSource:
        """Open the folder of an encoder.

        Raises:
            InputError: If it is none.
        """
        from placeprint.encoders.position.coordinate_encoder import CoordinateEncoder

        return cls(CoordinateEncoder.from_pretrained(folder), folder.resolve().name)

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return int(self._encoder.dim)

    def embed_points(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, AnyArray]:
        """(n,) checked degrees → (n, d) vectors, NaN outside; (n,) None: there are no regions."""
        vectors = np.asarray(self._encoder.encode(lon, lat), dtype=np.float32)
        return vectors, np.full(len(lon), None, dtype=object)

    def embed_regions(self, regions: Sequence[str]) -> FloatArray:
        """Refused.

        Raises:
            InputError: An encoder knows no regions.
        """
        raise InputError(
            f"an encoder embeds points, and knows no region {regions[0]!r}",
            hint="send points, or serve a run",
        )

    def pool_polygons(self, polygons: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Refused, if there are any.

        Raises:
            InputError: An encoder knows points alone.
        """
        if len(polygons):
            raise InputError(
                "an encoder embeds points, and has no regions to be pooled",
                hint="send points, or serve a run",
            )
        return np.empty((0, self.dimensions), dtype=np.float32), np.empty(0)


def is_encoder(source: Any) -> bool:
    """Whether something is an encoder, or the folder of one."""
    if isinstance(source, str | Path):
        from placeprint.encoders.position import encoder_files

        return encoder_files.is_encoder(source)
    return hasattr(source, "encode")
