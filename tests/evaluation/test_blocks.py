import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.errors import InputError
from placeprint.evaluation.blocks import NO_BLOCK, block_groups, cell_blocks, degree_blocks


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


@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    size=st.sampled_from([0.25, 1, 7, 10, 45, 360]),
)
def test_a_square_holds_the_point(lon, lat, size):
    (name,) = degree_blocks(np.array([lon]), np.array([lat]), size)
    column, row = map(int, name.split(","))
    west, south = -180 + column * size, -90 + row * size
    turned = -180.0 if lon + 180 == 360 else lon  # 180 degrees, and what rounds to it
    assert west - 1e-9 <= turned <= west + size + 1e-9
    assert south - 1e-9 <= lat <= south + size + 1e-9
    assert 0 <= column < np.ceil(360 / size)
    assert 0 <= row < np.ceil(180 / size)


def test_points_share_a_square_only_if_they_lie_in_it():
    lon, lat = grid(100, 20, 12, n=30)
    squares = degree_blocks(lon, lat, 4)
    slow = [(int((x + 180) // 4), int((y + 90) // 4)) for x, y in zip(lon, lat)]
    assert squares.tolist() == [f"{column},{row}" for column, row in slow]
    assert len(set(squares)) == 16


def test_cells_of_a_resolution():
    lon, lat = grid(5, 45, 5)
    expected = [h3.latlng_to_cell(y, x, 2) for x, y in zip(lon, lat)]
    assert cell_blocks(lon, lat, 2).tolist() == expected


@pytest.mark.parametrize("blocks", [cell_blocks, lambda x, y: degree_blocks(x, y, 5)])
def test_where_there_is_no_position_there_is_no_block(blocks):
    lon, lat = grid(5, 45, 10)
    lon[3], lat[4] = np.nan, np.nan
    found, known = blocks(lon, lat), np.isfinite(lon) & np.isfinite(lat)
    assert found[~known].tolist() == [NO_BLOCK] * 2
    assert found[known].tolist() == blocks(lon[known], lat[known]).tolist()
    assert blocks(np.full(9, np.nan), np.full(9, np.nan)).tolist() == [NO_BLOCK] * 9


def test_blocks_of_no_size_are_refused():
    for size in (0, -1, np.nan, np.inf):
        with pytest.raises(InputError, match="above 0"):
            degree_blocks(np.zeros(2), np.zeros(2), size)
    with pytest.raises(InputError, match="no H3 resolution 16"):
        cell_blocks(np.zeros(2), np.zeros(2), 16)
