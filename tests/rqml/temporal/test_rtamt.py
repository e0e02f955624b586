"""Agreement with rtamt (offline STL over discrete time), for the 22 patterns that its logic expresses.

Not expressed: aggregates (mean, quantile, share) and silence, since its samples are never silent. rtamt decides at the
end of a trace what here stays INCOMPLETE, so only decided verdicts are compared.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from rqml.temporal import (
    Absence,
    After,
    AfterUntil,
    Always,
    AlwaysFor,
    Before,
    Between,
    BoundedExistence,
    Eventually,
    MaximumDuration,
    MinimumDuration,
    Never,
    PrecedenceChain,
    Precedes,
    RateAtLeast,
    RateAtMost,
    Recurrence,
    Responds,
    RespondsUnless,
    ResponseChain,
    Trace,
    Until,
    WeakUntil,
)
from rqml.verdict import CheckStatus

rtamt: Any = pytest.importorskip("rtamt", reason="rtamt is not installed; it is an optional second opinion")

LONGEST = 12
LATER, EARLIER = f"eventually[1:{LONGEST}]", f"once[1:{LONGEST}]"  # strictly: at another sample
RISES = "(a and not(once[1:1](a)))"  # nothing was true before the first sample


def either(*formulas: str) -> str:
    return " or ".join(f"({formula})" for formula in formulas)


# In formulas a, b and c stand for (a > 0), ...; `first` is true of the first sample, `room` where four samples and
# more follow. Until: b comes, and a held at each sample before it; rtamt asks for a at the sample of b too, so a or b.
CASES = {
    "always(a)": Always("a"),
    "always(not(a))": Never("a"),
    "always(((not(c)) since (b and not(c))) implies not(a))": Absence("a", after="b", until="c"),
    "always(((not(c)) since[0:3] (b and not(c))) implies not(a))": Absence("a", after="b", until="c", within=3),
    "always[0:5]((historically(not(c))) implies not(a))": Absence("a", until="c", within=5),
    "always((once(b)) implies a)": After("b", "a"),
    "(eventually(b)) implies ((a or b) until b)": Before("b", "a"),
    "always((b and not(c) and eventually(c)) implies ((a or c) until c))": Between("b", "a", "c"),
    "always(((not(c)) since (b and not(c))) implies a)": AfterUntil("b", "a", "c"),
    "always[0:4](a)": AlwaysFor("a", duration=4),
    "always(b implies always[0:3](a))": AlwaysFor("a", duration=3, after="b"),
    "eventually(a)": Eventually("a"),
    "eventually[0:4](a)": Eventually("a", within=4),
    "always(a implies (eventually[0:3](b)))": Responds("a", "b", within=3),
    "always(a implies (eventually(b)))": Responds("a", "b"),
    "always(a implies (eventually[0:3](b or c)))": RespondsUnless("a", "b", "c", within=3),
    f"always(a implies (eventually(b and {LATER}(c))))": ResponseChain("a", ("b", "c")),
    "always(a implies ({}))".format(
        either(*(f"eventually[{k}:{k}](b and eventually[1:{5 - k}](c))" for k in range(5)))
    ): ResponseChain("a", ("b", "c"), within=5),
    "(a or b) until b": Until("a", "b"),
    "(a or b) until[0:5] b": Until("a", "b", within=5),
    "always(a or (once(b)))": WeakUntil("a", "b"),
    "always(b implies (once[0:2](a)))": Precedes("a", "b", within=2),
    "always(b implies (once(a)))": Precedes("a", "b"),
    f"always(c implies (once(b and {EARLIER}(a))))": PrecedenceChain(("a", "b"), "c"),
    "always(c implies ({}))".format(
        either(*(f"once[{k}:{k}](b and once[1:{4 - k}](a))" for k in range(4)))
    ): PrecedenceChain(("a", "b"), "c", within=4),
    f"eventually(a and {LATER}(a))": BoundedExistence("a", at_least=2),
    f"always(not(a and {EARLIER}(a and {EARLIER}(a))))": BoundedExistence("a", at_most=2),
    "always(not(a and once[1:1](a) and once[2:2](a)))": RateAtMost("a", count=2, per=3),
    "always(((a and room) implies eventually[1:4](a)) and ((first and room) implies eventually[0:4](a)))": Recurrence(
        "a", every=4
    ),
    "always(((a and room) implies ({})) and ((first and room) implies ({})))".format(
        either(*(f"eventually[{k}:{k}](a and eventually[1:{4 - k}](a))" for k in range(1, 4))),
        either(*(f"eventually[{k}:{k}](a and eventually[1:{4 - k}](a))" for k in range(4))),
    ): RateAtLeast("a", count=2, per=4),
    f"always({RISES} implies always[0:2](a))": MinimumDuration("a", duration=3),
    f"always({RISES} implies eventually[1:3](not(a)))": MaximumDuration("a", duration=3),
}


def holds(formula: str, columns: dict[str, list[bool]]) -> bool:
    """Whether the formula holds at the first sample."""
    spec = rtamt.StlDiscreteTimeSpecification()
    for name in columns:
        spec.declare_var(name, "float")
    words = formula.replace("(", "( ").replace(")", " )").split(" ")
    spec.spec = " ".join(f"({word} > 0)" if word in columns else word for word in words)
    spec.parse()
    signals = {name: [1.0 if truth else -1.0 for truth in truths] for name, truths in columns.items()}
    return float(spec.evaluate({"time": list(range(len(columns["a"]))), **signals})[0][1]) > 0


@pytest.mark.parametrize("formula", CASES)
def test_decided_verdicts_agree_with_rtamt(formula: str) -> None:
    pattern, decided = CASES[formula], {CheckStatus.PASS: 0, CheckStatus.FAIL: 0}
    for seed in range(150):
        draw = random.Random(f"{formula} {seed}")
        count = draw.randint(2, LONGEST)
        columns = {
            name: [draw.random() < weight for _ in range(count)]
            for name, weight in ((name, draw.choice([0.1, 0.5, 0.9])) for name in "abc")
        }
        events = [{"time": i, **{name: columns[name][i] for name in "abc"}} for i in range(count)]
        status = pattern.check(Trace(events)).status
        if status is CheckStatus.INCOMPLETE:
            continue
        places = {"first": [i == 0 for i in range(count)], "room": [i + 4 < count - 1 for i in range(count)]}
        assert holds(formula, {**columns, **places}) is (status is CheckStatus.PASS), events
        decided[status] += 1
    assert min(decided.values()) >= 3
