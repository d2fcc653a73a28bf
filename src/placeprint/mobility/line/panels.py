"""Algebra of tall, narrow matrices, with the same bytes however many threads share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, Protocol, Self, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from placeprint.typing import FloatArray

__all__ = ["HostPanels", "Panel", "Panels"]

CHUNK: Final = 8192
"""Rows that a thread takes at a time."""


class Panel(Protocol):
    """A matrix, (n, d) float32: NumPy's array or torch's tensor."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, d)."""


P = TypeVar("P", bound=Panel)


class Panels(Protocol[P]):
    """What can be done with panels, (n, d) float32, wherever they are.

    Small matrices that go in and come out are NumPy's. Products are taken in the precision of the
    small matrix, or in double precision where ``exact``.
    """

    def taken(self, values: FloatArray) -> P:
        """A panel of a NumPy array."""

    def given(self, panel: P) -> FloatArray:
        """A panel as NumPy's."""

    def longest(self, panel: P) -> float:
        """The largest of the norms of its columns."""

    def inner(self, one: P, other: P, *, exact: bool = False) -> FloatArray:
        """oneᵀ other, summed in double precision."""

    def combined(self, panels: Sequence[P], factors: Sequence[FloatArray]) -> P:
        """The sum of each panel times its small matrix."""

    def reduced(self, panel: P, panels: Sequence[P], factors: Sequence[FloatArray]) -> P:
        """A panel less the sum of others, each times its small matrix."""


class HostPanels:
    """Panels as NumPy arrays. A chunk of rows is one thread's; chunks are added up in order.

    Example:
        >>> with HostPanels.sharing(threads=2) as algebra:
        ...     algebra.inner(np.float32([[1], [2]]), np.float32([[3], [4]])).tolist()
        [[11.0]]
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    @classmethod
    @contextmanager
    def sharing(cls, threads: int) -> Iterator[Self]:
        """Work with so many threads; libraries of linear algebra keep to one in each."""
        limits = _libraries().limit(limits=1, user_api="blas")
        with ThreadPoolExecutor(threads) as pool, limits:
            yield cls(pool)

    def taken(self, values: FloatArray) -> FloatArray:
        """The array itself."""
        return np.ascontiguousarray(values, dtype=np.float32)

    def given(self, panel: FloatArray) -> FloatArray:
        """The array itself."""
        return panel

    def longest(self, panel: FloatArray) -> float:
        """See :class:`Panels`."""
        squares = self._each(
            lambda rows: np.einsum("nd,nd->d", panel[rows], panel[rows]), len(panel)
        )
        return float(np.sqrt(sum(squares).max()))

    def inner(self, one: FloatArray, other: FloatArray, *, exact: bool = False) -> FloatArray:
        """See :class:`Panels`."""
        kind = np.float64 if exact else np.float32

        def product(rows: slice) -> FloatArray:
            left: FloatArray = one[rows].astype(kind, copy=False)
            right: FloatArray = left if other is one else other[rows].astype(kind, copy=False)
            return np.asarray(left.T @ right, dtype=np.float64)

        total = np.zeros((one.shape[1], other.shape[1]))
        for part in self._each(product, len(one)):
            total += part
        return total

    def combined(self, panels: Sequence[FloatArray], factors: Sequence[FloatArray]) -> FloatArray:
        """See :class:`Panels`."""
        out = np.empty((len(panels[0]), factors[0].shape[1]), dtype=np.float32)

        def write(rows: slice) -> None:
            out[rows] = _sum_of_products(rows, panels, factors)

        for _ in self._each(write, len(out)):
            pass
        return out

    def reduced(
        self, panel: FloatArray, panels: Sequence[FloatArray], factors: Sequence[FloatArray]
    ) -> FloatArray:
        """See :class:`Panels`."""
        out = np.empty_like(panel)

        def write(rows: slice) -> None:
            np.subtract(panel[rows], _sum_of_products(rows, panels, factors), out=out[rows])

        for _ in self._each(write, len(out)):
            pass
        return out

    def _each(self, work: Callable[[slice], Any], rows: int) -> Iterable[Any]:
        chunks = [slice(first, first + CHUNK) for first in range(0, rows, CHUNK)]
        return map(work, chunks) if len(chunks) == 1 else self._pool.map(work, chunks)


def _sum_of_products(
    rows: slice, panels: Sequence[FloatArray], factors: Sequence[FloatArray]
) -> FloatArray:
    """Some rows of the sum of each panel times its small matrix, in the latter's precision."""
    products = (
        panel[rows].astype(factor.dtype, copy=False) @ factor
        for panel, factor in zip(panels, factors, strict=True)
    )
    total: FloatArray = next(products)
    for product in products:
        total += product
    return total


@cache
def _libraries() -> ThreadpoolController:
    """The libraries of linear algebra that are loaded; looking for them takes a while."""
    return ThreadpoolController()
