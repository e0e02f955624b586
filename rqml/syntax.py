"""Python's own parser, one thread at a time.

CPython 3.11 counts the depth of a syntax tree once for all threads: two that parse at the same time can end in a
SystemError that neither of them caused.
"""

from __future__ import annotations

import ast
import threading

_one_at_a_time = threading.Lock()


def parse(source: str | bytes) -> ast.Module:
    """The syntax tree of a module's source.

    Raises:
        SyntaxError: this is not Python.
    """
    with _one_at_a_time:
        return ast.parse(source)


def parse_expression(source: str) -> ast.Expression:
    """The syntax tree of a single expression.

    Raises:
        SyntaxError: this is not a Python expression.
    """
    with _one_at_a_time:
        return ast.parse(source, mode="eval")
