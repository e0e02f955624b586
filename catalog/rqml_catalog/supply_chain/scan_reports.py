"""What `rqml scan` prints, and what it leaves out: reports of scans as JSON, SARIF and JUnit, and `.rqmlignore`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.serialization import Finding, Scan

IGNORE_FILE = ".rqmlignore"
_LISTED = 20  # files that are named one by one though they say the same
_LEVELS = {True: "error", False: "warning"}


def ignored_patterns(folder: Path) -> tuple[str, ...]:
    """The lines of the `.rqmlignore` of a folder, written as in a `.gitignore`.

    Ask for the folder of the user, never for one that is scanned: a stranger's list would hide a stranger's files.
    """
    path = folder / IGNORE_FILE
    if not path.is_file():
        return ()
    return tuple(path.read_text(encoding="utf-8", errors="replace").splitlines())


def exit_code(scans: Sequence[Scan]) -> int:
    """0 if everything passes, 1 if anything fails, 3 if something could not be judged or nothing was scanned."""
    statuses = {str(scan.status) for scan in scans}
    if "FAIL" in statuses:
        return 1
    return 3 if "INCOMPLETE" in statuses or not statuses else 0


def to_text(scans: Sequence[Scan]) -> str:
    """The verdicts for people, then how many of each; where many files say the same, all but failures are one line."""
    alike = Counter((scan.status, *scan.reasons) for scan in scans)
    lines, told = [], set()
    for scan in scans:
        key = (scan.status, *scan.reasons)
        many = scan.status != "FAIL" and alike[key] > _LISTED
        if many and key in told:
            continue
        told.add(key)
        lines.append(f"{scan.status:<10}  {f'{alike[key]} files, first ' if many else ''}{_printable(scan.path)}")
        lines += [f"            {_printable(reason)}" for reason in scan.reasons]
    counts = Counter(str(scan.status) for scan in scans)
    summed = ", ".join(f"{counts[status]} {status}" for status in ("PASS", "FAIL", "INCOMPLETE") if counts[status])
    return "\n".join([*lines, f"{len(scans)} {'file' if len(scans) == 1 else 'files'}: {summed or 'nothing to judge'}"])


def _printable(text: str) -> str:
    """Names come from strangers: control characters must not reach the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def to_json(scans: Sequence[Scan]) -> str:
    """A list of `{"path", "status", "format", "reasons"}`."""
    return json.dumps([dict(scan.to_dict()) for scan in scans], indent=1)


def to_sarif(scans: Sequence[Scan]) -> str:
    """SARIF 2.1.0: one result a finding, the technique as its rule, the byte offset as its region."""
    results = [_result(scan, finding) for scan in scans for finding in scan.findings]
    rules = [{"id": technique} for technique in sorted({result["ruleId"] for result in results})]
    driver = {"name": "rqml scan", "version": metadata.version("rqml"), "rules": rules}
    run = {"tool": {"driver": driver}, "invocations": [{"executionSuccessful": True}], "results": results}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=1)


def _result(scan: Scan, finding: Finding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(scan.path)}}
    location: dict[str, Any] = {"physicalLocation": place}
    if finding.member:  # its offset is one in the member
        location["logicalLocations"] = [{"name": _printable(finding.member), "kind": "member"}]
    else:
        place["region"] = {"byteOffset": finding.offset}
    return {
        "ruleId": finding.technique,
        "level": _LEVELS[finding.blocks],
        "message": {"text": _printable(str(finding))},
        "locations": [location],
    }


def _uri(path: str) -> str:
    """A path as a URI reference; names may hold any byte but zero and the separator."""
    place = Path(path)
    quoted = quote(place.as_posix().encode("utf-8", "surrogatepass"))
    return f"file://{quoted}" if place.is_absolute() else quoted


def to_junit(scans: Sequence[Scan]) -> str:
    """JUnit XML: one test case a file; FAIL is a failure, INCOMPLETE an error."""
    failed = sum(scan.status == "FAIL" for scan in scans)
    errors = sum(scan.status == "INCOMPLETE" for scan in scans)
    cases = "\n".join(_case(scan) for scan in scans)
    head = f'<testsuite name="rqml scan" tests="{len(scans)}" failures="{failed}" errors="{errors}">'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}\n{cases}\n</testsuite>\n'


def _case(scan: Scan) -> str:
    opening = f"  <testcase classname={_quoted(scan.format)} name={_quoted(scan.path)}"
    if scan.status == "PASS":
        return f"{opening}/>"
    kind = "failure" if scan.status == "FAIL" else "error"
    return f"{opening}><{kind} message={_quoted('; '.join(scan.reasons))}/></testcase>"


def _quoted(text: str) -> str:
    """An attribute of XML; characters that XML forbids are shown as their escapes."""
    printable = "".join(char if char >= " " and char.isprintable() else repr(char)[1:-1] for char in text)
    return quoteattr(printable)
