"""Ledger: the evidence of verdicts, chained so that no change goes unseen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path

from rqml.errors import EvidenceError, InvalidParameter
from rqml.evidence.chain import Fault, Verification, against, follow, nothing_signed, numbered, unsigned
from rqml.evidence.record import SUBJECT, Entry, Head, Record, key_of, tags_of
from rqml.evidence.signing import PublicKeys, check_points, checkpoint, id_of, read_checkpoint
from rqml.evidence.statements import statement_faults
from rqml.evidence.store import Made, Row, Store, chain_in, open_store


class Ledger:
    """Evidence in a store: one chain that is written here, and any number that were imported.

    Args:
        place: path of a SQLite file, a database URL, or a Store. Nothing is created before the first record.
        clock: gives the time of a record, UTC; default: the present.
    """

    def __init__(self, place: str | PathLike[str] | Store, *, clock: Callable[[], dt.datetime] | None = None) -> None:
        self._clock = clock or _present
        self.store = place if isinstance(place, Store) else open_store(place)

    @classmethod
    def of(cls, value: Ledger | str | PathLike[str]) -> Ledger:
        """The ledger itself, or that at a place."""
        return value if isinstance(value, Ledger) else cls(value)

    def __repr__(self) -> str:
        return f"Ledger({self.store.place!r})"

    def append(self, entries: Sequence[Entry]) -> list[Record]:
        """Record entries, all or none, behind whatever other processes recorded meanwhile.

        Raises:
            EvidenceError: they could not be written, or one is filed under another key than its body names; the message
                says why.
        """
        if not entries:
            return []
        for entry in entries:
            if entry.key != key_of(entry.kind, entry.body):
                raise EvidenceError(f"an entry is filed under {entry.key!r}, and its body names another key")
        texts = [entry.text() for entry in entries]  # made before the store is locked

        def make(head: Head) -> list[Made]:
            time = self._time()
            made: list[Made] = []
            for entry, text in zip(entries, texts, strict=True):
                record = Record.after(head, entry.kind, time, text)
                made.append((record, entry.key, tuple(tags_of(entry.body))))
                head = record.head
            return made

        return self.store.extend(self.store.own_chain(), make)

    def records(
        self, *, key: str | None = None, kind: str | None = None, subject: str | None = None
    ) -> Iterator[Record]:
        """The records of all chains, chain by chain in their order; each is checked by itself, not its chain.

        Args:
            key: only those about the requirement of this key.
            kind: only those of this kind.
            subject: only those of a subject whose fingerprint begins so.

        Raises:
            EvidenceError: a record was changed.
        """
        for row in self._rows(key, subject):
            if (kind is None or row.kind == kind) and (key is None or row.key == key):
                try:
                    yield Record.from_line(row.line)
                except EvidenceError as error:
                    message = f"record {row.number} of chain {row.chain} cannot be believed: {error}"
                    raise EvidenceError(f"{message}; see `rqml evidence verify`") from None

    def heads(self) -> list[Head]:
        """The ends of all chains; noted down elsewhere, they are anchors for `verify`."""
        return self.store.heads()

    def verify(self, *, anchors: Iterable[Head] = (), keys: PublicKeys | None = None) -> Verification:
        """Look for anything that was edited, removed, moved or cut off.

        Args:
            anchors: heads noted down earlier, which the chains must pass through.
            keys: public keys; then every chain must have a checkpoint that one of them signed.
        """
        faults: list[Fault] = []
        signed: dict[str, int] = {}
        chains = self.store.chains()  # before the heads: whoever appends meanwhile leaves a head at once
        heads = self.store.heads()
        faults += self._settings_faults()
        faults += [
            Fault(head.chain, 0, "the store's own head of this chain is damaged") for head in heads if head.number < 1
        ]
        for head in heads:
            found, last_signed = self._verified(head, [a for a in anchors if a.chain == head.chain], keys)
            faults += found
            if keys is not None:
                signed[head.chain] = last_signed
        known = {head.chain for head in heads}
        faults += [
            Fault(chain, 0, "there are records or signatures of this chain, and its end is gone")
            for chain in sorted(chains - known)
        ]
        faults += [
            Fault(a.chain, 0, "an anchor knows this chain, and it is gone") for a in anchors if a.chain not in known
        ]
        if keys is not None and not known:
            faults.append(nothing_signed())
        return Verification(heads=tuple(heads), faults=tuple(faults), signed=signed)

    def sign(self, private: Path) -> list[Head]:
        """Sign the ends of all chains that have records which this key did not sign yet.

        They are verified before, since a signature vouches for all.

        Args:
            private: PEM file of an Ed25519 private key.

        Returns:
            the heads that were signed.

        Raises:
            EvidenceError: a chain is not sound, or the key cannot be read.
        """
        verification = self.verify()
        if not verification.intact:
            raise EvidenceError(f"nothing was signed, since the ledger is not sound: {verification.faults[0]}")
        time, key = self._time(), id_of(private)
        done = []
        for head in verification.heads:
            points = [read_checkpoint(line) for line in self.store.checkpoints(head.chain)]
            if head.number > max((point["number"] for point in points if point["key"] == key), default=0):
                self.store.add_checkpoint(head.chain, head.number, checkpoint(head, time, private))
                done.append(head)
        return done

    def _time(self) -> str:
        now = self._clock()
        if now.utcoffset() is None:
            raise InvalidParameter("the clock of a ledger gives times with a zone: lambda: datetime.now(UTC)", "clock")
        return now.astimezone(dt.UTC).isoformat(timespec="microseconds")

    def _rows(self, key: str | None, subject: str | None) -> Iterator[Row]:
        if subject is not None:
            found = list(self.store.tagged(SUBJECT, subject))
            yield from sorted(found, key=lambda row: (row.chain, row.number))
            return
        for head in self.store.heads():
            yield from self.store.rows(head.chain, key=key)

    def _settings_faults(self) -> Iterator[Fault]:
        """That the store no longer knows its own chain: what is recorded next would start another."""
        kept = self.store.settings()
        try:
            if kept is not None:
                chain_in(kept)
        except EvidenceError as error:
            yield Fault("", 0, str(error))

    def _verified(self, head: Head, anchors: Sequence[Head], keys: PublicKeys | None) -> tuple[list[Fault], int]:
        rows, faults = self._settled_rows(head)
        sound = [record for _, record in follow(head.chain, ((row.number, row.line) for row in rows), faults)]
        digests, last = numbered(sound), sound[-1] if sound else None
        if not faults:  # what lies before the end is told by itself
            faults += against(head, last, digests, "the store's own head")
        located = {fault.number for fault in faults}
        for anchor in anchors:
            if anchor.number not in located:
                faults += against(anchor, last, digests, "an anchor")
        faults += self._index_faults(head.chain, rows, sound)
        signed = 0
        for found in check_points(head.chain, self.store.checkpoints(head.chain), digests, keys):
            if isinstance(found, Fault):
                faults.append(found)
            else:
                signed = max(signed, found)
        if keys is not None and not signed:
            faults.append(unsigned(head))
        faults += statement_faults(head.chain, sound, keys)
        return sorted(faults, key=lambda fault: fault.number), signed

    def _settled_rows(self, head: Head) -> tuple[list[Row], list[Fault]]:
        """The rows up to a head that was read before; others may be appended meanwhile, behind newer heads only."""
        rows = list(self.store.rows(head.chain))
        newest = max((now.number for now in self.store.heads() if now.chain == head.chain), default=0)
        beyond = [row for row in rows if row.number > newest]
        message = "the store's own head does not know this record"
        return [row for row in rows if row.number <= head.number], [
            Fault(head.chain, row.number, message) for row in beyond
        ]

    def _index_faults(self, chain: str, rows: Sequence[Row], sound: Sequence[Record]) -> Iterator[Fault]:
        """Columns and tags by which a record is found, and that do not say what it says."""
        by_number = {row.number: row for row in rows}
        tags: dict[int, set[tuple[str, str]]] = {}
        for number, name, value in self.store.tags(chain):
            tags.setdefault(number, set()).add((name, value))
        for record in sound:
            row, body = by_number.get(record.number), record.body
            says = (record.kind, key_of(record.kind, body), set(tags_of(body)))
            if row is None or (row.kind, row.key, tags.get(record.number, set())) != says:
                yield Fault(chain, record.number, "the index of the store does not say what the record says")


def _present() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
