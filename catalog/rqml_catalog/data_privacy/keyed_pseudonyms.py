"""KeyedPseudonyms: hashed identifiers withstand a dictionary attack, because a secret key went into them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Dataset,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Reason,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    all_of,
    at_most,
    limit,
    one_or_many,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence, NotApplicable
from rqml.verdict import Assurance, CheckStatus
from rqml_catalog.data_privacy._key_source import names_a_source
from rqml_catalog.scenarios import personal_data, personal_tables

# Each salt multiplies the candidates by four, so only the first of each domain are salted.
_SALTED_SHARE = 20


@attrs.frozen(kw_only=True)
class KeyedPseudonyms(Requirement[Dataset]):
    """Pseudonyms that are hashes cannot be undone by hashing what is plausible, and their key is not in the data.

    Requires:
        A table with a column of digests: hexadecimal (with dashes or not) or base64, of one length, behind a prefix
        that they share ("sha256:", "usr_") or none. Other columns, and UUIDs, are not judged.
    Why:
        There are few telephone numbers, birth dates and customer numbers: whoever hashes them all can read every
        unkeyed hash. Such data are personal data still.
    Measured:
        The share of distinct digests undone by hashing, with MD5, SHA-1, SHA-256 and SHA-512 (whole or cut short),
        SHA-224, SHA-384, SHA-3 and BLAKE2 (whole), in hexadecimal (small or capital) or base64 (either alphabet): what
        stands in the clear in the same table, e-mail addresses made from it, from common given names with a number, and
        from common given names and surnames ("first.last", "firstlast", "flast", "f.last") at usual providers, given
        names, whole numbers with and without leading zeros, birth dates in six notations, addresses of private
        networks, the telephone and other numbers of the patterns given, telephone patterns in national notation too,
        mobile and
        national numbers drawn at random (of a table with many, some fall); and some of these with the name of the
        column as a salt before or behind them. Hits on short digests count when chance does not explain them.
    Enforced:
        The digests are replaced by HMAC-SHA256 tokens of themselves: equal ones stay equal. Without `key_source` the
        key is random and thrown away, so that they match those of no other table.
    False alarms:
        Digests that are meant to be public, such as those of build numbers: name them in `allowed`.
    Blind spots:
        A PASS is empirical. Salted hashes (only the name of the column is tried as a salt: a digest of a small domain
        is undone by whoever knows its salt), slow hashes, repeated hashes and domains that are not tried; telephone
        and national numbers without a pattern in tables too small for the draws to meet one; keys that leaked
        elsewhere.
    References:
        Marx et al., Hashing of personally identifiable information is not sufficient, SICHERHEIT 2018;
        ENISA, Pseudonymisation techniques and best practices, 2019; GDPR Art. 4(5).

    Args:
        max_undone: largest share of the distinct digests of a column that the attack may undo, in [0, 1].
        budget: candidates to hash of each domain (number of values); INCOMPLETE if the patterns stand for more.
        phone_patterns: telephone numbers to try, "#" for any digit, e.g. "+4917012#####".
        allowed: columns that are not looked at.
        key_source: environment variable (text) or file (path) with the secret of the tokens; empty for a random one.
        number_patterns: national, customer or other numbers to try, "#" for any digit, "?" for any capital letter,
            e.g. "536-22-####" (social security numbers of an area and group) or "AB1234##?".
    """

    meta = Meta(
        id="PII-07",
        title="keyed pseudonyms",
        statement="At most a share of {max_undone} of the hashed identifiers falls to a dictionary attack.",
        remedy="replace plain hashes by keyed ones (HMAC) and keep the key apart from the data: enforce() does it",
        stage=Stage.INGESTION,
        severity=Severity.HIGH,
        references=("AML.M0012", "AISVS-v1.0-C1.2.3", "GDPR 4(5)", "GDPR 32"),
        cost=Cost.COMMIT,
        volatile=True,
    )

    max_undone: float = limit(
        default=0.0, stricter="lower", validator=v.and_(v.instance_of((int, float)), v.ge(0), v.le(1))
    )
    budget: int = attrs.field(default=300_000, validator=[v.instance_of(int), v.ge(1)])
    phone_patterns: tuple[str, ...] = attrs.field(
        default=(), converter=one_or_many, validator=v.deep_iterable(v.matches_re(r"[+\d #()./-]+"))
    )
    allowed: tuple[str, ...] = attrs.field(
        default=(), converter=one_or_many, validator=v.deep_iterable(v.instance_of(str))
    )
    key_source: str | Path = attrs.field(default="", validator=names_a_source)
    number_patterns: tuple[str, ...] = attrs.field(
        default=(), converter=one_or_many, validator=v.deep_iterable(v.matches_re(r"[+\w #?()./-]+"))
    )

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """The largest share of digests undone over all columns of digests, and by what."""
        from rqml_catalog.data_privacy.identifiers.dictionary_attack import attack, bare, looks_hashed
        from rqml_catalog.data_privacy.identifiers.plausible import values_of_patterns
        from rqml_catalog.data_privacy.identifiers.pseudonyms import Key

        if not len(dataset):
            raise InsufficientEvidence("the table has no rows: there is no pseudonym to attack")
        texts = {column: values for column, values in _texts(dataset) if column not in self.allowed}
        hashed = {column: bare(values) for column, values in texts.items() if looks_hashed(values)}
        if not hashed:
            raise NotApplicable("no column looks like hashed identifiers")
        clear = [values for column, values in texts.items() if column not in hashed]
        digests = {digest for values in hashed.values() for digest in values}
        domains = self._domains(clear, hashed, run)
        result = attack(digests, domains, budget=self.budget)
        run.check_deadline()
        undone = {column: len(result.undone.intersection(values)) for column, values in hashed.items()}
        shares = [undone[column] / len(values) for column, values in hashed.items()]
        key = Key.load(self.key_source) if self.key_source else None
        exposed = [c for c, values in texts.items() if key is not None and key.appears_in(values)]
        return Measurement(
            estimates={
                "undone": Estimate.exact(max(shares), n=len(digests), unit="of the digests"),
                "keys_in_data": Estimate.exact(len(exposed), unit="columns"),
            },
            details={
                "undone": undone,
                "how": result.how,
                "tried": result.tried,
                "domains": list(domains),
                "keys_in": exposed,
                "values_of_patterns": max(map(values_of_patterns, (self.phone_patterns, self.number_patterns))),
            },
            assurance=Assurance.EMPIRICAL,
            witness=[column for column in hashed if undone[column]],
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """The share undone against the limit; the key must be in no column."""
        undone = at_most(measurement.estimates["undone"], self.max_undone, "digests undone")
        if undone.status is CheckStatus.FAIL:
            how = ", ".join(f"{count} by {way}" for way, count in measurement.details["how"].items())
            undone = attrs.evolve(undone, message=f"{undone.message} ({how})")
        asked = measurement.details["values_of_patterns"]
        if undone.status is CheckStatus.PASS and asked > self.budget:
            text = f"the patterns stand for {asked} values, and a budget of {self.budget} does not try them all"
            undone = Judgement(CheckStatus.INCOMPLETE, f"{text}: give budget={asked}", Reason.INSUFFICIENT_EVIDENCE)
        elif undone.status is CheckStatus.PASS:
            undone = attrs.evolve(undone, message=undone.message + self._tried(measurement.details))
        return all_of(undone, at_most(measurement.estimates["keys_in_data"], 0, "columns that hold the key"))

    def _tried(self, details: Mapping[str, Any]) -> str:
        """What a PASS rests on: the domains tried, and those of which a sample only was."""
        given = {"phone_patterns": self.phone_patterns, "number_patterns": self.number_patterns}
        missing = " and ".join(name for name, patterns in given.items() if not patterns)
        sampled = f"; telephone and national numbers were only sampled: give {missing} to try all" if missing else ""
        return f"; {details['tried']} candidates tried: {', '.join(details['domains'])}{sampled}"

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Replace the digests that fell by keyed tokens."""
        from rqml_catalog.data_privacy.identifiers.pseudonyms import Key
        from rqml_catalog.data_privacy.identifiers.treat import treat

        # A key that is thrown away serves one table as well as a kept one; joins with other tables need a kept one.
        key = Key.load(self.key_source) if self.key_source else Key(secrets.token_bytes(32))
        measured = self.measure(dataset, run)
        frame, _ = treat(dataset.frame, dict.fromkeys(measured.witness, "DIGEST"), "tokenise", key)
        frame = dataset.with_frame(frame).narwhals().drop(measured.details["keys_in"]).to_native()
        changes = [f"column {column!r}: digests replaced by keyed tokens" for column in measured.witness]
        changes += [f"column {column!r}: dropped, it held the key" for column in measured.details["keys_in"]]
        return Repair(subject=dataset.with_frame(frame), changes=changes)

    def _domains(self, clear: list[list[str]], columns: Iterable[str], run: Run) -> Mapping[str, Iterable[str]]:
        from rqml_catalog.data_privacy.identifiers import plausible
        from rqml_catalog.data_privacy.identifiers.number_plans import notations

        rng = Random(run.derive("numbers drawn").seed)  # noqa: S311 - guesses, no secrets
        written: dict[str, list[str]] = {}
        for pattern in self.phone_patterns:
            for notation, text in notations(pattern).items():
                written.setdefault(f"telephone numbers, {notation}", []).append(text)
        return {
            "values in the clear": plausible.values_of(clear),
            "e-mail addresses": plausible.emails(value for values in clear for value in values),
            **({"telephone numbers": plausible.matching(self.phone_patterns)} if self.phone_patterns else {}),
            **{domain: plausible.matching(patterns) for domain, patterns in written.items()},
            **({"numbers of the patterns": plausible.matching(self.number_patterns)} if self.number_patterns else {}),
            "whole numbers": plausible.small_integers(),
            "numbers with leading zeros": plausible.padded_integers(),
            "birth dates": plausible.birth_dates(),
            "given names": plausible.given_names(),
            "mobile numbers drawn": plausible.mobile_numbers(rng),
            "national numbers drawn": plausible.national_numbers(rng),
            "private network addresses": plausible.private_addresses(),
            "e-mail addresses of common names": plausible.given_name_emails(),
            "e-mail addresses of common full names": plausible.full_name_emails(),
            "values salted with the column's name": plausible.salted(
                columns,
                (plausible.values_of(clear), plausible.small_integers(), plausible.birth_dates()),
                self.budget // _SALTED_SHARE,
            ),
        }

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Keyed and random pseudonyms; plain hashes of numbers, dates, telephone numbers and e-mail addresses."""
        usual = cls(budget=2_500, phone_patterns=["+491713920###"])
        tables = personal_tables
        mail, phone = personal_data.email, "+491713920{:03d}".format

        def hashed(make: Callable[[Random], str], scheme: Callable[[str], str]) -> Callable[[int, Path], Any]:
            return lambda seed, _: tables.with_hashes(seed, make, scheme)

        yield satisfied("keyed e-mail addresses", usual, hashed(lambda rng: mail(rng, "de_DE"), tables.keyed("c" * 32)))
        yield satisfied("keyed numbers", usual, hashed(lambda rng: str(rng.randrange(2500)), tables.keyed("d" * 32)))
        yield satisfied("random", usual, hashed(lambda rng: str(rng.getrandbits(128)), tables.digest("sha256")))
        yield violated("customer numbers", usual, hashed(lambda rng: str(rng.randrange(2500)), tables.digest("sha256")))
        yield violated("telephones", usual, hashed(lambda rng: phone(rng.randrange(1000)), tables.digest("md5")))
        yield violated("birth dates, cut", usual, hashed(tables.birth_date_of_1985, tables.digest("sha1", size=20)))


def _texts(dataset: Dataset) -> Iterator[tuple[str, list[str]]]:
    """The distinct values of each column as text; columns of fractions, booleans and dates have none."""
    from rqml_catalog.data_privacy.identifiers.column_values import distinct

    frame = dataset.narwhals()
    return ((column, distinct(frame, column).texts) for column in dataset.columns)
