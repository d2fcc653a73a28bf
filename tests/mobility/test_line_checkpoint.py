import shutil

import numpy as np
import pytest

from placeprint.errors import InputError
from placeprint.mobility import line_factorised
from placeprint.mobility.line.log_ratios import LogRatios

from .conftest import random_graph

GRAPH = random_graph(200, density=0.3)


class Killed(BaseException):
    pass


def killed_at(monkeypatch, product):
    """The products that were computed until the work dies in the one of this number."""
    done = []

    def counting(way):
        def counted(self, *given):
            if len(done) == product:
                raise Killed
            done.append(way.__name__)
            return way(self, *given)

        return counted

    monkeypatch.setattr(LogRatios, "forward", counting(LogRatios.forward))
    monkeypatch.setattr(LogRatios, "backward", counting(LogRatios.backward))
    return done


def embed(folder, **options):
    return line_factorised(GRAPH, 8, checkpoint=folder, **options)


@pytest.mark.parametrize("product", range(10))
def test_killed_at_any_product_it_goes_on_and_ends_with_the_same_bytes(
    tmp_path, monkeypatch, product
):
    whole = line_factorised(GRAPH, 8)
    with monkeypatch.context() as patched:
        killed_at(patched, product)
        if product < 9:
            with pytest.raises(Killed):
                embed(tmp_path / "line")
        else:
            embed(tmp_path / "line")
    done = killed_at(monkeypatch, 99)
    assert embed(tmp_path / "line").tobytes() == whole.tobytes()
    assert len(done) == 9 - 2 * (product // 2) - (product == 9)


def test_killed_while_a_block_is_written(tmp_path):
    whole = embed(tmp_path / "line")
    for name in ("products-2.npy", "products-3.npy", "products-4.npy", "basis-4.npy"):
        (tmp_path / "line" / name).unlink()
    shutil.copy(tmp_path / "line" / "basis-3.npy", tmp_path / "line" / ".basis-4.npy.1.part")
    assert embed(tmp_path / "line").tobytes() == whole.tobytes()


@pytest.mark.parametrize("options", [{"negatives": 5}, {"seed": 1}, {"power_iterations": 2}])
def test_the_checkpoint_of_other_work_is_refused(tmp_path, options):
    embed(tmp_path / "line")
    with pytest.raises(InputError, match="other settings"):
        embed(tmp_path / "line", **options)
    with pytest.raises(InputError, match="another graph"):
        line_factorised(random_graph(200, seed=5), 8, checkpoint=tmp_path / "line")


def test_a_damaged_block_is_noticed(tmp_path):
    embed(tmp_path / "line")
    np.save(tmp_path / "line" / "products-0.npy", np.zeros(3))
    (tmp_path / "line" / "products-0.npy").write_bytes(b"nothing")
    with pytest.raises(InputError, match="remove the checkpoint"):
        embed(tmp_path / "line")
