"""Trace: what happened, as timestamped records in the order of their times."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import InvalidSubject
from rqml.subjects.moment import SECOND, USUAL, is_instant, micros
from rqml.subjects.subject import Subject

if TYPE_CHECKING:
    import numpy as np


def field_of(event: Any, name: str, default: Any = None) -> Any:
    """The value of a field of an event: an item of a mapping, else an attribute; `default` where it has none."""
    if type(event) is dict or isinstance(event, Mapping):  # the first is quicker, the second asks an ABC
        return event.get(name, default)
    return getattr(event, name, default)


def split(event: Any, name: str) -> tuple[Any, Any]:
    """Time (None if it has none) and record of an event, which may be a pair (time, record)."""
    if isinstance(event, tuple) and len(event) == 2 and not hasattr(event, "_fields"):
        return event
    return field_of(event, name), event


@attrs.frozen(eq=False, slots=False)
class Trace(Subject):
    """A record of events, judged in the order of their times; events of one time stay in the order given.

    Attributes:
        events: an iterable of records (mappings, objects with attributes, or pairs (time, record)), a frame of
            any library that narwhals reads, or a function without arguments that gives either, called once when
            the events are first needed.
        time: the field that holds the time: aware datetimes, or numbers of seconds.
        closed: True for a finished record: what is not in it did not happen until its end. False for the beginning
            of a stream, of which more is to come.
        start: when the observation began; default the first event.
        end: until when it was observed; default the last event.
        identity: the field that tells events apart: of several that agree in it the first given counts.

    Raises:
        InvalidSubject: not a record of events; or, when the events are read: a time is missing, not finite or a
            datetime without time zone, times of both kinds, or events outside [start, end].
    """

    events: Any = attrs.field(repr=False)
    time: str = attrs.field(default="time", kw_only=True, validator=attrs.validators.instance_of(str))
    closed: bool = attrs.field(default=True, kw_only=True, validator=attrs.validators.instance_of(bool))
    start: Any = attrs.field(default=None, kw_only=True)
    end: Any = attrs.field(default=None, kw_only=True)
    identity: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Read the events of an iterator now, since it can be read only once."""
        events = self.events
        if isinstance(events, str | bytes | Mapping) or not (
            callable(events) or isinstance(events, Iterable) or _is_frame(events)
        ):
            raise InvalidSubject(
                f"a Trace needs an iterable of events, a frame or a function that gives one, not a "
                f"{type(events).__name__}"
            )
        if not callable(events) and not _is_frame(events):
            object.__setattr__(self, "events", tuple(events))
        for bound in (self.start, self.end):
            if bound is not None:
                micros(bound)

    @functools.cached_property
    def _given(self) -> Records | Columns:
        events = self.events() if callable(self.events) and not _is_frame(self.events) else self.events
        return Columns(events, self.time) if _is_frame(events) else Records(tuple(events), self.time)

    @functools.cached_property
    def _read(self) -> dict[str, Any]:
        return {}

    @functools.cached_property
    def _times_and_order(self) -> tuple[np.ndarray, np.ndarray | None, int]:
        """Ascending times, the places of their events (None: as given), and how many events were left out."""
        import numpy as np

        given = self._given
        times = given.times()
        kept = np.arange(len(times))
        if self.identity is not None:
            kept = kept[_first_of_each(given.values(self.identity))]
        if len(kept) == len(times) and (times[1:] >= times[:-1]).all():
            return times, None, 0
        order = kept[np.argsort(times[kept], kind="stable")]
        return times[order], order, len(times) - len(kept)

    @property
    def times(self) -> np.ndarray:
        """Times in microseconds, ascending: int64 array of shape (events,)."""
        return self._times_and_order[0]

    @property
    def duplicates(self) -> int:
        """Number of events left out because an earlier one has their id."""
        return self._times_and_order[2]

    @property
    def instants(self) -> bool:
        """True if times are datetimes."""
        known = [bound for bound in (self.start, self.end) if bound is not None]
        return is_instant(known[0]) if known else self._given.instants

    @functools.cached_property
    def span(self) -> tuple[int, int] | None:
        """Start and end of the observation in microseconds; None if nothing says when it was.

        Raises:
            InvalidSubject: events lie outside of it, or bounds and events have times of two kinds.
        """
        times = self.times
        bounds = [bound for bound in (self.start, self.end) if bound is not None]
        kinds = {is_instant(bound) for bound in bounds} | ({self._given.instants} if len(times) else set())
        if len(kinds) > 1:
            raise InvalidSubject("start, end and events must have times of one kind: datetimes, or seconds")
        ends = [int(times[0]), int(times[-1])] if len(times) else []
        if not ends and len(bounds) < 2:
            return None
        start = ends[0] if self.start is None else micros(self.start)
        end = ends[-1] if self.end is None else micros(self.end)
        if start > min([end, *ends]) or end < max([start, *ends]):
            raise InvalidSubject("events lie before the start or after the end of the trace: widen start and end")
        return start, end

    def column(self, name: str) -> list[Any] | np.ndarray:
        """The values of a field, in the order of the times; a missing value is None or NaN.

        Raises:
            InvalidSubject: a frame has no such column.
        """
        import numpy as np

        if name not in self._read:
            values: Any = self._given.values(name)
            order = self._times_and_order[1]
            if order is not None:
                values = values[order] if isinstance(values, np.ndarray) else [values[i] for i in order.tolist()]
            self._read[name] = values
        found: list[Any] | np.ndarray = self._read[name]
        return found

    def records(self) -> list[Any]:
        """The events without their times, in the order of the times; rows of a frame are dicts."""
        records, order = self._given.records(), self._times_and_order[1]
        return list(records) if order is None else [records[i] for i in order.tolist()]

    def __len__(self) -> int:
        return len(self.times)

    def fingerprint(self) -> str | None:
        """Digest of events and settings; None where an event holds what has no readable content."""
        from rqml.evidence.fingerprint import fingerprint_frame, fingerprint_value

        settings = {"time": self.time, "closed": self.closed, "id": self.identity, "span": self.span}
        try:
            if isinstance(self._given, Columns):
                return fingerprint_frame(self._given.frame, settings)
            return fingerprint_value({**settings, "times": self.times.tolist(), "records": self.records()})
        except InvalidSubject:
            return None

    def describe(self) -> str:
        """Number of events, where it is known without reading them."""
        events = self.events
        return f"trace of {len(events)} events" if hasattr(events, "__len__") else "trace"


