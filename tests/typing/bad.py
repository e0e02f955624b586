"""A user's mistakes; mypy --strict finds each on the line that names its kind."""

# ruff: noqa: B018, F401, F841, I001
from __future__ import annotations

from pathlib import Path

from rqml import AllOf, Dataset, Guard, ModelFile, Specification, System, TrainedModel, require
from rqml import KAnonymity  # error: attr-defined
from rqml_catalog.data_privacy import KAnonimity  # error: attr-defined
from rqml_catalog.data_privacy import KAnonymity as K
from rqml_catalog.supply_chain import SafeModelFile
from rqml.schema import Number, Schema


def wrong_subjects(data: Dataset, model: TrainedModel, file: ModelFile, system: System) -> None:
    K().check(model)  # error: arg-type
    K().check(file)  # error: arg-type
    K().enforce(model)  # error: arg-type
    SafeModelFile().check(data)  # error: arg-type
    SafeModelFile().check("model.joblib")  # error: arg-type
    (K() & SafeModelFile()).check(data)  # error: arg-type
    (K() | K(k=2)).check(file)  # error: arg-type
    (K() >> K(k=2)).check(model)  # error: arg-type
    (~K()).check(model)  # error: arg-type


def wrong_parameters() -> None:
    K(kk=5)  # error: call-arg
    K(k="5")  # error: arg-type
    K(5)  # error: arg-type, call-arg


def wrong_results(data: Dataset) -> None:
    mixed: AllOf[Dataset] = K() & SafeModelFile()  # error: assignment
    K().check(data).pased  # error: attr-defined
    Specification("credit", [K()]).check(data).statuss  # error: attr-defined
    Specification("credit", [K])  # error: list-item


@require(K(), of="frame")
def fit(frame: Dataset) -> TrainedModel:
    return TrainedModel(object(), train=frame, test=frame)


fit(Path("frame.csv"))  # error: arg-type
fit.nowhere()  # error: attr-defined


@Guard(Schema({"age": Number(0, 120)})).protect
def score(request: dict[str, float]) -> float:
    return request["age"]


score("age")  # error: arg-type
Guard({"age": Number(0, 120)})  # error: arg-type
