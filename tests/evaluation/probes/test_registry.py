import pytest

from placeprint.errors import InputError
from placeprint.evaluation.probes import PROBES, make_probe, probe_name
from placeprint.evaluation.tasks import SCALES


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("grid", "lightgbm"),
        ("point", "lightgbm"),
        ("county", "lightgbm"),
        ("city", "ridge_published"),
    ],
)
def test_published_is_the_probe_of_the_scale(scale, expected):
    assert probe_name("published", scale) == expected


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("scale", SCALES)
def test_every_probe_can_be_made_at_every_scale(name, scale):
    assert make_probe(name, scale) is not make_probe(name, scale)


def test_a_misspelt_probe_is_refused():
    with pytest.raises(InputError, match="did you mean 'lightgbm'"):
        probe_name("lightgmb", "grid")
