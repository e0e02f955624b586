"""Evidence in a database that a team shares, by SQLAlchemy Core; made for and tested on PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rqml.errors import EvidenceError
from rqml.evidence.record import GENESIS, Head, Record
from rqml.evidence.store import SCHEMA_VERSION, Made, Row, Store, chain_in, chain_settings
from rqml.extras import optional

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

VERSION = "version"
_LOCK = 0x72716D6C  # "rqml": the advisory lock of whoever creates the tables


class SqlStore(Store):
    """Evidence in a database.

    Args:
        url: as SQLAlchemy writes it, `postgresql+psycopg://user@host/name`; the password comes from the server's own
            means (PGPASSFILE, PGPASSWORD) or stands in it, and is never shown.
    """

    def __init__(self, url: str) -> None:
        optional("sqlalchemy", "store")
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            self.place = make_url(url).render_as_string(hide_password=True)
        except ArgumentError:
            raise EvidenceError("the ledger's URL is not one: postgresql+psycopg://user@host/name") from None
        self.url = url
        self._engine: tuple[int, Engine] | None = None
        self._tables = _tables()

    def __reduce__(self) -> tuple[type[SqlStore], tuple[str]]:
        """Another process connects anew."""
        return SqlStore, (self.url,)

    def own_chain(self) -> str:
        """Name of the chain that is written here."""
        return chain_in(self.settings())

    def settings(self) -> Mapping[str, Any]:
        """What the database keeps to know its own chain by, and the version of its tables."""
        with self._using() as connection:
            return self._settings(connection)

    def extend(self, chain: str, make: Callable[[Head], Sequence[Made]]) -> list[Record]:
        """Append in one transaction, which holds the row of the chain's head."""
        from sqlalchemy import insert, select, update
        from sqlalchemy.dialects.postgresql import insert as insert_once

        head, record, tag = (self._tables[name] for name in ("head", "record", "tag"))
        with self._using() as connection:
            empty = insert_once(head).values(chain=chain, number=0, digest=GENESIS)
            connection.execute(empty.on_conflict_do_nothing())
            locked = select(head.c.number, head.c.digest).where(head.c.chain == chain).with_for_update()
            number, digest = connection.execute(locked).one()
            made = make(Head(chain, number, digest))
            if not made:
                return []
            lines = [
                {"chain": r.chain, "number": r.number, "kind": r.kind, "key": key, "line": r.line} for r, key, _ in made
            ]
            connection.execute(insert(record), lines)
            tags = [
                {"name": name, "value": value, "chain": r.chain, "number": r.number}
                for r, _, tags in made
                for name, value in tags
            ]
            if tags:
                connection.execute(insert(tag), tags)
            last = made[-1][0]
            connection.execute(update(head).where(head.c.chain == chain).values(number=last.number, digest=last.digest))
        return [one for one, _, _ in made]

    def heads(self) -> list[Head]:
        """The ends of all chains, by name."""
        head = self._tables["head"]
        found = self._all(lambda select: select(head).where(head.c.number > 0).order_by(head.c.chain))
        return [Head(*row) for row in found]

    def chains(self) -> set[str]:
        """The names of all chains that have records or signatures."""
        record, point = self._tables["record"], self._tables["checkpoint"]
        return {name for (name,) in self._all(lambda select: select(record.c.chain).union(select(point.c.chain)))}

    def rows(self, chain: str, *, key: str | None = None) -> Iterator[Row]:
        """The rows of a chain by number."""
        record = self._tables["record"]
        wanted = [record.c.chain == chain, *([] if key is None else [record.c.key == key])]
        found = self._all(lambda select: select(record).where(*wanted).order_by(record.c.number))
        return (Row(*row) for row in found)

    def tags(self, chain: str) -> Iterator[tuple[int, str, str]]:
        """Number, name and value of all tags of a chain."""
        tag = self._tables["tag"]
        found = self._all(lambda select: select(tag.c.number, tag.c.name, tag.c.value).where(tag.c.chain == chain))
        return iter(sorted(tuple(row) for row in found))

    def tagged(self, name: str, value: str) -> Iterator[Row]:
        """The rows that carry a tag, the newest of each chain first."""
        record, tag = self._tables["record"], self._tables["tag"]
        found = self._all(
            lambda select: (
                select(record)
                .join(tag, (tag.c.chain == record.c.chain) & (tag.c.number == record.c.number))
                .where(tag.c.name == name, tag.c.value.startswith(value, autoescape=True))
                .distinct()
                .order_by(record.c.chain, record.c.number.desc())
            )
        )
        return (Row(*row) for row in found)

    def add_checkpoint(self, chain: str, number: int, line: str) -> None:
        """Keep a signed checkpoint."""
        from sqlalchemy import insert

        with self._using() as connection:
            connection.execute(insert(self._tables["checkpoint"]).values(chain=chain, number=number, line=line))

    def checkpoints(self, chain: str) -> list[str]:
        """The lines of the checkpoints of a chain."""
        point = self._tables["checkpoint"]
        found = self._all(lambda select: select(point.c.line).where(point.c.chain == chain).order_by(point.c.number))
        return [row[0] for row in found]

    def _all(self, query: Callable[[Any], Any]) -> list[Any]:
        from sqlalchemy import select

        with self._using() as connection:
            return list(connection.execute(query(select)).all())

    @contextlib.contextmanager
    def _using(self) -> Iterator[Connection]:
        """A connection in a transaction, with the driver's errors in words (without its statements or values)."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._connected().begin() as connection:
                yield connection
        except (SQLAlchemyError, ImportError) as error:
            kind = type(getattr(error, "orig", None) or error).__name__
            raise EvidenceError(
                f"the ledger {self.place} cannot be used: the database says {kind}; check that it runs, that its URL "
                "is right and that its user may write, and that its driver is there (pip install 'rqml[store]')"
            ) from error

    def _connected(self) -> Engine:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        if self._engine is None or self._engine[0] != os.getpid():  # a connection does not survive a fork
            engine = create_engine(self.url, poolclass=NullPool)
            self._prepare(engine)
            self._engine = os.getpid(), engine
        return self._engine[1]

    def _prepare(self, engine: Engine) -> None:
        """Create the tables unless they are there."""
        from sqlalchemy import insert, select, text

        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            self._tables["record"].metadata.create_all(connection)
            kept = self._settings(connection)
            if not kept and connection.execute(select(self._tables["head"].c.chain)).first() is None:
                settings = {**chain_settings(secrets.token_hex(8)), VERSION: str(SCHEMA_VERSION)}
                rows = [{"name": name, "value": value} for name, value in settings.items()]
                connection.execute(insert(self._tables["setting"]), rows)
            elif (version := kept.get(VERSION, "")) not in ("", str(SCHEMA_VERSION)):
                raise EvidenceError(
                    f"this ledger has the schema {version}, and this rqml knows {SCHEMA_VERSION}: use a newer rqml"
                )

    def _settings(self, connection: Connection) -> dict[str, str]:
        from sqlalchemy import select

        return {row.name: row.value for row in connection.execute(select(self._tables["setting"]))}


def _tables() -> dict[str, Table]:
    from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

    metadata = MetaData()

    def text(name: str, **more: Any) -> Column[str]:
        return Column(name, Text, nullable=False, **more)

    def number(**more: Any) -> Column[int]:
        return Column("number", Integer, nullable=False, autoincrement=False, **more)

    key = {"primary_key": True}
    tables = (
        Table("rqml_setting", metadata, text("name", **key), text("value")),
        Table("rqml_head", metadata, text("chain", **key), number(), text("digest")),
        Table(
            "rqml_record", metadata, text("chain", **key), number(**key), text("kind"), text("key"), text("line"),
            Index("rqml_record_key", "chain", "key", "number"),
        ),
        Table("rqml_tag", metadata, text("name", **key), text("value", **key), text("chain", **key), number(**key)),
        Table("rqml_checkpoint", metadata, text("chain"), number(), text("line")),
    )  # fmt: skip
    return {table.name.removeprefix("rqml_"): table for table in tables}
