"""Agreement with rtamt (offline STL over discrete time), for the patterns that its logic expresses.

rtamt decides at the end of a trace what here stays INCOMPLETE, so only decided verdicts are compared.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from rqml.temporal import (
    AfterUntil,
    Always,
    AlwaysFor,
    Eventually,
    Never,
    Precedes,
    Responds,
    RespondsUnless,
    Trace,
    Until,
    WeakUntil,
)
from rqml.verdict import CheckStatus

rtamt: Any = pytest.importorskip("rtamt", reason="rtamt is not installed; it is an optional second opinion")

# b comes, and a held at each sample before it: rtamt's until asks for a at the sample of b too, hence a or b
CASES = {
    "always(a > 0)": Always("a"),
    "always(not(a > 0))": Never("a"),
    "eventually(a > 0)": Eventually("a"),
    "eventually[0:4](a > 0)": Eventually("a", within=4),
    "always[0:4](a > 0)": AlwaysFor("a", duration=4),
    "always((a > 0) implies (eventually[0:3](b > 0)))": Responds("a", "b", within=3),
    "always((a > 0) implies (eventually(b > 0)))": Responds("a", "b"),
    "always((a > 0) implies (eventually[0:3]((b > 0) or (c > 0))))": RespondsUnless("a", "b", "c", within=3),
    "always((b > 0) implies (once[0:2](a > 0)))": Precedes("a", "b", within=2),
    "always((b > 0) implies (once(a > 0)))": Precedes("a", "b"),
    "always(((not(c > 0)) since ((b > 0) and (not(c > 0)))) implies (a > 0))": AfterUntil("b", "a", "c"),
    "((a > 0) or (b > 0)) until[0:5] (b > 0)": Until("a", "b", within=5),
    "always((a > 0) or (once(b > 0)))": WeakUntil("a", "b"),
}


def robustness(formula: str, columns: dict[str, list[float]]) -> float:
    """Robustness at the first sample: positive if the formula holds."""
    spec = rtamt.StlDiscreteTimeSpecification()
    for name in "abc":
        spec.declare_var(name, "float")
    spec.spec = formula
    spec.parse()
    return float(spec.evaluate({"time": list(range(len(columns["a"]))), **columns})[0][1])


@pytest.mark.parametrize("formula", CASES)
def test_decided_verdicts_agree_with_rtamt(formula: str) -> None:
    pattern, decided = CASES[formula], set()
    for seed in range(150):
        draw = random.Random(f"{formula} {seed}")
        weight = {name: draw.choice([0.1, 0.5, 0.9]) for name in "abc"}
        events = [
            {"time": i, **{name: draw.random() < weight[name] for name in "abc"}} for i in range(draw.randint(2, 12))
        ]
        status = pattern.check(Trace(events)).status
        if status is CheckStatus.INCOMPLETE:
            continue
        columns = {name: [1.0 if event[name] else -1.0 for event in events] for name in "abc"}
        assert (robustness(formula, columns) > 0) is (status is CheckStatus.PASS), events
        decided.add(status)
    assert decided == {CheckStatus.PASS, CheckStatus.FAIL}
