"""Kleene's laws, by Hypothesis against a table written down independently of the sources."""

from __future__ import annotations

import itertools
import pickle
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.combinators import AllOf, AnyOf, AtLeast, Implies, Not
from rqml.errors import InvalidParameter
from rqml.run import Run
from rqml.verdict import Assurance, CheckResult, CheckStatus, Reason

T, F, U, N = "PASS", "FAIL", "INCOMPLETE", "NOT_APPLICABLE"
AND = {(T, T): T, (T, F): F, (T, U): U, (F, F): F, (F, U): F, (U, U): U}
OR = {(T, T): T, (T, F): T, (T, U): T, (F, F): F, (F, U): U, (U, U): U}
NOT = {T: F, F: T, U: U, N: N}


def fold(table: dict[tuple[str, str], str], values: list[str]) -> str:
    """Kleene's table over several; what does not apply is left out."""
    whole = N
    for value in values:
        if N in (whole, value):
            whole = value if whole == N else whole
        else:
            whole = table.get((whole, value)) or table[value, whole]
    return whole


outcomes = st.sampled_from([T, F, U, N])
several = st.lists(outcomes, min_size=1, max_size=5)
expressions = st.recursive(
    outcomes,
    lambda inner: (
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3))
        | st.tuples(st.just("not"), st.tuples(inner))
        | st.tuples(st.just("implies"), st.tuples(inner, inner))
    ),
    max_leaves=8,
)


def built(toys: Any, expression: Any) -> Any:
    if isinstance(expression, str):
        return toys.Stated(outcome=expression)
    kind, parts = expression
    return {"and": AllOf, "or": AnyOf, "not": Not, "implies": Implies}[kind](*[built(toys, part) for part in parts])


def expected(expression: Any) -> str:
    if isinstance(expression, str):
        return expression
    kind, parts = expression
    values = [expected(part) for part in parts]
    if kind == "implies":
        return fold(OR, [NOT[values[0]], values[1]])
    return NOT[values[0]] if kind == "not" else fold(AND if kind == "and" else OR, values)


def status(proposition: Any, toys: Any) -> str:
    return str(proposition.check(toys.Number()).status.value)


def stated(toys: Any, values: list[str]) -> list[Any]:
    return [toys.Stated(outcome=value) for value in values]


@given(expression=expressions)
def test_any_expression_follows_the_tables(toys: SimpleNamespace, expression: Any) -> None:
    proposition = built(toys, expression)
    assert status(proposition, toys) == expected(expression)
    operators = {"and": "&", "or": "|"}
    if not isinstance(expression, str) and expression[0] in operators and len(expression[1]) == 2:
        left, right = (built(toys, part) for part in expression[1])
        by_operator = left & right if expression[0] == "and" else left | right
        assert by_operator == proposition


@given(values=several)
def test_de_morgan(toys: SimpleNamespace, values: list[str]) -> None:
    parts = stated(toys, values)
    assert status(~AllOf(*parts), toys) == status(AnyOf(*[~part for part in parts]), toys)
    assert status(~AnyOf(*parts), toys) == status(AllOf(*[~part for part in parts]), toys)


@pytest.mark.parametrize("pair", list(itertools.product(itertools.product([T, F], Assurance), repeat=2)))
def test_de_morgan_holds_for_what_is_only_empirical(toys: SimpleNamespace, pair: Any) -> None:
    one, other = (toys.Stated(outcome=outcome, assurance=assurance) for outcome, assurance in pair)
    for whole, negated in ((AllOf(one, other), AnyOf(~one, ~other)), (AnyOf(one, other), AllOf(~one, ~other))):
        left, right = (~whole).check(toys.Number()), negated.check(toys.Number())
        assert (left.status, left.assurance) == (right.status, right.assurance)


@given(values=several)
def test_at_least_lies_between_any_and_all(toys: SimpleNamespace, values: list[str]) -> None:
    parts = stated(toys, values)
    assert status(AtLeast(1, *parts), toys) == status(AnyOf(*parts), toys)
    assert status(AtLeast(len(parts), *parts), toys) == status(AllOf(*parts), toys)


@given(values=several, data=st.data())
def test_at_least_is_the_or_of_all_selections(toys: SimpleNamespace, values: list[str], data: Any) -> None:
    applicable = [value for value in values if value != N]
    count = data.draw(st.integers(1, len(values)))
    needed = min(count, len(applicable))
    selections = [fold(AND, list(chosen)) for chosen in itertools.combinations(applicable, needed)]
    assert status(AtLeast(count, *stated(toys, values)), toys) == (fold(OR, selections) if applicable else N)


