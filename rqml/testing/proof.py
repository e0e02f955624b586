"""Proof: how often a requirement class is right on its own scenarios, over many seeds."""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs

from rqml.estimate import Estimate
from rqml.verdict import CheckStatus, EnforcementStatus

RIGHT_SHARE = 0.95
"""Share of the seeds that must be right on each side: 19 of 20, 95 of 100."""


@attrs.frozen(kw_only=True)
class Trial:
    """One scenario built and checked at one seed.

    Attributes:
        scenario: name of the scenario.
        seed: seed of the subject and of the check.
        expected: the verdict it deserves.
        status: the verdict it got.
        message: the message of that verdict.
        enforcement: what became of enforce, None where it was not tried.
        passes_afterwards: True if what enforce gave passes a check at a fresh seed.
    """

    scenario: str
    seed: int
    expected: CheckStatus
    status: CheckStatus
    message: str = attrs.field(repr=False)
    enforcement: EnforcementStatus | None = None
    passes_afterwards: bool = False

    @property
    def right(self) -> bool:
        """True if the verdict is the deserved one; INCOMPLETE never is."""
        return self.status is self.expected


@attrs.frozen(kw_only=True)
class Proof:
    """What `prove` found.

    Each scenario at each seed is one trial of the rates. A seed is right on a side (planted faults, clean twins) only
    if every scenario of that side got the verdict it deserves.

    Attributes:
        requirement: id of the requirement.
        name: class name.
        trials: all trials.
    """

    requirement: str
    name: str
    trials: tuple[Trial, ...] = attrs.field(repr=False)

    @property
    def detection(self) -> Estimate:
        """Share of trials on planted faults that FAIL, with its Clopper-Pearson interval (95 %)."""
        faulty = self._side(CheckStatus.FAIL)
        return Estimate.proportion(sum(trial.right for trial in faulty), len(faulty), unit="")

    @property
    def false_alarms(self) -> Estimate:
        """Share of trials on clean twins that do not PASS (INCOMPLETE included), with its Clopper-Pearson interval."""
        clean = self._side(CheckStatus.PASS)
        return Estimate.proportion(sum(not trial.right for trial in clean), len(clean), unit="")

    @property
    def mended(self) -> Estimate:
        """Share of enforced trials after which a check at a fresh seed passes; n = 0 where enforce was not tried."""
        tried = self._enforced()
        return Estimate.proportion(sum(trial.passes_afterwards for trial in tried), len(tried), unit="")

    @property
    def contained(self) -> int:
        """Number of enforced trials that ended CONTAINED."""
        return sum(trial.enforcement is EnforcementStatus.CONTAINED for trial in self._enforced())

    @property
    def misses(self) -> tuple[Trial, ...]:
        """The trials whose verdict was not the deserved one."""
        return tuple(trial for trial in self.trials if not trial.right)

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return len({trial.seed for trial in self.trials})

    @property
    def seeds_detected(self) -> int:
        """Number of seeds at which every planted fault FAILs."""
        return _seeds_right(self._side(CheckStatus.FAIL), lambda trial: trial.right)

    @property
    def seeds_clean(self) -> int:
        """Number of seeds at which every clean twin PASSes."""
        return _seeds_right(self._side(CheckStatus.PASS), lambda trial: trial.right)

    @property
    def holds(self) -> bool:
        """True if at least 95 % of the seeds are right on each side (19 of 20)."""
        needed = _needed(self.seeds)
        return self.seeds > 0 and min(self.seeds_detected, self.seeds_clean) >= needed

    @property
    def level(self) -> str:
        """Proof level: "L1" a verdict, "L2" it discriminates, "L3" enforce also turns FAIL into PASS at fresh seeds.

        CONTAINED is not a PASS: a class that only contains stays at L2.
        """
        tried = self._enforced()
        if not self.holds:
            return "L1"
        seeds = len({trial.seed for trial in tried})
        mended = _seeds_right(tried, lambda trial: trial.passes_afterwards)
        return "L3" if tried and mended >= _needed(seeds) else "L2"

    def __str__(self) -> str:
        text = (
            f"{self.requirement} {self.name} {self.level}: planted faults found {self.detection} "
            f"({self.seeds_detected} of {self.seeds} seeds without a miss), "
            f"false alarms {self.false_alarms} ({self.seeds_clean} of {self.seeds} seeds without one)"
        )
        if self._enforced():
            text += f", mended {self.mended}, contained {self.contained}"
        shown = [f"\n  {t.scenario!r} seed {t.seed}: {t.status.name}, not {t.expected.name}" for t in self.misses[:10]]
        more = len(self.misses) - len(shown)
        return text + "".join(shown) + (f"\n  and {more} more misses" if more > 0 else "")

    def _side(self, expected: CheckStatus) -> list[Trial]:
        return [trial for trial in self.trials if trial.expected is expected]

    def _enforced(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.enforcement is not None]


def _needed(seeds: int) -> int:
    return math.ceil(RIGHT_SHARE * seeds - 1e-9)


def _seeds_right(trials: list[Trial], right: Callable[[Trial], bool]) -> int:
    wrong = {trial.seed for trial in trials if not right(trial)}
    return len({trial.seed for trial in trials} - wrong)
