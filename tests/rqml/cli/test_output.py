from __future__ import annotations

import io
import sys

import pytest

from rqml import Specification, System
from rqml.cli import main
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


def test_a_pipe_that_knows_no_lines_gets_signs_in_their_place(tmp_path, monkeypatch):
    path = tmp_path / "s.py"
    path.write_text(
        "from rqml import Specification, System\nempty = Specification('café', [], system=System('s'))\n", "utf-8"
    )
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", pipe)
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(path)])
    pipe.flush()
    assert stopped.value.code == 3
    assert b"caf? on s" in pipe.buffer.getvalue()
