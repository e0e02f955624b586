"""SignedModel: the files of a model are exactly those that an allowed key signed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    ModelFile,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    at_most,
    satisfied,
    violated,
)
from rqml.backup import Backups
from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml.meta import one_or_many
from rqml_catalog.scenarios import signed_files as made

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.signing import Fault

_FAULTS_KEPT = 20
SUFFIX = ".dsse.json"
MODEL_SIGNING_SUFFIX = ".sig"


def _public(_: object, field: attrs.Attribute[str], value: object) -> None:
    """A private key given by mistake must not stand in the message."""
    if not isinstance(value, str) or not value.lstrip().startswith("-----BEGIN PUBLIC KEY-----"):
        raise ValueError(f"{field.name} takes the texts of PEM files that begin with -----BEGIN PUBLIC KEY-----")


@attrs.frozen(kw_only=True)
class SignedModel(Requirement[ModelFile]):
    """A model's files carry a signature of an allowed key, and are exactly what was signed.

    Requires:
        A file or folder, with its signature beside it: `<name>.dsse.json`, or `<name>.sig` as the tool model-signing
        writes it with a key. The extra `supply-chain`.
    Why:
        Whoever can write to the store of models can exchange one; a digest beside it would be exchanged with it.
    Measured:
        The signatures of a DSSE envelope are verified against the allowed keys; its in-toto Statement is compared
        with the digests of all files: changed, extra, missing and renamed ones, links and pipes count, and so do
        those that the signer left out, apart from Git's own. A file is signed with its name; of a folder the names
        below it are, and not its own, which is often a version or place where it is used (as in model-signing).
    Enforced:
        Only where models are trained, that is where `signing_key` is given, and only what bears no signature yet:
        it is signed. Anywhere else, and for what has changed since it was signed, enforcement refuses.
    False alarms:
        Files that a tool leaves in the model's folder (caches, logs).
    Blind spots:
        What the holder of the key signed in error, an old version or another signed folder put in place of one,
        stolen keys; keys do not expire here: take them out of `keys`. Signatures of model-signing by identity or in
        shards are not read.
    References:
        DSSE v1.0.2 and in-toto Attestation Framework v1; FIPS 186-5 (ECDSA, EdDSA); OpenSSF Model Signing v1.0.

    Args:
        keys: allowed public keys, P-256 or Ed25519, each as the text of its PEM file.
        signing_key: PEM file of the private key that enforce signs with, relative to the model's folder or absolute;
            "" where nothing may be signed.
        signature: file of the signature, relative to the model's folder or absolute; "" for the names above.
    """

    meta = Meta(
        id="SUP-02",
        title="signed model",
        statement="The model's files are exactly those that an allowed key signed.",
        remedy="Get the model and its signature again from where it was trained; sign there with enforce().",
        stage=Stage.SUPPLY,
        severity=Severity.CRITICAL,
        references=("AML.T0010.003", "AML.T0018", "AML.M0013", "ML06", "ML10", "NISTAML.051", "AI Act 15(5)"),
        cost=Cost.COMMIT,
    )
    keys: tuple[str, ...] = attrs.field(default=(), converter=one_or_many, validator=v.deep_iterable(_public))
    signing_key: str = attrs.field(default="", validator=v.instance_of(str))
    signature: str = attrs.field(default="", validator=v.instance_of(str))

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        """Verify the signature, then compare digests."""
        signer, faults = self._faults(file)
        return Measurement(
            estimates={"faults": Estimate.exact(len(faults), unit="faults")},
            details={"faults": [str(fault) for fault in faults[:_FAULTS_KEPT]], "signed by key": signer},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """None at all; the message names the first."""
        judgement = at_most(measurement.estimates["faults"], 0, "faults of the signature")
        first = next(iter(measurement.details["faults"]), None)
        return attrs.evolve(judgement, message=f"{judgement.message}: {first}") if first else judgement

    def repair(self, file: ModelFile, run: Run) -> Repair:
        """Sign, in the place where that may be done."""
        from rqml_catalog.supply_chain.serialization import replace_content
        from rqml_catalog.supply_chain.signing import contents_of, sealed, statement_of

        if not self.signing_key:
            raise Unsupported("nothing is signed here: signing_key is given only where models are trained")
        _, faults = self._faults(file)
        if [fault.kind for fault in faults] != ["unsigned"]:
            reason = f"{faults[0]}, and a signature is there: if the change is meant, remove the signature first"
            raise Unsupported(f"what has changed since it was signed is not signed again ({reason})")
        place = self._place(file)
        contents = contents_of(file.path, left_out=_inside(place, file.path))
        if contents.others:
            raise Unsupported(f"{contents.others[0]} is a link or pipe, and has no content that could be signed")
        key = file.path.parent / self.signing_key
        if not key.is_file():
            raise Unsupported(f"there is no signing key {key.name}")
        envelope = sealed(statement_of(contents), key.read_bytes())
        backups = Backups()

        def apply() -> None:
            backups.keep(place)
            replace_content(place, envelope)

        changes = (f"signs {len(contents.digests)} files in {place.name}",)
        return Repair(subject=file, changes=changes, apply=apply, undo=backups.restore)

    def _faults(self, file: ModelFile) -> tuple[str, list[Fault]]:
        from rqml_catalog.supply_chain.signing import (
            Fault,
            contents_of,
            envelope_in,
            faults_of,
            is_envelope,
            opened,
            signed_in,
        )
        from rqml_catalog.supply_chain.signing.bundle import GIT

        if not self.keys:
            raise Unsupported("no key is allowed: give keys=(Path('release.pub').read_text(),)")
        if not file.path.exists():
            raise MissingSubject(f"there is no file {file.path.name}")
        place = self._place(file)
        inside = _inside(place, file.path)
        if not place.is_file():
            if not contents_of(file.path, left_out=inside).digests:
                raise InsufficientEvidence(f"{file.path.name} holds no file that could be signed")
            return "", [Fault("unsigned")]
        envelope = envelope_in(place.read_bytes())
        verified = opened(envelope, self.keys)
        if verified is None:
            return "", [Fault("no-valid-signature") if is_envelope(envelope) else Fault("not-an-envelope", place.name)]
        signed = signed_in(verified.payload, file.path.name)
        if signed is None:
            return verified.key, [Fault("not-a-statement")]
        passed = inside + tuple(name for name in GIT if name in signed.left_out)
        return verified.key, faults_of(signed, contents_of(file.path, signed.algorithm, left_out=passed))

    def _place(self, file: ModelFile) -> Path:
        return file.path.parent / self.signature if self.signature else signature_place(file.path)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Signed files and folders, and four ways to tamper with them."""
        known, trainer = cls(keys=made.PUBLIC), cls(keys=made.PUBLIC, signing_key="key.pem")
        changed = "what has changed since it was signed is not signed again"
        yield satisfied("a signed file", known, made.signed_file)
        yield satisfied("a signed folder", known, made.signed_folder)
        yield satisfied("signed with a P-256 key", known, made.signed_with_p256)
        yield violated("not signed yet", trainer, made.unsigned)
        yield violated("not signed, in serving", known, made.unsigned, unrepairable="signed only in training")
        yield violated("one byte changed", trainer, made.changed, unrepairable=changed)
        yield violated("a file added", known, made.extra, unrepairable=changed)
        yield violated("a file removed", known, made.missing, unrepairable=changed)
        yield violated("a file renamed", known, made.renamed, unrepairable=changed)
        yield violated("signed by a stranger", trainer, made.strange_key, unrepairable=changed)


def signature_place(path: Path) -> Path:
    """Where the signature of a model lies, or would lie: beside it."""
    from rqml_catalog.supply_chain.signing import is_bundle

    ours, theirs = path.with_name(path.name + SUFFIX), path.with_name(path.name + MODEL_SIGNING_SUFFIX)
    return theirs if not ours.exists() and theirs.is_file() and is_bundle(theirs.read_bytes()) else ours


def _inside(place: Path, model: Path) -> tuple[str, ...]:
    """A signature that lies in the model's folder does not sign itself."""
    return (place.relative_to(model).as_posix(),) if place.is_relative_to(model) and place != model else ()
