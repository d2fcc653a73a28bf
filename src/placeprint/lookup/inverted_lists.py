"""An index of vectors for more of them than are compared one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from placeprint.errors import optional_import
from placeprint.typing import FloatArray, IntArray

__all__ = ["InvertedLists"]

ROWS: Final = 1 << 17
SAMPLES_OF_A_LIST: Final = 64
SEARCHED: Final = 64
"""Lists that are searched for each question."""

SPARE: Final = 4
"""So many times the number asked for are handed on, to be compared exactly."""


@dataclass(frozen=True)
class InvertedLists:
    """Rows of unit length, in lists around centres that k-means finds, as bytes (FAISS).

    A question is compared with the rows of the lists whose centres are nearest to it, so that a
    near row in another list is missed.

    Attributes:
        index: The index of FAISS.
    """

    index: Any

    @classmethod
    def of(cls, values: FloatArray, inverse_norms: FloatArray) -> InvertedLists:
        """Index (n, d) rows, given (n,) what makes each of unit length.

        Raises:
            MissingExtraError: If FAISS is not installed.
        """
        faiss: Any = optional_import("faiss", "index")
        n, width = values.shape
        lists = max(1, min(int(2 * np.sqrt(n)), n // SAMPLES_OF_A_LIST))
        kind = faiss.ScalarQuantizer.QT_8bit
        centres = faiss.IndexFlatIP(width)
        index = faiss.IndexIVFScalarQuantizer(
            centres, width, lists, kind, faiss.METRIC_INNER_PRODUCT
        )
        centres.this.disown()
        index.own_fields = True
        index.nprobe = min(lists, SEARCHED)
        index.cp.min_points_per_centroid = 1
        taken = np.linspace(0, n - 1, min(n, lists * SAMPLES_OF_A_LIST)).astype(np.int64)
        index.train(values[taken] * inverse_norms[taken, None])
        for first in range(0, n, ROWS):
            some = slice(first, first + ROWS)
            index.add(values[some] * inverse_norms[some, None])
        return cls(index)

    def candidates(self, queries: FloatArray, k: int) -> IntArray:
        """(m, d) of unit length → (m, 4 k) rows that are near, −1 where there are fewer."""
        most = min(SPARE * k, int(self.index.ntotal))
        _, rows = self.index.search(np.ascontiguousarray(queries, dtype=np.float32), most)
        return np.asarray(rows)
