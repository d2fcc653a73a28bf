from __future__ import annotations

import pytest
import torch

from placeprint.models.urbanmfm.star_graphs import StarGraphs, inverse_distance, star_graphs


def neighbours(n: int, seed: int = 0):
    """CSR of up to six neighbours of each of n entities; weights name the link."""
    generator = torch.Generator().manual_seed(seed)
    counts = torch.randint(0, 7, (n,), generator=generator)
    counts[0] = 0
    starts = torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)])
    members = torch.randint(0, n, (int(counts.sum()),), generator=generator)
    return starts, members, 1.0 + torch.arange(len(members))


def as_sets(graphs: StarGraphs) -> list[tuple[int, list]]:
    """Of each graph its centre and its links (source, target, weight), as entities."""
    nodes, owner = graphs.nodes.tolist(), graphs.owner.tolist()
    links: list[list] = [[] for _ in range(len(graphs))]
    for source, target, weight in zip(*graphs.edges.tolist(), graphs.weights.tolist()):
        links[owner[source]].append((nodes[source], nodes[target], weight))
    return [(nodes[root], sorted(of)) for root, of in zip(graphs.roots.tolist(), links)]


def slow_stars(centres, starts, members, weights):
    described = []
    for centre in centres.tolist():
        links = []
        for link in range(starts[centre], starts[centre + 1]):
            leaf, weight = int(members[link]), float(weights[link])
            links += [(centre, leaf, weight), (leaf, centre, weight)]
        described.append((centre, sorted(links)))
    return described


@pytest.mark.parametrize("n", [1, 6, 40])
@pytest.mark.parametrize("batch", [0, 1, 5, 30])
def test_equals_the_loop(n, batch) -> None:
    table = neighbours(n)
    centres = torch.randint(0, n, (batch,), generator=torch.Generator().manual_seed(batch))
    graphs = star_graphs(centres, *table)
    assert as_sets(graphs) == slow_stars(centres, *table)
    assert torch.equal(graphs.owner[graphs.edges[0]], graphs.owner[graphs.edges[1]])
    expected = batch + sum(int(table[0][c + 1] - table[0][c]) for c in centres)
    assert len(graphs.nodes) == len(graphs.owner) == expected


def test_every_leaf_is_a_node_of_its_own() -> None:
    graphs = star_graphs(torch.arange(20), *neighbours(20))
    degrees = torch.bincount(graphs.edges[0], minlength=len(graphs.nodes))
    leaves = torch.ones(len(graphs.nodes), dtype=torch.bool)
    leaves[graphs.roots] = False
    assert (degrees[leaves] == 1).all()


def test_dropped_nodes_are_leaves_and_about_as_many_as_asked_for() -> None:
    starts = torch.arange(0, 30 * 201, 30)
    members = torch.randint(0, 200, (6000,), generator=torch.Generator().manual_seed(0))
    table = (starts, members, torch.ones(6000))
    centres = torch.arange(200)
    whole = as_sets(star_graphs(centres, *table))
    generator = torch.Generator().manual_seed(0)
    graphs = star_graphs(centres, *table, drop=0.25, generator=generator)
    thinned = as_sets(graphs)
    assert torch.equal(graphs.nodes[graphs.roots], centres)
    assert [centre for centre, _ in thinned] == [centre for centre, _ in whole]
    assert all(set(kept) <= set(links) for (_, kept), (_, links) in zip(thinned, whole))
    assert graphs.edges.shape[1] / 2 / 6000 == pytest.approx(0.75, abs=0.02)


def test_a_graph_whose_leaves_are_all_dropped_is_its_centre() -> None:
    graphs = star_graphs(torch.arange(5), *neighbours(5), drop=1.0, generator=torch.Generator())
    assert torch.equal(graphs.nodes, torch.arange(5))
    assert graphs.edges.shape == (2, 0)


def test_what_is_dropped_follows_the_generator() -> None:
    def dropped(seed: int) -> list:
        generator = torch.Generator().manual_seed(seed)
        graphs = star_graphs(torch.arange(30), *neighbours(30), drop=0.5, generator=generator)
        return graphs.weights.tolist()

    assert dropped(0) == dropped(0) != dropped(1)


def test_distances_below_a_metre_count_as_a_metre() -> None:
    weights = inverse_distance(torch.tensor([0.0, 0.99, 1.0, 1000.0]))
    torch.testing.assert_close(weights, torch.tensor([1.0, 1.0, 1.0, 0.001]))
