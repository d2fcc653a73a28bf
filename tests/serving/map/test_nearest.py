from __future__ import annotations

import numpy as np
import pandas as pd

from placeprint.serving.map.nearest import NEAREST, nearest_table


def test_it_is_the_plain_search_for_every_place() -> None:
    rng = np.random.default_rng(1)
    ids = pd.Index([f"r{i:02d}" for i in range(40)])
    vectors = pd.DataFrame(rng.standard_normal((38, 5)), index=ids[2:])
    view = pd.DataFrame(rng.standard_normal((30, 3)), index=ids[5:35])
    found = nearest_table(vectors, {"poi": view}, ids)
    who = np.array(found["who"]).reshape(-1, NEAREST)
    similarity = np.array(found["similarity"], dtype=float).reshape(-1, NEAREST)
    agreement = np.array(found["agreement"]["poi"], dtype=float).reshape(-1, NEAREST)
    assert (who[:2] == -1).all()
    for at, region in enumerate(ids[2:], start=2):
        cosines = {
            other: vectors.loc[region]
            @ vectors.loc[other]
            / np.linalg.norm(vectors.loc[region])
            / np.linalg.norm(vectors.loc[other])
            for other in ids[2:]
            if other != region
        }
        best = sorted(cosines, key=lambda other: (-cosines[other], other))[:NEAREST]
        assert ids[who[at]].tolist() == best
        np.testing.assert_array_equal(
            similarity[at], [round(100 * cosines[other]) for other in best]
        )
        for rank, other in enumerate(best):
            if region not in view.index or other not in view.index:
                assert np.isnan(agreement[at, rank])
                continue
            a, b = view.loc[region], view.loc[other]
            cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
            assert abs(agreement[at, rank] - 100 * cosine) <= 0.51


def test_fewer_places_than_asked_for() -> None:
    table = pd.DataFrame(np.eye(3), index=list("abc"))
    found = nearest_table(table, {}, pd.Index(list("abc")))
    assert found["who"][:3] == [1, 2, -1]
    assert found["similarity"][:3] == [0, 0, None]
