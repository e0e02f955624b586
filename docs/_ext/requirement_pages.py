"""From a requirement class to its page: pure functions, everything is read from the class itself."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from docstrings import COMMON, SECTIONS, parameter_rows
from markdown_text import cell, prose, table

from rqml import CheckResult, CheckStatus, EnforcementResult, Reason, Requirement, Run, Scenario
from rqml.docstring import docstring_of
from rqml.errors import InvalidParameter
from rqml.registry import Family
from rqml.taxonomy import resolve
from rqml.testing import LAWS

SEED = 0
_MODES = {CheckStatus.PASS: "success", CheckStatus.FAIL: "failure", CheckStatus.INCOMPLETE: "warning"}


def requirement_page(cls: type[Requirement[Any]], proof: Mapping[str, Any] | None) -> str:
    """The Markdown page of a requirement class; its scenarios are run for it."""
    return "\n".join(_page(cls, proof)) + "\n"


def index_page(families: Sequence[Family], proofs: Mapping[str, Mapping[str, Any]]) -> str:
    """The Markdown page that lists all requirement classes, by family."""
    return "\n".join(_index(families, proofs)) + "\n"


def laws_list() -> str:
    """The laws of the contract, each with what it demands."""
    named = [(law.__name__.replace("_", " "), inspect.getdoc(law) or "") for law in LAWS]
    return "\n".join(table(("Law", "What it demands"), [(name, text.split("\n\n")[0]) for name, text in named]))


def _page(cls: type[Requirement[Any]], proof: Mapping[str, Any] | None) -> Iterator[str]:
    meta, text = cls.meta, docstring_of(cls)
    family = cls.__module__.rpartition(".")[0]
    yield from (f"# {meta.id} {cls.__name__}", "", prose(text.summary), "")
    yield from ("```python", f"from {family} import {cls.__name__}", "```", "")
    yield from table(("Must hold", cell(statement(cls))), _facts(cls))
    for name in SECTIONS:
        if text.sections.get(name):
            yield from ("", f"## {name}", "", prose(text.sections[name]))
            yield from _references(cls) if name == "References" else ()
    yield from ("", "## Parameters", "")
    rows = parameter_rows(cls)
    if rows:
        yield from table(("Parameter", "Default", "Stricter if", "Meaning"), rows)
    else:
        yield "None."
    yield from _scenarios(cls)
    yield from ("", "## Proof", "", *_proof(proof, meta.version))


def _facts(cls: type[Requirement[Any]]) -> list[tuple[str, str]]:
    meta = cls.meta
    return [
        ("Judges", f"`{cls.subject_type().__name__}`"),
        ("Stage", meta.stage.value),
        ("Severity", meta.severity.name.lower()),
        ("Cost", f"{meta.cost.name.lower()}: {_COST[meta.cost.name]}"),
        ("What to do about a violation", meta.remedy),
        ("Can be enforced", "yes" if can_enforce(cls) else "no"),
        ("Version", str(meta.version)),
    ]


def statement(cls: type[Requirement[Any]]) -> str:
    """What must hold, with the default parameters filled in; with their names where one has no default."""
    try:
        return str(cls())
    except InvalidParameter:
        return cls.meta.statement


_COST = {
    "INLINE": "microseconds, at every call",
    "COMMIT": "seconds, at every commit",
    "RELEASE": "minutes, at every release",
    "AUDIT": "hours, on demand",
}


def can_enforce(cls: type[Requirement[Any]]) -> bool:
    """True if the class has a repair of its own."""
    return cls.repair is not Requirement.repair


def _references(cls: type[Requirement[Any]]) -> Iterator[str]:
    rows = []
    for name in cls.meta.references:
        found = resolve(name)
        if found is None:
            raise ValueError(f"{cls.__name__}: the reference {name!r} is in no shipped taxonomy")
        gone = f"; gone since {found.until}, now {found.successor or 'nothing'}" if found.until else ""
        rows.append((f"`{found.id}`", found.name + gone, found.source, found.kind))
    yield ""
    yield from table(("Id", "Name", "Taxonomy", "Kind"), rows) if rows else ("No threat or control is named.",)


def _scenarios(cls: type[Requirement[Any]]) -> Iterator[str]:
    scenarios = list(cls.scenarios())
    yield from ("", "## Scenarios", "", f"The class carries {len(scenarios)} of its own; these are two of them,")
    yield f"built, checked and enforced with seed {SEED} when this page was made."
    for expected in (CheckStatus.PASS, CheckStatus.FAIL):
        yield from _played(next(s for s in scenarios if s.expected is expected))
    yield from ("", "All of them:", "")
    yield from table(("Scenario", "Deserves"), [(s.name, s.expected.value) for s in scenarios])


def _played(scenario: Scenario) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="rqml-docs-", ignore_cleanup_errors=True) as folder:
        subject = scenario.build(SEED, Path(folder))
        result = scenario.requirement.check(subject, run=Run(seed=SEED))
        if result.status is not scenario.expected and result.reason is not Reason.UNSUPPORTED:  # for want of an extra
            raise ValueError(f"scenario {scenario.name!r} got {result.status.name}: {result.message}")
        yield from _verdict(scenario, result)
        if result.status is CheckStatus.FAIL and can_enforce(type(scenario.requirement)):
            yield from _repaired(scenario.requirement.enforce(subject, run=Run(seed=SEED)))


def shown(requirement: Any) -> str:
    """How to write the requirement: its class with the parameters that are not the default."""
    if not isinstance(requirement, Requirement):
        return repr(requirement)
    given = [
        f"{field.name}={getattr(requirement, field.name)!r}"
        for field in attrs.fields(type(requirement))
        if field.name not in COMMON and getattr(requirement, field.name) != field.default
    ]
    return f"{type(requirement).__name__}({', '.join(given)})"


def _verdict(scenario: Scenario, result: CheckResult) -> Iterator[str]:
    sure = f", {result.assurance.value}" if result.assurance else ""
    yield from ("", f'!!! {_MODES[result.status]} "{scenario.name}: {result.status.value}{sure}"', "")
    yield f"    `{shown(scenario.requirement)}`"
    yield from ("", f"    {cell(result.message)}")
    if result.estimates:
        told = ", ".join(f"{name} = {estimate}" for name, estimate in result.estimates.items())
        yield from ("", f"    Measured: {cell(told)}")


def _repaired(enforced: EnforcementResult) -> Iterator[str]:
    yield from ("", f'!!! info "enforce() on this fault: {enforced.status.value}"', "")
    yield from (f"    - {cell(change)}" for change in enforced.changes)
    costs = [f"{name} {enforced.cost_estimates.get(name, f'{value:.4g}')}" for name, value in enforced.cost.items()]
    if costs:
        yield f"    - cost: {cell(', '.join(costs))}"
    if isinstance(enforced.after, CheckResult):
        yield f"    - checked again: {cell(enforced.after.message)}"
    if enforced.message:
        yield f"    - {cell(enforced.message)}"


def _proof(proof: Mapping[str, Any] | None, version: int) -> Iterator[str]:
    if proof is None:
        yield "Not yet measured over many seeds. `rqml.testing.prove` measures it."
        return
    first, last = proof["first_seed"], proof["first_seed"] + proof["seeds"] - 1
    yield f"Measured with rqml {proof['rqml']} and version {proof['version']} of the class, at {proof['seeds']} seeds"
    yield f"({first} to {last}); intervals are Clopper-Pearson, 95 %."
    if proof["version"] != version:
        yield f"The class has changed since: it is of version {version} now."
    told = {
        "Planted faults found": proof["detection"],
        "False alarms on clean twins": proof["false_alarms"],
        "Faults mended by `enforce()`, judged at fresh seeds": proof["mended"],
    }
    rows = [
        (name, f"{share['value']:.3f}", f"{share['low']:.3f} to {share['high']:.3f}", str(share["n"]))
        for name, share in told.items()
        if share
    ]
    yield ""
    yield from table(("What", "Share", "Interval", "Trials"), rows)
    yield ""
    yield f"Seeds without a miss: {proof['seeds_detected']} on planted faults, {proof['seeds_clean']} on clean twins."
    yield f"Proof level {proof['level']}."
    if proof["contained"]:
        yield f"{proof['contained']} enforcements ended CONTAINED: the fault remains, but can do no harm."


def _index(families: Sequence[Family], proofs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield from ("# Catalog", "", "Each page is made from its class, verdicts included. What must hold is told with the")
    yield "default parameters. *Found* is the share of planted faults that FAIL, *false alarms* that of clean twins"
    yield "that do not PASS; level L1 gives a verdict, L2 tells faulty from clean, L3 also mends"
    yield "(see [the contract](../guide/contract.md#proof))."
    for family in families:
        yield from ("", f"## {family.name.replace('_', ' ').capitalize()}", "", f"`{family.module}`", "")
        header = ("Id", "Class", "What must hold", "Judges", "`enforce()`", "Found", "False alarms", "Level")
        yield from table(header, [_row(cls, proofs.get(cls.meta.id)) for cls in family.load()])


def _row(cls: type[Requirement[Any]], proof: Mapping[str, Any] | None) -> tuple[str, ...]:
    figures = ("-", "-", "-")
    if proof is not None:
        figures = (f"{proof['detection']['value']:.3f}", f"{proof['false_alarms']['value']:.3f}", proof["level"])
    enforced = "yes" if can_enforce(cls) else "no"
    link = f"[`{cls.__name__}`]({cls.meta.id}.md)"
    return (cls.meta.id, link, statement(cls), f"`{cls.subject_type().__name__}`", enforced, *figures)
