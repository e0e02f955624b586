"""`rqml evidence attest`, `approve`, `statements`: what people vouch for, who approved it, and until when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rqml.cli.evidence import DEFAULT, FormatOption, Place, PublicKeyOption
from rqml.cli.options import File, Only, PlainFormat
from rqml.cli.output import table

if TYPE_CHECKING:
    import datetime as dt

    from rqml.evidence.ledger import Ledger
    from rqml.evidence.signing import PublicKeys
    from rqml.evidence.statements import Statement

SigningKey = Annotated[
    Path | None,
    typer.Option("--key", metavar="PRIVATE.pem", envvar="RQML_SIGNING_KEY", help="The approver's key, to sign with."),
]
Author = Annotated[str, typer.Option(metavar="NAME", help="Who states it; not the approver.", show_default=False)]


def attest(
    requirement: Annotated[str, typer.Argument(metavar="REQUIREMENT", help="Its key: label or id.")],
    *,
    statement: Annotated[str, typer.Option(metavar="TEXT", help="What is stated.", show_default=False)],
    author: Author,
    approver: Annotated[str, typer.Option(metavar="NAME", help="Who approved it.", show_default=False)],
    until: Annotated[str, typer.Option(metavar="MOMENT", help="When it expires: a moment, or the end of a day (UTC).")],
    start: Annotated[
        str | None, typer.Option("--from", metavar="MOMENT", help="When it begins to count; default: now.")
    ] = None,
    subject: Annotated[str, typer.Option(metavar="DIGEST", help="Only for this content.", show_default=False)] = "",
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Only for what this file holds now.")] = None,
    specification: Annotated[str, typer.Option(metavar="NAME", help="Only in this one.", show_default=False)] = "",
    key: SigningKey = None,
    place: Place = DEFAULT,
) -> None:
    """Record that a person vouches for a requirement that cannot be measured, and that another approved it."""
    import datetime as dt

    from rqml.cli.evidence import moment
    from rqml.errors import InvalidParameter
    from rqml.evidence.attestation import Attestation
    from rqml.evidence.fingerprint import fingerprint_file
    from rqml.evidence.ledger import Ledger
    from rqml.evidence.statements import attestation_entry

    if subject and file is not None:
        raise InvalidParameter("--subject and --file both say what it is about: give one of them")
    attestation = Attestation(
        requirement=requirement,
        statement=statement,
        author=author,
        approver=approver,
        start=dt.datetime.now(dt.UTC) if start is None else moment(start),
        expiry=moment(until),
        subject=subject if file is None else fingerprint_file(file),
        specification=specification,
    )
    ledger = Ledger(place)
    (record,) = ledger.append([attestation_entry(attestation, private=key)])
    signed = "" if key is None else ", signed"
    print(f"{requirement}: attested until {attestation.expiry:%Y-%m-%d %H:%M} UTC, record {record.number}{signed}")
    if not _is_known(requirement, ledger):
        print(f"note: neither an installed catalog nor a verdict on record knows {requirement}: is it written right?")


def _is_known(key: str, ledger: Ledger) -> bool:
    from rqml import registry
    from rqml.evidence.record import CHECK

    return key in {cls.meta.id for cls in registry.requirements()} or any(ledger.records(key=key, kind=CHECK))


def approve(
    file: File,
    *,
    author: Author,
    only: Only = None,
    key: SigningKey = None,
    place: Place = DEFAULT,
) -> None:
    """Record the waivers in FILE, signed if there is a key; their approver, who is not their author, does this."""
    import datetime as dt

    from rqml.cli.user_files import specifications_and_module
    from rqml.evidence.ledger import Ledger
    from rqml.evidence.statements import unrecorded, waiver_entry

    now = dt.datetime.now(dt.UTC)
    specifications, _ = specifications_and_module(file, only)
    entries = [
        waiver_entry(waiver, author, specification.name, private=key)
        for specification in specifications.values()
        for waiver in specification.all_waivers()
        if waiver.expiry > now
    ]
    ledger = Ledger(place)
    for record in ledger.append(unrecorded(ledger, entries)):
        print(f"{record.body['key']}: the waiver is record {record.number}{'' if key is None else ', signed'}")
    if not entries:
        print(f"{file} holds no waiver that still counts")


def statements(
    place: Place = DEFAULT,
    key: PublicKeyOption = None,
    format_: FormatOption = PlainFormat.TEXT,
) -> None:
    """List the waivers and attestations on record: who approved them, for what, until when; expired ones as such."""
    import datetime as dt

    from rqml.cli.evidence import existing
    from rqml.evidence.signing import PublicKeys
    from rqml.evidence.statements import statements as on_record

    keys, now = PublicKeys(key) if key else None, dt.datetime.now(dt.UTC)
    entries = [_entry(statement, keys, now) for statement in on_record(existing(place))]
    if format_ is PlainFormat.JSON:
        print(json.dumps(entries, indent=2, ensure_ascii=False))
    elif entries:
        headings = ("kind", "requirement", "state", "until", "author", "approver", "signed", "record")
        table([tuple(str(entry[heading]) for heading in headings) for entry in entries], headings)
    else:
        print("no waiver and no attestation is on record")


def _entry(statement: Statement, keys: PublicKeys | None, now: dt.datetime) -> dict[str, Any]:
    signed = "no" if not statement.signature else "yes, unverified" if keys is None else "yes"
    if statement.signature and keys is not None and not statement.signed_by(keys):
        signed = "not by these keys"
    return {
        "kind": statement.kind,
        "requirement": statement.key,
        "state": statement.state(now),
        "from": statement.start.isoformat(timespec="seconds"),
        "until": statement.expiry.isoformat(timespec="seconds"),
        "author": statement.author,
        "approver": statement.approver,
        "text": statement.text,
        "specification": statement.specification,
        "subject": statement.subject,
        "signed": signed,
        "record": f"{statement.record.chain}:{statement.record.number}",
    }
