"""ReidentificationRisk: a release tells an attacker little about the people behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from attrs import validators as v

from rqml import (
    Assurance,
    Cost,
    Judgement,
    Measurement,
    Meta,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    all_of,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.costs import Share
from rqml.errors import MissingSubject, Unsupported
from rqml.meta import one_or_many
from rqml_catalog.data_privacy._recoding import REPRESENTATIVES
from rqml_catalog.data_privacy.publication import Publication
from rqml_catalog.scenarios import releases

if TYPE_CHECKING:
    from rqml_catalog.data_privacy.reidentification.attacks import Tables

_ATTACKS = ("singling_out", "linkability", "inference")


@attrs.frozen(kw_only=True)
class ReidentificationRisk(Requirement[Publication]):
    """Singling out, linking and inference succeed little more often than on people who are not in the release.

    Requires:
        A Publication: the released table, the original with quasi-identifiers (what attackers know) and sensitive
        columns (what they want), and control records that had no part in the release.
    Why:
        These are the three tests of anonymity of the Article 29 Working Party; synthetic data often fail them.
    Measured:
        Each attack is run on originals and on controls; risk = (success - control) / (1 - control), with an interval
        from both success rates. Singling out guesses predicates, the others look for the nearest released record.
        An attacker who finds no predicate that one released record alone satisfies has failed in every attempt.
    Enforced:
        Released records nearer to an original than 98 % of the controls are to any are left out; where more than 2 %
        of the controls equal an original, those that equal an original and no control.
    False alarms:
        Controls from another population make attacks on originals look better than they are.
    Blind spots:
        Attackers who know more or search better; so a PASS is empirical. Copies of originals that are rarer than
        `max_risk` pass: the details count them ("verbatim"). Labels of generalised values are compared by the
        hierarchies of the original or the release, ranges by their midpoints, representatives (the role that
        KAnonymity gives to columns in which it writes numbers) by the place of their labels.
    References:
        Giomi et al., A unified framework for quantifying privacy risk in synthetic data, PoPETs 2023(2).
        Article 29 Working Party, Opinion 05/2014 on anonymisation techniques.

    Args:
        max_risk: largest risk of each attack above the control, in [0, 1].
        attacks: number of guesses of each attack (the attack budget), at least 100.
    """

    meta = Meta(
        id="PII-03",
        title="Re-identification risk",
        statement="Singling out, linkability and inference each succeed at most {max_risk} above the control.",
        remedy="leave out records too near to original ones (enforce() does it), or add noise and generalise more",
        stage=Stage.INGESTION,
        severity=Severity.HIGH,
        references=("ML03:2023", "NISTAML.032", "NISTAML.034", "GDPR 25", "GDPR 32", "GDPR 35"),
        cost=Cost.RELEASE,
    )

    max_risk: float = limit(default=0.1, stricter="lower", validator=[v.instance_of((int, float)), v.ge(0), v.le(1)])
    attacks: int = attrs.field(default=2000, validator=[v.instance_of(int), v.ge(100)])

    def measure(self, publication: Publication, run: Run) -> Measurement:
        """Risk of each attack."""
        from rqml_catalog.data_privacy.reidentification.report import attack_all, verbatim

        tables = _tables(publication)
        found = attack_all(tables, self.attacks, run.rng("attacks"), run.confidence)
        return Measurement(
            estimates={name: estimate for name, (estimate, _, _) in found.items()},
            details={
                **{name: {"guesses": n, "successes": hits} for name, (_, n, hits) in found.items()},
                "verbatim": dict(zip(("of_originals", "of_controls"), verbatim(tables), strict=True)),
            },
            assurance=Assurance.EMPIRICAL,
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """Each attack against the limit."""
        return all_of(*(at_most(measurement.estimates[name], self.max_risk, name) for name in _ATTACKS))

    def repair(self, publication: Publication, run: Run) -> Repair:
        """Leave out what is too near to an original."""
        from rqml_catalog.data_privacy.anonymity.frames import lazy_like, load, replace_columns
        from rqml_catalog.data_privacy.reidentification.report import too_near

        near = too_near(_tables(publication))
        if near.all() or not near.any():
            raise Unsupported("no released record stands out as too near to an original: generalise or add noise")
        released = publication.released
        kept = lazy_like(replace_columns(load(released.frame), {}, ~near), released.frame)
        return Repair(
            subject=attrs.evolve(publication, released=released.with_frame(kept)),
            changes=(f"left out {int(near.sum())} of {len(near)} released rows that are too near to an original",),
            cost={"suppressed": float(near.sum()), "loss": Share(near.mean())},
        )

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Synthetic tables in which no, few or many records are copies of original ones."""
        rule = cls(max_risk=0.2, attacks=800)
        yield satisfied("fresh records", rule, _release(0.0))
        yield satisfied("a few copies", rule, _release(0.05))
        yield satisfied("half of what is allowed", rule, _release(0.1))
        yield violated("1.5 times what is allowed", rule, _release(0.34))
        yield violated("twice what is allowed", rule, _release(0.4))
        yield violated("copies with a little noise", rule, _release(0.4, noise=0.001))


def _release(copied: float, noise: float = 0.0) -> Callable[[int, Path], Publication]:
    return lambda seed, _: Publication(*releases.synthetic(seed, copied, noise=noise))


def _roles(publication: Publication) -> tuple[tuple[str, ...], tuple[str, ...]]:
    original = publication.original
    if len(original.quasi_identifiers) < 2 or not original.sensitive:
        raise MissingSubject(
            "name what attackers know and want in the original: "
            "Dataset(..., quasi_identifiers=[at least two], sensitive=[at least one])"
        )
    return original.quasi_identifiers, original.sensitive


def _tables(publication: Publication) -> Tables:
    from rqml_catalog.data_privacy.reidentification.report import tables_of

    released, original, control = publication.released, publication.original, publication.control
    frames = released.frame, original.frame, control.frame
    hierarchies = {**released.hierarchies, **original.hierarchies}
    return tables_of(frames, *_roles(publication), hierarchies, one_or_many(released.roles.get(REPRESENTATIVES, ())))
