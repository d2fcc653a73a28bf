import shutil

import numpy as np
import pytest
from scipy.sparse import csr_array

from placeprint.errors import InputError
from placeprint.mobility import line_factorised
from placeprint.mobility.compressed_rows import CompressedRows
from placeprint.mobility.line import factorised
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


def tied(order, weights):
    """A ring of regions that follow each other in an order; weights of its ties."""
    ties = (weights, (order, np.roll(order, -1)))
    one_way = csr_array(ties, shape=(len(order), len(order)))
    return CompressedRows.from_scipy(csr_array(one_way + one_way.T))


def test_a_graph_of_the_same_degrees_and_strengths_is_another(tmp_path):
    order = np.arange(600)
    shuffled = np.random.default_rng(0).permutation(600)
    line_factorised(tied(order, np.ones(600)), 8, checkpoint=tmp_path / "ring")
    with pytest.raises(InputError, match="another graph"):
        line_factorised(tied(shuffled, np.ones(600)), 8, checkpoint=tmp_path / "ring")
    in_turn = np.tile([1.0, 2.0], 300)
    line_factorised(tied(order, in_turn), 8, checkpoint=tmp_path / "weights")
    with pytest.raises(InputError, match="another graph"):
        line_factorised(tied(order, in_turn[::-1]), 8, checkpoint=tmp_path / "weights")


def test_a_graph_is_the_same_from_disk_in_parts_and_with_other_types(tmp_path, monkeypatch):
    rows = CompressedRows.from_scipy(GRAPH.adjacency, np.uint16)
    rows.save(tmp_path / "rows")
    first = embed(tmp_path / "line")
    monkeypatch.setattr(factorised, "PASS", 500)
    monkeypatch.setattr(LogRatios, "forward", None)  # nothing is left to multiply
    for same in (rows, CompressedRows.open(tmp_path / "rows")):
        again = line_factorised(same, 8, checkpoint=tmp_path / "line")
        assert again.tobytes() == first.tobytes()


def test_a_damaged_block_is_noticed(tmp_path):
    embed(tmp_path / "line")
    np.save(tmp_path / "line" / "products-0.npy", np.zeros(3))
    (tmp_path / "line" / "products-0.npy").write_bytes(b"nothing")
    with pytest.raises(InputError, match="remove the checkpoint"):
        embed(tmp_path / "line")
