"""Hierarchy: trees are read, built and refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.errors import InvalidSubject
from rqml.subjects.hierarchy import Hierarchy

SMALL = (("a", "x", "*"), ("b", "x", "*"), ("c", "y", "*"))


def test_csv_without_header_is_read_level_by_level(tmp_path):
    path = tmp_path / "h.csv"
    path.write_text("a;x;*\nb;x;*\n\nc;y;*\n", encoding="utf-8")
    hierarchy = Hierarchy.from_csv(path)
    assert hierarchy.rows == SMALL
    assert (hierarchy.height, hierarchy.leaves) == (3, ("a", "b", "c"))
    assert hierarchy.leaves_under(1, "x") == ("a", "b")


def test_another_separator_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "h.csv"
    path.write_text("é,*\nü,*\n", encoding="utf-8-sig")
    assert Hierarchy.from_csv(path, separator=",").leaves == ("é", "ü")
    with pytest.raises(InvalidSubject, match="separator="):
        Hierarchy.from_csv(path)


@pytest.mark.parametrize("value", [39, 39.0, "39"])
def test_numbers_match_the_text_of_a_file(value):
    hierarchy = Hierarchy.from_rows([("38", "30-39", "*"), ("39", "30-39", "*")])
    assert hierarchy.path(value) == ("39", "30-39", "*")


def test_an_inner_node_keeps_its_label_below_its_level():
    assert Hierarchy(SMALL).path("x") == ("x", "x", "*")
    assert Hierarchy(SMALL).path("*") == ("*", "*", "*")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows"),
        ([("a", "x", "*"), ("b", "*")], "ragged"),
        ([("a", "x"), ("b", "*")], "last level"),
        ([("*",)], "two levels"),
        ([("a", "x", "*"), ("a", "x", "*")], "same leaf"),
        ([("a", "x", "u", "*"), ("b", "x", "v", "*")], "two parents"),
        ([("a", "b", "*"), ("b", "a", "*")], "cyclic"),
    ],
)
def test_what_is_no_tree_is_refused(rows, message):
    with pytest.raises(InvalidSubject, match=message):
        Hierarchy.from_rows(rows)


def test_an_unreadable_file_is_refused(tmp_path):
    with pytest.raises(InvalidSubject, match="cannot be read"):
        Hierarchy.from_csv(tmp_path / "missing.csv")
    (tmp_path / "latin").write_bytes(b"\xe9;*\n")
    with pytest.raises(InvalidSubject, match="UTF-8"):
        Hierarchy.from_csv(tmp_path / "latin")


def test_an_absent_value_is_refused_without_repeating_it():
    with pytest.raises(InvalidSubject, match="absent") as caught:
        Hierarchy(SMALL).path("secret-value")
    assert "secret-value" not in str(caught.value)


@given(st.integers(0, 99))
def test_an_interval_holds_its_number(value):
    path = Hierarchy.intervals(0, 99, (5, 10, 20)).path(value)
    assert path[0] == str(value)
    for label, width in zip(path[1:-1], (5, 10, 20), strict=True):
        low, high = map(int, label.split("-"))
        assert low <= value <= high
        assert high - low + 1 == width


def test_a_number_between_leaves_belongs_to_the_leaf_below():
    assert Hierarchy.intervals(0, 9, (5,)).path(4.9) == ("4", "0-4", "*")
    for outside in (-1, 10, float("nan"), "x"):
        with pytest.raises(InvalidSubject):
            Hierarchy.intervals(0, 9, (5,)).path(outside)


def test_the_last_interval_ends_with_the_domain():
    assert Hierarchy.intervals(0, 7, (5,)).path(7) == ("7", "5-7", "*")


@pytest.mark.parametrize("bad", [(0, 9, ()), (9, 0, (5,)), (0, 9, (4, 6)), (0, 9, (5, 5)), (0, float("inf"), (5,))])
def test_intervals_that_do_not_nest_are_refused(bad):
    with pytest.raises(InvalidSubject):
        Hierarchy.intervals(*bad)


@given(st.sets(st.text("0123456789AZ", min_size=1, max_size=6), min_size=1))
def test_prefixes_mask_from_the_right(values):
    hierarchy = Hierarchy.prefixes(values)
    for value in values:
        labels = hierarchy.path(value)[:-1]
        assert all(len(label) == len(value) for label in labels)
        assert all(value.startswith(label.rstrip("*")) for label in labels)


def test_prefix_lengths_must_fall():
    missing = [None, float("nan"), pd.NA, pd.NaT, np.nan]
    assert Hierarchy.prefixes(["750", *missing]) == Hierarchy.prefixes(["750"])
    assert Hierarchy.prefixes(["75011"], (4, 2)).rows == (("75011", "7501*", "75***", "*"),)
    with pytest.raises(InvalidSubject, match="fall"):
        Hierarchy.prefixes(["75011"], (2, 4))


def test_importing_it_loads_no_array_library():
    code = "import sys, rqml.subjects.hierarchy; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_intervals_of_too_many_leaves_ask_for_a_step():
    with pytest.raises(InvalidSubject, match=r"1000000001 leaves .* by step=, above 1000,"):
        Hierarchy.intervals(0, 10**9, (10,))
    assert Hierarchy.intervals(0, 10**9, (10**8,), step=10**6).height == 3
