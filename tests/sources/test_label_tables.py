from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from placeprint.errors import DataWarning, InputError
from placeprint.sources import read_labels_table


def write(tmp_path, **columns):
    path = tmp_path / "labels.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def kinds(labels) -> dict[str, str]:
    return {label.name: label.kind for label in labels}


def table(label) -> pd.DataFrame:
    return label.values  # noqa: PD011 - a field of ours, not that of a data frame


def test_kind_follows_from_what_a_column_holds(tmp_path) -> None:
    path = write(
        tmp_path,
        fips=["01", "02", "03", "04", "05"],
        rent=[1.5, np.nan, 2.0, 3.0, 4.0],
        rooms=[1, 2, 3, 4, 5],
        use=["a", "b", "a", "b", None],
        urban=[True, False, True, True, True],
        name=["p", "q", "r", "s", "t"],
        empty=[np.nan] * 5,
        admincode=[9, 8, 7, 6, 5],
    )
    labels = read_labels_table(path, id_column="fips")
    assert kinds(labels) == {
        "rent": "regression",
        "rooms": "regression",
        "use": "classification",
        "urban": "classification",
    }
    rent, _, use, urban = map(table, labels)
    assert rent.index.tolist() == ["01", "02", "03", "04", "05"]
    assert rent.index.name == "fips"
    assert use["value"].tolist()[:4] == ["a", "b", "a", "b"]
    assert pd.isna(use["value"].iloc[4])
    assert urban["value"].tolist() == ["True", "False", "True", "True", "True"]


def test_columns_are_taken_when_asked_for(tmp_path) -> None:
    path = write(tmp_path, id=[1, 2], name=["p", "q"], zone=[3.0, np.nan], rent=[1, 2])
    labels = read_labels_table(path, columns=["name"], classes=["zone"])
    assert kinds(labels) == {"name": "classification", "zone": "classification"}
    assert table(labels[1])["value"].iloc[0] == "3"
    with pytest.raises(InputError, match=r"no column 'rnt'.*did you mean 'rent'"):
        read_labels_table(path, columns=["rnt"])


def test_rows_with_coordinates_are_points(tmp_path) -> None:
    path = write(tmp_path, id=[1, 2], lng=[24.9, 10.7], lat=[60.2, 59.9], y=[1.0, 2.0])
    (label,) = read_labels_table(path)
    assert label.at_points
    assert table(label).to_dict("list") == {
        "lon": [24.9, 10.7],
        "lat": [60.2, 59.9],
        "value": [1.0, 2.0],
    }
    (label,) = read_labels_table(path, id_column="id")
    assert table(label).index.tolist() == ["1", "2"]
    assert not label.at_points


def test_rows_with_coordinates_are_regions_where_ids_tell_them_apart(tmp_path) -> None:
    columns = {"lon": [24.9, 10.7], "lat": [60.2, 59.9], "y": [1.0, 2.0]}
    assert not read_labels_table(write(tmp_path, GEOID=["1", "2"], **columns))[0].at_points
    assert read_labels_table(write(tmp_path, GEOID=["1", "1"], **columns))[0].at_points


def test_faults_are_named(tmp_path) -> None:
    with pytest.raises(InputError, match="'y' holds inf in row 1"):
        read_labels_table(write(tmp_path, id=[1], y=[np.inf]))
    with pytest.raises(InputError, match="occur more than once: 1"):
        read_labels_table(write(tmp_path, id=[1, 1], y=[1, 2]))
    with pytest.raises(InputError, match="no column could be a label; besides id it has name"):
        read_labels_table(write(tmp_path, id=[1, 2], name=["p", "q"]))
    with pytest.raises(InputError, match="look swapped"):
        read_labels_table(write(tmp_path, lon=[60.2], lat=[124.9], y=[1]))
    path = tmp_path / "dates.parquet"
    pd.DataFrame({"id": [1], "day": pd.to_datetime(["2020-01-01"])}).to_parquet(path)
    with pytest.raises(InputError, match=r"'day' holds .*expected a number"):
        read_labels_table(path, columns=["day"])


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "rows", "names"),
    [
        ("china-counties/labels.parquet", 2852, ["EDU", "ELD"]),
        ("nyc-tracts/crime_manhattan.parquet", 303, ["crime_count"]),
        ("osm/helsinki-population-grid-2020.parquet", 92, ["population"]),
        ("manhattan/labels.parquet", 180, ["crime_count", "checkin_count", "district_class"]),
    ],
)
def test_real_tables(data, file, rows, names) -> None:
    labels = read_labels_table(data / file)
    assert [label.name for label in labels] == names
    assert {len(table(label)) for label in labels} == {rows}


def test_a_column_of_ids_that_names_nothing_gives_way_to_one_that_does(tmp_path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("id,code,rent\n1,A1,5\n2,A2,6\n")
    known = pd.Index(["A1", "A2", "A3"])
    with pytest.warns(DataWarning, match="told by column 'code': column 'id' names none"):
        (label,) = read_labels_table(path, known=known)
    (other,) = read_labels_table(path, known=pd.Index(["1"]))
    found = [list(one.values.index) for one in (label, other)]  # noqa: PD011 - of a label
    assert found == [["A1", "A2"], ["1", "2"]]
