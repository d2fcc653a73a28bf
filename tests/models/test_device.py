from __future__ import annotations

import pytest

from placeprint.errors import InputError
from placeprint.models import MobCLIPConfig, UrbanMFMConfig, train


def test_urbanmfm_is_refused_on_a_gpu(simulated_atlas, tmp_path) -> None:
    with pytest.raises(InputError, match="trained on the processor, not on 'cuda'"):
        train(simulated_atlas, UrbanMFMConfig(), tmp_path / "run", device="cuda")


def test_an_unknown_device_is_refused_before_work(simulated_atlas, tmp_path) -> None:
    with pytest.raises(InputError, match="no device 'gpu'"):
        train(simulated_atlas, MobCLIPConfig(), tmp_path / "run", device="gpu")
    assert not (tmp_path / "run").exists() or not any((tmp_path / "run").iterdir())
