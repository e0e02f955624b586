import asyncio
import logging
import sys

import pandas as pd
import pytest

from rqml import CheckStatus, Dataset, Mode, RequirementViolation, System, ensure, require
from rqml.errors import InvalidParameter


@pytest.fixture(autouse=True)
def _no_mode(monkeypatch):
    monkeypatch.delenv("RQML_MODE", raising=False)


def test_check_raises_with_the_verdict(toys, table):
    @require(toys.MinRows())
    def use(data: Dataset) -> int:
        return len(data)

    with pytest.raises(RequirementViolation, match="rows = 2 is below the limit 3") as caught:
        use(table)
    assert caught.value.result.status is CheckStatus.FAIL
    assert use(Dataset(pd.DataFrame({"a": [1, 2, 3]}))) == 3


def test_what_is_unknown_is_refused_too(toys, table):
    @require(toys.Explodes())
    def use(data):
        return data

    with pytest.raises(RequirementViolation) as caught:
        use(table)
    assert caught.value.result.status is CheckStatus.INCOMPLETE


def test_enforce_passes_the_repaired_subject_on(toys, table):
    @require(toys.MinRows(), mode=Mode.ENFORCE)
    def use(data):
        return data

    assert len(use(table)) == 4
    frame = use(pd.DataFrame({"a": [1, 0]}))
    assert isinstance(frame, pd.DataFrame) and len(frame) == 4


def test_enforce_raises_what_it_cannot_repair(toys):
    @require(toys.ShareAtMost(share=0.1), mode="enforce")
    def use(data):
        return data

    with pytest.raises(RequirementViolation):
        use(Dataset(pd.DataFrame({"a": [1, 0] * 500})))


def test_monitor_records_and_goes_on(toys, table, caplog):
    records = []

    @require(toys.MinRows(), mode=Mode.MONITOR, record=records.append)
    def use(data):
        return len(data)

    assert use(table) == 2
    assert [result.status for result in records] == [CheckStatus.FAIL]

    @require(toys.MinRows(), mode=Mode.MONITOR)
    def logged(data):
        return len(data)

    with caplog.at_level(logging.WARNING, "rqml"):
        logged(table)
    assert "rows = 2" in caplog.text


def test_every_verdict_is_recorded_not_only_bad_ones(toys, table):
    records = []

    @require(toys.MinRows(rows=1), mode=Mode.MONITOR, record=records.append)
    def use(data):
        return len(data)

    use(table)
    assert [result.passed for result in records] == [True]


def test_off_is_the_function_itself(toys, monkeypatch):
    def use(data):
        return data

    assert require(toys.MinRows(), mode=Mode.OFF)(use) is use
    assert ensure(toys.MinRows(), mode=Mode.OFF)(use) is use
    monkeypatch.setenv("RQML_MODE", "off")
    assert require(toys.MinRows())(use) is use


def test_the_variable_overrides(toys, table, monkeypatch):
    monkeypatch.setenv("RQML_MODE", "ENFORCE")

    @require(toys.MinRows(), mode=Mode.OFF)
    def use(data):
        return data

    assert len(use(table)) == 4
    monkeypatch.setenv("RQML_MODE", "LOUD")
    with pytest.raises(InvalidParameter, match="RQML_MODE"):
        require(toys.MinRows())


def test_the_argument_is_chosen_by_type(toys, table):
    @require(toys.MinRows(rows=1))
    def use(name: str, data: Dataset, scale: float = 1.0):
        return len(data)

    assert use("x", table) == use("x", data=table) == 2


def test_the_argument_is_chosen_by_name(toys, table):
    @require(toys.MinRows(), of="right")
    def use(left: Dataset, right: Dataset):
        return None

    with pytest.raises(RequirementViolation):
        use(table, table)

    @require(toys.MinRows(), of="right")
    def keyword_only(left, *, right):
        return None

    with pytest.raises(RequirementViolation):
        keyword_only(table, right=table)


