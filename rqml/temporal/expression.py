"""Expressions over the fields of an event, written as text: parsed once, checked, compiled.

`status == 'FAIL' and latency_s > 3` reads fields by name. A field that is missing, None or NaN makes what depends
on it unknown, by Kleene's tables: `False and unknown` is False. `field is None` asks for exactly that.
"""

from __future__ import annotations

import ast
import copy
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from rqml.errors import InvalidParameter
from rqml.evidence._encoding import is_missing
from rqml.subjects.trace import field_of
from rqml.syntax import parse_expression

COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, group: item in group,
    ast.NotIn: lambda item, group: item not in group,
}


def multiply(left: Any, right: Any) -> Any:
    """The product of two numbers. A text times a number is refused: an event could ask for gigabytes."""
    if isinstance(left, str | bytes | list | tuple) or isinstance(right, str | bytes | list | tuple):
        raise TypeError("only numbers are multiplied")
    return left * right


ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: multiply,
    ast.Div: operator.truediv,
}
_NEVER_MISSING = frozenset({int, str, bool})
_DEEPEST = 100
_GROUPS = (ast.Tuple, ast.List, ast.Set)
_ERRORS = (TypeError, ValueError, ArithmeticError)
_EVENT, _SLOW, _FAILURE, _PRODUCT, _SOUND = (
    "__event",
    "__slow",
    "__failure",
    "__product",
    "__sound",
)  # no field can be named so: _check refuses "__"


@attrs.frozen
class Expression:
    """A checked expression.

    Attributes:
        text: as written.
        tree: its syntax tree, of allowed nodes only.
        fields: the names it reads, in alphabetical order.
    """

    text: str
    tree: ast.expr = attrs.field(repr=False, eq=False)
    fields: tuple[str, ...]

    def value(self, event: Any) -> Any:
        """Its value on one event, None where that is unknown."""
        return interpret(self.tree, event)

    def compiled(self) -> Callable[[Any], Any]:
        """A function that gives the same as `value`, quickly for events that are dicts with all fields."""
        return _compile(self)


def parse(text: str) -> Expression:
    """The expression that a text says.

    Allowed: names of fields, numbers, texts, True, False; and, or, not; comparisons, also chained; `in` and
    `not in` a list of constants; `is None`, `is not None`; + - * / and abs(...).

    Raises:
        InvalidParameter: it cannot be parsed, or holds something else; the text says where.
    """
    try:
        tree = parse_expression(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None)
        raise InvalidParameter(f"cannot read the expression {text!r}: {_place(column)}{error.args[0]}") from None
    names: set[str] = set()
    _check(tree, text, names)
    return Expression(text.strip(), tree, tuple(sorted(names)))


def _check(node: ast.AST, text: str, names: set[str], depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise InvalidParameter(f"cannot read the expression: it is nested more than {_DEEPEST} deep")
    for child in _parts(node, text, names):
        if _is_truth(child) and not isinstance(node, ast.BoolOp) and not _is_negation(node):
            raise _refused(child, text, "what is true or false is not compared or computed with; use and, or, not")
        _check(child, text, names, depth + 1)


def _parts(node: ast.AST, text: str, names: set[str]) -> list[ast.AST]:
    """What must be checked below an allowed node; its name is added to `names`."""
    match node:
        case ast.Name(id=name) if "__" not in name:
            names.add(name)
            return []
        case ast.Constant(value=None):
            raise _refused(node, text, "whether a field is missing is asked by `field is None`")
        case ast.Constant(value=bool() | int() | float() | str()):
            return []
        case ast.BoolOp(values=values):
            return list(values)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            return [operand]
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), left=left, right=right):
            return [left, right]
        case ast.Call(func=ast.Name(id="abs"), args=[argument], keywords=[]):
            return [argument]
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            pairs = zip(ops, comparators, strict=True)
            return [left, *(part for op, right in pairs for part in _operands(op, right, node, text))]
    raise _refused(node, text)


def _is_truth(node: ast.AST) -> bool:
    return isinstance(node, ast.BoolOp | ast.Compare) or _is_negation(node)


