"""A user's file: mypy --strict has nothing to say about it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs
import numpy as np

from rqml import (
    AllOf,
    AnyOf,
    AtLeast,
    CheckResult,
    CheckStatus,
    Dataset,
    EnforcementResult,
    Estimate,
    Guard,
    Implies,
    Judgement,
    Measurement,
    Meta,
    Mode,
    ModelFile,
    Not,
    Repair,
    Report,
    Requirement,
    Run,
    Scenario,
    Severity,
    Specification,
    Stage,
    System,
    TrainedModel,
    Waiver,
    at_least,
    derived,
    limit,
    require,
    satisfied,
    violated,
)
from rqml.cli import main
from rqml.guard import Rate
from rqml.schema import Number, Schema
from rqml.testing import check_requirement, prove
from rqml_catalog.data_privacy import KAnonymity
from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.supply_chain import SafeModelFile


@attrs.frozen(kw_only=True)
class EnoughRows(Requirement[Dataset]):
    """The table has enough rows."""

    meta = Meta(
        id="MINE-01",
        title="enough rows",
        statement="At least {rows} rows.",
        remedy="Add rows.",
        stage=Stage.INGESTION,
        severity=Severity.LOW,
    )
    rows: int = limit(default=5, stricter="higher", validator=attrs.validators.ge(1))

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        run.check_deadline()
        return Measurement({"rows": Estimate.exact(len(dataset), unit="rows")})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_least(measurement.estimates["rows"], self.rows, "rows")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        return Repair(dataset.with_frame(dataset.frame), changes=("nothing",), cost={"rows": 0.0})

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        yield satisfied("many", cls(rows=2), _table)
        yield violated("few", cls(rows=9), _table)


def _table(seed: int, folder: Path) -> Dataset:
    return Dataset.from_arrays(np.random.default_rng(seed).normal(size=(5, 2)))


def save(model: TrainedModel) -> ModelFile:
    return ModelFile(Path("model.joblib"))


def train(dataset: Dataset) -> TrainedModel:
    return TrainedModel(object(), train=dataset, test=dataset)


data = _table(0, Path())
system = System("shop", dataset=data, model=derived(train, "dataset"), file=derived(save, "model"))

verdict: CheckResult = EnoughRows(rows=3).check(data)
same: CheckResult = EnoughRows().check(system)
enforced: EnforcementResult = KAnonymity(k=5).enforce(data, max_cost={"loss": 0.1})
bound: CheckResult = KAnonymity().on("dataset").check(system)

tables: AllOf[Dataset] = EnoughRows() & KAnonymity()
either: AnyOf[Dataset] = EnoughRows() | KAnonymity(k=2)
mixed: AllOf[System] = KAnonymity() & SafeModelFile()
several: AllOf[System] = (KAnonymity() & SafeModelFile()) & MembershipInferenceResistance()
then: Implies[Dataset] = EnoughRows() >> KAnonymity()
never: Not[Dataset] = ~EnoughRows()
named = AllOf(EnoughRows(), KAnonymity())
listed: AnyOf[System] = AnyOf(KAnonymity(), SafeModelFile(), label="either")
most = AtLeast(1, EnoughRows(), EnoughRows(rows=3))
some: AtLeast[System] = AtLeast(1, KAnonymity(), SafeModelFile())
when: Implies[System] = Implies(KAnonymity(), SafeModelFile())
tables.check(data)
named.check(data)
most.check(data)
mixed.check(system)

waiver = Waiver(
    requirement="PII-02",
    approver="Ann",
    justification="a synthetic table",
    start="2026-01-01T00:00:00Z",
    expiry="2026-12-31T00:00:00Z",
)
credit = Specification("credit", [EnoughRows(), KAnonymity(k=5), mixed], owner="risk", waivers=[waiver], system=system)
stricter = credit.tailor("credit 2", parameters={"PII-02": {"k": 10}}, add=[SafeModelFile()])
report: Report = stricter.check(jobs=2, budget=60.0)
status: CheckStatus = report.status
text: str = report.to_json()


@require(EnoughRows(), of="dataset", mode=Mode.CHECK)
def fit(dataset: Dataset, seed: int = 0) -> TrainedModel:
    return train(dataset)


@require(SafeModelFile())
async def serve(file: ModelFile) -> float:
    return 0.0


guard = Guard(Schema({"age": Number(0, 120)}, others=["client"]), Rate(100, per=60, by="client"), mode="ENFORCE")


@guard.protect
def score(request: dict[str, float]) -> float:
    return request["age"]


@guard.protect(of="request")
async def score_later(model: TrainedModel, request: dict[str, float]) -> float:
    return request["age"]


rate: float = score({"age": 30.0})
model: TrainedModel = fit(data, seed=3)
check_requirement(EnoughRows)
prove(EnoughRows, seeds=range(3))


def run() -> None:
    main(["check", "credit.py"])
