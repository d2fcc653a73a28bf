import pytest

from placeprint.encoders.position import (
    CSP,
    POSITION_ENCODERS,
    GeoCLIP,
    SatCLIP,
    SphericalHarmonics,
    position_encoder,
)
from placeprint.errors import InputError


def test_every_name_makes_an_encoder_of_its_own():
    made = {name: position_encoder(name) for name in POSITION_ENCODERS}
    assert len({repr(encoder) for encoder in made.values()}) == len(made)
    assert position_encoder("spherical_harmonics").degree == 20
    assert position_encoder("spherical_harmonics-7").degree == 7
    assert made["sphere2vec-sphereM+"].variant == "sphereM+"
    assert made["space2vec-theory-degrees"].unit == "degrees"


def test_weights_by_path():
    for name, kind, parameter in (
        ("satclip:a/b.ckpt", SatCLIP, "checkpoint"),
        ("csp:/x/model.pth.tar", CSP, "checkpoint"),
        ("geoclip:C:/weights.pth", GeoCLIP, "weights"),
    ):
        encoder = position_encoder(name)
        assert type(encoder) is kind
        assert encoder.get_params() == {parameter: name.split(":", 1)[1]}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sphere2vec-shpereC+", "did you mean 'sphere2vec-sphereC\\+'"),
        ("spherical_harmonics-x", "did you mean 'spherical_harmonics'"),
        ("satclip", "'satclip' needs the path of its weights.*write satclip:PATH"),
        ("csp:", "'csp:' needs the path"),
        ("qqq:/file", "unknown position encoder 'qqq:/file'"),
    ],
)
def test_unknown_names(name, message):
    with pytest.raises(InputError, match=message):
        position_encoder(name)


def test_degrees_are_checked_at_fit():
    encoder = position_encoder("spherical_harmonics-0")
    assert isinstance(encoder, SphericalHarmonics)
    with pytest.raises(InputError, match="give at least 1"):
        encoder.fit([[0.0, 0.0]])
