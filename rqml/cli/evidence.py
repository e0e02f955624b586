"""`rqml evidence`: what is on record, whether it can be believed, and what held when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rqml.cli.options import PlainFormat, ledger_place
from rqml.cli.output import say, table

if TYPE_CHECKING:
    import datetime as dt

    from rqml.evidence.chain import Verification
    from rqml.evidence.ledger import Ledger
    from rqml.evidence.queries import Verdict

app = typer.Typer(no_args_is_help=True, help="Verdicts on record.")
Place = Annotated[
    str,
    typer.Option(
        "--evidence", parser=ledger_place, metavar="PLACE", help="The ledger: a SQLite file, or a database URL."
    ),
]
DEFAULT = ".rqml/evidence.sqlite"
At = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="As it stood at that moment or at the end of that day (UTC).")
]
SubjectDigest = Annotated[
    str | None, typer.Option("--subject", metavar="DIGEST", help="Only about what has this fingerprint, or begins so.")
]
FormatOption = Annotated[PlainFormat, typer.Option("--format")]
PublicKeyOption = Annotated[
    list[Path] | None, typer.Option("--key", metavar="PEM", help="Public key whose signature is demanded.")
]
Anchor = Annotated[
    list[str] | None, typer.Option(metavar="HEAD", help="A head noted down earlier, as `head` prints it.")
]


@app.command("list")
def list_(
    key: Annotated[str | None, typer.Argument(metavar="REQUIREMENT", help="Only of this key (label or id).")] = None,
    *,
    place: Place = DEFAULT,
    at: At = None,
    subject: SubjectDigest = None,
    format_: FormatOption = PlainFormat.TEXT,
) -> None:
    """List what held: the last verdict of each requirement on each system."""
    from rqml.evidence.queries import held_at

    found = held_at(existing(place), None if at is None else moment(at), key=key, subject=subject)
    if format_ is PlainFormat.JSON:
        print(json.dumps([_entry(verdict) for verdict in found], indent=2, ensure_ascii=False))
    elif found:
        headings = ("time", "verdict", "requirement", "specification", "system", "owner", "record")
        table([tuple(_entry(verdict)[heading] for heading in headings) for verdict in found], headings)
    else:
        print("nothing is on record that fits")


@app.command()
def show(number: Annotated[int, typer.Argument(metavar="RECORD")], place: Place = DEFAULT, chain: str = "") -> None:
    """Show a record in full, as JSON."""
    from rqml.errors import UnknownName

    found = [r for r in existing(place).records() if r.number == number and r.chain.startswith(chain)]
    if len(found) != 1:
        chains = ", ".join(record.chain for record in found)
        raise UnknownName(f"several chains have it: name one by --chain ({chains})" if found else f"no record {number}")
    print(json.dumps(json.loads(found[0].line), indent=2, ensure_ascii=False))


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="An export; default: the ledger itself.")] = None,
    *,
    place: Place = DEFAULT,
    anchor: Anchor = None,
    key: PublicKeyOption = None,
) -> None:
    """Look for anything edited, removed, moved or cut off; exit code 1 if there is any."""
    from rqml.evidence.chain import parse_anchor
    from rqml.evidence.jsonl import verify_file
    from rqml.evidence.signing import PublicKeys

    anchors = [parse_anchor(text) for text in anchor or ()]
    keys = PublicKeys(key) if key else None
    if file is not None:
        verification = verify_file(file, anchors=anchors, keys=keys)
    else:
        verification = existing(place).verify(anchors=anchors, keys=keys)
    for line in told(verification, bound=bool(anchors or keys)):
        say(line)
    raise typer.Exit(0 if verification.intact else 1)


def told(verification: Verification, *, bound: bool) -> list[str]:
    """A verification for people; it does not claim more than was shown.

    Args:
        verification: what was found.
        bound: whether an anchor or a key was given.
    """
    lines = [str(fault) for fault in verification.faults]
    if lines:
        faults = "1 fault" if len(lines) == 1 else f"{len(lines)} faults"
        return [*lines, f"{faults} in {verification.records} records: {verification.conclusion}"]
    lines = [f"chain {chain}: signed up to record {number}" for chain, number in verification.signed.items()]
    lines.append(f"{verification.records} records in {len(verification.heads)} chains: each follows the one before")
    if not bound:
        lines.append(
            "note: somebody who may write all of it could have made it anew; give --anchor or --key to rule that out"
        )
    return lines


@app.command()
def head(place: Place = DEFAULT) -> None:
    """Print the ends of the chains; noted down elsewhere, they are anchors."""
    from rqml.evidence.chain import anchor_of

    for one in existing(place).heads():
        say(anchor_of(one))


@app.command("export")
def export_(
    output: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    place: Place = DEFAULT,
    intoto: Annotated[bool, typer.Option("--in-toto", help="in-toto statements, one a line, not the chain.")] = False,
    subject: SubjectDigest = None,
) -> None:
    """Write the evidence as JSON Lines."""
    from rqml.errors import InvalidParameter
    from rqml.evidence.intoto import statements
    from rqml.evidence.jsonl import export_file
    from rqml.evidence.queries import verdicts

    if subject is not None and not intoto:
        raise InvalidParameter("--subject goes with --in-toto only: a chain is exported as a whole")
    if intoto:
        lines = [
            json.dumps(statement, sort_keys=True)
            for statement in statements(verdicts(existing(place), subject=subject))
        ]
        output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"{len(lines)} statements in {output}")
    else:
        print(f"{export_file(existing(place), output)} lines in {output}")


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(metavar="FILE")], place: Place = DEFAULT) -> None:
    """Add the chains of an export, each kept apart from the one that is written here."""
    from rqml.evidence.jsonl import import_file
    from rqml.evidence.ledger import Ledger

    for chain, count in import_file(Ledger(place), file).items():
        say(f"chain {chain}: {count} new records")


@app.command()
def diff(
    start: Annotated[str, typer.Argument(metavar="FROM", help="Moment or day.")],
    end: Annotated[str | None, typer.Argument(metavar="TO", help="Moment or day; default: now.")] = None,
    place: Place = DEFAULT,
) -> None:
    """Say which verdicts became others between two moments."""
    from rqml.evidence.queries import differences

    found = list(differences(existing(place), moment(start), None if end is None else moment(end)))
    for difference in found:
        before, after = difference.before, difference.after
        was = "nothing" if before is None else _status(before)
        changed = before is not None and dict(before.fingerprints) != dict(after.fingerprints)
        say(f"{after.key} on {after.system}: {was} -> {_status(after)}{', on changed content' if changed else ''}")
    if not found:
        print("no verdict changed")


@app.command()
def history(
    key: Annotated[str, typer.Argument(metavar="REQUIREMENT")],
    *,
    place: Place = DEFAULT,
    subject: SubjectDigest = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw the estimates over time.")] = None,
) -> None:
    """Show how a requirement fared over time."""
    from rqml.errors import UnknownName
    from rqml.evidence.plot import plot_history
    from rqml.evidence.queries import verdicts

    found = verdicts(existing(place), key=key, subject=subject)
    if not found:
        raise UnknownName(f"there is no verdict of {key!r} on record")
    if plot is not None:
        plot_history(found, plot)
        print(f"{len(found)} verdicts in {plot}")
        return
    rows = [(v.time.isoformat(timespec="seconds"), _status(v), _measured(v), v.system) for v in found]
    table(rows, ("time", "verdict", "measured", "system"))


@app.command()
def keys(
    private: Annotated[Path, typer.Argument(metavar="PRIVATE.pem")],
    public: Annotated[Path, typer.Argument(metavar="PUBLIC.pem")],
) -> None:
    """Make a pair of keys to sign with."""
    from rqml.evidence.signing import new_keys

    new_keys(private, public)
    print(f"sign with {private}, which stays secret; verify with {public}")


@app.command()
def sign(
    key: Annotated[Path, typer.Option("--key", metavar="PRIVATE.pem", help="The key to sign with.")],
    place: Place = DEFAULT,
) -> None:
    """Sign everything that is on record and not signed yet, by one signature a chain."""
    signed = existing(place).sign(key)
    for one in signed:
        say(f"chain {one.chain}: signed up to record {one.number}")
    if not signed:
        print("there is nothing new to sign")


def existing(place: str) -> Ledger:
    """The ledger at a place.

    Raises:
        EvidenceError: there is none.
    """
    from rqml.errors import EvidenceError
    from rqml.evidence.ledger import Ledger

    if "://" not in place and not Path(place).exists():
        raise EvidenceError(f"there is no ledger {place}: `rqml check FILE --evidence {place}` makes one")
    return Ledger(place)


def moment(text: str) -> dt.datetime:
    """The moment that a text stands for; a day stands for its end, in UTC.

    Raises:
        InvalidParameter: it is none, or has no time zone.
    """
    import datetime as dt

    from rqml.errors import InvalidParameter

    try:
        if "T" not in text and " " not in text:
            return dt.datetime.combine(dt.date.fromisoformat(text), dt.time.max, dt.UTC)
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidParameter(f"{text!r} is no moment: write a day, 2026-05-03, or 2026-05-03T12:00:00Z with a zone")
    return found.astimezone(dt.UTC)


def _entry(verdict: Verdict) -> dict[str, Any]:
    return {
        "time": verdict.time.isoformat(timespec="seconds"),
        "verdict": _status(verdict),
        "requirement": verdict.key,
        "specification": verdict.specification,
        "system": verdict.system,
        "owner": verdict.owner,
        "record": f"{verdict.record.chain}:{verdict.record.number}",
        "measured": verdict.measured.isoformat(timespec="seconds"),
        "fingerprints": dict(verdict.fingerprints),
        "message": verdict.message,
    }


def _status(verdict: Verdict) -> str:
    return f"{verdict.status}, waived" if verdict.waived else verdict.status


def _measured(verdict: Verdict) -> str:
    return ", ".join(f"{name} = {e['value']} [{e['low']}, {e['high']}]" for name, e in verdict.estimates.items())