@given(one=outcomes, other=outcomes)
def test_implication_is_not_or(toys: SimpleNamespace, one: str, other: str) -> None:
    a, b = stated(toys, [one, other])
    assert status(a >> b, toys) == status(Implies(a, b), toys) == status(AnyOf(~a, b), toys)


@given(values=several, where=st.integers(0, 5))
def test_what_does_not_apply_is_neutral(toys: SimpleNamespace, values: list[str], where: int) -> None:
    parts = stated(toys, values)
    more = [*parts[:where], toys.Stated(outcome=N), *parts[where:]]
    assert status(AllOf(*more), toys) == status(AllOf(*parts), toys)
    assert status(AnyOf(*more), toys) == status(AnyOf(*parts), toys)


@given(values=several)
def test_learning_more_never_turns_a_decided_verdict_round(toys: SimpleNamespace, values: list[str]) -> None:
    for kind in (AllOf, AnyOf):
        now = status(kind(*stated(toys, values)), toys)
        later = {status(kind(*stated(toys, [x if v == U else v for v in values])), toys) for x in (T, F)}
        assert now in (U, N) or later == {now}


@pytest.mark.parametrize("kind", [AllOf, AnyOf, lambda: AtLeast(1)])
def test_nothing_is_incomplete(toys: SimpleNamespace, kind: Any) -> None:
    result = kind().check(toys.Number())
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.INSUFFICIENT_EVIDENCE)
    assert "at least one requirement" in result.message
    assert str(kind())


@pytest.mark.parametrize("kind", [AllOf, AnyOf, Not])
def test_where_nothing_applied_nothing_is_claimed(toys: SimpleNamespace, kind: Any) -> None:
    result = kind(toys.Stated(outcome=N)).check(toys.Number())
    assert (result.status, result.reason, result.assurance) == (CheckStatus.NOT_APPLICABLE, None, None)


def test_what_is_only_empirical_is_not_negated(toys: SimpleNamespace) -> None:
    robust = toys.Stated(outcome=T, assurance=Assurance.EMPIRICAL)
    broken = toys.Stated(outcome=F, assurance=Assurance.EMPIRICAL)
    for proposition in (~robust, ~broken, ~(robust & toys.Stated()), ~(robust | toys.Stated(outcome=F)), ~~robust):
        assert status(proposition, toys) == U
    assert status(robust >> toys.Stated(outcome=F), toys) == U
    assert status(robust >> toys.Stated(), toys) == T
    assert status(toys.Stated() >> robust, toys) == T
    assert status(~(robust & toys.Stated(outcome=F)), toys) == T


@pytest.mark.parametrize(
    ("kind", "parts", "assurance"),
    [
        (AllOf, [(T, "PROVEN"), (T, "EMPIRICAL")], "EMPIRICAL"),
        (AllOf, [(T, "PROVEN"), (T, "STATISTICAL")], "STATISTICAL"),
        (AllOf, [(F, "PROVEN"), (T, "EMPIRICAL")], "PROVEN"),
        (AnyOf, [(T, "PROVEN"), (T, "EMPIRICAL")], "PROVEN"),
        (AnyOf, [(F, "PROVEN"), (T, "EMPIRICAL")], "EMPIRICAL"),
        (AnyOf, [(F, "PROVEN"), (F, "STATISTICAL")], "STATISTICAL"),
        (Implies, [(F, "STATISTICAL"), (T, "EMPIRICAL")], "STATISTICAL"),
        (AllOf, [(F, "STATISTICAL"), (U, None)], "STATISTICAL"),
    ],
)
def test_a_composite_is_as_sure_as_what_it_follows_from(
    toys: SimpleNamespace, kind: Any, parts: list[tuple[str, str | None]], assurance: str
) -> None:
    composite = kind(*[toys.Stated(outcome=o, assurance=a and Assurance(a)) for o, a in parts])
    assert composite.check(toys.Number()).assurance is Assurance(assurance)


def test_a_composite_keeps_the_verdicts_of_its_parts(toys: SimpleNamespace) -> None:
    composite = AllOf(toys.Enough(low=1), toys.Enough(low=9, label="nine"), label="both")
    result = composite.check(toys.Number(5), run=Run(seed=4))
    assert [part.status.value for part in result.parts] == [T, F]
    assert (result.requirement, result.name, result.label, result.seed) == ("AllOf", "AllOf", "both", 4)
    assert result.subject == "Number"
    assert result.duration_s == sum(part.duration_s for part in result.parts)
    assert result.message.startswith("both FAIL: TOY-01 Enough FAIL")
    assert "What to do: turn it up" in result.message
    assert result.statement == "(The number is at least 1.) and (The number is at least 9.)"
    assert CheckResult.from_json(result.to_json()) == result
    assert pickle.loads(pickle.dumps(result)) == result


