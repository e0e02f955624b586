"""Walks one pickle or joblib stream to its end and returns every finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

# The three modules of handlers fill the table of opcodes when they are imported.
from rqml_catalog.supply_chain.serialization import composites, dense, literals, objects, structures
from rqml_catalog.supply_chain.serialization.allowlist import AllowList
from rqml_catalog.supply_chain.serialization.findings import Finding, Limits, RefusedStream
from rqml_catalog.supply_chain.serialization.machine import Machine, Source
from rqml_catalog.supply_chain.serialization.values import NeedsDetail, unfolded_size

__all__ = ["Walked", "composites", "literals", "objects", "walk_pickle"]
_CERTAIN = frozenset({"unlisted-global", "dotted-name"})


@attrs.frozen
class Walked:
    """The outcome of one walk.

    Attributes:
        findings: empty when the stream is clean.
        value: the abstract value of the stream; None where it was refused.
        end: offset of the byte after STOP, or of the refusal.
        names: (module, name) of every global the stream asked for, as written in it.
        arrays_crossed: raw joblib blocks; 0 means that the stream is a plain pickle.
    """

    findings: tuple[Finding, ...]
    value: Any
    end: int
    names: tuple[tuple[str, str], ...]
    arrays_crossed: int


def walk_pickle(
    data: Source,
    allow: AllowList,
    limits: Limits,
    *,
    start: int = 0,
    end: int | None = None,
    joblib: bool = True,
    trailing: bool = False,
    persistent: Callable[[Machine, Any], Any] | None = None,
    in_bulk: bool = True,
) -> Walked:
    """Read `data[start:end]` as one pickle.

    Args:
        data: the bytes or the memory map of the file.
        allow: the names that may be asked for.
        limits: bounds.
        start: offset of the first byte.
        end: offset after the last byte; the length of `data` by default.
        joblib: whether raw array blocks may follow joblib's wrappers.
        trailing: whether bytes after STOP are somebody else's business.
        persistent: judges persistent ids; None refuses them.
        in_bulk: whether plain data may be skipped, so that `value` may lack it.
    """
    stop = len(data) if end is None else end
    for bulk in (dense.skip_bulk, None) if in_bulk else (None,):
        machine = Machine(data, start, stop, allow, limits)
        machine.joblib, machine.persistent, machine.skip_bulk = joblib, persistent, bulk
        try:
            walked = _walk(machine, trailing)
        except NeedsDetail:
            continue
        # What skipping led to is confirmed without it, but for names, which are never skipped.
        if not machine.skipped or all(finding.technique in _CERTAIN for finding in walked.findings):
            return walked
    raise AssertionError("a walk without skipping never asks for more detail")


def _walk(machine: Machine, trailing: bool) -> Walked:
    value = None
    try:
        value = machine.walk()
        if not trailing and machine.pos != machine.end:
            machine.note("bytes-after-stop", "the file goes on after the pickle's STOP", offset=machine.pos)
        if not machine.findings:
            structures.validate(machine)
            _bounded(machine, value)
    except RefusedStream as refused:
        machine.findings.append(refused.finding)
    return Walked(tuple(machine.findings), value, machine.pos, tuple(machine.names), machine.arrays_crossed)


def _bounded(machine: Machine, value: Any) -> None:
    if not machine.may_unfold():
        return
    if machine.skipped:
        raise NeedsDetail
    bound = machine.most_values()
    roots = [value, *(instance.state for instance in machine.instances), *(i.args for i in machine.instances)]
    if any(unfolded_size(root, bound) >= bound for root in roots):
        machine.note("expansion-bomb", "shared references unfold to more values than any model holds")
