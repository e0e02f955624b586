"""NoDirectIdentifiers: no column and no text of a table names or numbers a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Dataset,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    at_most,
    limit,
    one_or_many,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence, Unsupported
from rqml.verdict import Assurance, CheckStatus
from rqml_catalog.data_privacy._key_source import names_a_source
from rqml_catalog.scenarios import personal_tables

_NAMED = 5


def _unseen(sampled: Mapping[str, Sequence[float]]) -> str:
    """What a verdict about sampled columns leaves open."""
    clear = [bound for _, _, bound in sampled.values()]
    if not clear:
        return ""
    return (
        f"; {len(clear)} long columns were sampled for names and numbers without certain marks: a kind that did not "
        f"show there is in at most a share of {max(clear):.2g} of their values"
    )


@attrs.frozen(kw_only=True)
class NoDirectIdentifiers(Requirement[Dataset]):
    """No column of the data holds direct identifiers of persons, nor do its free texts.

    Requires:
        A table; no roles are needed.
    Why:
        Whoever sees an e-mail address, a telephone number or a name knows whose record it is; models trained on
        such columns can give them away again.
    Measured:
        For each column the share of its rows that hold an identifier of the kind found there: e-mail addresses,
        telephone numbers, cards, IBANs, IP and MAC addresses, URLs with secrets, national numbers of some thirty
        countries, wallets, passports, dates of birth, plates, names, postal addresses. Check digits and number plans
        are verified; the name of a column is a prior. Cells that are no text are read as they print, bytes as UTF-8;
        columns without a value are listed as `empty`, and a table of such columns alone is not judged.
    Enforced:
        Columns of identifiers are masked, dropped, generalised (dates of birth to years, addresses to prefixes of their
        postcodes) or replaced by keyed tokens, with a vault for the way back if one is named; in free text only the
        identifiers are replaced, for good.
    False alarms:
        Numbers that fulfil a check by chance, in columns whose name says nothing; names of products that are names of
        persons. Name such a column in `allowed`.
    Blind spots:
        Rare names without context, identifiers in images or encoded values, handwriting of numbers in words. Columns
        of more than 20,000 distinct values are counted in full for e-mail addresses, IBANs, URLs with secrets and, in
        sentences, for everything with digits; names, and other numbers among single values, are sampled there (the
        details say how many values were read, and the upper Clopper-Pearson bound of a share that did not show). A few
        stray numbers without check digits or a word that announces them do not make a column one of identifiers.
    References:
        ISO/IEC 7812-1, ISO 13616, ITU-T E.164, EIP-55, BIP 173; GDPR Art. 4(1).

    Args:
        max_share: largest share of the rows of a column that may hold an identifier, in [0, 1].
        allowed: columns that are not looked at.
        treatment: how to repair, "mask", "drop", "generalise" or "tokenise".
        key_source: environment variable (text) or file (path) with the secret of the tokens; empty unless tokenising.
        vault: new file (JSON, readable by its owner only) for the way back from the tokens of columns to their values;
            empty: tokens are for good. It holds personal data: keep it apart from the table.
    """

    meta = Meta(
        id="PII-01",
        title="no direct identifiers",
        statement="At most a share of {max_share} of the rows of any column holds a direct identifier.",
        remedy="mask, drop or tokenise the columns named: enforce() does it; list false alarms in `allowed`",
        stage=Stage.INGESTION,
        severity=Severity.CRITICAL,
        references=("NISTAML.036", "NISTAML.038", "AISVS-v1.0-C1.1.1", "AISVS-v1.0-C1.2.3", "GDPR 5(1)c", "GDPR 25"),
        cost=Cost.COMMIT,
    )

    max_share: float = limit(
        default=0.0, stricter="lower", validator=v.and_(v.instance_of((int, float)), v.ge(0), v.le(1))
    )
    allowed: tuple[str, ...] = attrs.field(
        default=(), converter=one_or_many, validator=v.deep_iterable(v.instance_of(str))
    )
    treatment: str = attrs.field(default="mask", validator=v.in_(("mask", "drop", "generalise", "tokenise")))
    key_source: str | Path = attrs.field(default="", validator=names_a_source)

    vault: str | Path = attrs.field(default="", validator=v.instance_of((str, Path)))

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """The largest share of rows with an identifier over all columns, and what was found where."""
        from rqml_catalog.data_privacy.identifiers.column_values import distinct
        from rqml_catalog.data_privacy.identifiers.columns import examine_values

        rows = len(dataset)
        if not rows:
            raise InsufficientEvidence("the table has no rows: nothing can be said about identifiers in it")
        frame, found, shares = dataset.narwhals(), {}, dict[str, float]()
        sampled: dict[str, list[float]] = {}
        columns = [column for column in dataset.columns if column not in self.allowed]
        empty = []
        for column in run.track(columns, len(columns), "columns"):
            values = distinct(frame, column)
            if values.empty:
                empty.append(column)
            seen = examine_values(column, values)
            if seen.finding is not None:
                found[column], shares[column] = seen.finding, seen.share
            if seen.looked < seen.distinct:
                unseen = Estimate.proportion(0, seen.looked, confidence=run.confidence).high
                sampled[column] = [seen.looked, seen.distinct, unseen]
        if len(empty) == len(columns):
            raise InsufficientEvidence("no column to look at holds a value: give the filled table, allow fewer columns")
        return Measurement(
            estimates={
                "identified": Estimate.exact(max(shares.values(), default=0.0), n=rows, unit="of the rows"),
                "columns": Estimate.exact(len(found), n=len(columns), unit="columns"),
            },
            details={
                "found": {column: [finding.kind, shares[column]] for column, finding in found.items()},
                "sampled": sampled,
                "empty": empty,
            },
            assurance=Assurance.EMPIRICAL,
            witness=found,
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """The largest share against the limit, with columns and kinds."""
        verdict = at_most(measurement.estimates["identified"], self.max_share, "rows with identifiers")
        if verdict.status is not CheckStatus.FAIL:
            return attrs.evolve(verdict, message=verdict.message + _unseen(measurement.details["sampled"]))
        over = [(c, kind) for c, (kind, share) in measurement.details["found"].items() if share > self.max_share]
        named = ", ".join(f"{column!r} ({kind})" for column, kind in over[:_NAMED])
        more = f" and {len(over) - _NAMED} more" if len(over) > _NAMED else ""
        return attrs.evolve(verdict, message=f"{verdict.message}; columns {named}{more}")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Treat every column in which something was found."""
        from rqml_catalog.data_privacy.identifiers.pseudonyms import Key, write_vault
        from rqml_catalog.data_privacy.identifiers.treat import treat, way_back

        key = Key.load(self.key_source) if self.key_source else None
        if self.treatment == "tokenise" and key is None:
            raise Unsupported(
                "tokens need a secret: give key_source='VARIABLE' or key_source=Path(...) with at least 16 bytes in it"
            )
        found = self.measure(dataset, run).witness
        frame, changes = treat(dataset.frame, found, self.treatment, key)  # type: ignore[arg-type]
        repaired = dataset.with_frame(frame)
        cost = {"columns_lost": float(len(dataset.columns) - len(repaired.columns))}
        if key is None or self.treatment != "tokenise" or not self.vault:
            return Repair(subject=repaired, changes=changes, cost=cost)
        path, back = Path(self.vault), way_back(dataset.frame, found, key)
        if path.exists():
            raise Unsupported("the file named as vault exists: name a new one, so that no way back is overwritten")
        changes = (*changes, f"the way back from {len(back)} tokens written to the vault {path.name!r}")
        return Repair(
            subject=repaired, changes=changes, cost=cost, apply=lambda: write_vault(path, back), undo=path.unlink
        )

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Tables of look-alikes; with columns of identifiers; with identifiers in a share of the comments."""
        none, some, dropping = cls(), cls(max_share=0.1), cls(treatment="drop")
        yield satisfied("look-alikes", none, lambda seed, _: personal_tables.harmless(seed))
        yield satisfied("more look-alikes", dropping, lambda seed, _: personal_tables.harmless(seed + 10_000, 400))
        yield satisfied("few in comments", some, lambda seed, _: personal_tables.with_comments(seed, 0.06))
        yield violated("an e-mail column", none, lambda seed, _: personal_tables.with_columns(seed, ["EMAIL"]))
        yield violated(
            "numbers and names", dropping, lambda s, _: personal_tables.with_columns(s, ["PHONE", "IBAN", "PERSON"])
        )
        yield violated("many in comments", some, lambda seed, _: personal_tables.with_comments(seed, 0.16))
        yield violated("one in comments", none, lambda seed, _: personal_tables.with_comments(seed, 0.01))
