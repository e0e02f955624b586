"""From tallies to a measurement, and what a measurement of a pattern means. Online and offline meet here."""

from __future__ import annotations

from typing import Any

import attrs

from rqml.estimate import Estimate
from rqml.subjects.moment import shown
from rqml.temporal.core import Tally
from rqml.verdict import CheckStatus, Judgement, Measurement, Reason


@attrs.frozen
class Observed:
    """All that is known of a pattern on a record, or on a stream so far.

    Attributes:
        best: the tally if unknown truths are taken for the best.
        worst: the tally if they are taken for the worst.
        evaluations: number of events looked at.
        unknown: number of events of which something asked was not known.
        blocked: an unknown truth that could mend as well as break has stopped the evaluation.
        late: number of events that came too late to be looked at.
        duplicates: number of events left out because an earlier one has their id.
        ended: the record is closed: nothing more will come.
        instants: times are datetimes.
    """

    best: Tally
    worst: Tally
    evaluations: int
    unknown: int = 0
    blocked: bool = False
    late: int = 0
    duplicates: int = 0
    ended: bool = False
    instants: bool = False

    def measurement(self) -> Measurement:
        """The numbers of the verdict, and when an obligation was first broken."""
        best, worst = self.best, self.worst
        counts = {
            "evaluations": (self.evaluations, "events"),
            "triggers": (min(best.triggers, worst.triggers), "obligations"),
            "violations": (best.violations, "obligations"),
            "possible_violations": (max(best.violations, worst.violations), "obligations"),
            "open": (max(best.open, worst.open), "obligations"),
            "unknown": (self.unknown, "events"),
            "late": (self.late, "events"),
        }
        details: dict[str, Any] = {
            "ended": self.ended,
            "settled": best.settled and worst.settled,
            "blocked": self.blocked,
            "duplicates": self.duplicates,
        }
        first = best.first if best.first is not None else worst.first
        if first is not None:
            details["first_violation"] = shown(first, self.instants)
        return Measurement({name: Estimate.exact(n, unit=unit) for name, (n, unit) in counts.items()}, details)


def judge(measurement: Measurement, vacuous: str) -> Judgement:
    """FAIL if an obligation is broken whatever is unknown; PASS if none is, all are decided and there was one.

    Args:
        measurement: what `Observed.measurement` gave.
        vacuous: "pass" lets a record without any trigger pass, "incomplete" does not.
    """
    counts = {name: int(estimate.value) for name, estimate in measurement.estimates.items()}
    details = measurement.details
    if counts["violations"]:
        return Judgement(
            CheckStatus.FAIL,
            f"{_number(counts['violations'], 'violation')} (0 are allowed), first at {details['first_violation']}, "
            f"in {_number(counts['evaluations'], 'event')} with {_number(counts['triggers'], 'obligation')}",
        )
    doubts = [text for doubtful, text in _doubts(counts, details, vacuous) if doubtful]
    if doubts:
        return Judgement(CheckStatus.INCOMPLETE, doubts[0], Reason.INSUFFICIENT_EVIDENCE)
    return Judgement(
        CheckStatus.PASS,
        f"no violation in {_number(counts['evaluations'], 'event')} with {_number(counts['triggers'], 'obligation')}",
    )


def _doubts(counts: dict[str, int], details: Any, vacuous: str) -> list[tuple[bool, str]]:
    return [
        (counts["evaluations"] == 0, "no event was seen: there is nothing to judge"),
        (
            counts["possible_violations"] > 0 or (details["blocked"] and not details["settled"]),
            f"{counts['unknown']} of {counts['evaluations']} events do not say what is asked of them, and the verdict "
            "depends on them: record the missing fields",
        ),
        (
            counts["late"] > 0,
            f"{counts['late']} events came too late to be looked at: allow more lateness=, or sort the record",
        ),
        (
            counts["open"] > 0 and not details["settled"],
            f"{counts['open']} obligations are still open at the end of what was observed: observe longer",
        ),
        (not details["ended"] and not details["settled"], "no violation so far; the stream is not finished"),
        (
            counts["triggers"] == 0 and vacuous != "pass",
            f"nothing in {counts['evaluations']} events called for it, so that it was never put to the test "
            '(vacuous="pass" lets this pass)',
        ),
    ]


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
