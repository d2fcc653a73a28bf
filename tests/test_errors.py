from __future__ import annotations

import pytest

from placeprint.errors import (
    InputError,
    MissingExtraError,
    Problems,
    closest,
    listing,
    optional_import,
)


def test_message_names_source_problem_and_remedy() -> None:
    error = InputError("no column 'a'", source="x.csv", hint="did you mean 'b'?")
    assert str(error) == "x.csv: no column 'a'. To mend it: did you mean 'b'?"


def test_optional_import_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'placeprint\[text\]'"):
        optional_import("no_such_library", "text")


def test_optional_import_does_not_hide_an_error_inside_the_library(tmp_path, monkeypatch) -> None:
    (tmp_path / "broken.py").write_text("import no_such_dependency\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        optional_import("broken", "text")


def test_closest_lists_everything_when_nothing_is_near() -> None:
    assert closest("zzz", ["b", "a"]) == "choose one of a, b"


def test_listing_counts_what_it_leaves_out() -> None:
    assert listing(range(20), limit=2) == "0, 1 and 18 more"


def test_problems_that_were_told_together_are_counted_one_by_one() -> None:
    inner, outer = Problems(), Problems()
    inner.add("x", "a.csv")
    inner.add("y", "a.csv")
    with outer.collecting():
        inner.check()
    outer.add("z", "b.csv")
    assert outer.found == ["a.csv: x", "a.csv: y", "b.csv: z"]
    with pytest.raises(InputError, match="3 problems") as caught:
        outer.check()
    assert [str(part) for part in caught.value.parts] == outer.found
