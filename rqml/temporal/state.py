"""The state of a monitor as JSON-safe values, so that it survives a restart; a checksum tells damage."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from rqml.errors import InvalidParameter
from rqml.evidence.canonical import DIGEST, sealed

if TYPE_CHECKING:
    from rqml.temporal.monitor import Monitor

SCHEMA = "rqml.monitor/1"
_FIELDS = ("_time", "_latest", "_started", "_ended", "blocked", "evaluations", "unknown", "late", "duplicates")
_MORE = ("clock_back",)


def saved(monitor: Monitor) -> dict[str, Any]:
    """Everything `restored` needs; the events that wait are kept as answers, not as events."""
    buffer, seen = monitor._buffer, monitor._seen
    state = {
        "schema": SCHEMA,
        "made_for": _made_for(monitor),
        "instant": monitor._clock.instant,
        "counts": {name.lstrip("_"): getattr(monitor, name) for name in (*_FIELDS, *_MORE)},
        "best": monitor._best.state(),
        "worst": None if monitor._worst is monitor._best else monitor._worst.state(),
        "waiting": None if buffer is None else [[time, number, list(a)] for time, number, a in sorted(buffer.heap)],
        "number": None if buffer is None else buffer.number,
        "ids": None if seen is None else [list(pair) for pair in seen.order],
    }
    return sealed(state)


def restored(monitor: Monitor, state: dict[str, Any]) -> None:
    """Put a state into a fresh monitor.

    Raises:
        InvalidParameter: the state is not of this pattern with these settings, is not as it was saved, or no state.
    """
    if not isinstance(state, dict) or state.get("schema") != SCHEMA:
        raise InvalidParameter(f"this is not the state of a monitor ({SCHEMA}): restore what state() gave")
    if not _is_whole(state):
        raise InvalidParameter("the state is damaged: restore what state() gave, or start anew")
    if state["made_for"] != _made_for(monitor):
        raise InvalidParameter(
            "the state is of another pattern, or of a monitor with other settings: make the monitor as it was made"
        )
    _take_over(monitor, state)


def _is_whole(state: dict[str, Any]) -> bool:
    try:
        found = sealed({name: value for name, value in state.items() if name != DIGEST})
    except (TypeError, ValueError, RecursionError):  # not JSON
        return False
    return bool(found[DIGEST] == state.get(DIGEST))


def _take_over(monitor: Monitor, state: dict[str, Any]) -> None:
    for name in (*_FIELDS, *_MORE):
        setattr(monitor, name, state["counts"][name.lstrip("_")])
    monitor._clock.instant = state["instant"]
    monitor._best = monitor._worst = _core(monitor, state["best"])
    if state["worst"] is not None:
        monitor._worst = _core(monitor, state["worst"])
    if monitor._buffer is not None:
        monitor._buffer.heap = [(time, number, list(answers)) for time, number, answers in state["waiting"]]
        monitor._buffer.number = state["number"]
    if monitor._seen is not None:
        monitor._seen.order = deque(list(pair) for pair in state["ids"])
        monitor._seen.ids = {value for _, value in state["ids"]}


def _core(monitor: Monitor, state: dict[str, Any]) -> Any:
    core = monitor.pattern.core()
    core.restore(state)
    return core


def _made_for(monitor: Monitor) -> dict[str, Any]:
    buffer, seen = monitor._buffer, monitor._seen
    parameters = monitor.pattern.parameters.items()
    return {
        "pattern": type(monitor.pattern).__name__,
        "version": monitor.pattern.meta.version,
        "parameters": {name: value for name, value in parameters if name != "reaction"},  # it decides no verdict
        "time": monitor._clock.field,
        "lateness": 0 if buffer is None else buffer.lateness,
        "id": None if seen is None else seen.field,
    }
