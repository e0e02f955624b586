"""Verification of chains: what was edited, removed, put in another order or cut off, and where.

What a chain alone cannot show: somebody who can rewrite all of it, head included, can make another that is sound in
itself. Against that helps what lies elsewhere: an anchor (a head that was noted down), an export, or a checkpoint
signed with a key that the writer of the store does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from rqml.errors import EvidenceError, InvalidParameter
from rqml.evidence.record import GENESIS, Head, Record


@attrs.frozen
class Fault:
    """Something that is not as it was written.

    Attributes:
        chain: the chain it lies in, empty where that cannot be told.
        number: the record it lies at, 0 where it is none.
        message: what is wrong.
        line: the line of an exported file, 0 in a store.
        changed: False where nothing need have been changed, but a signature that is demanded is missing.
    """

    chain: str
    number: int
    message: str
    line: int = 0
    changed: bool = True

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}chain {self.chain or '?'}, record {self.number or '?'}: {self.message}"


@attrs.frozen(kw_only=True)
class Verification:
    """What a verification found.

    Attributes:
        heads: the ends of the chains as found.
        faults: what is not as it was written, in order.
        signed: number of the last record that a valid signature covers, by chain; empty if no key was given.
    """

    heads: tuple[Head, ...] = ()
    faults: tuple[Fault, ...] = ()
    signed: Mapping[str, int] = attrs.field(factory=dict)

    @property
    def intact(self) -> bool:
        """True if nothing was found."""
        return not self.faults

    @property
    def conclusion(self) -> str:
        """What the faults mean, in words; empty if there are none."""
        if any(fault.changed for fault in self.faults):
            return "the evidence was changed"
        return (
            "the evidence is not signed by any of the keys given; `rqml evidence sign` does that" if self.faults else ""
        )

    @property
    def records(self) -> int:
        """How many records there are."""
        return sum(head.number for head in self.heads)


def follow(chain: str, lines: Iterable[tuple[int, str]], faults: list[Fault]) -> Iterator[tuple[int, Record]]:
    """The sound records of a chain, each with its place; what is not sound is added to `faults`.

    Args:
        chain: name of the chain.
        lines: number of each record, as the store has it (a file: as it is counted), and its line.
        faults: where to add what is wrong. After a fault the next record is judged against what this one says.
    """
    expected, previous = 1, GENESIS
    for place, line in lines:
        try:
            record = Record.from_line(line)
        except EvidenceError as error:
            faults.append(Fault(chain, place, str(error)))
            # What comes next must say itself what it follows.
            expected, previous = place + 1, ""
            continue
        unknown = expected > 1 and not previous
        if record.chain != chain:
            faults.append(Fault(chain, place, f"it belongs to chain {record.chain}"))
        elif record.number != expected:
            message = f"it is number {record.number} where {expected} should be: records were removed or moved"
            faults.append(Fault(chain, expected, message))
        elif not unknown and record.previous != previous:
            message = "it does not follow the record before it: one of the two was replaced"
            faults.append(Fault(chain, place, message))
        else:
            yield place, record
        expected, previous = record.number + 1, record.digest


def against(head: Head, last: Record | None, digests: Mapping[int, str], what: str) -> Iterator[Fault]:
    """The fault of a chain that does not reach, or does not pass through, a head noted down earlier.

    Args:
        head: the head that was noted down.
        last: the last sound record of the chain.
        digests: digest of each sound record by number.
        what: what noted it down, for the message.
    """
    reached = 0 if last is None else last.number
    if head.number and head.number not in digests:
        message = f"{what} knows {head.number} records, and there are {reached}: the end was cut off"
        yield Fault(head.chain, min(reached + 1, head.number), message)
    elif head.number and digests[head.number] != head.digest:
        yield Fault(head.chain, head.number, f"{what} knows another record of this number: the chain was rewritten")


def unsigned(head: Head) -> Fault:
    """The fault of a chain that must be signed, and is not."""
    message = "none of the keys given signed this chain; what another key signed needs that key, too"
    return Fault(head.chain, head.number, message, changed=False)


def nothing_signed() -> Fault:
    """The fault of evidence that must be signed, and holds no chain."""
    return Fault("", 0, "there is no record, so that nothing is signed", changed=False)


def parse_anchor(text: str) -> Head:
    """The head that `anchor_of` writes as CHAIN:NUMBER:DIGEST.

    Raises:
        InvalidParameter: it is not of this form.
    """
    parts = text.strip().split(":", 2)
    if len(parts) != 3 or not parts[1].isdigit() or not parts[2].startswith("sha256:"):
        raise InvalidParameter(
            f"an anchor reads CHAIN:NUMBER:sha256:..., as `rqml evidence head` prints it; got {text!r}"
        )
    return Head(parts[0], int(parts[1]), parts[2])


def anchor_of(head: Head) -> str:
    """A head as one word, to be noted down elsewhere."""
    return f"{head.chain}:{head.number}:{head.digest}"


def numbered(records: Sequence[Record]) -> dict[int, str]:
    """Digest of each record by its number."""
    return {record.number: record.digest for record in records}
