"""CompleteAIBOM: the bill of materials of a model is valid, complete and true."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs

from rqml import (
    Cost,
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
    satisfied,
    violated,
)
from rqml.backup import Backups
from rqml.errors import MissingSubject, Unsupported
from rqml_catalog.scenarios import billed_models as made
from rqml_catalog.supply_chain.artefact import Artefact

_FAULTS_KEPT = 20


@attrs.frozen(kw_only=True)
class CompleteAIBOM(Requirement[Artefact]):
    """A CycloneDX 1.6 bill with a model card lies beside the model, and all that it says is so.

    Requires:
        An Artefact: the model file, and the trained model in it with its data. The extra `supply-chain`.
    Why:
        When a library, a data set or a base model turns out to be bad, the bill tells which models are concerned; one
        that is out of date tells it wrongly.
    Measured:
        The bill is validated strictly and compared with one made anew: digest of the file, parameters, fingerprints
        of the data, versions and records of the installed libraries. Entries that are missing, differ, are not
        there, have no digest, or lack uses and limitations count as faults.
    Enforced:
        The bill is made anew; what people wrote about uses and limitations stays.
    False alarms:
        A check in another environment than that of the training: its libraries differ.
    Blind spots:
        Whether the file holds this model; libraries that are used without being required; what people wrote.
    References:
        CycloneDX 1.6 (ECMA-424), machine-learning bills of materials; Regulation (EU) 2024/1689, article 11.
    """

    meta = Meta(
        id="SUP-03",
        title="complete AI bill of materials",
        statement="The model's bill of materials is valid, complete and true.",
        remedy="Make it anew with enforce(), and say in it what the model is for and what it cannot do.",
        stage=Stage.SUPPLY,
        severity=Severity.MEDIUM,
        references=("AML.T0010", "AML.T0011", "AML.M0023", "ML06", "NISTAML.05", "AI Act 11"),
        cost=Cost.COMMIT,
    )

    def measure(self, artefact: Artefact, run: Run) -> Measurement:
        """Compare the bill with one made anew."""
        from rqml_catalog.supply_chain.bill import Fault, faults_of, is_valid

        true = _true_bill(artefact)
        text = artefact.bill.read_text(encoding="utf-8", errors="replace") if artefact.bill.is_file() else ""
        if not text:
            faults = [Fault("missing", artefact.bill.name)]
        elif not is_valid(text):
            faults = [Fault("invalid", f"{artefact.bill.name} is not strictly valid CycloneDX 1.6")]
        else:
            faults = faults_of(json.loads(text), true)
        return Measurement(
            estimates={"faults": Estimate.exact(len(faults), n=len(true["components"]) + 1, unit="faults")},
            details={"faults": [str(fault) for fault in faults[:_FAULTS_KEPT]]},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """None at all; the message names the first."""
        judgement = at_most(measurement.estimates["faults"], 0, "faults of the bill")
        first = next(iter(measurement.details["faults"]), None)
        return attrs.evolve(judgement, message=f"{judgement.message}: {first}") if first else judgement

    def repair(self, artefact: Artefact, run: Run) -> Repair:
        """Make the bill anew."""
        from rqml_catalog.supply_chain.bill import faults_of
        from rqml_catalog.supply_chain.serialization import replace_content

        bill = _true_bill(artefact)
        lacking = [fault for fault in faults_of(bill, bill) if fault.kind == "incomplete"]
        if lacking:
            raise Unsupported(f"{lacking[0].place}: only people know; give Artefact(..., use_cases=, limitations=)")
        content = json.dumps(bill, indent=1).encode()
        backups = Backups()

        def apply() -> None:
            backups.keep(artefact.bill)
            replace_content(artefact.bill, content)

        changes = (f"writes {artefact.bill.name} with {len(bill['components'])} components",)
        return Repair(subject=artefact, changes=changes, apply=apply, undo=backups.restore)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """True bills, and ones that are stale, thin, false or broken."""
        rule = cls()
        yield satisfied("a true bill", rule, _billed(made.true))
        yield satisfied("a bill that says more", rule, _billed(made.richer))
        yield satisfied("words that only the bill holds", rule, _billed(made.true, told=False))
        yield violated("no bill", rule, _billed(None))
        yield violated("another model file", rule, _billed(made.exchanged_file))
        yield violated("a wrong version", rule, _billed(made.wrong_version))
        yield violated("a library left out", rule, _billed(made.library_left_out))
        yield violated("other data", rule, _billed(made.other_data))
        yield violated("not valid", rule, _billed(made.broken))
        yield violated("no limitations", rule, _billed(made.thin, told=False), unrepairable="only people know")


def _billed(
    change: Callable[[dict[str, Any], int], None] | None, *, told: bool = True
) -> Callable[[int, Path], Artefact]:
    """How a scenario builds its subject: a true bill, then changed; None leaves it out.

    With `told` False, uses and limitations stand in the bill only.
    """

    def build(seed: int, folder: Path) -> Artefact:
        artefact = Artefact(*made.stored(seed, folder), use_cases=made.USES, limitations=made.LIMITATIONS)
        if change is not None:
            bill = _true_bill(artefact)
            change(bill, seed)
            made.written(bill, artefact.bill)
        return artefact if told else attrs.evolve(artefact, use_cases=(), limitations=())

    return build


def _true_bill(artefact: Artefact) -> dict[str, Any]:
    """The bill made anew; words of people that the artefact does not tell are taken from the old one."""
    from rqml_catalog.supply_chain.bill import bill_of
    from rqml_catalog.supply_chain.bill.compare import considerations_of

    if not artefact.path.is_file():
        raise MissingSubject(f"there is no model file {artefact.path.name}")
    model = artefact.model
    datasets = {"train": model.train} | ({"test": model.test} if model.test is not None else {})
    said = considerations_of(_read(artefact.bill.read_bytes())) if artefact.bill.is_file() else {}
    return bill_of(
        model.estimator,
        artefact.path,
        datasets,
        use_cases=artefact.use_cases or said.get("useCases", ()),
        limitations=artefact.limitations or said.get("technicalLimitations", ()),
    )


def _read(content: bytes) -> dict[str, Any]:
    """A bill, or nothing where it is none; people's words are taken from what has the right shape only."""
    from rqml_catalog.supply_chain.bill import is_valid

    text = content.decode("utf-8", errors="replace")
    return dict(json.loads(text)) if is_valid(text) else {}
