"""Leading singular vectors of a matrix that is only known by its products."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations_with_replacement, pairwise
from typing import Final, Generic, Protocol, TypeVar

import numpy as np
from scipy.linalg import eigh

from placeprint.mobility.line.panels import Panel, Panels
from placeprint.typing import FloatArray

__all__ = ["BlockKrylov", "Matrix", "block_width"]

P = TypeVar("P", bound=Panel)

VECTOR: Final = 16
"""Blocks are whole multiples of it."""

NARROWEST: Final = 32
"""Columns of a block, at the least: below, reading the matrix outweighs multiplying it."""

SHARE: Final = 5 / 8
"""Columns of a block for each direction wanted. Narrower blocks resolve less in each pass over the
matrix, wider ones cost more than they resolve."""

OVERSAMPLING: Final = 32
"""How many directions more are explored than are wanted, at the least."""

SAFE: Final = 1e-2
"""A block is orthonormal enough if every direction keeps this share of the longest column: single
precision has then left it right to one in a hundred thousand."""

HOPELESS: Final = 1e-6
"""Columns more dependent than this are left to Householder's way, which replaces them."""

ATTEMPTS: Final = 6

FLAT: Final = 1 / 30
"""Down to this share of the largest singular value, squares of values are right in single
precision."""


class Matrix(Protocol[P]):
    """A square matrix M, known by its products with panels."""

    @property
    def readings(self) -> int:
        """How often ``advance`` is called for each product."""

    def forward(self, dense: P, advance: Callable[[], None]) -> P:
        """M X."""

    def backward(self, dense: P, advance: Callable[[], None]) -> P:
        """Mᵀ X."""


