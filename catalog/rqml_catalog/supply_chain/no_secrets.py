"""NoSecrets: what is shipped carries no keys, tokens or passwords."""

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
from rqml_catalog.scenarios import secret_files as made

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.secrets_search import Place

_PLACES_KEPT = 20


def _patterns(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class NoSecrets(Requirement[ModelFile]):
    """No key, token or password lies in source, notebooks, settings or model files.

    Requires:
        A file or folder.
    Why:
        What is published with a model is read by everyone, the outputs of its notebooks included.
    Measured:
        Published shapes of keys, and generated-looking values assigned to names such as `password` or `api_key`, in
        text, in the cells and outputs of notebooks and in the strings of other files. Hashes, UUIDs, placeholders
        and reads of the environment are not counted.
    Enforced:
        Each secret in text and notebooks is replaced by its kind; files are changed atomically and can be put back.
        Change the secret too: whoever has the old file has it. Secrets in model bytes cannot be taken out.
    False alarms:
        Random test data assigned to a name such as `token`; leave such files out with `ignored`.
    Blind spots:
        Passwords made of words, secrets that are encrypted, encoded or compressed, files above 64 MiB.
    References:
        Meli et al., How Bad Can It Git?, NDSS 2019.

    Args:
        ignored: shell patterns of names or relative paths to leave out.
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
        default=(), converter=_patterns, validator=v.deep_iterable(v.instance_of(str))
    )

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        """Count the secrets and note where they are and of what kind, never what they are."""
        files = self._files(file)
        places = [place for path in files for place in self._places(file, path)]
        kinds = sorted({place.kind for place in places})
        kept = [attrs.asdict(place) for place in places[:_PLACES_KEPT]]
        return Measurement(
            estimates={"secrets": Estimate.exact(len(places), n=len(files), unit="secrets")},
            details={"places": kept, "kinds": kinds},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """None at all."""
        return at_most(measurement.estimates["secrets"], 0, "secrets")

    def repair(self, file: ModelFile, run: Run) -> Repair:
        """Take the secrets out of text and notebooks."""
        from rqml_catalog.supply_chain.secrets_search import redacted
        from rqml_catalog.supply_chain.serialization import replace_content

        found = {path: self._places(file, path) for path in self._files(file)}
        found = {path: places for path, places in found.items() if places}
        stuck = [path.name for path, places in found.items() if not all(place.removable for place in places)]
        if stuck:
            raise Unsupported(f"secrets in {stuck[0]} cannot be taken out of its bytes: write it again without them")
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

    def _places(self, file: ModelFile, path: Path) -> list[Place]:
        from rqml_catalog.supply_chain.secrets_search import find_in

        shown = path.name if file.path == path else path.relative_to(file.path).as_posix()
        return list(find_in(path, shown))

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