class Records:
    """Events given one by one."""

    def __init__(self, events: Sequence[Any], time: str) -> None:
        self._name = time
        self._all_dicts = set(map(type, events)) == {dict}
        if self._all_dicts:  # the usual case, read in a third of the time
            self._times, self._records = [event.get(time) for event in events], list(events)
        else:
            pairs = [split(event, time) for event in events]
            self._times, self._records = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        self.instants = bool(self._times) and is_instant(self._times[0])

    def times(self) -> np.ndarray:
        """int64 array of microseconds, as given."""
        import numpy as np

        if set(map(type, self._times)) == {float}:
            seconds = np.array(self._times)
            if (np.abs(seconds) < USUAL).all():
                return np.asarray(np.rint(seconds * SECOND), dtype=np.int64)  # as `micros` rounds
        for number, time in enumerate(self._times):
            if time is None:
                raise InvalidSubject(f"event {number} has no time: no field {self._name!r}; name it by time=...")
            if is_instant(time) is not self.instants:
                raise InvalidSubject("times are datetimes in some events and numbers of seconds in others")
        return np.fromiter(map(micros, self._times), dtype=np.int64, count=len(self._times))

    def values(self, name: str) -> list[Any]:
        """One field of all events, None where it is missing."""
        if self._all_dicts:
            return [record.get(name) for record in self._records]
        return [field_of(record, name) for record in self._records]

    def records(self) -> list[Any]:
        """The records."""
        return self._records


class Columns:
    """Events given as rows of a frame."""

    def __init__(self, frame: Any, time: str) -> None:
        import narwhals as nw

        found: Any = nw.from_native(frame)
        self.frame = frame
        self._table = found.collect() if isinstance(found, nw.LazyFrame) else found
        if time not in self._table.columns:
            raise InvalidSubject(f"the frame has no column {time!r} with times: name it by time=...")
        self._times = self._table.get_column(time)
        self.instants = isinstance(self._times.dtype, nw.Datetime) or self._times.dtype == nw.Date

    def times(self) -> np.ndarray:
        """int64 array of microseconds, as given."""
        import numpy as np

        if self._times.null_count():
            raise InvalidSubject(f"{self._times.null_count()} rows have no time")
        if self.instants:
            if getattr(self._times.dtype, "time_zone", None) is None:
                raise InvalidSubject("the column of times has no time zone: give it one (dt.replace_time_zone)")
            return np.asarray(self._times.dt.timestamp("us").to_numpy(), dtype=np.int64)
        if not self._times.dtype.is_numeric():
            raise InvalidSubject(f"the column of times holds {self._times.dtype}, not datetimes or seconds")
        seconds = np.asarray(self._times.to_numpy())
        if not (np.abs(seconds.astype(np.float64)) < 2.0**60 / SECOND).all():  # NaN is not below either
            raise InvalidSubject("times are not finite numbers of seconds")
        if seconds.dtype.kind in "iu":
            return seconds.astype(np.int64) * SECOND
        return np.rint(seconds.astype(np.float64) * SECOND).astype(np.int64)

    def values(self, name: str) -> Any:
        """One column as an array (numbers, truth values, texts, if none is missing) or as a list."""
        import narwhals as nw

        if name not in self._table.columns:
            raise InvalidSubject(f"the frame has no column {name!r}; its columns are {', '.join(self._table.columns)}")
        column = self._table.get_column(name)
        if column.null_count() == 0 and (column.dtype.is_numeric() or column.dtype == nw.Boolean):
            return column.to_numpy()
        if column.null_count() == 0 and column.dtype == nw.String:
            import numpy as np

            texts = np.empty(len(column), dtype=object)
            texts[:] = column.to_list()
            return texts
        return column.to_list()

    def records(self) -> list[Any]:
        """The rows as dicts."""
        return list(self._table.iter_rows(named=True))


def _is_frame(value: Any) -> bool:
    kind = type(value)
    library = kind.__module__.partition(".")[0].lstrip("_")
    return library in _LIBRARIES and kind.__name__ in ("DataFrame", "LazyFrame", "Table", "DuckDBPyRelation")


_LIBRARIES = frozenset({"pandas", "polars", "pyarrow", "narwhals", "duckdb", "modin", "cudf", "pyspark", "dask"})


def identity_of(value: Any) -> str | int | None:
    """What tells events apart, as a value that JSON knows; None where it is missing."""
    if isinstance(value, str | int) or value is None:
        return value
    return None if isinstance(value, float) and math.isnan(value) else repr(value)


def _first_of_each(ids: Any) -> list[bool]:
    """True for what is the first of its id; events without an id are all different."""
    seen: set[str | int] = set()
    first = []
    for value in map(identity_of, ids.tolist() if hasattr(ids, "tolist") else ids):
        first.append(value is None or value not in seen)
        if value is not None:
            seen.add(value)
    return first
