"""prove(): a class's scenarios over many seeds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from rqml.errors import InvalidParameter
from rqml.requirement import Requirement
from rqml.run import Run, derive_seed
from rqml.scenario import Scenario
from rqml.testing.case import requirement_class
from rqml.testing.proof import Proof, Trial
from rqml.verdict import CheckStatus


def prove(
    cls: type[Requirement[Any]], seeds: int | Iterable[int] = 20, jobs: int = 1, *, enforce: bool = False
) -> Proof:
    """Build and check every scenario of a class at every seed.

    INCOMPLETE is a miss on both sides. CI runs 20 seeds and wants at least 19 right on each side (`Proof.holds`).

    Args:
        cls: the requirement class.
        seeds: seeds of the subjects, or how many to take (from 0); the check at a seed takes its
            randomness from it too.
        jobs: number of processes; a class proved by several must be importable.
        enforce: also enforce each planted fault that can be mended, and check the outcome at a fresh seed.

    Raises:
        InvalidParameter: no seeds, or a class without scenarios of both kinds.
    """
    numbers = tuple(range(seeds) if isinstance(seeds, int) else seeds)
    scenarios = tuple(requirement_class(cls).scenarios())
    if not numbers or {scenario.expected for scenario in scenarios} != {CheckStatus.PASS, CheckStatus.FAIL}:
        raise InvalidParameter(f"proving {cls.__name__} takes at least one seed, and scenarios of both kinds")
    pairs = [(index, seed) for seed in numbers for index in range(len(scenarios))]
    if jobs == 1:
        trials = [_trial(scenarios[index], seed, enforce) for index, seed in pairs]
    else:
        from joblib import Parallel, delayed

        trials = Parallel(n_jobs=jobs)(delayed(_trial_of)(cls, index, seed, enforce) for index, seed in pairs)
    return Proof(requirement=cls.meta.id, name=cls.__name__, trials=tuple(trials))


def _trial_of(cls: type[Requirement[Any]], index: int, seed: int, enforce: bool) -> Trial:
    """In another process: the class travels by name, and its scenarios are made there."""
    return _trial(tuple(cls.scenarios())[index], seed, enforce)


def _trial(scenario: Scenario, seed: int, enforce: bool) -> Trial:
    with tempfile.TemporaryDirectory(prefix="rqml-proof-", ignore_cleanup_errors=True) as folder:
        subject = scenario.build(seed, Path(folder))
        result = scenario.requirement.check(subject, run=Run(seed=seed))
        trial = Trial(
            scenario=scenario.name, seed=seed, expected=scenario.expected, status=result.status, message=result.message
        )
        if not enforce or scenario.expected is not CheckStatus.FAIL or scenario.unrepairable:
            return trial
        return _enforced(trial, scenario, subject)


def _enforced(trial: Trial, scenario: Scenario, subject: Any) -> Trial:
    enforced = scenario.requirement.enforce(subject, run=Run(seed=trial.seed))
    fresh = Run(seed=derive_seed(trial.seed, "fresh"))
    passes = trial.right and scenario.requirement.check(enforced.subject, run=fresh).passed
    return attrs.evolve(trial, enforcement=enforced.status, passes_afterwards=passes)
