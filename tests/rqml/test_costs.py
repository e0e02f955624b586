"""Costs of several repairs: shares compound, what describes the end is not summed, numbers are."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.costs import Final, Share, add_up

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=6)


@given(SHARES)
def test_shares_stay_shares_and_never_lose_less_than_the_greatest(shares):
    total = add_up({"loss": Share(share)} for share in shares)["loss"]
    assert max(shares) - 1e-12 <= total <= min(1.0, sum(shares)) + 1e-12


@given(SHARES, st.data())
def test_rows_left_out_one_repair_after_the_other_are_the_share_that_is_gone(shares, data):
    rows = left = data.draw(st.integers(1, 1000))
    costs = []
    for share in shares:
        gone = int(share * left)
        costs.append({"rows_lost": Share(gone / left), "rows": gone})
        left -= gone
        if not left:
            break
    total = add_up(costs)
    assert total["rows_lost"] == pytest.approx((rows - left) / rows)
    assert total["rows"] == rows - left


def test_of_finals_the_last_counts():
    assert add_up([{"size": Final(3), "n": 1.0}, {"size": Final(7), "n": 2.0}, {"other": 1.0}]) == {
        "size": 7,
        "n": 3.0,
        "other": 1.0,
    }


@pytest.mark.parametrize("kind", [Share, Final])
def test_kinds_survive_pickling_and_are_numbers_in_json(kind):
    assert type(pickle.loads(pickle.dumps(kind(0.5)))) is kind
    assert json.dumps({"loss": kind(0.5)}) == '{"loss": 0.5}'