def test_the_reason_is_that_of_the_first_undecided_part(toys: SimpleNamespace) -> None:
    crash = toys.Scripted(judged=lambda _m: None)
    assert AllOf(toys.Stated(), crash).check(toys.Number()).reason is Reason.ERROR
    assert (~toys.Stated(assurance=Assurance.EMPIRICAL)).check(toys.Number()).reason is Reason.INSUFFICIENT_EVIDENCE


def test_texts(toys: SimpleNamespace) -> None:
    a, b = toys.Stated(), toys.Enough()
    assert str(a | b) == "(It is PASS.) or (The number is at least 1.0.)"
    assert str(~a) == "not (It is PASS.)"
    assert str(a >> b) == "if (It is PASS.) then (The number is at least 1.0.)"
    assert str(AtLeast(1, a, b)) == "at least 1 of: (It is PASS.); (The number is at least 1.0.)"
    assert (a & b).key == "AllOf(TOY-02, TOY-01)"
    assert repr(~a) == f"Not({a!r})"
    assert AtLeast(1, a).check(toys.Number()).parameters == {"count": 1}


def test_composites_are_values(toys: SimpleNamespace) -> None:
    a, b = toys.Stated(), toys.Enough()
    assert (a & b) == AllOf(a, b) != AllOf(b, a)
    assert hash(a & b) == hash(AllOf(a, b))
    assert AllOf(a, b) != AnyOf(a, b)
    assert AtLeast(1, a, b) != AtLeast(2, a, b)
    assert AllOf(a, label="x") != AllOf(a)
    assert len({a & b, AllOf(a, b), a | b}) == 2
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        AllOf(a).label = "other"
    assert list((a & ~b).requirements()) == [a, b]


@pytest.mark.parametrize("count", [0, 3, -1, True, 1.0, "1"])
def test_a_count_that_cannot_be_is_refused(toys: SimpleNamespace, count: Any) -> None:
    with pytest.raises(InvalidParameter, match="count from 1 to 2"):
        AtLeast(count, toys.Stated(), toys.Stated())


@pytest.mark.parametrize("stranger", [3, "TOY-01", None, lambda: None])
def test_only_requirements_combine(toys: SimpleNamespace, stranger: Any) -> None:
    with pytest.raises(InvalidParameter, match="takes requirements"):
        AllOf(toys.Stated(), stranger)
    for combine in (lambda a, b: a & b, lambda a, b: a | b, lambda a, b: a >> b):
        with pytest.raises(TypeError):
            combine(toys.Stated(), stranger)


def test_a_class_is_no_requirement(toys: SimpleNamespace) -> None:
    with pytest.raises(InvalidParameter, match="must be called"):
        AllOf(toys.Stated)


def test_leaves_know_whether_they_help(toys: SimpleNamespace) -> None:
    a, b, c = toys.Enough(low=1), toys.Enough(low=2), toys.Enough(low=3)
    examined = ((a >> b) & ~~c & ~a).examine(toys.Number(), Run())
    assert [(leaf.requirement, helps) for leaf, helps in examined.leaves()] == [  # type: ignore[attr-defined]
        (a, False),
        (b, True),
        (c, True),
        (a, False),
    ]


def test_a_composite_is_judged_by_the_judge_given(toys: SimpleNamespace) -> None:
    examined = (toys.Enough() & toys.Stated()).examine(toys.Number(5), Run())
    judged = examined.conclude(lambda _leaf: CheckResult(CheckStatus.FAIL, "no"))
    assert judged.status is CheckStatus.FAIL
    assert [part.message for part in judged.parts] == ["no", "no"]


def test_a_verdict_of_unknown_assurance_proves_nothing(toys: SimpleNamespace) -> None:
    examined = (toys.Enough() & toys.Stated()).examine(toys.Number(5), Run())
    assert examined.conclude(lambda _leaf: CheckResult(CheckStatus.PASS, "so it is said")).assurance is None


def test_at_least_tells_its_count(toys: SimpleNamespace) -> None:
    part = toys.Scripted()
    assert AtLeast(1, part, part).key.startswith("AtLeast(1, ")
    assert AtLeast(1, part, part).key != AtLeast(2, part, part).key
    assert repr(AtLeast(2, part, part)).startswith("AtLeast(2, ")
