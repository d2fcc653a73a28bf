"""Weighted sums of rows, kept in vector registers while the rows are gathered.

A product of a sparse and a dense matrix does one thing: it adds rows, each times a factor. Left to
the compiler, the sum goes to memory and back with each row, and each row is waited for. Here the
sum of up to 128 columns stays in registers and rows are asked for some steps ahead. Python's
syntax has no word for either, so this one loop is written in LLVM's; LLVM fits it to the machine
(a vector of 16 numbers is one register of AVX-512, two of AVX2, four of NEON).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numba
from llvmlite import ir
from numba.extending import intrinsic

from placeprint.machine_code import compiled
from placeprint.typing import AnyArray, FloatArray, IntArray

__all__ = ["AHEAD", "add_rows"]

AHEAD: Final = 8
"""How many rows ahead memory is asked for one."""

LANES: Final = 16
"""Numbers a vector."""

CACHE_LINE: Final = 64
"""Bytes that memory delivers at a time."""

_INDEX, _LONG, _BYTE = ir.IntType(32), ir.IntType(64), ir.IntType(8)


def _adder(width: int) -> Any:
    """The intrinsic that adds ``width`` columns of rows; its arguments are those of add_rows."""

    def add(
        _: Any,
        flat: Any,
        row_length: Any,
        columns: Any,
        factors: Any,
        count: Any,
        first: Any,
        sums: Any,
    ) -> Any:
        given = flat, row_length, columns, factors, count, first, sums

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            arrays = {
                place: context.make_array(signature.args[place])(context, builder, values[place])
                for place in (0, 2, 3, 6)
            }
            data, indices, scales, out = (array.data for array in arrays.values())
            loop = _Loop(builder, width, context.get_value_type(factors.dtype), flat.dtype)
            loop.build(data, values[1], indices, scales, values[4], values[5], out)
            return context.get_dummy_value()

        return numba.types.void(*given), generate

    return intrinsic(add)


class _Loop:
    """Emits: for each entry, sums += factor · row, with the sums in registers.

    Args:
        builder: Where to.
        width: Columns.
        number: LLVM's type of factors and sums.
        stored: Numba's type of the rows: that of the sums, or bfloat16 as uint16.
    """

    def __init__(self, builder: Any, width: int, number: Any, stored: Any) -> None:
        self._builder = builder
        self._lanes = min(width, LANES)
        self._steps = range(0, width, self._lanes)
        self._vector = ir.VectorType(number, self._lanes)
        self._bytes = stored.bitwidth // 8
        self._lines = range(0, width * self._bytes, CACHE_LINE)
        self._halves = isinstance(stored, numba.types.Integer)
        self._number_bytes = 8 if isinstance(number, ir.DoubleType) else 4

    def build(
        self,
        data: Any,
        length: Any,
        indices: Any,
        scales: Any,
        count: Any,
        first: Any,
        out: Any,
    ) -> None:
        """The whole loop; there is at least one entry."""
        b = self._builder

        def row(entry: Any) -> Any:
            column = b.zext(b.load(b.gep(indices, [entry])), _LONG)
            return b.gep(data, [b.add(b.mul(column, length), first)])

        sums = b.gep(out, [first])
        held = [self._load(sums, step, self._vector, self._number_bytes) for step in self._steps]
        before, loop, after = b.block, *(b.append_basic_block(name) for name in ("add", "added"))
        b.branch(loop)
        b.position_at_end(loop)
        entry, totals = b.phi(_LONG), [b.phi(self._vector) for _ in self._steps]
        self._prefetch(row(b.add(entry, ir.Constant(_LONG, AHEAD))))
        factor, here = self._spread(b.load(b.gep(scales, [entry]))), row(entry)
        fused = {"flags": ("contract",)}
        new = [
            b.fadd(total, b.fmul(factor, self._numbers(here, step), **fused), **fused)
            for total, step in zip(totals, self._steps, strict=True)
        ]
        following = b.add(entry, ir.Constant(_LONG, 1))
        b.cbranch(b.icmp_unsigned("<", following, count), loop, after)
        for variable, initial, later in zip(
            [entry, *totals], [ir.Constant(_LONG, 0), *held], [following, *new], strict=True
        ):
            variable.add_incoming(initial, before)
            variable.add_incoming(later, loop)
        b.position_at_end(after)
        for total, step in zip(new, self._steps, strict=True):
            b.store(total, self._at(sums, step, self._vector), align=self._number_bytes)

    def _at(self, base: Any, step: int, kind: Any) -> Any:
        pointer = self._builder.gep(base, [ir.Constant(_LONG, step)])
        return self._builder.bitcast(pointer, kind.as_pointer())

    def _load(self, base: Any, step: int, kind: Any, align: int) -> Any:
        return self._builder.load(self._at(base, step, kind), align=align)

    def _numbers(self, row: Any, step: int) -> Any:
        """Some numbers of a row; a bfloat16 is the upper half of a float32."""
        if not self._halves:
            return self._load(row, step, self._vector, self._bytes)
        halves, words = (ir.VectorType(ir.IntType(bits), self._lanes) for bits in (16, 32))
        wide = self._builder.zext(self._load(row, step, halves, self._bytes), words)
        upper = self._builder.shl(wide, ir.Constant(words, [16] * self._lanes))
        return self._builder.bitcast(upper, self._vector)

    def _spread(self, value: Any) -> Any:
        """A vector of the same number throughout."""
        empty = ir.Constant(self._vector, ir.Undefined)
        one = self._builder.insert_element(empty, value, ir.Constant(_INDEX, 0))
        lanes = ir.Constant(ir.VectorType(_INDEX, self._lanes), [0] * self._lanes)
        return self._builder.shuffle_vector(one, empty, lanes)

    def _prefetch(self, row: Any) -> None:
        """LLVM's hint, which never faults, wherever it points: to read, to keep, data."""
        pointer = _BYTE.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, _INDEX, _INDEX, _INDEX])
        hint = self._builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        how = [ir.Constant(_INDEX, value) for value in (0, 3, 1)]
        start = self._builder.bitcast(row, pointer)
        for line in self._lines:
            address = self._builder.gep(start, [ir.Constant(_LONG, line)])
            self._builder.call(hint, [address, *how])


Adder = Callable[[AnyArray, int, IntArray, FloatArray, int, int, FloatArray], None]

_add_128: Adder = _adder(128)
_add_64: Adder = _adder(64)
_add_32: Adder = _adder(32)
_add_16: Adder = _adder(16)
_add_8: Adder = _adder(8)
_add_1: Adder = _adder(1)


@compiled()
def add_rows(
    flat: AnyArray,
    columns: IntArray,
    factors: FloatArray,
    count: int,
    sums: FloatArray,
) -> None:
    """Add some rows of a matrix, each times a factor, to a row. To be called in kernels.

    Args:
        flat: (m · d,) the matrix, row after row: of the type of ``sums``, or bfloat16 as uint16.
        columns: (k + AHEAD,) int32, the rows to add; those behind the first k are not added.
        factors: (k,) the factor of each, of the type of ``sums``.
        count: k.
        sums: (d,) float32 or float64, changed.
    """
    if count == 0:
        return
    length, first = len(sums), 0
    while first + 128 <= length:
        _add_128(flat, length, columns, factors, count, first, sums)
        first += 128
    while first + 32 <= length:
        _add_32(flat, length, columns, factors, count, first, sums)
        first += 32
    while first + 8 <= length:
        _add_8(flat, length, columns, factors, count, first, sums)
        first += 8
    while first < length:
        _add_1(flat, length, columns, factors, count, first, sums)
        first += 1
