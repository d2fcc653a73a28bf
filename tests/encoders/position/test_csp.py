from math import cos, erf, exp, pi, sin, sqrt, tanh

import numpy as np
import pytest
import torch

from placeprint.encoders.position import CSP
from placeprint.errors import InputError

POINTS = np.array([[24.9, 60.2], [-180.0, 0.0], [179.9, -89.9], [0.0, 0.0], [-71.06, 42.36]])
COUNT, FINEST, COARSEST = 3, 0.5, 360.0
SETTINGS = {
    "spa_enc_type": "gridcell",
    "freq_init": "geometric",
    "spa_f_act": "leakyrelu",
    "skip_connection": True,
    "use_layn": True,
    "frequency_num": COUNT,
    "min_radius": FINEST,
    "max_radius": COARSEST,
    "dataset": "inat_2018",
    "rbf_anchor_pt_ids": None,
}
ACTIVATIONS = {
    "leakyrelu": lambda x: x if x > 0 else 0.2 * x,
    "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "tanh": tanh,
    "gelu": lambda x: x * (1 + erf(x / sqrt(2))) / 2,
}


def tiny(kind="gridcell", widths=(6, 6, 2), normalised=True):
    """A state dict of the published form: a wrapped encoder, held under two names."""
    generator = torch.Generator().manual_seed(0)
    into = (4 if kind.startswith("grid") else 6) * COUNT
    tensors = {}
    for number, out in enumerate(widths):
        name = f"spa_enc.ffn.layers.{number}"
        tensors[f"{name}.linear.weight"] = torch.randn(out, into, generator=generator)
        tensors[f"{name}.linear.bias"] = torch.randn(out, generator=generator)
        if normalised and number < len(widths) - 1:
            tensors[f"{name}.layernorm.weight"] = torch.randn(out, generator=generator)
            tensors[f"{name}.layernorm.bias"] = torch.randn(out, generator=generator)
        into = out
    tensors |= {f"loc_enc.{name}": value for name, value in tensors.items()}
    return tensors | {"class_emb.weight": torch.ones(3, 2), "img_dec.weight": torch.ones(2, 4)}


def features(point, kind):
    x, y = (value * pi / 180 if kind == "theorynorm" else value for value in point)
    radii = [FINEST * (COARSEST / FINEST) ** (s / (COUNT - 1)) for s in range(COUNT)]
    if kind.startswith("grid"):
        return [f(v / r) for v in (x, y) for r in radii for f in (sin, cos)]
    axes = [(1.0, 0.0), (-0.5, sqrt(3) / 2), (-0.5, -sqrt(3) / 2)]
    return [f((x * a + y * b) / r) for r in radii for a, b in axes for f in (sin, cos)]


def plainly(tensors, point, kind="gridcell", activation="leakyrelu", skips=True):
    hidden = features(point, kind)
    for number in range(3):
        name = f"spa_enc.ffn.layers.{number}"
        rows = tensors[f"{name}.linear.weight"].tolist()
        bias = tensors[f"{name}.linear.bias"].tolist()
        following = [
            ACTIVATIONS[activation](sum(w * h for w, h in zip(row, hidden, strict=True)) + b)
            for row, b in zip(rows, bias, strict=True)
        ]
        if skips and len(following) == len(hidden):
            following = [f + h for f, h in zip(following, hidden, strict=True)]
        if f"{name}.layernorm.weight" in tensors:
            gain = tensors[f"{name}.layernorm.weight"].tolist()
            shift = tensors[f"{name}.layernorm.bias"].tolist()
            mean = sum(following) / len(following)
            spread = sqrt(sum((f - mean) ** 2 for f in following) / len(following) + 1e-5)
            following = [
                (f - mean) / spread * g + s for f, g, s in zip(following, gain, shift, strict=True)
            ]
        hidden = following
    return hidden


def save(path, tensors, **settings):
    torch.save({"epoch": 30, "state_dict": tensors, "params": SETTINGS | settings}, path)
    return path


@pytest.mark.parametrize("kind", ["gridcell", "gridcellnorm", "theory", "theorynorm"])
def test_equals_a_plain_reference(tmp_path, kind):
    tensors = tiny(kind)
    encoder = CSP(save(tmp_path / "a.pth.tar", tensors, spa_enc_type=kind)).fit(POINTS)
    expected = [plainly(tensors, point, kind) for point in POINTS]
    np.testing.assert_allclose(encoder.transform(POINTS), expected, rtol=1e-4, atol=1e-4)
    assert encoder.get_feature_names_out().tolist() == ["csp0", "csp1"]


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("normalised", [True, False])
def test_settings_of_the_layers(tmp_path, activation, skips, normalised):
    tensors = tiny(normalised=normalised)
    path = save(tmp_path / "a.tar", tensors, spa_f_act=activation, skip_connection=skips)
    expected = [plainly(tensors, p, activation=activation, skips=skips) for p in POINTS]
    np.testing.assert_allclose(CSP(path).fit_transform(POINTS), expected, rtol=1e-4, atol=1e-4)


def test_a_supervised_checkpoint_is_not_wrapped(tmp_path):
    whole = tiny()
    alone = {name: value for name, value in whole.items() if not name.startswith("loc_enc.")}
    left, right = save(tmp_path / "a.tar", whole), save(tmp_path / "b.tar", alone)
    np.testing.assert_array_equal(CSP(left).fit_transform(POINTS), CSP(right).fit_transform(POINTS))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"spa_enc_type": "rbf"}, "spa_enc_type is 'rbf', and placeprint knows only gridcell"),
        ({"freq_init": "random"}, "freq_init is 'random'"),
        ({"spa_f_act": "elu"}, "spa_f_act is 'elu'"),
        ({"frequency_num": 4}, "the first layer takes 12 features, but the settings make 16"),
    ],
)
def test_other_settings_are_refused(tmp_path, settings, message):
    with pytest.raises(InputError, match=message):
        CSP(save(tmp_path / "a.tar", tiny(), **settings)).fit(POINTS)


def test_what_is_no_checkpoint_of_csp(tmp_path):
    path = tmp_path / "a.tar"
    torch.save({"state_dict": tiny()}, path)
    with pytest.raises(InputError, match="does not say its 'spa_enc_type'"):
        CSP(path).fit(POINTS)
    with pytest.raises(InputError, match=r"no tensors spa_enc\.ffn\.layers\.…"):
        CSP(save(path, {"feats.0.weight": torch.ones(2, 2)})).fit(POINTS)
