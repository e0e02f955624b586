"""Evidence as JSON Lines: a header with the ends of the chains, their records in order, their checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from rqml.errors import EvidenceError
from rqml.evidence.canonical import canonical, opened, sealed
from rqml.evidence.chain import Fault, Verification, against, follow, nothing_signed, numbered, unsigned
from rqml.evidence.ledger import Ledger
from rqml.evidence.record import Head, Record, key_of, tags_of
from rqml.evidence.signing import PublicKeys, check_points
from rqml.evidence.statements import statement_faults
from rqml.evidence.store import SCHEMA, Made, Store

Numbered = list[tuple[int, str]]


def export_lines(ledger: Ledger) -> Iterator[str]:
    """The lines of an export, without line ends; damage in the store is exported as it is, for `verify` to find."""
    heads = ledger.store.heads()
    points = {head.chain: ledger.store.checkpoints(head.chain) for head in heads}
    chains = [
        {"chain": head.chain, "records": head.number, "last": head.digest, "checkpoints": len(points[head.chain])}
        for head in heads
    ]
    yield canonical(sealed({"schema": SCHEMA, "chains": chains}))
    for head in heads:
        yield from (row.line for row in ledger.store.rows(head.chain) if row.number <= head.number)
    for head in heads:
        yield from points[head.chain]


def export_file(ledger: Ledger, path: Path) -> int:
    """Write an export and return the number of its lines.

    Raises:
        EvidenceError: the file cannot be written.
    """
    lines = list(export_lines(ledger))
    try:
        path.write_bytes("".join(f"{line}\n" for line in lines).encode("ascii"))
    except OSError as error:
        raise EvidenceError(f"the export cannot be written to {path}: {error.strerror}") from error
    return len(lines)


def verify_file(path: Path, *, anchors: Iterable[Head] = (), keys: PublicKeys | None = None) -> Verification:
    """Look for anything in an export that was edited, removed, moved or cut off; nothing of it is kept.

    Args:
        path: the exported file.
        anchors: heads noted down earlier.
        keys: public keys; then every chain must have a checkpoint that one of them signed.

    Raises:
        EvidenceError: the file cannot be read, or is of a newer schema.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"the export {path} cannot be read: {error.strerror}") from error
    return _Export(content).verified(list(anchors), keys)


def import_file(ledger: Ledger, path: Path) -> dict[str, int]:
    """Add the chains of an export to a ledger, each kept apart from the one that is written here.

    Returns:
        the number of new records by chain.

    Raises:
        EvidenceError: the export is not sound, or continues a chain otherwise than this ledger does; nothing of the
            chain is then imported.
    """
    verification = verify_file(path)
    if not verification.intact:
        raise EvidenceError(f"{path} was not imported, since it is not sound: {verification.faults[0]}")
    export = _Export(path.read_bytes())
    added = {}
    for head in verification.heads:
        records = [Record.from_line(line) for _, line in export.records[head.chain]]
        added[head.chain] = len(ledger.store.extend(head.chain, partial(_continuation, ledger.store, records)))
        known = set(ledger.store.checkpoints(head.chain))
        for line in export.checkpoints[head.chain]:
            if line not in known:
                ledger.store.add_checkpoint(head.chain, int(opened(line)["number"]), line)
    return added


def _continuation(store: Store, records: list[Record], known: Head) -> list[Made]:
    shared = min(known.number, len(records))
    if shared and records[shared - 1].line not in {row.line for row in store.rows(known.chain) if row.number == shared}:
        raise EvidenceError(
            f"chain {known.chain} goes on otherwise here than in the export: one of the two was rewritten, or a copy "
            "of this ledger was written on by itself; compare both with an anchor or a signed checkpoint"
        )
    return [_made(record) for record in records[shared:]]


def _made(record: Record) -> Made:
    body = record.body
    return record, key_of(record.kind, body), tuple(tags_of(body))


