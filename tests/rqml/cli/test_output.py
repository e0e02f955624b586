from __future__ import annotations

import io
import sys

import pytest

from rqml import Specification, System
from rqml.cli.output import show, table


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def opened():
        # within the test: pytest puts its own standard output back between set-up and call
        monkeypatch.setattr(sys, "stdout", Terminal())
        return sys.stdout

    return opened


def test_rows_are_aligned_columns_in_a_pipe(capsys):
    table([("a", "long"), ("bb", "x")], ("one", "two"))
    assert capsys.readouterr().out == "a   long\nbb  x\n"


def test_rows_are_a_table_on_a_terminal(terminal):
    screen = terminal()
    table([("a", "[red]long")], ("one", "two"))
    assert "one" in screen.getvalue()
    assert "[red]long" in screen.getvalue()


def test_no_rows_are_no_lines(capsys):
    table([], ("one", "two"))
    assert capsys.readouterr().out == ""


def test_a_report_is_drawn_on_a_terminal(terminal):
    screen = terminal()
    show(Specification("credit", []).check(System("s")))
    assert "\x1b[" in screen.getvalue()


def test_a_report_is_plain_in_a_pipe(capsys):
    report = Specification("credit", []).check(System("s"))
    show(report)
    assert capsys.readouterr().out == f"{report}\n"
