"""The traceability matrix as a table: control, requirement, verdict, system, owner, record, places in the code."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rqml.errors import EvidenceError
from rqml.evidence.queries import Verdict
from rqml.taxonomy import resolve

DECIDED = ("PASS", "FAIL")
HEADINGS = ("control", "requirement", "verdict", "system", "owner", "record", "places")


def traced(controls: Iterable[str], verdicts: Sequence[Verdict]) -> dict[str, list[str]]:
    """Keys of the requirements that name each control and were judged, PASS or FAIL, on something with a digest.

    Args:
        controls: ids, compared as the taxonomy writes them.
        verdicts: the last verdicts.
    """
    judged = [verdict for verdict in verdicts if _is_judged(verdict)]
    names = {verdict.record.digest: {_canonical(one) for one in verdict.references} for verdict in judged}
    return {
        control: sorted({verdict.key for verdict in judged if _canonical(control) in names[verdict.record.digest]})
        for control in controls
    }


def matrix_text(matrix: Mapping[str, Sequence[str]], verdicts: Iterable[Verdict]) -> str:
    """The matrix in CSV, a line for each verdict that speaks to a control; a control without any has one line.

    Args:
        matrix: keys of the requirements that meet each control, by the control's id, as `traced` gives them.
        verdicts: the last verdicts, which are looked up by key.
    """
    by_key: dict[str, list[Verdict]] = {}
    for verdict in filter(_is_judged, verdicts):
        by_key.setdefault(verdict.key, []).append(verdict)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    for control, keys in matrix.items():
        lines = [(control, *_told(verdict)) for key in keys for verdict in by_key[key]]
        writer.writerows(lines or [(control, *[""] * (len(HEADINGS) - 1))])
    return out.getvalue()


def is_matrix(text: str) -> bool:
    """True if a text begins as `matrix_text` does, so that it may be replaced by a newer one."""
    return text.startswith(f"{','.join(HEADINGS)}\n")


def read(path: Path) -> str | None:
    """The text of a file, None where there is none; what is not UTF-8 is kept as it is, for `put`."""
    if not path.exists():
        return None
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise EvidenceError(f"the matrix {path} cannot be read: {error.strerror}") from error


def put(path: Path, text: str | None) -> None:
    """Put a text in place at once; None takes the file away."""
    if text is None:
        path.unlink(missing_ok=True)
        return
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(text.encode("utf-8", "surrogateescape"))
    new.replace(path)


def _is_judged(verdict: Verdict) -> bool:
    return verdict.status in DECIDED and any(verdict.fingerprints.values())


def _canonical(reference: str) -> str:
    found = resolve(reference)
    return reference if found is None else found.id


def _told(verdict: Verdict) -> tuple[str, ...]:
    record = f"{verdict.record.chain}:{verdict.record.number}"
    return verdict.key, verdict.status, verdict.system, verdict.owner, record, "; ".join(map(str, verdict.places))
