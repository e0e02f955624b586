"""The order in which requirements are measured, and that finding it costs little."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rqml import runner
from rqml.runner import needs_of


def chain(toys, needs):
    """Requirements r0, r1, ...; each needs the given earlier ones."""
    return [toys.MinRows(label=f"r{n}", rows=1, needs=[f"r{need}" for need in earlier]) for n, earlier in needs]


@st.composite
def earlier_ones(draw):
    count = draw(st.integers(1, 8))
    return [(n, draw(st.lists(st.integers(0, n - 1), max_size=3)) if n else []) for n in range(count)]


def rounds(ranked, together):
    """By definition: in each round the first, or all, of those whose needs were met."""
    done = []
    while len(done) < len(ranked):
        keys = {proposition.key for proposition in done}
        ready = [p for p in ranked if p not in done and keys >= set(needs_of(p))]
        batch = ready if together else ready[:1]
        done += batch
        yield batch


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # classes, without state
@given(earlier_ones(), st.randoms(use_true_random=False), st.booleans())
def test_the_first_by_rank_whose_needs_were_met_comes_next(toys, needs, draw, together):
    ranked = chain(toys, needs)
    draw.shuffle(ranked)
    assert list(runner._batches(ranked, together=together)) == list(rounds(ranked, together))


def test_the_work_grows_with_the_number_of_requirements_not_with_its_square(toys, table, monkeypatch):
    asked = []
    monkeypatch.setattr(runner, "needs_of", lambda proposition: asked.append(1) or needs_of(proposition))
    per_requirement = []
    for count in (40, 160):
        requirements = chain(toys, [(n, [n - 1] if n else []) for n in range(count)])
        asked.clear()
        results = runner.run_checks(requirements, table, runner.Run(), alpha=0.05)
        assert all(result.passed for result in results)
        per_requirement.append(len(asked) / count)
    assert per_requirement[0] == per_requirement[1]
