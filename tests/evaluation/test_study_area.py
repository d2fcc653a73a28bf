import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupShuffleSplit

from placeprint.errors import InputError
from placeprint.evaluation import atlas_tasks, evaluate


class FakeAtlas:
    """The reading side of an atlas, in memory."""

    feature_names = ()
    graph_names = ()
    entity_names = ()
    name = "fake"
    fingerprint = "0"
    unit_levels = ("state",)
    label_names = ("income", "noise")

    def __init__(self):
        self.region_ids = pd.Index([f"r{i:02d}" for i in range(40)], name="region_id")

    has_coordinates = has_outlines = True

    @property
    def regions(self):
        return self

    def title(self, key):
        return {"labels/income": "Income per head"}.get(key, key.rpartition("/")[2])

    def centroids(self):
        columns = {"lon": np.linspace(5, 9, 40), "lat": np.linspace(45, 46, 40)}
        return pd.DataFrame(columns, index=self.region_ids)

    def areas_km2(self):
        return pd.Series(1.0, index=self.region_ids)

    def units(self, level):
        return pd.Series(np.repeat(list("abcde"), 8), index=self.region_ids)

    def locate(self, lon, lat):
        return self.region_ids.to_numpy(dtype=object)[np.zeros(len(lon), dtype=int)]

    def labels(self, name):
        if name == "noise":
            table = {"lon": 5.0, "lat": 45.0, "value": np.arange(20.0)}
            return pd.DataFrame(table)
        return pd.DataFrame({"value": np.arange(40.0)}, index=self.region_ids)

    def label_metadata(self, name):
        point = name == "noise"
        return {
            "level": "point" if point else "region",
            "scale": "point" if point else "county",
            "unit": "USD",
            "transform": "log1p",
            "leaks": ["poi"] if point else [],
            "description": "made up",
        }


def test_an_atlas_is_evaluated():
    atlas = FakeAtlas()
    vectors = pd.DataFrame({"0": np.log1p(np.arange(40.0))}, index=atlas.region_ids)
    splits = {"states": GroupShuffleSplit(2, test_size=1, random_state=0)}
    scores = evaluate({"m": vectors}, ["income"], atlas, splits=splits, models=["m"])
    assert scores.loc[scores["metric"] == "r2", "value"].min() > 0.99
    assert scores["n"].tolist() == [8] * 6


def test_what_the_atlas_says_of_a_label_reaches_the_task():
    income, noise = atlas_tasks(FakeAtlas())
    assert (income.unit, income.transform, income.leaks) == ("USD", "log1p", ())
    assert (income.title, noise.title) == ("Income per head", "noise")
    assert (noise.level, noise.scale, noise.leaks) == ("point", "point", ("poi",))


def test_unknown_or_absent_labels_are_refused():
    with pytest.raises(InputError, match="did you mean 'income'"):
        atlas_tasks(FakeAtlas(), ["incme"])
    empty = FakeAtlas()
    empty.label_names = ()
    with pytest.raises(InputError, match="no labels to evaluate on"):
        atlas_tasks(empty)