def _is_negation(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _operands(op: ast.cmpop, right: ast.expr, node: ast.Compare, text: str) -> list[ast.AST]:
    """What must be checked of the right side of a comparison."""
    if isinstance(op, ast.Is | ast.IsNot):
        if isinstance(right, ast.Constant) and right.value is None and len(node.ops) == 1:
            return []
        raise _refused(node, text, "`is` compares with None only, e.g. `field is None`")
    if isinstance(op, ast.In | ast.NotIn):
        if isinstance(right, _GROUPS) and all(isinstance(_folded(item), ast.Constant) for item in right.elts):
            return []
        raise _refused(right, text, "`in` needs a list of constants, e.g. `status in ('FAIL', 'ERROR')`")
    return [right]


def _folded(node: ast.expr) -> ast.expr:
    """-1 is a constant too."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return node.operand
    return node


def _refused(node: ast.AST, text: str, hint: str = "") -> InvalidParameter:
    allowed = hint or "allowed are fields, constants, and/or/not, comparisons, in, is None, + - * / and abs()"
    place = _place(getattr(node, "col_offset", -1) + 1)
    return InvalidParameter(
        f"the expression {text!r} has a {type(node).__name__} {place}that is not allowed: {allowed}"
    )


def _place(column: int | None) -> str:
    return f"at column {column} " if column else ""


def interpret(node: ast.AST, event: Any) -> Any:
    """Kleene's evaluation of a checked tree, None for unknown."""
    match node:
        case ast.Name(id=name):
            return known(field_of(event, name))
        case ast.Constant(value=value):
            return value
        case ast.BoolOp(op=op, values=values):
            return _connective(isinstance(op, ast.And), [interpret(value, event) for value in values])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            value = interpret(operand, event)
            return None if value is None else not value
        case ast.UnaryOp(operand=operand):
            return _applied(operator.neg, interpret(operand, event))
        case ast.Call(args=[argument]):
            return _applied(abs, interpret(argument, event))
        case ast.BinOp(op=op, left=left, right=right):
            return known(_applied(ARITHMETIC[type(op)], interpret(left, event), interpret(right, event)))
    assert isinstance(node, ast.Compare)  # noqa: S101 - _check lets nothing else through
    return _comparison(node, event)


def _comparison(node: ast.Compare, event: Any) -> bool | None:
    if isinstance(node.ops[0], ast.Is | ast.IsNot):
        return (interpret(node.left, event) is None) is isinstance(node.ops[0], ast.Is)
    links = []
    left = interpret(node.left, event)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = ast.literal_eval(comparator) if isinstance(op, ast.In | ast.NotIn) else interpret(comparator, event)
        answer = _applied(COMPARISONS[type(op)], left, right)
        links.append(None if answer is None else bool(answer))
        left = right
    return _connective(True, links)


def _connective(conjunction: bool, values: list[Any]) -> bool | None:
    decisive = not conjunction
    truths = [None if value is None else bool(value) for value in values]
    if decisive in truths:
        return decisive
    return None if None in truths else conjunction


def _applied(function: Callable[..., Any], *values: Any) -> Any:
    if any(value is None for value in values):
        return None
    try:
        return function(*values)
    except _ERRORS:
        return None


def known(value: Any) -> Any:
    """The value, or None if it stands for none: a NaN of any kind, NaT, NA."""
    kind = type(value)
    if kind is float:
        return None if math.isnan(value) else value
    return value if kind in _NEVER_MISSING or not is_missing(value) else None


def _compile(expression: Expression) -> Callable[[Any], Any]:
    """Python code that reads each field once and leaves whatever is unusual to the interpreter.

    Only names and operators that `_check` let through are compiled, and no builtin but abs can be reached.
    """
    if any(isinstance(node, ast.Is | ast.IsNot | ast.Div) for node in ast.walk(expression.tree)):
        return expression.value

    def slow(event: Any) -> Any:
        return interpret(expression.tree, event)

    reads = "".join(f"    {name} = {_EVENT}[{name!r}]\n" for name in expression.fields)
    odd = " or ".join(f"{name} is None or {name} != {name}" for name in expression.fields) or "False"
    tree = _Computed().visit(copy.deepcopy(expression.tree))
    code = (
        f"def test({_EVENT}):\n  try:\n{reads}    if {odd}: return {_SLOW}({_EVENT})\n"
        f"    return {ast.unparse(tree)}\n  except {_FAILURE}:\n    return {_SLOW}({_EVENT})\n"
    )
    scope: dict[str, Any] = {_SLOW: slow, _FAILURE: Exception, _PRODUCT: multiply, _SOUND: _sound}
    scope["__builtins__"] = {"abs": abs}
    exec(compile(code, "<expression>", "exec"), scope)  # noqa: S102 - of a checked tree
    test: Callable[[Any], Any] = scope["test"]
    return test


def _sound(value: Any) -> Any:
    """What was computed, unless it is NaN (inf - inf), which is for the interpreter to call unknown."""
    if value != value:  # noqa: PLR0124 - quicker than math.isnan, and for all types
        raise ValueError("not a number")
    return value


class _Computed(ast.NodeTransformer):
    """Products by `multiply`, and no NaN."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        product = isinstance(node.op, ast.Mult)
        computed = ast.Call(ast.Name(_PRODUCT, ast.Load()), [node.left, node.right], []) if product else node
        return ast.Call(ast.Name(_SOUND, ast.Load()), [computed], [])
