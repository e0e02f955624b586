"""Evidence in the memory of this process: what an export is read into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from rqml.evidence.record import Head, Record
from rqml.evidence.store import Made, Row, Store, chain_settings


class MemoryStore(Store):
    """Chains in lists; gone with the process."""

    place = "memory"

    def __init__(self) -> None:
        self._heads: dict[str, Head] = {}
        self._rows: dict[str, list[Row]] = {}
        self._tags: list[tuple[str, int, str, str]] = []
        self._checkpoints: dict[str, list[tuple[int, str]]] = {}

    def own_chain(self) -> str:
        """Name of the chain that is written here."""
        return "memory"

    def settings(self) -> Mapping[str, str]:
        """What knows its own chain."""
        return chain_settings(self.own_chain())

    def extend(self, chain: str, make: Callable[[Head], Sequence[Made]]) -> list[Record]:
        """Append what is made for the end of the chain."""
        made = make(self._heads.get(chain, Head(chain)))
        for record, key, tags in made:
            self._rows.setdefault(chain, []).append(Row(chain, record.number, record.kind, key, record.line))
            self._tags += [(chain, record.number, name, value) for name, value in tags]
            self._heads[chain] = record.head
        return [record for record, _, _ in made]

    def heads(self) -> list[Head]:
        """The ends of all chains, by name."""
        return [self._heads[chain] for chain in sorted(self._heads)]

    def chains(self) -> set[str]:
        """The names of all chains that have records or signatures."""
        return {chain for chain, rows in self._rows.items() if rows} | set(self._checkpoints)

    def rows(self, chain: str, *, key: str | None = None) -> Iterator[Row]:
        """The rows of a chain by number."""
        return (row for row in self._rows.get(chain, ()) if key is None or row.key == key)

    def tags(self, chain: str) -> Iterator[tuple[int, str, str]]:
        """Number, name and value of all tags of a chain."""
        return iter(sorted(tag[1:] for tag in self._tags if tag[0] == chain))

    def tagged(self, name: str, value: str) -> Iterator[Row]:
        """The rows that carry a tag, the newest of each chain first."""
        found = {tag[:2] for tag in self._tags if tag[2] == name and tag[3].startswith(value)}
        rows = [row for rows in self._rows.values() for row in rows if (row.chain, row.number) in found]
        return iter(sorted(rows, key=lambda row: (row.chain, -row.number)))

    def add_checkpoint(self, chain: str, number: int, line: str) -> None:
        """Keep a signed checkpoint."""
        self._checkpoints.setdefault(chain, []).append((number, line))

    def checkpoints(self, chain: str) -> list[str]:
        """The lines of the checkpoints of a chain."""
        return [line for _, line in sorted(self._checkpoints.get(chain, ()))]
