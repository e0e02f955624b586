from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rqml import CheckStatus, Reason
from rqml.subjects.trace import Trace
from rqml.temporal import Responds
from rqml_catalog.monitoring import TimelyResponse

HOUR = 3600
FAIL, INCOMPLETE = CheckStatus.FAIL, CheckStatus.INCOMPLETE


def trace(*events, end=None, closed=True):
    return Trace([{"time": time * HOUR, "kind": kind} for time, kind in events], end=end and end * HOUR, closed=closed)


def test_an_open_alarm_is_undecided_until_its_time_is_over():
    waiting = [(0, "alarm"), (1, "mitigation"), (10, "alarm")]

    def status(end, closed):
        return TimelyResponse().check(trace(*waiting, end=end, closed=closed)).status

    assert [status(end, closed=False) for end in (12, 14, 15)] == [INCOMPLETE, INCOMPLETE, FAIL]
    assert [status(end, closed=True) for end in (12, 14, 15)] == [INCOMPLETE, FAIL, FAIL]
    assert TimelyResponse().check(trace((0, "request"))).reason is Reason.INSUFFICIENT_EVIDENCE


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["alarm", "mitigation", "request", None])), min_size=1),
    st.integers(0, 8),
    st.booleans(),
    st.sampled_from([0.5, 1, 4, 7]),
)
def test_it_judges_as_the_pattern_does(events, more, closed, hours):
    """Finished or not, wherever the record ends beside the deadlines, whatever events do not say."""
    record = trace(*events, end=max(time for time, _ in events) + more, closed=closed)
    pattern = Responds("kind == 'alarm'", "kind == 'mitigation'", within=hours * HOUR)
    assert TimelyResponse(within_hours=hours).check(record).status is pattern.check(record).status


def test_an_event_that_does_not_say_what_it_is_decides_nothing():
    silent = {"time": HOUR, "kind": None}
    sure = [{"time": 0, "kind": "alarm"}, {"time": HOUR, "kind": "mitigation"}]
    answered_anyway = TimelyResponse().check(Trace([*sure, silent, {"time": 2 * HOUR, "kind": "mitigation"}]))
    assert answered_anyway.status is CheckStatus.PASS
    maybe_an_alarm = TimelyResponse().check(Trace([*sure, {**silent, "time": 2 * HOUR}]))
    assert maybe_an_alarm.status is CheckStatus.INCOMPLETE
    maybe_a_response = TimelyResponse().check(Trace([sure[0], silent]))
    assert maybe_a_response.status is CheckStatus.INCOMPLETE
    assert "does not say" in maybe_a_response.message
    only_maybe = TimelyResponse().check(Trace([silent, {"time": 2 * HOUR, "kind": "mitigation"}]))
    assert only_maybe.reason is Reason.INSUFFICIENT_EVIDENCE
