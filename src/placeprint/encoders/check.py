"""Is there such an encoder? Asked of a recipe before work starts."""

from __future__ import annotations

from placeprint.encoders.images import image_encoder
from placeprint.encoders.tables import check_table_encoder
from placeprint.encoders.text import text_encoder
from placeprint.errors import InputError, closest

__all__ = ["check_encoder"]

KINDS = ("points", "table", "image")


def check_encoder(kind: str, name: str) -> None:
    """Refuse an encoder that could not be used: unknown, its weights or libraries not here.

    Args:
        kind: What it is to encode: ``points``, ``table`` or ``image``.
        name: The encoder; for points and images also the folder or hub id of a checkpoint.

    Raises:
        InputError: If there is no such kind or encoder, or its weights are not as published.
        MissingExtraError: If it needs a library that is not installed.

    Example:
        >>> check_encoder("table", "histogram")
        >>> check_encoder("image", "mosaik")
        Traceback (most recent call last):
            ...
        placeprint.errors.InputError: unknown encoder 'mosaik': ... did you mean 'mosaiks'?, ...
    """
    if kind == "points":
        if name != "counts":
            text_encoder(name)
    elif kind == "table":
        check_table_encoder(name)
    elif kind == "image":
        image_encoder(name)
    else:
        raise InputError(f"unknown kind of layer {kind!r}", hint=closest(kind, KINDS))
