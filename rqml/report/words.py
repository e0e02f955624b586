"""Words that all renderers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rqml.verdict import CheckResult, CheckStatus

if TYPE_CHECKING:
    from rqml.report.report import Report


def heading(result: CheckResult) -> str:
    """Id, class and label of a requirement; the key of a composite."""
    if result.parts or result.name == result.requirement:
        return result.label
    label = f" ({result.label})" if result.label else ""
    return f"{result.requirement} {result.name}{label}"


def verdict(result: CheckResult, report: Report) -> str:
    """The raw status, its reason, and whether it is waived."""
    text = result.status.value.replace("_", " ")
    if result.reason is not None:
        text += f" ({result.reason.value.replace('_', ' ').lower()})"
    return f"{text}, waived" if report.waiver_of(result) is not None else text


def outcome(report: Report) -> str:
    """One sentence: how many of what, and what that means."""
    counts = [
        f"{report.count(status)} {status.value.replace('_', ' ')}" for status in CheckStatus if report.count(status)
    ]
    waived = sum(report.waiver_of(result) is not None for result in report.results)
    counts += [f"{waived} of them waived"] if waived else []
    meaning = {0: "everything that applies passes or is waived", 1: "something fails", 3: "not everything is known"}
    return f"{', '.join(counts) or 'nothing was judged'}: {meaning[report.exit_code]}"
