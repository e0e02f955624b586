"""Expressions over whole columns: the same answers as event by event, computed by numpy.

A value is a pair: an array, and a mask of what is unknown (None if nothing is). Where columns hold what numpy
cannot compare (mixed types) or would round (integers from 2**53 on), the caller falls back to event by event.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np  # noqa: TID253 - this module is imported only to compute with columns

from rqml.temporal.expression import ARITHMETIC, COMPARISONS, known

Masked = tuple[Any, np.ndarray | None]
_EXACT = 2**53
"""Integers below are exact in double precision."""


def over_columns(tree: ast.expr, column: Callable[[str], Any]) -> Masked:
    """Values and mask of a checked expression; `column(name)` gives the values of a field.

    Raises:
        TypeError, ValueError, OverflowError: the columns cannot be computed as arrays.
    """
    fields: dict[str, Masked] = {}

    def field(name: str) -> Masked:
        if name not in fields:
            fields[name] = as_masked(column(name))
        return fields[name]

    with np.errstate(all="ignore"):
        return _evaluate(tree, field)


def as_masked(values: Any) -> Masked:
    """A typed array of the values of one field, and where they are missing (None or NaN)."""
    if isinstance(values, np.ndarray):
        if values.dtype.kind == "f":
            return values.astype(np.float64, copy=False), _or_none(np.isnan(values))
        return values, None
    kinds = set(map(type, values))
    if kinds <= {float}:
        array = np.array(values, dtype=np.float64)
        return array, _or_none(np.isnan(array))
    if kinds in ({int}, {bool}) and (array := np.array(values)).dtype.kind in "iub":
        return array, None
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array, _or_none(np.fromiter((known(v) is None for v in values), dtype=bool, count=len(values)))


def _evaluate(node: ast.AST, field: Callable[[str], Masked]) -> Masked:
    match node:
        case ast.Name(id=name):
            return field(name)
        case ast.Constant(value=value):
            return value, None
        case ast.BoolOp(op=op, values=values):
            return _connective(isinstance(op, ast.And), [_evaluate(value, field) for value in values])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            value, mask = _evaluate(operand, field)
            return ~_truth(value), mask
        case ast.UnaryOp(operand=operand):
            return _elementwise(np.negative, _number(_evaluate(operand, field)))
        case ast.Call(args=[argument]):
            return _elementwise(np.abs, _number(_evaluate(argument, field)))
        case ast.BinOp(op=op, left=left, right=right):
            return _arithmetic(op, _number(_evaluate(left, field)), _number(_evaluate(right, field)))
    assert isinstance(node, ast.Compare)  # noqa: S101 - the parser lets nothing else through
    return _comparison(node, field)


def _comparison(node: ast.Compare, field: Callable[[str], Masked]) -> Masked:
    left = _evaluate(node.left, field)
    if isinstance(node.ops[0], ast.Is | ast.IsNot):
        missing = np.zeros(np.shape(left[0]), dtype=bool) if left[1] is None else left[1]
        return missing == isinstance(node.ops[0], ast.Is), None
    links = []
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, ast.In | ast.NotIn):
            links.append(_membership(isinstance(op, ast.In), left, ast.literal_eval(comparator)))
            continue
        right = _evaluate(comparator, field)
        links.append(_elementwise(COMPARISONS[type(op)], left, right))
        left = right
    return _connective(True, links) if len(links) > 1 else links[0]


def _membership(wanted: bool, left: Masked, group: Any) -> Masked:
    found: Any = np.zeros(np.shape(left[0]), dtype=bool)
    for item in group:
        found = found | _elementwise(np.equal if item is not None else _never, left, (item, None))[0].astype(bool)
    return found == wanted, left[1]


def _never(values: Any, _item: Any) -> Any:
    return np.zeros(np.shape(values), dtype=bool)


def _connective(conjunction: bool, parts: list[Masked]) -> Masked:
    decisive = not conjunction
    truths = [(_truth(value), mask) for value, mask in parts]
    decided: Any = False
    unknown: Any = None
    for truth, mask in truths:
        says = truth == decisive
        decided = decided | (says if mask is None else says & ~mask)
        if mask is not None:
            unknown = mask if unknown is None else unknown | mask
    value = decided == decisive
    return value, None if unknown is None else _or_none(unknown & ~decided)


def _arithmetic(op: ast.operator, left: Masked, right: Masked) -> Masked:
    if isinstance(op, ast.Div):
        zero = np.equal(right[0], 0)
        right = (right[0], _either(right[1], _or_none(zero)) if np.ndim(zero) else right[1])
        if not np.ndim(zero) and zero:
            raise ValueError("division by the constant zero")
    function = np.multiply if isinstance(op, ast.Mult) else ARITHMETIC[type(op)]
    if not isinstance(op, ast.Div) and _is_integer(left[0]) and _is_integer(right[0]):
        _refuse_rounding(function(np.asarray(left[0], np.float64), np.asarray(right[0], np.float64)))  # cannot overflow
    value, mask = _elementwise(function, left, right)
    return value, _either(mask, _or_none(np.isnan(value)))


def _elementwise(function: Callable[..., Any], *operands: Masked) -> Masked:
    """Apply to what is known; what is not gets a placeholder under the mask."""
    mask = None
    for _, each in operands:
        mask = _either(mask, each)
    values = [value for value, _ in operands]
    _alike(values)
    if not all(map(_is_integer, values)):
        for value in filter(_is_integer, values):
            _refuse_rounding(value)
    if mask is None or not any(_is_object(value) for value in values):
        return function(*values), mask
    kept = ~mask
    some = np.asarray(function(*(value[kept] if np.ndim(value) else value for value in values)))
    whole = np.zeros(mask.shape, dtype=some.dtype)
    whole[kept] = some
    return whole, mask


def _is_object(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "O"


def _alike(values: list[Any]) -> None:
    """numpy compares texts with numbers by converting one to the other; Python does not."""
    texts = [isinstance(value, str) or getattr(value, "dtype", np.dtype(bool)).kind in "US" for value in values]
    objects = [_is_object(value) for value in values]
    if any(texts) and not all(text or other for text, other in zip(texts, objects, strict=True)):
        raise TypeError("texts and numbers")


def _number(operand: Masked) -> Masked:
    """Numbers only, integers with 64 bits; texts and integers that might be rounded are left to event by event."""
    value, mask = operand
    if isinstance(value, str) or getattr(value, "dtype", np.dtype(float)).kind not in "fiub":
        raise TypeError("arithmetic needs numbers")
    if not _is_integer(value):
        return value, mask
    _refuse_rounding(value)
    return (value.astype(np.int64) if isinstance(value, np.ndarray) else int(value)), mask


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) or getattr(value, "dtype", np.dtype(float)).kind in "iub"


def _refuse_rounding(value: Any) -> None:
    """Python computes with all digits of an integer, and compares it so with a float."""
    if np.size(value) and (np.max(value) >= _EXACT or np.min(value) <= -_EXACT):
        raise OverflowError("integers from 2**53 on")


def _truth(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value if value.dtype == bool else value.astype(bool)
    return np.bool_(bool(value))


def _either(one: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    if one is None or other is None:
        return other if one is None else one
    both: np.ndarray = one | other
    return both


def _or_none(mask: Any) -> Any:
    """The mask, or None where it masks nothing."""
    return mask if np.any(mask) else None
