"""Report: what a specification found, with the waivers beside the verdicts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import attrs

from rqml.judge import worst
from rqml.verdict import CheckResult, CheckStatus
from rqml.waiver import Waiver

EXIT_PASS, EXIT_FAIL, EXIT_USAGE, EXIT_INCOMPLETE = 0, 1, 2, 3


@attrs.frozen(kw_only=True)
class Report:
    """The verdicts of one specification on one system.

    Attributes:
        specification: name of the specification.
        system: name of what was judged.
        owner: who answers for it.
        results: one verdict a requirement, in the order of the specification; their statuses are raw.
        waivers: waivers in force at `time`, by the key of the requirement they cover.
        notes: what the reader should know besides: waivers that expired or are not needed.
        time: when the verification started, UTC.
        duration_s: seconds it took.
        seed: root of all randomness.
        alpha: most that the chance of any false FAIL, and of any false PASS, may be.
        fingerprints: digest of each judged part, None where it has none.
        version: version of rqml.
    """

    specification: str
    system: str
    owner: str = ""
    results: tuple[CheckResult, ...] = ()
    waivers: Mapping[str, Waiver] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()
    time: dt.datetime
    duration_s: float = 0.0
    seed: int = 0
    alpha: float = 0.05
    fingerprints: Mapping[str, str | None] = attrs.field(factory=dict)
    version: str = ""

    @property
    def status(self) -> CheckStatus:
        """The worst raw status; waivers do not change it. INCOMPLETE if nothing applied."""
        found = worst(result.status for result in self.results)
        return CheckStatus.INCOMPLETE if found is None else found

    @property
    def passed(self) -> bool:
        """True if everything that applies passes, without any waiver."""
        return self.status is CheckStatus.PASS

    @property
    def exit_code(self) -> int:
        """0: all that applies passes or is waived; 1: a FAIL; 3: nothing failed, but something is INCOMPLETE
        or nothing applied."""
        unwaived = {result.status for result in self.results if self.waiver_of(result) is None}
        if CheckStatus.FAIL in unwaived:
            return EXIT_FAIL
        applied = any(result.status is not CheckStatus.NOT_APPLICABLE for result in self.results)
        return EXIT_INCOMPLETE if CheckStatus.INCOMPLETE in unwaived or not applied else EXIT_PASS

    def waiver_of(self, result: CheckResult) -> Waiver | None:
        """The waiver in force that covers this verdict, if it needs one."""
        if result.status in (CheckStatus.PASS, CheckStatus.NOT_APPLICABLE):
            return None
        return self.waivers.get(result.label or result.requirement)

    def count(self, status: CheckStatus) -> int:
        """How many verdicts have this raw status."""
        return sum(result.status is status for result in self.results)

    def to_json(self) -> str:
        """The report as JSON text of the schema `rqml.report/1`."""
        from rqml.report.json import to_json

        return to_json(self)

    def to_markdown(self) -> str:
        """The report as a Markdown page."""
        from rqml.report.markdown import to_markdown

        return to_markdown(self)

    def __rich__(self) -> object:
        """The report as a rich table, for consoles and notebooks."""
        from rqml.report.console import to_rich

        return to_rich(self)

    def __str__(self) -> str:
        from rqml.report.console import to_text

        return to_text(self)
