"""Kinds of values and of operators, as bulk reading tells them apart.

They are small numbers, ordered so that one comparison tells values from operators, and what can be a key from what
cannot. The memo of a machine keeps the same numbers for values that were skipped.
"""

from __future__ import annotations

# Values that can be keys. SPECIAL is a text that begins like a special attribute, SMALL a short tuple of data.
NUMBER, TEXT, SPECIAL, BYTES, EMPTY, SMALL, TUPLE, FROZEN, OBJECT, FRESH = range(10)
# Values that cannot. A DICT has only TEXT keys, LOOSE has others; BOX is read from the memo. FRESH and FILLABLE are
# objects without state; FILLABLE and FILLED take items.
LIST, DICT, LOOSE, SET, BOX, FILLABLE, FILLED = range(10, 17)
LAST_LEAF, LAST_KEY, LAST_VALUE = EMPTY, FRESH, FILLED
# Operators.
OPEN, TUPLE1, TUPLE2, TUPLE3, CLOSE_TUPLE, CLOSE_FROZEN, CLOSE_ITEMS, CLOSE_PAIRS, CLOSE_SET = range(20, 29)
APPEND, SETITEM, REDUCE, NEWOBJ, BUILD, PUT, GET, OTHER, SCALAR, SETS, FROZENS = range(29, 40)
# SETS and FROZENS are set and frozenset, called with a list before protocol 4.
# What a group becomes whose container was there before the stretch.
BATCH, PAIRS, TEXT_PAIRS, SET_BATCH = range(40, 44)
# From here on: names that may be called, with what may follow and what comes of it.
CLASS, MAKES, CALLS, CALLS_WITH, FILLS = 64, 1, 2, 4, 8
# From here on: dtypes of numpy, with the bytes of one number.
DTYPE, WIDEST = 128, 32
REAL = 255  # in the memo: the value itself is kept, its kind not known yet
ARITY = {TUPLE1: 1, TUPLE2: 2, TUPLE3: 3}
