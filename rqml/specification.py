"""Specification: the requirements that a system must meet, composed, tailored, waived, checked and enforced."""

from __future__ import annotations

import datetime as dt
import graphlib
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import InvalidSpecification
from rqml.meta import Cost
from rqml.proposition import Proposition
from rqml.run import Run
from rqml.runner import needs_of, run_checks, within
from rqml.subjects.system import System
from rqml.tailoring import Change, changes_between, effective, tailored
from rqml.verdict import EnforcementResult
from rqml.waiver import Waiver

if TYPE_CHECKING:
    from rqml.evidence.ledger import Ledger
    from rqml.report.report import Report

_NO_LETTERS = ("Cc", "Cs")  # Unicode's categories of controls and surrogates


def _propositions(value: Proposition[Any] | Iterable[Proposition[Any]]) -> tuple[Proposition[Any], ...]:
    items = (value,) if isinstance(value, Proposition | type) else tuple(value)
    for item in items:
        if isinstance(item, type):
            raise InvalidSpecification(f"{item.__name__} is a class: call it, {item.__name__}(...)")
        if not isinstance(item, Proposition):
            raise InvalidSpecification(f"a specification holds requirements, got {type(item).__name__}")
    return items


def _waivers(value: Iterable[Any]) -> tuple[Waiver, ...]:
    items = (value,) if isinstance(value, Waiver) else tuple(value)
    for item in items:
        if not isinstance(item, Waiver):
            raise InvalidSpecification(f"waivers are Waiver(...) objects, got {type(item).__name__}")
    return items


