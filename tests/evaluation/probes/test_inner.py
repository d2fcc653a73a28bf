import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold

from placeprint.evaluation.probes.inner import inner_folds


def sets(folds):
    return [np.flatnonzero(folds == fold).tolist() for fold in range(folds.max() + 1)]


@given(groups=st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=60))
def test_they_are_those_of_scikit_learn(groups):
    groups, n = np.array(groups), len(groups)
    distinct = len(set(groups))
    plain = [b.tolist() for _, b in KFold(min(5, n), shuffle=True, random_state=0).split(groups)]
    whole = plain
    if distinct > 1:
        folds = GroupKFold(min(5, distinct)).split(groups, groups=groups)
        whole = [b.tolist() for _, b in folds]
    assert sets(inner_folds(n, groups)) == whole
    assert sets(inner_folds(n, None)) == plain
