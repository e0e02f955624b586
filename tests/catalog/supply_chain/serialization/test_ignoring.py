"""Patterns of `.rqmlignore`: the rules of gitignore(5), and git itself as the reference."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml_catalog.supply_chain.serialization import files_below
from rqml_catalog.supply_chain.serialization.ignoring import is_ignored

EXAMPLES = [
    # pattern, path, left out
    ("*.csv", "a.csv", True),
    ("*.csv", "deep/er/a.csv", True),
    ("*.csv", "a.csv.pkl", False),
    ("/a.csv", "deep/a.csv", False),
    ("/a.csv", "a.csv", True),
    ("deep/*.csv", "deep/a.csv", True),
    ("deep/*.csv", "deep/er/a.csv", False),
    ("deep/**/a.csv", "deep/a.csv", True),
    ("deep/**/a.csv", "deep/er/er/a.csv", True),
    ("**/er/a.csv", "deep/er/a.csv", True),
    ("deep/**", "deep/er/a.csv", True),
    ("deep/**", "deep", False),
    ("a?.csv", "ab.csv", True),
    ("a?.csv", "a/.csv", False),
    ("a**/b", "ac/b", True),
    ("a**/b", "ab", False),
    ("c//", "c", False),
    ("a[0-9].csv", "a7.csv", True),
    ("a[!0-9].csv", "a7.csv", False),
    ("a[]x].csv", "a].csv", True),
    ("a[]*", "a", False),
    ("a[!]", "ab", False),
    ("cache/", "cache", False),  # it is a file here
    ("# a", "# a", False),
    (r"\# a", "# a", True),
    (r"\!a", "!a", True),
    ("a ", "a", True),
    (r"a\ ", "a ", True),
    ("", "a", False),
    ("[", "[", False),
]


@pytest.mark.parametrize(("pattern", "path", "expected"), EXAMPLES)
def test_rules_of_the_manual(pattern, path, expected):
    assert is_ignored(path, [pattern]) == expected


def test_the_last_pattern_decides():
    assert not is_ignored("keep.csv", ["*.csv", "!keep.csv"])
    assert is_ignored("keep.csv", ["!keep.csv", "*.csv"])


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    if shutil.which("git") is None:
        pytest.skip("git is the reference")
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", root], check=True)
    for name in ("a", "b.c", "d/a", "d/b.c", "d/e/a", "d/e/b.c", "c/a", "c/d/a", "ab", "!a", "#a"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


# Beside anything but a slash, two stars are one, says the manual; git 2.39 compares unrelated addresses to decide.
ODD_STARS = re.compile(r"[^/]\*\*|\*\*[^/]")
pieces = st.sampled_from(
    ["a", "b", "c", "d", "e", ".", "*", "**", "?", "/", "[ab]", "[!a]", "[", "]", "#", " ", "!", r"\!", r"\#"]
)
lines = st.builds(
    lambda prefix, parts: prefix + "".join(parts), st.sampled_from(["", "!", "/"]), st.lists(pieces, max_size=5)
).filter(lambda line: not ODD_STARS.search(line))


@given(patterns=st.lists(lines, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_git_leaves_out_the_same_files(repository, patterns):
    (repository / ".gitignore").write_text("\n".join(patterns) + "\n")
    words = ["git", "-C", repository, "ls-files", "-z", "--others", "--exclude-standard"]
    listed = subprocess.run(words, capture_output=True, check=True).stdout.decode().split("\0")[:-1]
    found = [path.relative_to(repository).as_posix() for path in files_below(repository, (*patterns, "/.git/"))]
    assert sorted(found) == sorted(listed)
