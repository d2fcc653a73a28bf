import numpy as np
import pandas as pd
import pytest

from placeprint.evaluation.blocks import NO_BLOCK, block_groups, cell_blocks


def grid(west, south, size, n=14):
    lon, lat = np.meshgrid(np.linspace(west, west + size, n), np.linspace(south, south + size, n))
    return lon.ravel(), lat.ravel()


@pytest.mark.parametrize(
    ("west", "south", "size"),
    [(-120, 28, 40), (118, 30, 4), (-74.02, 40.70, 0.15), (24.9, 60.1, 0.02)],
    ids=["nation", "province", "borough", "quarter"],
)
def test_cells_fit_any_extent(west, south, size):
    blocks = cell_blocks(*grid(west, south, size))
    _, sizes = np.unique(blocks, return_counts=True)
    assert len(sizes) >= 8
    assert sizes.max() <= 0.3 * len(blocks)
    assert len(sizes) < len(blocks) / 2


def test_a_handful_of_regions_are_their_own_blocks():
    assert len(set(cell_blocks(np.zeros(5), np.zeros(5)))) == 5


def test_regions_in_one_spot_end_the_search():
    assert len(set(cell_blocks(np.zeros(50), np.zeros(50)))) == 1


def test_the_coarsest_level_with_five_units_makes_the_blocks():
    units = {
        "country": pd.Series(np.repeat(list("ab"), 20)),
        "state": pd.Series(np.repeat(list("abcde"), 8)),
        "county": pd.Series(np.repeat(list("abcdefghij"), 4)),
    }
    blocks = block_groups(*grid(0, 0, 10, n=7)[:2], units)
    assert blocks.tolist() == units["state"].tolist()


def test_a_region_in_no_unit_has_no_block():
    state = pd.Series([*np.repeat(list("abcde"), 8), None])
    assert block_groups(np.zeros(41), np.zeros(41), {"state": state})[-1] == NO_BLOCK


def test_a_level_that_covers_too_little_is_passed_over():
    lon, lat = grid(0, 0, 10)
    state = pd.Series([None] * len(lon), dtype=object)
    state[:10] = np.repeat(list("abcde"), 2)
    assert block_groups(lon, lat, {"state": state}).tolist() == cell_blocks(lon, lat).tolist()


def test_a_crowded_spot_is_divided():
    lon, lat = grid(-120, 28, 40, n=7)
    city = grid(-74.02, 40.70, 0.15)
    blocks = cell_blocks(np.concatenate([lon, city[0]]), np.concatenate([lat, city[1]]))
    assert np.unique(blocks, return_counts=True)[1].max() <= 0.3 * len(blocks)
