"""What records say: the bodies of checks and enforcements; for waivers and attestations see `statements`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rqml.attachments import places as known_places
from rqml.evidence.canonical import canonical
from rqml.evidence.code import codes_of
from rqml.evidence.environment import actor, environment
from rqml.evidence.record import CHECK, ENFORCEMENT, Entry
from rqml.proposition import with_consulted
from rqml.serialise import plain
from rqml.verdict import CheckResult, EnforcementResult

if TYPE_CHECKING:
    from rqml.proposition import Proposition
    from rqml.report.report import Report
    from rqml.waiver import Waiver

Measurements = Mapping[str, Any]


def check_entries(
    report: Report,
    propositions: Sequence[Proposition[Any]],
    measurements: Mapping[str, Measurements] | None = None,
) -> list[Entry]:
    """One entry for each verdict of a report.

    Args:
        report: the verdicts.
        propositions: what was judged, in the order of the report.
        measurements: by key of the proposition, what was measured for which inputs, to be used again.
    """
    shared = {
        "specification": report.specification,
        "system": report.system,
        "owner": report.owner,
        "actor": actor(),
        "time": report.time.isoformat(),
        "alpha": report.alpha,
        "run_seed": report.seed,
        "environment": environment(),
    }
    context, known = canonical(shared), known_places()
    digests: dict[type, str | None] = {}
    return [
        Entry(
            CHECK,
            proposition.key,
            verdict_body(
                proposition,
                result,
                waiver=report.waiver_of(result),
                fingerprints=judged(result, report.fingerprints),
                measurements=(measurements or {}).get(proposition.key, {}),
                places=[place.told() for place in known.get(id(proposition), ())],
                sources=codes_of(proposition, digests),
            ),
            context,
        )
        for proposition, result in zip(propositions, report.results, strict=True)
    ]


def verdict_body(
    proposition: Proposition[Any],
    result: CheckResult,
    *,
    waiver: Waiver | None,
    fingerprints: Mapping[str, str | None],
    measurements: Measurements,
    places: Sequence[Mapping[str, Any]],
    sources: Mapping[str, str | None],
) -> dict[str, Any]:
    """What a record says of one verdict.

    Args:
        proposition: what was judged.
        result: the verdict.
        waiver: what covers it.
        fingerprints: digests of what it is about.
        measurements: what was measured for which inputs.
        places: where in the code it is attached, as `Place.told` tells it.
        sources: digests of the code of its requirements, by id.
    """
    metas = [requirement.meta for requirement in with_consulted(proposition)]
    return {  # every key comes after "context" in the alphabet
        "key": proposition.key,
        "requirements": {meta.id: meta.version for meta in metas},
        "references": sorted({reference for meta in metas for reference in meta.references}),
        "result": plain(result),
        "waiver": plain(waiver),
        "fingerprints": dict(fingerprints),
        "measurements": dict(measurements),
        "places": list(places),
        "sources": dict(sources),
    }


def judged(result: CheckResult, fingerprints: Mapping[str, str | None]) -> dict[str, str | None]:
    """The fingerprints of the parts that a verdict is about; of all parts where that cannot be told."""
    names = set(_subjects(result))
    chosen = {name: digest for name, digest in fingerprints.items() if name in names}
    return chosen or dict(fingerprints)


def _subjects(result: CheckResult) -> Iterator[str]:
    yield result.subject
    for part in result.parts:
        yield from _subjects(part)


def enforcement_entry(specification: str, owner: str, result: EnforcementResult) -> Entry:
    """The entry of an enforcement: what was changed, what it cost, and the verdicts on both sides of it."""
    body = {
        "specification": specification,
        "owner": owner,
        "actor": actor(),
        "environment": environment(),
        "status": result.status.value,
        "message": result.message,
        "changes": list(result.changes),
        "cost": plain(result.cost),
        "cost_estimates": plain(result.cost_estimates),
        "before": _statuses(result.before),
        "after": _statuses(result.after),
        "fingerprints": dict(getattr(result.after, "fingerprints", {})),
        "fingerprints_before": dict(getattr(result.before, "fingerprints", {})),
    }
    return Entry(ENFORCEMENT, specification, body)


def _statuses(verdict: Any) -> dict[str, str]:
    results: Iterable[CheckResult] = getattr(verdict, "results", None) or ([verdict] if verdict is not None else [])
    return {result.label or result.requirement: result.status.value for result in results}
