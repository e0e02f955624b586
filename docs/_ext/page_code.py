"""The code of a page: its fenced blocks in order, and a player that runs them."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import attrs

_FENCE = re.compile(
    r'^(?P<indent> *)```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<code>.*?)^(?P=indent)```$', re.M | re.S
)
_UNWANTED = ("RQML_MODE", "FORCE_COLOR", "PY_COLORS", "PYTEST_ADDOPTS")
_OUTPUTS = ("text", "console")
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@attrs.frozen
class Block:
    """A fenced block.

    Attributes:
        language: python, toml, sh, text, ...
        title: name of the file it shows, empty if it shows none.
        code: the text, unindented.
        line: one-based line of the page at which the code begins.
    """

    language: str
    title: str
    code: str
    line: int


class WrongOutput(AssertionError):
    """A page promises another output than its code gives."""


def blocks_of(page: str) -> Iterator[Block]:
    """The fenced blocks of a Markdown text, in order."""
    for match in _FENCE.finditer(page):
        indent = len(match["indent"])
        code = "".join(line[indent:] or "\n" for line in match["code"].splitlines(keepends=True))
        yield Block(match["language"], match["title"] or "", code, page.count("\n", 0, match.start("code")) + 1)


def play(page: Path, folder: Path) -> list[tuple[Block, str]]:
    """Run a page in a folder, which must be the working directory.

    A block with a title is written there as a file. Other Python blocks run in order in one module; a shell block runs
    if an output (text or console) follows. Gives each output, with what the code really printed.
    """
    module = ModuleType(f"page_{page.stem.replace('-', '_')}")
    sys.modules[module.__name__] = module
    played: list[tuple[Block, str]] = []
    output: str | None = None
    blocks = list(blocks_of(page.read_text("utf-8")))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        tells = following is not None and following.language in _OUTPUTS and not following.title
        if block.title:
            (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.title).write_text(block.code, "utf-8")
        elif block.language == "python":
            output = _run_python(block, page, module)
            continue
        elif block.language == "sh" and tells:
            output = _run_shell(block, folder)
            continue
        elif block.language in _OUTPUTS and output is not None:
            played.append((block, output))
        output = None
    return played


def expect(played: list[tuple[Block, str]], page: Path) -> None:
    """Compare outputs with what the page says; `...` stands for anything, white space counts once.

    Raises:
        WrongOutput: they differ.
    """
    for block, output in played:
        if not doctest.OutputChecker().check_output(block.code, output, _FLAGS):
            raise WrongOutput(f"{page.name}:{block.line} says\n{block.code}\nbut the code gives\n{output}")


def _run_python(block: Block, page: Path, module: ModuleType) -> str:
    code = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, vars(module))
    return printed.getvalue()


def _run_shell(block: Block, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    variables = kept | {"PATH": path, "COLUMNS": "120", "NO_COLOR": "1", "PYTHONPATH": str(folder)}
    done = subprocess.run(
        ["bash", "-c", block.code],
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout
