"""NoSecrets: what is shipped carries no keys, tokens or passwords."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    one_or_many,
    satisfied,
    violated,
)
from rqml.backup import Backups
from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml_catalog.scenarios import secret_files as made

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.secrets_search import Place

_PLACES_KEPT = 20


@attrs.frozen(kw_only=True)
class NoSecrets(Requirement[ModelFile]):
    """No key, token or password lies in source, notebooks, settings or model files.

    Requires:
        A file or folder.
    Why:
        What is published with a model is read by everyone, the outputs of its notebooks included.
    Measured:
        Published shapes of keys, and generated-looking values assigned to names such as `password` or `api_key`, in
        text, in the cells and outputs of notebooks, in the strings and pickled pairs of other files and in what is
        packed in them. Hashes, UUIDs, placeholders and reads of the environment are not counted.
    Enforced:
        Each secret in text and notebooks is replaced by its kind; files are changed atomically and can be put back.
        Change the secret too: whoever has the old file has it. Secrets in model bytes cannot be taken out.
    False alarms:
        Random test data assigned to a name such as `token`; leave such files out with `ignored`.
    Blind spots:
        Passwords made of words or of fewer than eight characters, secrets that are encrypted or encoded, what comes
        after the first 64 MiB of a file (`cut` in the details names such files).
    References:
        Meli et al., How Bad Can It Git?, NDSS 2019.

    Args:
        ignored: what to leave out of a folder, as the lines of a `.gitignore`.
        second_opinion: what to do with places that only detect-secrets (extra `second-opinion`) finds: "" does not ask
            it, "report" puts them into the details, "count" counts them as secrets too.
    """

    meta = Meta(
        id="SUP-07",
        title="no secrets",
        statement="No key, token or password lies in the files.",
        remedy="Replace the secret where it is used, then enforce() takes it out of text and notebooks.",
        stage=Stage.SUPPLY,
        severity=Severity.HIGH,
        references=("AML.T0055", "AML.M0012", "ML06", "GDPR 32"),
        cost=Cost.COMMIT,
    )
    ignored: tuple[str, ...] = attrs.field(
        default=(), converter=one_or_many, validator=v.deep_iterable(v.instance_of(str))
    )
    second_opinion: str = attrs.field(default="", validator=v.in_(("", "report", "count")))

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        """Count the secrets and note where they are and of what kind, never what they are."""
        from rqml_catalog.supply_chain.secrets_search import LARGEST

        files = self._files(file)
        found = [self._places(file, path) for path in run.track(files, len(files), "files")]
        others = [place for _, second in found for place in second]
        places = [place for own, _ in found for place in own] + (others if self.second_opinion == "count" else [])
        details: dict[str, Any] = {
            "places": [attrs.asdict(place) for place in places[:_PLACES_KEPT]],
            "kinds": sorted({place.kind for place in places}),
            "cut": [path.name for path in files if path.stat().st_size > LARGEST][:_PLACES_KEPT],
        }
        if self.second_opinion:
            details["second opinion"] = [attrs.asdict(place) for place in others[:_PLACES_KEPT]]
        estimates = {"secrets": Estimate.exact(len(places), n=len(files), unit="secrets")}
        return Measurement(estimates=estimates, details=details)

    def judge(self, measurement: Measurement) -> Judgement:
        """None at all."""
        return at_most(measurement.estimates["secrets"], 0, "secrets")

    def repair(self, file: ModelFile, run: Run) -> Repair:
        """Take the secrets out of text and notebooks."""
        from rqml_catalog.supply_chain.secrets_search import LARGEST, redacted
        from rqml_catalog.supply_chain.serialization import replace_content

        found: dict[Path, list[Place]] = {}
        for path in self._files(file):
            own, second = self._places(file, path)
            places = own + (second if self.second_opinion == "count" else [])
            if not all(place.removable for place in places) or (places and path.stat().st_size > LARGEST):
                raise Unsupported(
                    f"secrets in {path.name} cannot be taken out of its bytes: write it again without them"
                )
            if places:
                found[path] = places
        cleaned = {path: redacted(path) for path in found}
        backups = Backups()

        def apply() -> None:
            for path, content in cleaned.items():
                backups.keep(path)
                replace_content(path, content)

        changes = tuple(f"takes {len(places)} secrets out of {path.name}" for path, places in found.items())
        return Repair(subject=file, changes=changes, apply=apply, undo=backups.restore)

    def _files(self, file: ModelFile) -> list[Path]:
        from rqml_catalog.supply_chain.serialization.scan import files_below

        if not file.path.exists():
            raise MissingSubject(f"there is nothing at {file.path.name}")
        found = [file.path] if file.path.is_file() else [p for p in files_below(file.path, self.ignored) if p.is_file()]
        if not found:
            raise InsufficientEvidence(f"there are no files in {file.path.name}")
        return found

    def _places(self, file: ModelFile, path: Path) -> tuple[list[Place], list[Place]]:
        """What we find in a file, and what only detect-secrets does, if it is asked."""
        from rqml_catalog.supply_chain.secrets_search import find_in, found_by_detect_secrets

        shown = path.name if file.path == path else path.relative_to(file.path).as_posix()
        try:
            own = list(find_in(path, shown))
        except OSError as error:
            raise Unsupported(f"{shown} cannot be read ({error.strerror}): nothing is known of it") from None
        return own, list(found_by_detect_secrets(path, shown, own)) if self.second_opinion else []

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Invented secrets in each kind of file, and look-alikes."""
        yield satisfied("hashes and placeholders in source", cls(), made.clean_source)
        yield satisfied("digests in a notebook", cls(), made.clean_notebook)
        yield satisfied("a model with harmless notes", cls(), made.clean_model)
        yield violated("a key in source", cls(), made.secret_in_source)
        yield violated("a key in the output of a cell", cls(), made.secret_in_output)
        yield violated("a password in an environment file", cls(), made.secret_in_environment)
        yield violated(
            "a token in model bytes", cls(), made.secret_in_model, unrepairable="bytes of a model cannot be redacted"
        )
