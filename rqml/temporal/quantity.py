"""Quantities: a number read from one event, or from all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import InvalidParameter, RqmlError, is_crash
from rqml.subjects.trace import Trace
from rqml.temporal.expression import Expression, parse
from rqml.temporal.predicate import NO_ARRAYS, digest_of

if TYPE_CHECKING:
    import numpy as np

Value = Callable[[Any], "float | None"]
LARGEST = 1e290
"""Numbers from here on are taken as missing, as NaN and infinity are: their sums might not be finite."""


@attrs.frozen
class Quantity:
    """A number read from one event.

    Attributes:
        source: an arithmetic expression over fields, or a function of the event.
        text: what it is, in words.
    """

    source: Expression | Callable[[Any], Any] = attrs.field(repr=False)
    text: str

    @property
    def digest(self) -> str:
        """As for predicates."""
        return digest_of(self.source)

    def read(self) -> Value:
        """A function of the event; None where there is no finite number (below 1e290)."""
        function = self.source.compiled() if isinstance(self.source, Expression) else self.source
        return lambda event: _finite(function, event)

    def values(self, trace: Trace) -> np.ndarray:
        """The numbers of all events, NaN where there is none: float64 array of shape (events,)."""
        import numpy as np

        if isinstance(self.source, Expression):
            from rqml.temporal.columns import over_columns

            try:
                found, mask = over_columns(self.source.tree, trace.column)
                array = np.broadcast_to(np.asarray(found), (len(trace),))
                if array.dtype.kind in "fiu":
                    array = array.astype(np.float64)
                    missing = ~(np.abs(array) < LARGEST)
                    array[missing if mask is None else mask | missing] = np.nan
                    return array
            except NO_ARRAYS as error:
                if isinstance(error, RqmlError):
                    raise
        read = self.read()
        numbers = [read(record) for record in trace.records()]
        return np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)


def quantity(source: Any) -> Quantity:
    """The number that a text or a function of the event stands for.

    Raises:
        InvalidParameter: it is neither, or the text is not an expression.
    """
    if isinstance(source, Quantity):
        return source
    if isinstance(source, str):
        return Quantity(parse(source), source.strip())
    if callable(source) and not isinstance(source, type):
        return Quantity(source, str(getattr(source, "__name__", type(source).__name__)))
    raise InvalidParameter(f"a number is a field, a text or a function of the event, not a {type(source).__name__}")


def _finite(function: Callable[[Any], Any], event: Any) -> float | None:
    try:
        value = function(event)
        number = None if value is None or isinstance(value, bool | str) else float(value)
    except BaseException as error:
        if not is_crash(error):
            raise
        return None
    return number if number is not None and abs(number) < LARGEST else None