@pytest.mark.parametrize(
    ("function", "of"),
    [
        (lambda left, right: None, None),
        (lambda: None, None),
        (lambda left: None, "right"),
    ],
)
def test_doubt_is_refused_when_decorating(toys, function, of):
    with pytest.raises(InvalidParameter):
        require(toys.MinRows(), of=of)(function)


def test_two_of_the_right_type_are_refused_when_decorating(toys):
    with pytest.raises(InvalidParameter, match="of="):

        @require(toys.MinRows())
        def use(left: Dataset, right: Dataset):
            return None


def test_a_default_is_judged_as_well(toys, table):
    @require(toys.MinRows())
    def use(data=table):
        return data

    with pytest.raises(RequirementViolation):
        use()


def test_a_missing_argument_is_a_missing_subject(toys):
    @require(toys.MinRows())
    def use(data):
        return data

    with pytest.raises(RequirementViolation, match="None was given"):
        use()


def test_ensure_judges_the_result(toys, table):
    @ensure(toys.MinRows())
    def load():
        return table

    with pytest.raises(RequirementViolation):
        load()

    @ensure(toys.MinRows(), mode=Mode.ENFORCE)
    def repaired():
        return table

    assert len(repaired()) == 4


def test_ensure_makes_its_subject_from_result_and_arguments(toys, table):
    @ensure(toys.MinRows(rows=1).on("data"), subject=lambda result, df: System("x", data=df))
    def fit(df, seed=0):
        return "model"

    assert fit(table) == fit(df=table, seed=1) == "model"
    with pytest.raises(InvalidParameter, match="nothing"):
        ensure(toys.MinRows(), subject=lambda result, nothing: result)(fit)


def test_async_functions(toys, table):
    @require(toys.MinRows(), mode=Mode.ENFORCE)
    async def use(data: Dataset):
        await asyncio.sleep(0)
        return len(data)

    @ensure(toys.MaxRows(rows=1))
    async def load():
        return table

    assert asyncio.run(use(table)) == 4
    assert asyncio.run(use(data=table)) == 4
    with pytest.raises(RequirementViolation):
        asyncio.run(load())


def test_a_dear_check_does_not_hold_the_event_loop(toys, table, monkeypatch):
    import threading

    places = []
    original = toys.MinRows.measure
    monkeypatch.setattr(
        toys.MinRows,
        "measure",
        lambda self, data, run: places.append(threading.current_thread()) or original(self, data, run),
    )

    @require(toys.MinRows(rows=1))
    async def use(data):
        return threading.current_thread()

    loop_thread = asyncio.run(use(table))
    assert places and places[0] is not loop_thread


def test_names_and_documentation_stay(toys):
    @require(toys.MinRows())
    def use(data: Dataset) -> None:
        """Use it."""

    assert use.__name__ == "use" and use.__doc__ == "Use it." and "data" in use.__annotations__
    assert sys.modules["rqml.attach"].VARIABLE == "RQML_MODE"


@pytest.mark.parametrize("decorator", [require, ensure])
def test_only_requirements_are_attached(toys, decorator):
    def use(data: Dataset) -> Dataset:
        return data

    with pytest.raises(InvalidParameter, match=r"MinRows is a class: call it, MinRows\(\.\.\.\)"):
        decorator(toys.MinRows)(use)
    with pytest.raises(InvalidParameter, match="got str"):
        decorator("MinRows")(use)


def test_a_monitored_function_is_not_given_what_its_caller_left_out(toys):
    def use(data: Dataset) -> bool:
        return data is None

    async def later(data: Dataset) -> bool:
        return data is None

    with pytest.raises(TypeError, match="data"):
        require(toys.MinRows(), mode="MONITOR")(use)()
    with pytest.raises(TypeError, match="data"):
        asyncio.run(require(toys.MinRows(), mode="MONITOR")(later)())


def test_a_method_is_judged_by_its_argument_not_by_itself(toys, table):
    class Service:
        @require(toys.MinRows())
        def use(self, data):
            return len(data)

    with pytest.raises(RequirementViolation):
        Service().use(table)
