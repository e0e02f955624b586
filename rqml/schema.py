"""Schema: which fields a request has, of which types, within which bounds. A predicate on requests."""

from __future__ import annotations

import abc
import math
import numbers
import re
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import attrs

from rqml.errors import InvalidParameter
from rqml.meta import one_or_many


@attrs.frozen
class Rule(abc.ABC):
    """What one field may hold.

    Attributes:
        optional: the field may be missing or None.
    """

    optional: bool = attrs.field(default=False, kw_only=True, validator=attrs.validators.instance_of(bool))

    @abc.abstractmethod
    def fault(self, value: Any) -> str:
        """What is wrong with a value, without the value; empty if nothing is."""

    def clipped(self, value: Any) -> Any:
        """The nearest value that is allowed; the value itself where there is none that is near."""
        return value


@attrs.frozen
class Number(Rule):
    """A finite number (no truth value, no text) from `low` to `high`, both included.

    Attributes:
        low: smallest value; None for any.
        high: largest value; None for any.
        whole: integers only.
    """

    low: float | None = None
    high: float | None = None
    whole: bool = attrs.field(default=False, kw_only=True)
    _least: float = attrs.field(init=False, repr=False, eq=False)
    _most: float = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Refuse bounds that nothing can meet."""
        for name in ("low", "high"):
            bound = getattr(self, name)
            if bound is not None and (not isinstance(bound, int | float) or not math.isfinite(bound)):
                raise InvalidParameter(f"{name} is a finite number or None, got {bound!r}", name)
        object.__setattr__(self, "_least", -1.7e308 if self.low is None else self.low)
        object.__setattr__(self, "_most", 1.7e308 if self.high is None else self.high)
        if self._least > self._most:
            raise InvalidParameter(f"low = {self.low} is above high = {self.high}")

    def fault(self, value: Any) -> str:
        """Type, then bounds; NaN and infinity are out of any."""
        kind = type(value)
        if kind is not float and kind is not int:
            if not _is_number(value):
                return f"is no number but {kind.__name__}"
            value = float(value)
        if not self._least <= value <= self._most:
            return "is no finite number" if _not_finite(value) else f"is not from {self.low} to {self.high}"
        if self.whole and value != int(value):
            return "is not whole"
        return ""

    def clipped(self, value: Any) -> Any:
        """The bound it went over."""
        if not _is_number(value) or _not_finite(value):
            return value
        if self.low is not None and value < self.low:
            return self.low
        return self.high if self.high is not None and value > self.high else value


@attrs.frozen
class Text(Rule):
    """A text.

    Attributes:
        longest: largest number of characters.
        pattern: regular expression that all of it matches; None for any text.
    """

    longest: int = attrs.field(default=1000, validator=[attrs.validators.instance_of(int), attrs.validators.ge(0)])
    pattern: str | None = attrs.field(default=None, kw_only=True)
    _matches: Any = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Compile the pattern."""
        try:
            found = None if self.pattern is None else re.compile(self.pattern).fullmatch
        except (re.error, TypeError) as error:
            raise InvalidParameter(f"pattern is no regular expression: {error}", "pattern") from None
        object.__setattr__(self, "_matches", found)

    def fault(self, value: Any) -> str:
        """Type, length, pattern; a text that is too long is not matched."""
        if not isinstance(value, str):
            return f"is no text but {type(value).__name__}"
        if len(value) > self.longest:
            return f"has more than {self.longest} characters"
        return "" if self._matches is None or self._matches(value) else "does not match its pattern"


def _several(values: Any) -> tuple[Any, ...]:
    found = tuple(values) if isinstance(values, list | tuple | set | frozenset) else ()
    if not found or not all(isinstance(value, Hashable) for value in found):
        raise InvalidParameter("OneOf needs a list of values, e.g. OneOf(['north', 'south'])")
    return found


@attrs.frozen
class OneOf(Rule):
    """One of given values, of the type given (True is not 1).

    Attributes:
        values: the values.
    """

    values: tuple[Any, ...] = attrs.field(converter=_several)
    _known: frozenset[Any] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Values with their types."""
        object.__setattr__(self, "_known", frozenset((type(value), value) for value in self.values))

    def fault(self, value: Any) -> str:
        """Membership; what has no hash is no member."""
        try:
            known = (type(value), value) in self._known
        except TypeError:
            known = False
        return "" if known else f"is none of its {len(self.values)} values"


def _names(value: str | Iterable[str]) -> frozenset[str]:
    return frozenset(one_or_many(value))


@attrs.frozen
class Schema:
    """The fields of a request. As a predicate it is true of a request that keeps all rules and has no other fields.

    Attributes:
        rules: what each field may hold, by its name.
        others: fields that are not looked at (a time, an id, a name of the client).

    Raises:
        InvalidParameter: there is no rule, or one is none.
    """

    rules: Mapping[str, Rule] = attrs.field(hash=False)
    others: frozenset[str] = attrs.field(default=frozenset(), converter=_names, kw_only=True)
    _each: tuple[tuple[str, Rule], ...] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Check the rules."""
        if not isinstance(self.rules, Mapping) or not self.rules:
            raise InvalidParameter("a schema needs rules by field: Schema({'age': Number(0, 120)})")
        for name, rule in self.rules.items():
            if not isinstance(name, str) or not isinstance(rule, Rule):
                raise InvalidParameter(f"field {name!r} needs a rule such as Number(0, 120), not {rule!r}")
        object.__setattr__(self, "_each", tuple(self.rules.items()))

    def __call__(self, request: Any) -> bool:
        """True if there is no fault."""
        return not self.fault(request)

    def fault(self, request: Any) -> str:
        """The first thing that is wrong with a request, without any of its content; empty if nothing is."""
        if not isinstance(request, Mapping):
            return f"the request is no mapping of fields but {type(request).__name__}"
        known = 0
        for name, rule in self._each:
            value = request.get(name)
            if value is None:
                if not rule.optional:
                    return f"field {name!r} is missing"
                known += name in request
                continue
            known += 1
            fault = rule.fault(value)
            if fault:
                return f"field {name!r} {fault}"
        if known == len(request):
            return ""
        unknown = sum(name not in self.rules and name not in self.others for name in request)
        return f"the request has {unknown} fields that the schema does not know" if unknown else ""

    def clipped(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A copy with numbers moved to their nearest bound and without unknown fields; other faults stay."""
        return {
            name: self.rules[name].clipped(value) if name in self.rules else value
            for name, value in request.items()
            if name in self.rules or name in self.others
        }


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _not_finite(value: Any) -> bool:
    return bool(value != value or value in (math.inf, -math.inf))  # noqa: PLR0124 - isfinite fails on huge integers
