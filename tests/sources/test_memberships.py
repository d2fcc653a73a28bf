from __future__ import annotations

import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.sources import read_memberships


@pytest.fixture
def cells(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_text(
        "h3,county,fallback,share,lon,lat\n"
        "b,02,False,0.5,1,2\na,01,False,0.1,1,2\na,02,True,0.2,1,2\na,01,False,0.1,1,2\nc,,True,1,1,2\n"
    )
    return path


def pairs(units: pd.Series) -> list[tuple[str, str]]:
    return list(units.items())


def test_levels_are_columns_of_ids(cells) -> None:
    units = read_memberships(cells)
    assert list(units) == ["county"]
    assert pairs(units["county"]) == [("a", "01"), ("a", "02"), ("b", "02")]
    assert units["county"].index.name == "region_id"


def test_a_chain_is_the_join_of_its_tables(cells, tmp_path) -> None:
    counties = tmp_path / "counties.parquet"
    frame = pd.DataFrame(
        {"county": ["01", "02", "09"], "state": [1, 2, 3], "area": [1.5, 2.5, 3.5]}
    )
    frame.to_parquet(counties)
    states = tmp_path / "states.csv"
    states.write_text("state,country\n1,N\n2,N\n")
    units = read_memberships([cells, counties, states])
    assert list(units) == ["county", "state", "country"]
    state = dict(zip(frame["county"], frame["state"].astype(str)))
    by_hand = sorted({(region, state[county]) for region, county in units["county"].items()})
    assert pairs(units["state"]) == by_hand
    assert pairs(units["country"]) == [("a", "N"), ("b", "N")]


def test_a_second_table_about_regions(cells, tmp_path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("h3,watershed\na,7\nb,8\n")
    units = read_memberships([cells, path])
    assert units["watershed"].to_dict() == {"a": "7", "b": "8"}
    with pytest.raises(InputError, match="'county' tells a level that an earlier table has told"):
        read_memberships([cells, cells])


def test_levels_are_chosen(cells, tmp_path) -> None:
    path = tmp_path / "counties.csv"
    path.write_text("county,state,n_cells\n01,1,20\n02,1,30\n")
    assert list(read_memberships([cells, path], levels=["state"])) == ["state"]
    with pytest.raises(InputError, match=r"no level 'stat'.*did you mean 'state'"):
        read_memberships([cells, path], levels=["stat"])


def test_tables_without_a_unit_in_common(cells, tmp_path) -> None:
    path = tmp_path / "counties.csv"
    path.write_text("county,state\n1,1\n2,1\n")
    with pytest.raises(InputError, match=r"'county' \(1, 2\).*\(01, 02\) have no unit in common"):
        read_memberships([cells, path])


def test_a_table_without_levels(tmp_path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text("region_id,area\na,1.5\n")
    with pytest.raises(InputError, match="no column holds the units of 'region_id'"):
        read_memberships(path)


@pytest.mark.data
def test_the_cells_counties_and_provinces_of_china(data) -> None:
    folder = data / "china-counties"
    units = read_memberships(
        [folder / "cells.parquet", folder / "counties.parquet"], levels=["admincode", "province"]
    )
    assert len(units["admincode"]) == 282_245
    assert units["admincode"].nunique() == 2852
    assert units["province"].nunique() == 31
    # The seven cells that are listed for two counties lie in one province each.
    assert len(units["province"]) == 282_238
    assert units["province"].index.is_unique
