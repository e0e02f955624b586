"""Evidence as in-toto attestations: Statement v1 with the predicate test-result v0.1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rqml.evidence.queries import Verdict

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_LISTS = {"PASS": "passedTests", "FAIL": "failedTests", "INCOMPLETE": "warnedTests"}


def statements(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """One unsigned statement for each verification (specification, system, moment), the oldest first.

    The subjects are the parts that were judged, by their digests; parts without a digest are left out, and so is a
    verification none of whose parts has one. A waived FAIL stays among the failed tests. INCOMPLETE counts as a
    warning, and the result is PASSED only if every requirement that applies passes.

    Args:
        verdicts: verdicts on record.
    """
    runs: dict[tuple[str, str, str], list[Verdict]] = {}
    for verdict in verdicts:
        runs.setdefault((verdict.time.isoformat(), verdict.specification, verdict.system), []).append(verdict)
    found = [_statement(runs[name]) for name in sorted(runs)]
    return [statement for statement in found if statement["subject"]]


def _statement(run: list[Verdict]) -> dict[str, Any]:
    parts = {name: digest for verdict in run for name, digest in verdict.fingerprints.items() if digest}
    lists = {name: [v.key for v in run if v.status == status] for status, name in _LISTS.items()}
    bad, open_ = lists["failedTests"], lists["warnedTests"]
    passed = bool(lists["passedTests"])
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": _digest(digest)} for name, digest in sorted(parts.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "result": "FAILED" if bad else "WARNED" if open_ or not passed else "PASSED",
            "configuration": [{"name": f"rqml evidence of {v.key}", "digest": _digest(v.record.digest)} for v in run],
            **lists,
        },
    }


def _digest(text: str) -> dict[str, str]:
    algorithm, _, value = text.partition(":")
    return {algorithm: value}
