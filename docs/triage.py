"""Triage: a clinic's table of patients, the model trained on it, and a model file from a partner."""

import pickle
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestClassifier

from rqml import Dataset, ModelFile, Specification, System, TrainedModel, derived
from rqml_catalog.data_privacy import KAnonymity
from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.supply_chain import SafeModelFile

frame = load_diabetes(scaled=False, as_frame=True).frame  # 442 patients
frame["readmitted"] = (frame.pop("target") > 140).astype(int)  # stands for: they came back
patients = Dataset(frame, quasi_identifiers=["age", "sex", "bmi", "bp"], target="readmitted")


def train(table: Dataset) -> TrainedModel:
    order = np.random.default_rng(0).permutation(len(table))
    held_out, kept = (table.with_frame(table.frame.iloc[rows]) for rows in (order[:110], order[110:]))
    X, y = kept.arrays()
    return TrainedModel(RandomForestClassifier(50, random_state=0).fit(X, y), train=kept, test=held_out)


def save(model: TrainedModel) -> ModelFile:
    joblib.dump(model.estimator, "triage.joblib")
    return ModelFile("triage.joblib")


class Payload:  # what a partner's file might carry; this one would print a line, and nothing here loads it
    def __reduce__(self):
        return print, ("payload ran",)


Path("partner.pkl").write_bytes(pickle.dumps({"model": "see attachment", "hook": Payload()}))

clinic = System(
    "clinic",
    patients=patients,
    model=derived(train, "patients"),  # trained again when the table is repaired
    own_file=derived(save, "model"),  # and saved again
    partner_file=ModelFile("partner.pkl"),
)
requirements = [
    KAnonymity(k=5, publish="representatives").on("patients"),
    MembershipInferenceResistance(max_tpr=0.3, at_fpr=0.1, shadows=16).on("model"),
    SafeModelFile(label="own file").on("own_file"),
    SafeModelFile(label="partner's file").on("partner_file"),
]
result = Specification("triage", requirements, owner="clinic data protection").enforce(clinic)
costs = [f"cost: {name} {value:.3g}" for name, value in result.cost.items()]
print(result.before, *result.changes, *costs, result.after, result.message, sep="\n")
Path("report.json").write_text(result.after.to_json())
Path("report.md").write_text(result.after.to_markdown())
