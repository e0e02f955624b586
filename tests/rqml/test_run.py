from __future__ import annotations

import pickle
import threading
import time
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.errors import InvalidParameter, TimedOut
from rqml.run import Memo, Run, derive_seed

names = st.lists(st.one_of(st.text(max_size=5), st.integers()), min_size=1, max_size=3)


@given(st.integers(0, 2**40), names)
def test_derived_seeds_follow_from_seed_and_names_only(seed: int, path: list[Any]) -> None:
    derived = derive_seed(seed, *path)
    assert 0 <= derived < 2**32
    assert derived == derive_seed(seed, *path) == Run(seed=seed).derive(*path).seed
    assert derived != derive_seed(seed + 1, *path)
    assert derived != derive_seed(seed, *path, "more")


def test_a_number_is_another_name_than_its_digits() -> None:
    assert derive_seed(0, 1) != derive_seed(0, "1")


def test_seeds_are_the_same_on_every_machine() -> None:
    assert derive_seed(0, "before") == 3835566597
    assert Run(seed=3).rng("a").integers(1 << 30) == Run(seed=3).rng("a").integers(1 << 30)
    assert Run(seed=3).rng("a").integers(1 << 30) != Run(seed=3).rng("b").integers(1 << 30)


def test_a_derived_run_shares_all_but_the_seed() -> None:
    run = Run(seed=1, confidence=0.9, timeout=3, jobs=2)
    assert attrs.evolve(run.derive("x"), seed=1) == run
    assert run.derive("x").memo is run.memo


@pytest.mark.parametrize(
    "bad",
    [{"timeout": 0}, {"timeout": -1}, {"timeout": float("nan")}, {"confidence": 95}, {"confidence": 0.0}],
)
def test_settings_that_make_no_sense_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter, match=next(iter(bad))):
        Run(**bad)


def test_a_value_is_computed_once_for_each_subject_and_key() -> None:
    run, other, calls = Run(), Run(), []
    one, two = [1], [1]

    def compute() -> int:
        calls.append(1)
        return len(calls)

    assert [run.once(one, "k", compute), run.once(one, "k", compute), run.derive("x").once(one, "k", compute)] == [
        1,
        1,
        1,
    ]
    assert run.once(two, "k", compute) == 2  # equal, but another object
    assert run.once(one, ("k", 1), compute) == 3
    assert other.once(one, "k", compute) == 4


def test_a_crash_is_not_remembered() -> None:
    run = Run()

    def crash() -> int:
        raise ValueError

    with pytest.raises(ValueError):
        run.once(run, "k", crash)
    assert run.once(run, "k", lambda: 3) == 3


def test_identity_is_not_reused_while_the_memo_lives() -> None:
    run = Run()
    values = [run.once([i], "k", lambda i=i: i) for i in range(1000)]
    assert values == list(range(1000))


def test_threads_compute_once_and_in_parallel_for_different_keys() -> None:
    run, calls, together = Run(), [], threading.Barrier(2, timeout=5)

    def slow() -> int:
        together.wait()  # passes only if both keys are computed at the same time
        calls.append(1)
        return 1

    threads = [threading.Thread(target=run.once, args=(run, key, slow)) for key in ("a", "a", "b", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 2


def test_another_process_starts_with_an_empty_memo() -> None:
    run = Run(seed=5)
    run.once(run, "k", threading.Lock)
    other = pickle.loads(pickle.dumps(run))
    assert other == run
    assert isinstance(other.memo, Memo)
    assert other.once(run, "k", lambda: 7) == 7


def test_the_clock_starts_once_and_an_earlier_deadline_stays() -> None:
    assert Run().started().deadline is None
    run = Run()
    assert run.started() is run
    started = Run(timeout=100).started()
    assert started.deadline is not None
    assert 0 < started.deadline - time.monotonic() <= 100
    assert attrs.evolve(started, timeout=1000).started().deadline == started.deadline
    assert attrs.evolve(started, timeout=1).started().deadline < started.deadline  # type: ignore[operator]


def test_the_deadline_is_checked() -> None:
    Run().check_deadline()
    Run(timeout=100).started().check_deadline()
    with pytest.raises(TimedOut, match="allow more time"):
        Run(deadline=time.monotonic() - 1).check_deadline()


def test_progress_is_told_after_each_item() -> None:
    told: list[tuple[int, int, str]] = []
    run = Run(progress=lambda *step: told.append(step))
    assert list(run.track("ab", 2, "letters")) == ["a", "b"]
    assert told == [(1, 2, "letters"), (2, 2, "letters")]
    with pytest.raises(TimedOut):
        list(Run(deadline=time.monotonic() - 1).track("ab", 2, "letters"))
    assert list(Run().track("ab", 2, "letters")) == ["a", "b"]
