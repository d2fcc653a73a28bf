import numpy as np
import pandas as pd
import pytest

from placeprint.errors import InputError
from placeprint.evaluation.ledger import COLUMNS
from placeprint.evaluation.statistics.coordbench import to_coordbench
from placeprint.evaluation.statistics.score_files import read_scores
from placeprint.files import write_table


def make(models, value=0.1 + 0.2):
    rows = [
        ["income", "random", "ridge", model, seed, metric, value, 9, 1.0]
        for model in models
        for seed in (0, 1)
        for metric in ("mae", "r2")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@pytest.fixture
def save(tmp_path):
    def write(name, scores):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_table(tmp_path / name, scores)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv"])
def test_a_file_gives_its_scores(save, name):
    scores = make(["a", "b"])
    found = read_scores([save(name, scores.sample(frac=1, random_state=0))])
    pd.testing.assert_frame_equal(
        found, scores.sort_values(list(COLUMNS[:6]), ignore_index=True), check_dtype=False
    )


def test_names_that_look_like_numbers_stay_text(save):
    found = read_scores([save("s.csv", make(["007"]).assign(task="12"))])
    assert found["model"].unique().tolist() == ["007"]
    assert found["task"].unique().tolist() == ["12"]


def test_what_both_hold_alike_is_kept_once(save):
    one = save("one/scores.parquet", make(["a", "pca"]))
    # From another machine, in another format: the last digits differ.
    other = save("other/scores.csv", make(["b", "pca"], value=0.3 * (1 + 1e-14)))
    found = read_scores([one, other])
    assert found["model"].value_counts().to_dict() == {"a": 4, "b": 4, "pca": 4}


def test_undefined_scores_agree_with_one_another_and_with_nothing_else(save):
    undefined = save("one.parquet", make(["a"], value=np.nan))
    same = save("same.csv", make(["a"], value=np.nan))
    assert read_scores([undefined, same])["value"].isna().sum() == 4
    with pytest.raises(InputError, match="different scores"):
        read_scores([undefined, save("other.parquet", make(["a"]))])


def test_a_name_for_two_things_is_refused_until_one_is_renamed(save):
    one = save("one/scores.parquet", make(["placeprint"], 0.3))
    other = save("other/scores.parquet", make(["placeprint"], 0.4))
    with pytest.raises(InputError, match=r"'placeprint' \(task income.*NAME=") as caught:
        read_scores([one, other])
    assert str(one) in str(caught.value)
    assert str(other) in str(caught.value)
    found = read_scores([one, f"wide={other}"])
    assert found.groupby("model")["value"].first().to_dict() == {"placeprint": 0.3, "wide": 0.4}


def test_a_file_of_several_models_keeps_them_apart_under_its_name(save):
    path = save("scores.parquet", make(["a", "b"]))
    assert sorted(read_scores([f"run={path}"])["model"].unique()) == ["run/a", "run/b"]


def test_an_equals_sign_may_be_part_of_a_path(save):
    path = save("seed=1/scores.csv", make(["a"]))
    assert read_scores([path])["model"].unique().tolist() == ["a"]


def test_a_file_that_contradicts_itself_is_refused(save):
    path = save("scores.parquet", pd.concat([make(["a"], 0.1), make(["a"], 0.2)]))
    with pytest.raises(InputError, match="different scores"):
        read_scores([path])


def test_a_coordbench_table_is_known_by_its_columns(save):
    theirs = to_coordbench(make(["sincos"]), "census")
    found = read_scores([save("coord.csv", theirs), save("s.parquet", make(["a"]))])
    assert found[found["model"] == "sincos"].iloc[0][["task", "probe", "metric"]].tolist() == [
        "census/income",
        "ridge",
        "r2",
    ]


def test_what_cannot_be_read_is_refused(save, tmp_path):
    with pytest.raises(InputError, match="name at least one"):
        read_scores([])
    with pytest.raises(InputError, match="no such file"):
        read_scores([tmp_path / "none.csv"])
    with pytest.raises(InputError, match="its columns are a"):
        read_scores([save("other.csv", pd.DataFrame({"a": [1]}))])
    with pytest.raises(InputError, match="a row has no task"):
        read_scores([save("gap.csv", make(["a"]).assign(task=None))])