@attrs.frozen
class Specification:
    """An ordered set of requirements with an owner.

    Attributes:
        name: what the specification is called.
        requirements: requirements, composites, or either bound to a part; their keys (label or id) are unique.
        owner: who answers for it.
        waivers: accepted violations.
        system: the system to judge where `check` and `enforce` are given none.
        alpha: most that the chance of any false FAIL, and of any false PASS, over all requirements may be.
        parent: the specification this one was tailored from.

    Raises:
        InvalidSpecification: two requirements have one key, a need is unknown or circular, a part is not well formed.
    """

    name: str = attrs.field(validator=attrs.validators.instance_of(str))
    requirements: tuple[Proposition[Any], ...] = attrs.field(converter=_propositions)
    owner: str = attrs.field(default="", kw_only=True, validator=attrs.validators.instance_of(str))
    waivers: tuple[Waiver, ...] = attrs.field(default=(), converter=_waivers, kw_only=True)
    system: System | None = attrs.field(default=None, kw_only=True)
    alpha: float = attrs.field(default=0.05, kw_only=True)
    parent: Specification | None = attrs.field(default=None, kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        """Check keys and needs."""
        if not 0 < self.alpha < 1:
            raise InvalidSpecification(f"alpha is a share between 0 and 1, got {self.alpha}")
        keys = Counter(proposition.key for proposition in self.requirements)
        for name in (self.name, *keys):
            if any(unicodedata.category(letter) in _NO_LETTERS for letter in name):
                raise InvalidSpecification(
                    f"{name!r} holds line ends, other control characters or halves of characters: "
                    "choose another name or label, since reports and records show it"
                )
        for key, times in keys.items():
            if times > 1:
                raise InvalidSpecification(
                    f"{key} occurs {times} times in specification {self.name!r}: "
                    "tell them apart by label=, like KAnonymity(k=5, label='visits')"
                )
        self._check_needs(set(keys))

    def _check_needs(self, keys: set[str]) -> None:
        needs = {p.key: set(needs_of(p)) for p in self.requirements}
        for key, needed in needs.items():
            if needed - keys:
                raise InvalidSpecification(
                    f"{key} needs {', '.join(sorted(needed - keys))}, which specification {self.name!r} does not hold"
                )
        try:
            graphlib.TopologicalSorter(needs).prepare()
        except graphlib.CycleError as error:
            raise InvalidSpecification(f"requirements need each other: {' -> '.join(error.args[1])}") from None

    def __iter__(self) -> Iterator[Proposition[Any]]:
        return iter(self.requirements)

    def __len__(self) -> int:
        return len(self.requirements)

    def __getitem__(self, key: str) -> Proposition[Any]:
        """The requirement of this key (label or id).

        Raises:
            InvalidSpecification: there is none.
        """
        for proposition in self.requirements:
            if proposition.key == key:
                return proposition
        known = ", ".join(proposition.key for proposition in self.requirements)
        raise InvalidSpecification(f"specification {self.name!r} holds no {key!r}; it holds {known or 'nothing'}")

    def check(
        self,
        system: Any = None,
        /,
        *,
        jobs: int = 1,
        budget: float | None = None,
        run: Run | None = None,
        now: dt.datetime | None = None,
        fingerprints: bool = True,
        tier: Cost | None = None,
        ledger: Ledger | str | PathLike[str] | None = None,
        reuse: bool = True,
        max_age: dt.timedelta | None = None,
        paranoid: bool = False,
    ) -> Report:
        """Check every requirement and report; nothing is changed.

        Args:
            system: a System, or a single subject; default: the specification's own system.
            jobs: number of requirements measured at a time.
            budget: seconds for the whole; what matters most is measured first, and what is not reached is INCOMPLETE
                (TIMEOUT; with a ledger STALE, unless evidence of it still holds).
            run: seed, deadlines and progress; default `Run()`, with a progress bar on a terminal.
            now: moment for which waivers are looked up; default: the present.
            fingerprints: digest the parts that were judged, to bind the report to their content.
            tier: judge only what costs at most that, and what it needs; the report notes what was left out.
            ledger: where to record the verdicts, and to look measurements up: a Ledger, the path of a SQLite file, or
                a database URL. A verdict is never lost because its evidence could not be written: a note says so.
            reuse: use measurements of the ledger again whose inputs (class, code, parameters, content of the subject,
                seed, versions) are the same; the report says which. False measures everything.
            max_age: how long a measurement may be used again; default 30 days.
            paranoid: read all files, also those whose size, times and inode are as when they were read last.
        """
        from rqml.evidence.session import Session
        from rqml.progress import shown
        from rqml.reporting import fingerprints_of, report_on

        moment, started = _utc(now), time.perf_counter()
        subject = self.system if system is None else system
        requirements, notes = effective(self, moment)
        requirements, left_out = _chosen(requirements, tier)
        session = Session.of(ledger, moment, reuse=reuse, max_age=max_age, paranoid=paranoid)
        base = run or Run()
        with shown(base if jobs == 1 else attrs.evolve(base, jobs=jobs), self.name) as watched:
            results = run_checks(requirements, subject, watched, alpha=self.alpha, budget=budget, reuse=session.reuse)
        report = report_on(
            self,
            subject,
            results,
            notes=(*notes, *left_out),
            moment=moment,
            duration_s=time.perf_counter() - started,
            seed=watched.seed,
            fingerprints=session.fingerprinted(lambda: fingerprints_of(subject)) if fingerprints else {},
        )
        return session.recorded(report, requirements)

    def enforce(
        self,
        system: Any = None,
        /,
        *,
        max_cost: Mapping[str, float] | None = None,
        dry_run: bool = False,
        jobs: int = 1,
        run: Run | None = None,
        now: dt.datetime | None = None,
        ledger: Ledger | str | PathLike[str] | None = None,
    ) -> EnforcementResult:
        """Repair what fails, parents before what derives from them, then check everything again.

        A repaired part rebuilds what derives from it. A PASS that got lost, or a cost above `max_cost`, rolls
        everything back, files included. `before` and `after` of the result are Reports.

        Args:
            system: a System, or a single subject; default: the specification's own system.
            max_cost: the most that all repairs together may cost, by name of the cost.
            dry_run: only say what would be changed.
            jobs: number of requirements measured at a time.
            run: seed, deadlines and progress.
            now: moment for which waivers are looked up; default: the present.
            ledger: where to record the enforcement, and the verdicts after it: a Ledger or its place.
        """
        from rqml.enforce_all import enforce_all
        from rqml.evidence.session import recorded_enforcement

        subject = self.system if system is None else system
        moment = _utc(now)
        result = enforce_all(
            self, subject, run or Run(), max_cost=max_cost or {}, dry_run=dry_run, jobs=jobs, now=moment
        )
        return result if ledger is None else recorded_enforcement(self, effective(self, moment)[0], result, ledger)

    def tailor(
        self,
        name: str | None = None,
        *,
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
        add: Sequence[Proposition[Any]] = (),
        remove: Sequence[str] = (),
        waivers: Sequence[Waiver] = (),
        owner: str | None = None,
        now: dt.datetime | None = None,
    ) -> Specification:
        """A specification that extends this one: other parameters, more requirements, fewer requirements.

        What weakens this specification (a laxer limit, another parameter, a removal) needs a waiver in force;
        once that expires, the requirement as it stands here judges again.

        Args:
            name: name of the new one; default: the same.
            parameters: new values by key of the requirement, then by name of the parameter.
            add: further requirements.
            remove: keys of requirements to leave out.
            waivers: further waivers.
            owner: who answers for the new one; default: the same.
            now: moment for which waivers are looked up; default: the present.

        Raises:
            InvalidSpecification: a key or parameter is unknown, or a weakening is not covered by a waiver.
        """
        return tailored(
            self,
            name=name,
            parameters=parameters or {},
            add=add,
            remove=remove,
            waivers=waivers,
            owner=owner,
            now=_utc(now),
        )

    def lineage(self) -> tuple[Specification, ...]:
        """This specification and all it extends, this one first."""
        return (self, *(self.parent.lineage() if self.parent is not None else ()))

    def diff(self, other: Specification | None = None) -> tuple[Change, ...]:
        """What this specification changes against another; default: against its parent."""
        base = other if other is not None else self.parent
        return changes_between(base, self) if base is not None else ()

    def all_waivers(self) -> tuple[Waiver, ...]:
        """Its waivers and those of all it extends."""
        return tuple(waiver for specification in self.lineage() for waiver in specification.waivers)

    @classmethod
    def from_toml(cls, path: str | Path) -> Specification:
        """A specification from a TOML file; see the guide for its form.

        Raises:
            InvalidSpecification: the file is missing or not well formed, or names what does not exist; the message
                gives file and line.
        """
        from rqml.specification_toml import load

        return load(Path(path))


def _utc(now: dt.datetime | None) -> dt.datetime:
    if now is None:
        return dt.datetime.now(dt.UTC)
    if now.tzinfo is None:
        raise InvalidSpecification(f"now must have a time zone, got {now.isoformat()}")
    return now.astimezone(dt.UTC)


def _chosen(
    requirements: tuple[Proposition[Any], ...], tier: Cost | None
) -> tuple[tuple[Proposition[Any], ...], tuple[str, ...]]:
    """What costs at most `tier`, with a note of what was left out."""
    if tier is None:
        return requirements, ()
    chosen = within(requirements, tier)
    kept = {proposition.key for proposition in chosen}
    left_out = [proposition.key for proposition in requirements if proposition.key not in kept]
    note = f"not judged, since they cost more than {tier.name.lower()}: {', '.join(left_out)}"
    return chosen, (note,) if left_out else ()
