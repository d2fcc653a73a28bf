"""The position encoders by the names that users type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from placeprint.encoders.position.cartesian import CartesianCoordinates
from placeprint.encoders.position.csp import CSP
from placeprint.encoders.position.encoder import PositionEncoder
from placeprint.encoders.position.geoclip import GeoCLIP
from placeprint.encoders.position.nerf import NeRF
from placeprint.encoders.position.random_fourier import RandomFourierFeatures
from placeprint.encoders.position.satclip import SatCLIP
from placeprint.encoders.position.space2vec import Space2Vec
from placeprint.encoders.position.sphere2vec import Sphere2Vec
from placeprint.encoders.position.spherical_harmonics import SphericalHarmonics
from placeprint.encoders.position.wrap import Wrap
from placeprint.errors import InputError, closest

__all__ = ["CHECKPOINT_ENCODERS", "POSITION_ENCODERS", "position_encoder"]

_in_degrees = partial(partial, min_radius=1.0, max_radius=360.0, unit="degrees")
"""The degree-valued variants have the radii of SatCLIP's code."""

POSITION_ENCODERS: Final[Mapping[str, Callable[[], PositionEncoder]]] = MappingProxyType(
    {
        "spherical_harmonics": SphericalHarmonics,
        "sphere2vec-sphereC": partial(Sphere2Vec, "sphereC"),
        "sphere2vec-sphereC+": partial(Sphere2Vec, "sphereC+"),
        "sphere2vec-sphereM": partial(Sphere2Vec, "sphereM"),
        "sphere2vec-sphereM+": partial(Sphere2Vec, "sphereM+"),
        "sphere2vec-sphereC-degrees": _in_degrees(Sphere2Vec, "sphereC"),
        "sphere2vec-sphereC+-degrees": _in_degrees(Sphere2Vec, "sphereC+"),
        "sphere2vec-sphereM-degrees": _in_degrees(Sphere2Vec, "sphereM"),
        "sphere2vec-sphereM+-degrees": _in_degrees(Sphere2Vec, "sphereM+"),
        "space2vec-grid": partial(Space2Vec, "grid"),
        "space2vec-theory": partial(Space2Vec, "theory"),
        "space2vec-grid-degrees": _in_degrees(Space2Vec, "grid"),
        "space2vec-theory-degrees": _in_degrees(Space2Vec, "theory"),
        "nerf": NeRF,
        "xyz": CartesianCoordinates,
        "wrap": Wrap,
        "rff": RandomFourierFeatures,
        "geoclip": GeoCLIP,
    }
)
"""Name → encoder with the settings that published tables used."""

CHECKPOINT_ENCODERS: Final[Mapping[str, Callable[[str], PositionEncoder]]] = MappingProxyType(
    {"satclip": SatCLIP, "csp": CSP, "geoclip": GeoCLIP}
)
"""What stands before the colon of ``name:PATH`` → encoder with the weights at that path."""

_DEGREES: Final = re.compile(r"spherical_harmonics-(\d+)")


def position_encoder(name: str) -> PositionEncoder:
    """Make the position encoder of a name.

    Args:
        name: One of :data:`POSITION_ENCODERS`; ``spherical_harmonics-32`` for any number of
            degrees; or ``satclip:PATH``, ``csp:PATH``, ``geoclip:PATH`` for weights that are
            here.

    Returns:
        The encoder, not fitted.

    Raises:
        InputError: If the name is unknown; the message names the closest.

    Example:
        >>> position_encoder("spherical_harmonics-32")
        SphericalHarmonics(degree=32)
        >>> position_encoder("sphere2vec-sphereC")
        Sphere2Vec(variant='sphereC')
    """
    if name in POSITION_ENCODERS:
        return POSITION_ENCODERS[name]()
    degrees = _DEGREES.fullmatch(name)
    if degrees:
        return SphericalHarmonics(degree=int(degrees[1]))
    kind, _, path = name.partition(":")
    if kind in CHECKPOINT_ENCODERS and path:
        return CHECKPOINT_ENCODERS[kind](path)
    if kind in CHECKPOINT_ENCODERS:
        raise InputError(
            f"{name!r} needs the path of its weights",
            hint=f"write {kind}:PATH, the file being here",
        )
    known = [*POSITION_ENCODERS, *(f"{kind}:PATH" for kind in CHECKPOINT_ENCODERS)]
    raise InputError(f"unknown position encoder {name!r}", hint=closest(name, known))
