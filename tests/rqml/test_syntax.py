"""Sources are parsed by one thread at a time: CPython mistakes the depth of one thread for that of another."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from rqml import syntax


def test_the_trees_are_those_of_ast():
    assert ast.dump(syntax.parse(b"x = 1")) == ast.dump(ast.parse("x = 1"))
    assert ast.dump(syntax.parse_expression("x + 1")) == ast.dump(ast.parse("x + 1", mode="eval"))
    with pytest.raises(SyntaxError):
        syntax.parse("x =")


def test_a_second_thread_waits_for_the_first(monkeypatch):
    inside, leave, second_inside, order = Event(), Event(), Event(), []

    def slow(source, mode="exec"):
        order.append(f"begin {source}")
        if source == "first":
            inside.set()
            leave.wait(10)
        else:
            second_inside.set()
        order.append(f"end {source}")

    monkeypatch.setattr(ast, "parse", slow)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(syntax.parse, "first")
        assert inside.wait(10)
        second = pool.submit(syntax.parse_expression, "second")
        assert not second_inside.wait(0.1)
        leave.set()
        second.result(10)
    assert order == ["begin first", "end first", "begin second", "end second"]


def test_many_threads_at_once_parse_what_each_was_given():
    source = "\n".join(f"def f{n}(a, *, b=[{n}, ({n},)]): return {{a: [b for b in (a, {n})]}}" for n in range(200))
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(syntax.parse, [source] * 64))
    assert len({len(tree.body) for tree in trees}) == 1
