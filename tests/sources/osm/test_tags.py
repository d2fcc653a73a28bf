from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeprint.sources.osm import FABRIC_KEYS, FUNCTIONAL_KEYS, informative_text

KEYS = [
    *FUNCTIONAL_KEYS,
    *FABRIC_KEYS,
    *("building", "building:use", "disused:shop", "name", "name:de", "cuisine", "addr:street"),
    *("website", "ref:bic", "operator:wikidata", "healthcare:speciality", "source"),
]
TAGS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["yes", "no", "bar;cafe", "A", "é"]))


def text_of(**tags: str) -> str:
    return informative_text(pd.Series([{k.replace("__", ":"): v for k, v in tags.items()}]))[0][0]


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        (
            {"name": "Anna", "cuisine": "pizza", "amenity": "cafe"},
            "amenity=cafe, cuisine=pizza, name=Anna",
        ),
        ({"sport": "tennis", "leisure": "pitch"}, "leisure=pitch, sport=tennis"),
        ({"shop": "yes", "ref": "4", "addr__street": "Main"}, "shop=yes"),
        ({"amenity": "yes", "created_by": "JOSM"}, ""),
        (
            {"amenity": "bank", "name": "BBVA", "operator": "bbva", "brand": "BBVA"},
            "amenity=bank, name=BBVA",
        ),
        (
            {"amenity": "bank", "name": "Banco", "name__en": "Bank", "name__de": "Bank"},
            "amenity=bank, name=Banco, name:en=Bank",
        ),
        ({"building": "yes", "building__levels": "3", "roof__levels": "1"}, "building:levels=3"),
        ({"disused__shop": "books", "shop": "vacant"}, "shop=vacant"),
        ({"amenity": "bench", "backrest": "yes", "takeaway": "no"}, "amenity=bench"),
        ({"tourism": "museum", "image": "x", "url": "y", "map": "http://z"}, "tourism=museum"),
        ({"amenity": "bicycle_parking", "cityracks.rackid": "737"}, "amenity=bicycle_parking"),
    ],
)
def test_the_text_keeps_what_says_what_a_place_is(tags, text):
    assert text_of(**tags) == text


def test_the_category_is_the_first_telling_functional_tag():
    tags = pd.Series(
        [
            {"amenity": "bar;cafe", "shop": "wine"},
            {"amenity": "yes", "tourism": "hotel"},
            {"amenity": "yes", "name": "Foo"},
            {"amenity": "no", "building": "house"},
        ]
    )
    _, category = informative_text(tags)
    assert category.tolist() == ["amenity=bar", "tourism=hotel", "amenity=yes", ""]


def test_only_what_is_asked_for_is_shown_whether_it_tells_or_not():
    tags = {"building": "hotel", "building:use": "hotel", "building:levels": "9", "stars": "5"}
    tags |= {"tourism": "hotel", "height": "30", "roof:shape": "no"}
    text, category = informative_text(pd.Series([tags]), {"building:levels", "roof:shape"})
    assert (text[0], category[0]) == ("building:levels=9", "")
    text, category = informative_text(pd.Series([tags]), {"height", "tourism"})
    assert (text[0], category[0]) == ("tourism=hotel, height=30", "tourism=hotel")
    assert informative_text(pd.Series([tags]), set())[0][0] == ""


@given(st.lists(TAGS, max_size=8), st.none() | st.sets(st.sampled_from(KEYS)))
def test_many_objects_are_read_as_one_by_one(objects, only):
    index = pd.Index([f"way/{i}" for i in range(len(objects))])
    text, category = informative_text(pd.Series(objects, index=index, dtype=object), only)
    pd.testing.assert_index_equal(text.index, index)
    written = pd.Series([json.dumps(one) for one in objects], index=index, dtype=object)
    assert text.equals(informative_text(written, only)[0])
    for i, tags in enumerate(objects):
        bare = {key: value for key, value in tags.items() if only is None or key in only}
        alone = informative_text(pd.Series([bare]), only)
        assert (text.iloc[i], category.iloc[i]) == (alone[0][0], alone[1][0])
        shown = {tag.split("=")[0] for tag in text.iloc[i].split(", ")} - {""}
        shown |= {category.iloc[i].split("=")[0]} - {""}
        assert shown <= set(bare)
