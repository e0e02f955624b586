"""Calls whose arguments matter, many at once: what `calls.py` asks of one call, asked of all that look alike.

A form is a row of tokens that begins with a name and ends with what calls it. Where all of the row is there and the
data in it is as the judge of that name wants it, the row becomes one value; everything else is for the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs
import numpy as np

from rqml_catalog.supply_chain.serialization import kinds as k
from rqml_catalog.supply_chain.serialization import makers
from rqml_catalog.supply_chain.serialization.lexing import Flags, Ints, Octets, Stretch, little_endian, table

_COUNTED = table({b"\x8cC": 2, b"XB": 5, b"\x8d\x8e\x96": 9})  # bytes of an opcode and the length of its argument
_LARGEST_LATIN = 0xC3  # the first byte of the last character that latin-1 has, in UTF-8
_INTEGER = table({b"KMJ\x8a": 1}).astype(bool)
_MASKS = table({b"K": 0xFF, b"M": 0xFFFF, b"J": 0xFFFFFFFF}, kind=np.int64)
_BOOLEAN = table({b"\x88\x89": 1}).astype(bool)


@attrs.define(eq=False)
class Row:
    """The tokens of a stretch, where each begins, and the bytes that those hold that are bytes (-1 for others)."""

    stretch: Stretch
    kinds: Octets
    starts: Ints
    sizes: Ints

    def code(self, at: Ints) -> Octets:
        """The opcodes at which tokens begin."""
        found: Octets = self.stretch.codes[self.starts[at]]
        return found

    def span(self, at: Ints) -> tuple[Ints, Ints]:
        """Where the counted arguments of tokens begin and end in the stretch."""
        opcode = self.starts[at]
        return self.stretch.at[opcode] + _COUNTED[self.stretch.codes[opcode]], self.stretch.at[opcode + 1]

    def number(self, at: Ints) -> Ints:
        """The integers of up to four bytes that tokens are; -1 for negative ones and for what is none."""
        code = self.code(at)
        held = little_endian(self.stretch.raw, self.stretch.at[self.starts[at]] + 1) & _MASKS[code]
        found: Ints = np.where((_MASKS[code] > 0) & (held < 1 << 31), held, -1)
        return found


Fits = Callable[[Row, Ints], Flags]


@attrs.frozen
class Form:
    """A row of tokens, what has to hold for the data in it, and what it becomes."""

    row: tuple[int, ...]
    fits: Fits
    becomes: int


def _any(_: Row, at: Ints) -> Flags:
    return np.ones(len(at), dtype=bool)


def _latin(row: Row, at: Ints) -> Flags:
    """Texts of characters that latin-1 has; the bytes they become are as many as they have characters."""
    begin, end = row.span(at + 1)
    foreign = np.concatenate([[0], np.cumsum(row.stretch.raw > _LARGEST_LATIN, dtype=np.int32)])
    continued = np.concatenate([[0], np.cumsum(row.stretch.raw & 0xC0 == 0x80, dtype=np.int32)])
    literal = _COUNTED[row.code(at + 1)] > 0
    row.sizes[at] = end - begin - (continued[end] - continued[begin])
    fits: Flags = literal & (foreign[end] == foreign[begin])
    return fits


def _matching(pattern: str) -> Fits:
    """Texts of a form; a text with a line break is of none."""
    lines = re.compile(f"^(?:{pattern})$".encode(), re.MULTILINE)

    def fits(row: Row, at: Ints) -> Flags:
        begin, end = row.span(at + 1)
        good = (_COUNTED[row.code(at + 1)] > 0) & (end - begin <= makers.LONGEST_TEXT)
        raw = row.stretch.raw.tobytes()
        texts = [raw[a:b] for a, b in zip(begin[good].tolist(), end[good].tolist(), strict=True)]
        if len(lines.findall(b"\n".join(texts))) != len(texts):
            good[:] = False
        return good

    return fits


def _ratio(row: Row, at: Ints) -> Flags:
    fits: Flags = _INTEGER[row.code(at + 1)] & (row.number(at + 2) > 0)
    return fits


def _one_number(row: Row, at: Ints) -> Flags:
    fits: Flags = row.sizes[at + 2] == row.kinds[at + 1].astype(np.int64) - k.DTYPE
    return fits


def _array(dimensions: int) -> Fits:
    """`_reconstruct(ndarray, (0,), b"b")` and its state."""

    def fits(row: Row, at: Ints) -> Flags:
        dtype = at + 10 + dimensions
        empty, flag = row.number(at + 2) == 0, _BOOLEAN[row.code(dtype + 1)]
        good: Flags = empty & flag & _filled(row, at + 9, dimensions, dtype, dtype + 2)
        return good

    return fits


def _buffer(dimensions: int) -> Fits:
    """`_frombuffer(data, dtype, shape, order)`."""

    def fits(row: Row, at: Ints) -> Flags:
        return _filled(row, at + 4, dimensions, at + 3, at + 2)

    return fits


def _filled(row: Row, shape: Ints, dimensions: int, dtype: Ints, data: Ints) -> Flags:
    """Whether there are as many bytes as an array of a shape takes."""
    need = row.kinds[dtype].astype(np.int64) - k.DTYPE
    natural = np.ones(len(shape), dtype=bool)
    for dimension in range(dimensions):
        length = row.number(shape + dimension)
        natural &= length >= 0
        need *= length
    good: Flags = natural & (row.sizes[data] == need)
    return good


_BEGUN = (k.RECONSTRUCT, k.ARRAY_CLASS, k.NUMBER, k.TUPLE1, k.LETTER, k.TUPLE3, k.REDUCE, k.OPEN)
_SHAPES = {1: (k.NUMBER, k.TUPLE1), 2: (k.NUMBER, k.NUMBER, k.TUPLE2)}
FORMS = (
    Form((k.ENCODE, k.TEXT, k.LATIN, k.TUPLE2, k.REDUCE), _latin, k.BYTES),
    Form((k.OCTETS, k.TEXT, k.LATIN, k.TUPLE2, k.REDUCE), _any, k.BYTES),
    Form((k.OCTETS, k.BYTES, k.TUPLE1, k.REDUCE), _any, k.BYTES),
    Form((k.DECIMAL, k.TEXT, k.TUPLE1, k.REDUCE), _matching(makers.DECIMAL), k.OBJECT),
    Form((k.FRACTION, k.TEXT, k.TUPLE1, k.REDUCE), _matching(makers.FRACTION), k.OBJECT),
    Form((k.FRACTION, k.NUMBER, k.NUMBER, k.TUPLE2, k.REDUCE), _ratio, k.OBJECT),
    Form((k.PLAIN, k.NUMBER, k.NUMBER, k.TUPLE2, k.REDUCE), _any, k.OBJECT),
    Form((k.PLAIN, k.NUMBER, k.NUMBER, k.NUMBER, k.TUPLE3, k.REDUCE), _any, k.OBJECT),
    Form((k.FACTORY, k.NAME, k.TUPLE1, k.REDUCE), _any, k.FILLABLE),
    Form((k.FACTORY, k.SETS, k.TUPLE1, k.REDUCE), _any, k.FILLABLE),
    Form((k.SCALAR, k.DTYPE, k.BYTES, k.TUPLE2, k.REDUCE), _one_number, k.OBJECT),
    *(
        Form((*_BEGUN, k.NUMBER, *shape, k.DTYPE, k.NUMBER, k.BYTES, k.CLOSE_TUPLE, k.BUILD), _array(n), k.OBJECT)
        for n, shape in _SHAPES.items()
    ),
    *(
        Form((k.FROM_BUFFER, k.OPEN, k.BYTES, k.DTYPE, *shape, k.ORDER, k.CLOSE_TUPLE, k.REDUCE), _buffer(n), k.OBJECT)
        for n, shape in _SHAPES.items()
    ),
)
_HEADS = np.array(sorted({form.row[0] for form in FORMS}), dtype=np.uint8)
# Values that only the forms tell from others of their kind.
_ORDINARY = np.arange(256, dtype=np.uint8)
_ORDINARY[[k.LATIN, k.ORDER, k.LETTER]] = k.TEXT, k.TEXT, k.BYTES


def shorten(stretch: Stretch, kinds: Octets, starts: Ints) -> tuple[Octets, Ints]:
    """The tokens without those of calls that are as they have to be, which became values."""
    if not np.bincount(kinds, minlength=256)[_HEADS].any():
        return _ORDINARY[kinds], starts
    row = Row(stretch, kinds, starts, _sizes(stretch, kinds, starts))
    for form in FORMS:
        at = _matches(row.kinds, form.row)
        if len(at):
            at = at[form.fits(row, at)]
            _become(row, form, at)
    return _ORDINARY[row.kinds], row.starts


def _sizes(stretch: Stretch, kinds: Octets, starts: Ints) -> Ints:
    codes = stretch.codes[starts]
    held = stretch.at[starts + 1] - stretch.at[starts] - _COUNTED[codes]
    sizes: Ints = np.where((kinds == k.BYTES) & (_COUNTED[codes] > 0), held, -1)
    return sizes


def _matches(kinds: Octets, wanted: tuple[int, ...]) -> Ints:
    """Where a row of tokens begins; DTYPE stands for a dtype of any size."""
    found = np.flatnonzero(kinds[: max(0, len(kinds) - len(wanted) + 1)] == wanted[0])
    for step, kind in enumerate(wanted[1:], 1):
        here = kinds[found + step]
        found = found[(here > k.DTYPE) & (here <= k.DTYPE + k.WIDEST) if kind == k.DTYPE else here == kind]
    return found


def _become(row: Row, form: Form, at: Ints) -> None:
    steps = np.zeros(len(row.kinds) + 1, dtype=np.int8)
    steps[at + 1] = 1
    steps[at + len(form.row)] -= 1
    kept = np.cumsum(steps[:-1], dtype=np.int8) == 0
    row.kinds[at] = form.becomes
    row.kinds, row.starts, row.sizes = row.kinds[kept], row.starts[kept], row.sizes[kept]