def block_width(rank: int, iterations: int) -> int:
    """Columns of each block: those that work best, and more if all explored too little together.

    Example:
        >>> block_width(128, 4), block_width(128, 0), block_width(4, 4)
        (80, 160, 32)
    """
    least = -(-(rank + OVERSAMPLING) // (iterations + 1))
    width = max(math.ceil(SHARE * rank), least, NARROWEST)
    return -(-width // VECTOR) * VECTOR


class BlockKrylov(Generic[P]):
    r"""Leading left singular vectors by a randomised block Krylov method.

    With a random block :math:`\Omega` and q iterations, an orthonormal basis V of

    .. math::
        \mathrm{span}\big(\Omega,\, M^\top M \Omega,\, \dots,\, (M^\top M)^q \Omega\big)

    is built block by block, each orthogonalised against all before it; the vectors and values
    are those of :math:`M V`, whose blocks are at hand, as each is the first half of the next
    step. Subspace iteration passes over M as often and keeps only the last block: with the same
    number of products it resolves far less.

    Args:
        matrix: M, (n, n).
        algebra: Where panels live.
        n: Rows.
        rank: How many vectors are wanted.
        iterations: q; M is passed over 2q + 1 times.
        seed: Of Ω.

    Attributes:
        algebra: Where panels live.
        basis: The blocks of V so far.
        products: The blocks of M V so far.

    Source:
        Musco and Musco 2015, Alg. 2; Halko, Martinsson and Tropp 2011.
    """

    def __init__(
        self,
        matrix: Matrix[P],
        algebra: Panels[P],
        n: int,
        rank: int,
        iterations: int,
        seed: int,
    ) -> None:
        self._matrix = matrix
        self._n, self._rank = n, min(rank, n)
        self._width = min(block_width(rank, iterations), n)
        self._iterations = min(iterations, -(-n // self._width) - 1)
        self._seed = seed
        self.algebra = algebra
        self.basis: list[P] = []
        self.products: list[P] = []

    @property
    def readings(self) -> int:
        """How often ``advance`` will be called from now on."""
        left = 2 * self._iterations + 1 - 2 * len(self.products)
        return max(left, 0) * self._matrix.readings

    @property
    def unfinished(self) -> bool:
        """Whether there are blocks left to compute."""
        return len(self.products) <= self._iterations

    def step(self, advance: Callable[[], None]) -> None:
        """Compute the next block of M V, and the block of V after it, if there is one."""
        if not self.basis:
            generator = np.random.default_rng(self._seed)
            start = generator.standard_normal((self._n, self._width), dtype=np.float32)
            self.basis.append(self._orthonormal(self.algebra.taken(start)))
        product = self._matrix.forward(self.basis[-1], advance)
        if len(self.products) < self._iterations:
            following = self._matrix.backward(product, advance)
            room = self._n - self._width * len(self.basis)
            if room < self._width:  # the last of a small matrix: all directions are explored
                few = np.eye(self._width, room, dtype=np.float32)
                following = self.algebra.combined([following], [few])
            self.basis.append(self._orthonormal(following))
        self.products.append(product)

    def result(self) -> tuple[FloatArray, FloatArray]:
        """U (n, r) and the singular values (r,), descending; r = min(rank, n).

        Vectors of values that are zero but for rounding are zero. The sign of each column makes
        its entry of largest magnitude positive. The basis is let go: the products hold all that
        is needed.
        """
        self.basis.clear()
        squares, vectors = self._leading(exact=False)
        if squares[-1] < FLAT**2 * squares[0]:
            squares, vectors = self._leading(exact=True)
        values = np.sqrt(np.maximum(squares, 0.0))
        rounding = np.finfo(np.float32).eps * len(values) * values.max(initial=0.0)
        values = np.where(values > rounding, values, 0.0)
        rotation = vectors * np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)
        splits = np.cumsum([product.shape[1] for product in self.products])[:-1]
        factors = np.split(rotation.astype(np.float32), splits)
        left = self.algebra.given(self.algebra.combined(self.products, factors))
        left *= np.where(left.max(axis=0) >= -left.min(axis=0), np.float32(1), np.float32(-1))
        return left, values

    def _leading(self, *, exact: bool) -> tuple[FloatArray, FloatArray]:
        """The largest eigenvalues of (M V)ᵀ M V, descending, and their vectors."""
        ends = np.cumsum([0, *(product.shape[1] for product in self.products)])
        parts = [slice(*pair) for pair in pairwise(ends)]
        gram = np.zeros((ends[-1], ends[-1]))
        for i, j in combinations_with_replacement(range(len(parts)), 2):
            block = self.algebra.inner(self.products[j], self.products[i], exact=exact)
            gram[parts[j], parts[i]] = block  # the lower triangle is all that is read
        wanted = (ends[-1] - self._rank, ends[-1] - 1)
        squares, vectors = eigh(gram, subset_by_index=wanted)
        return squares[::-1], vectors[:, ::-1]

    def _orthonormal(self, block: P) -> P:
        """A block orthonormal in itself and against the basis.

        Within the block the Cholesky decomposition of its Gram matrix serves, in double precision
        as it squares the condition number. What is left of a column that all but lies in the
        basis, or depends on others, is mostly rounding: such a block goes in again, and so does
        one whose columns had to be replaced.
        """
        replaced = False
        for _ in range(ATTEMPTS):
            longest = self.algebra.longest(block)
            factors = [self.algebra.inner(known, block) for known in self.basis]
            if factors:
                single = [factor.astype(np.float32) for factor in factors]
                block = self.algebra.reduced(block, self.basis, single)
            triangle, shortest = cholesky(self.algebra.inner(block, block, exact=True))
            if shortest <= HOPELESS * longest:
                block = self.algebra.taken(np.linalg.qr(self.algebra.given(block)).Q)
                replaced = True
                continue
            inverse, safe = np.linalg.inv(triangle), shortest > SAFE * longest
            kind = np.float32 if safe else np.float64
            block = self.algebra.combined([block], [inverse.astype(kind)])
            if safe and not replaced:
                break
            replaced = False
        return block


def cholesky(gram: FloatArray) -> tuple[FloatArray, float]:
    """The upper triangle R with RᵀR = G, and its least pivot; 0 if there is none."""
    try:
        triangle: FloatArray = np.linalg.cholesky(gram).T
    except np.linalg.LinAlgError:
        return gram, 0.0
    return triangle, float(np.diag(triangle).min())