def _is_entry(entry: Any) -> bool:
    """True for what a header says of a chain."""
    if not isinstance(entry, dict):
        return False
    kinds = {"chain": str, "records": int, "last": str, "checkpoints": int}
    return all(type(entry.get(name)) is kind for name, kind in kinds.items()) and entry["records"] >= 0


class _Export:
    """An export, cut up as its header says; lines are counted from 1."""

    def __init__(self, content: bytes) -> None:
        self.faults: list[Fault] = []
        self.heads: list[Head] = []
        self.records: dict[str, Numbered] = {}
        self.checkpoints: dict[str, list[str]] = {}
        self.first: dict[str, int] = {}
        # Latin-1 keeps every byte apart, so that what is not ASCII fails in its own line only.
        *lines, rest = content.decode("latin-1").split("\n")
        self._cut(lines)
        if rest or not lines:
            self.faults.append(Fault("", 0, "the file does not end with a whole line: it was cut off", len(lines) + 1))

    def verified(self, anchors: list[Head], keys: PublicKeys | None) -> Verification:
        """Each chain followed, and compared with header, anchors and checkpoints."""
        faults, signed = list(self.faults), {}
        for head in self.heads:
            found: list[Fault] = []
            sound = [record for _, record in follow(head.chain, self.records[head.chain], found)]
            digests, last = numbered(sound), sound[-1] if sound else None
            for noted, what in [(head, "the header"), *((a, "an anchor") for a in anchors if a.chain == head.chain)]:
                if noted.number not in {fault.number for fault in found}:
                    found += against(noted, last, digests, what)
            numbers: list[int] = []
            for point in check_points(head.chain, self.checkpoints[head.chain], digests, keys):
                if isinstance(point, Fault):
                    found.append(point)
                else:
                    numbers.append(point)
            if keys is not None:
                signed[head.chain] = max(numbers, default=0)
                if not numbers:
                    found.append(unsigned(head))
            found += statement_faults(head.chain, sound, keys)
            faults += [self._placed(fault) for fault in found]
        known = {head.chain for head in self.heads}
        faults += [
            Fault(a.chain, 0, "an anchor knows this chain, and it is not here") for a in anchors if a.chain not in known
        ]
        if keys is not None and not known:
            faults.append(nothing_signed())
        return Verification(heads=tuple(self.heads), faults=tuple(faults), signed=signed)

    def _cut(self, lines: list[str]) -> None:
        try:
            header = opened(lines[0]) if lines else {}
            chains = self._chains(header)
        except EvidenceError as error:
            self.faults.append(Fault("", 0, f"the header cannot be believed: {error}", 1))
            return
        place = 1
        for entry in chains:
            self.heads.append(Head(entry["chain"], entry["records"], entry["last"]))
            part = lines[place : place + entry["records"]]
            self.records[entry["chain"]] = list(enumerate(part, start=1))
            self.first[entry["chain"]] = place
            place += entry["records"]
        for entry in chains:
            self.checkpoints[entry["chain"]] = lines[place : place + entry["checkpoints"]]
            place += entry["checkpoints"]
        if place != len(lines):
            message = f"the header knows {place} lines, and there are {len(lines)}: lines were added or removed"
            self.faults.append(Fault("", 0, message, min(place, len(lines)) + 1))

    def _chains(self, header: dict[str, Any]) -> list[dict[str, Any]]:
        if not header:
            raise EvidenceError("the file is empty")
        schema = str(header.get("schema"))
        if schema != SCHEMA:
            raise EvidenceError(f"it has the schema {schema}, and this rqml knows {SCHEMA}: use a newer rqml")
        chains = header.get("chains")
        if isinstance(chains, list) and all(map(_is_entry, chains)):
            return chains
        raise EvidenceError("it does not say which chains there are")

    def _placed(self, fault: Fault) -> Fault:
        line = self.first[fault.chain] + fault.number if fault.number else 0
        return attrs.evolve(fault, line=line)
