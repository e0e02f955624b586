"""Kinds of values and of operators, as bulk reading tells them apart.

They are small numbers, ordered so that one comparison tells values from operators, and what can be a key from what
cannot. The memo of a machine keeps the same numbers for values that were skipped.
"""

from __future__ import annotations

# Values that can be keys. SPECIAL is a text that begins like a special attribute, SMALL a short tuple of data, HOLDER
# a tuple of one list or dictionary.
NUMBER, TEXT, SPECIAL, BYTES, EMPTY, SMALL, TUPLE, HOLDER, FROZEN, OBJECT, FRESH = range(11)
# Values that cannot. A DICT has only TEXT keys, LOOSE has others; BOX is read from the memo. FRESH and FILLABLE are
# objects without state; FILLABLE and FILLED take items.
LIST, DICT, LOOSE, SET, BOX, FILLABLE, FILLED = range(11, 18)
LAST_LEAF, LAST_KEY, LAST_VALUE = EMPTY, FRESH, FILLED
# Operators.
OPEN, TUPLE1, TUPLE2, TUPLE3, CLOSE_TUPLE, CLOSE_FROZEN, CLOSE_ITEMS, CLOSE_PAIRS, CLOSE_SET = range(20, 29)
APPEND, SETITEM, REDUCE, NEWOBJ, BUILD, PUT, GET, OTHER, SCALAR, SETS, FROZENS = range(29, 40)
# SETS and FROZENS are set and frozenset, called with a list before protocol 4.
# Names that only forms call, and values that only forms tell from others: the texts latin1 and C, F or K, and b"b".
ENCODE, OCTETS, DECIMAL, FRACTION, PLAIN, FACTORY, NAME, RECONSTRUCT, ARRAY_CLASS, FROM_BUFFER = range(44, 54)
LATIN, ORDER, LETTER = range(54, 57)
# What a group becomes whose container was there before the stretch; all of a KEY_BATCH can be keys.
BATCH, PAIRS, TEXT_PAIRS, SET_BATCH, KEY_BATCH = (*range(40, 44), 57)
# From here on: names that may be called, with what may follow and what comes of it.
CLASS, MAKES, CALLS, CALLS_WITH, FILLS, MAKES_WITH, TAKES = 64, 1, 2, 4, 8, 16, 32
# From here on: dtypes of numpy, with the bytes of one number.
DTYPE, WIDEST = 128, 32
REAL = 255  # in the memo: the value itself is kept, its kind not known yet
ARITY = {TUPLE1: 1, TUPLE2: 2, TUPLE3: 3}
