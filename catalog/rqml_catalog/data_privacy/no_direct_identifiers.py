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
        A table; no roles are needed. Columns declared as `identifiers` of the Dataset are reported in any case.
    Why:
        Whoever sees an e-mail address, a telephone number or a name knows whose record it is; models trained on
        such columns can give them away again.
    Measured:
        For each column the share of its rows that hold an identifier of the kind found there: e-mail addresses,
        telephone numbers, cards, IBANs, IP and MAC addresses, URLs with secrets, national numbers of some thirty
        countries, wallets, passports, dates of birth, plates, names, postal addresses. Check digits and number plans
        are verified; the name of a column is a prior. Cells that are no text are read as they print, bytes as UTF-8;
        columns without a value are listed as `empty`, and a table of such columns alone is not judged. A column
        declared as an identifier counts with all rows that hold a value, whatever its content (kind IDENTIFIER), unless
        it holds masks or digests: whether those are keyed is for KeyedPseudonyms to say.
    Enforced:
        Columns of identifiers are masked, dropped, generalised (dates of birth to years, addresses to prefixes of their
        postcodes) or replaced by keyed tokens, with a vault for the way back if one is named; in free text only the
        identifiers are replaced, for good. Dropping or masking the target is refused. Declared identifiers keep that
        role, except those generalised.
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
        from rqml_catalog.data_privacy.identifiers.survey import survey

        rows = len(dataset)
        if not rows:
            raise InsufficientEvidence("the table has no rows: nothing can be said about identifiers in it")
        columns = [column for column in dataset.columns if column not in self.allowed]
        seen = survey(dataset.narwhals(), run.track(columns, len(columns), "columns"), dataset.identifiers)
        if len(seen.empty) == len(columns):
            raise InsufficientEvidence("no column to look at holds a value: give the filled table, allow fewer columns")
        largest = max((share for _, share in seen.found.values()), default=0.0)
        return Measurement(
            estimates={
                "identified": Estimate.exact(largest, n=rows, unit="of the rows"),
                "columns": Estimate.exact(len(seen.found), n=len(columns), unit="columns"),
            },
            details={
                "found": {column: list(reported) for column, reported in seen.found.items()},
                "sampled": {
                    column: [looked, distinct, Estimate.proportion(0, looked, confidence=run.confidence).high]
                    for column, (looked, distinct) in seen.sampled.items()
                },
                "empty": seen.empty,
                "absent": sorted(set(self.allowed).difference(dataset.columns)),
            },
            assurance=Assurance.EMPIRICAL,
            witness={column: kind for column, (kind, _) in seen.found.items()},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """The largest share against the limit, with columns and kinds."""
        verdict = at_most(measurement.estimates["identified"], self.max_share, "rows with identifiers")
        if absent := measurement.details["absent"]:
            named = ", ".join(map(repr, absent))
            verdict = attrs.evolve(
                verdict, message=f"{verdict.message}; `allowed` names no column of the table: {named}"
            )
        if verdict.status is not CheckStatus.FAIL:
            return attrs.evolve(verdict, message=verdict.message + _unseen(measurement.details["sampled"]))
        over = [(c, kind) for c, (kind, share) in measurement.details["found"].items() if share > self.max_share]
        named = ", ".join(f"{column!r} ({kind})" for column, kind in over[:_NAMED])
        more = f" and {len(over) - _NAMED} more" if len(over) > _NAMED else ""
        return attrs.evolve(verdict, message=f"{verdict.message}; columns {named}{more}")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Treat every column in which something was found."""
        from rqml_catalog.data_privacy.identifiers.pseudonyms import Key, write_vault
        from rqml_catalog.data_privacy.identifiers.treat import GENERALISED, treat, way_back

        key = Key.load(self.key_source) if self.key_source else None
        if self.treatment == "tokenise" and key is None:
            raise Unsupported(
                "tokens need a secret: give key_source='VARIABLE' or key_source=Path(...) with at least 16 bytes in it"
            )
        kinds: dict[str, str] = self.measure(dataset, run).witness
        whole = dataset.identifiers
        self._spare_the_target(dataset, kinds)
        frame, changes = treat(dataset.frame, kinds, self.treatment, key, whole=whole)  # type: ignore[arg-type]
        repaired = dataset.with_frame(frame)
        if self.treatment == "generalise":
            named = tuple(column for column in repaired.identifiers if kinds.get(column) not in GENERALISED)
            repaired = attrs.evolve(repaired, identifiers=named)
        cost = {"columns_lost": float(len(dataset.columns) - len(repaired.columns))}
        if key is None or self.treatment != "tokenise" or not self.vault:
            return Repair(subject=repaired, changes=changes, cost=cost)
        path, back = Path(self.vault), way_back(dataset.frame, kinds, key, whole=whole)
        if path.exists():
            raise Unsupported("the file named as vault exists: name a new one, so that no way back is overwritten")
        changes = (*changes, f"the way back from {len(back)} tokens written to the vault {path.name!r}")
        return Repair(
            subject=repaired, changes=changes, cost=cost, apply=lambda: write_vault(path, back), undo=path.unlink
        )

    def _spare_the_target(self, dataset: Dataset, kinds: Mapping[str, str]) -> None:
        """Refuse a treatment that leaves nothing of the target to learn."""
        from rqml_catalog.data_privacy.identifiers.column_values import distinct
        from rqml_catalog.data_privacy.identifiers.tally import is_prose
        from rqml_catalog.data_privacy.identifiers.treat import GENERALISED

        target = dataset.target
        if target is None or target not in kinds or self.treatment == "tokenise":
            return
        if self.treatment == "generalise" and kinds[target] in GENERALISED:
            return
        if target in dataset.identifiers or not is_prose(distinct(dataset.narwhals(), target).texts):
            raise Unsupported(
                f"column {target!r} is the target, and this treatment would leave nothing of it to learn: name another "
                "target, use treatment='tokenise' (equal values stay equal), or list a false alarm in `allowed`"
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
