"""Inner folds: which training rows are predicted together while a probe is tuned."""

from __future__ import annotations

import numpy as np

from placeprint.typing import AnyArray, IntArray

__all__ = ["has_groups", "inner_folds"]

_FOLDS = 5


def has_groups(groups: AnyArray | None) -> bool:
    """Whether there are groups to hold out: at least two.

    Example:
        >>> has_groups(None), has_groups(np.array(["a", "a"])), has_groups(np.array(["a", "b"]))
        (False, False, True)
    """
    return groups is not None and bool((groups != groups[0]).any())


def inner_folds(n: int, groups: AnyArray | None) -> IntArray:
    """The fold, of five or as many as the rows or groups allow, that each training row is in.

    A fold holds whole groups where there are some, so that what is tuned is tuned for places that
    were not trained on; else it holds random rows.

    Args:
        n: How many training rows there are, 2 or more.
        groups: (n,) the group of each row, or None.

    Returns:
        (n,) numbers from 0; those of scikit-learn's ``GroupKFold``, or ``KFold`` shuffled by seed
        0.

    Example:
        >>> inner_folds(4, np.array(["a", "b", "b", "a"])).tolist()
        [1, 0, 0, 1]
    """
    from sklearn.model_selection import GroupKFold, KFold

    if groups is not None and has_groups(groups):
        names, codes = np.unique(groups, return_inverse=True)
        folds = GroupKFold(min(_FOLDS, len(names))).split(np.empty(n), groups=codes)
    else:
        folds = KFold(min(_FOLDS, n), shuffle=True, random_state=0).split(np.empty(n))
    fold_of = np.empty(n, dtype=np.int64)
    for fold, (_, test) in enumerate(folds):
        fold_of[test] = fold
    return fold_of
