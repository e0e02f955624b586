"""Triage: a clinic's table of 442 patients, the model trained on it, and a model file from a partner.

The table singles every patient out by age, sex, body-mass index and blood pressure; the model has memorised whom it
was trained on; the partner's file would run code when loaded. rqml finds the three faults, repairs the table, trains
and judges the model again on what was repaired, and puts the partner's file into quarantine.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rqml import (
    Dataset,
    EnforcementResult,
    EnforcementStatus,
    ModelFile,
    Report,
    Run,
    Specification,
    System,
    TrainedModel,
    derived,
)
from rqml_catalog.data_privacy import KAnonymity
from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.supply_chain import SafeModelFile

if TYPE_CHECKING:
    from rich.console import Console

HELD_OUT = 110
QUASI_IDENTIFIERS = ("age", "sex", "bmi", "bp")


def specification() -> Specification:
    """What the clinic demands of its triage system."""
    return Specification(
        "triage",
        [
            KAnonymity(k=5, publish="representatives").on("patients"),
            # 110 held-out patients cannot resolve a false-positive rate of 1 %; they can resolve 10 %.
            MembershipInferenceResistance(max_tpr=0.3, at_fpr=0.1, shadows=16).on("model"),
            SafeModelFile(label="own file").on("own_file"),
            SafeModelFile(label="partner's file").on("partner_file"),
        ],
        owner="clinic data protection",
    )


def system(folder: Path) -> System:
    """The clinic's system as found; its files are written into `folder`."""
    return System(
        "clinic",
        patients=patients(),
        model=derived(train, "patients"),
        own_file=derived(saver(folder), "model"),
        partner_file=partner_file(folder),
    )


def patients() -> Dataset:
    """442 diabetes patients (scikit-learn's `load_diabetes`, unscaled) and whether they come back.

    Source of the data: Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression", Annals of Statistics 2004.
    """
    from sklearn.datasets import load_diabetes

    frame = load_diabetes(scaled=False, as_frame=True).frame
    frame["readmitted"] = (frame.pop("target") > 140).astype(int)  # progression above its median
    return Dataset(frame, quasi_identifiers=QUASI_IDENTIFIERS, target="readmitted", name="patients")


def train(table: Dataset) -> TrainedModel:
    """A forest grown to pure leaves on three quarters of the patients."""
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    order = np.random.default_rng(0).permutation(len(table))
    held_out, kept = (table.with_frame(table.frame.iloc[rows]) for rows in (order[:HELD_OUT], order[HELD_OUT:]))
    X, y = kept.arrays()
    return TrainedModel(RandomForestClassifier(50, random_state=0).fit(X, y), train=kept, test=held_out)


def saver(folder: Path) -> Any:
    """A function that saves a model with joblib."""

    def save(model: TrainedModel) -> ModelFile:
        import joblib

        path = folder / "triage.joblib"
        joblib.dump(model.estimator, path)
        return ModelFile(path)

    return save


class _Payload:
    """Would print one line when unpickled; a real one would do what it likes. Nothing here ever loads it."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return print, ("the payload in the partner's model ran",)


def partner_file(folder: Path) -> ModelFile:
    """A model file with a planted, harmless payload."""
    path = folder / "partner.pkl"
    path.write_bytes(pickle.dumps({"model": "see attachment", "hook": _Payload()}))
    return ModelFile(path)


def main(folder: Path, console: Console) -> int:
    """Tell the story and write the reports into `folder`.

    Returns:
        0 if every fault was repaired or contained, else 1.
    """
    from rqml.progress import shown

    clinic, demanded = system(folder), specification()
    console.print(f"[bold]{__doc__.splitlines()[0] if __doc__ else ''}[/bold]\n")
    with shown(Run(), "enforcing the specification") as run:
        result = demanded.enforce(clinic, run=run)
    console.print("[bold]As found[/bold]")
    console.print(result.before)
    console.print("\n[bold]Repairs and what they cost[/bold]")
    for line in told(result):
        console.print(f"  {line}", highlight=False)
    console.print("\n[bold]After, everything checked again[/bold]")
    console.print(result.after)
    console.print("\n[bold]The table that may leave the clinic, first rows[/bold]")
    console.print(result.subject["patients"].frame[[*QUASI_IDENTIFIERS, "readmitted"]].head(4).to_string(index=False))
    console.print("\n[bold]Reports[/bold]")
    for name, report in (("before", result.before), ("after", result.after)):
        for path in write(report, folder, name):
            console.print(f"  {path}", highlight=False, soft_wrap=True)
    return 0 if result.status in (EnforcementStatus.SUCCESS, EnforcementStatus.CONTAINED) else 1


def told(result: EnforcementResult) -> Iterator[str]:
    """The enforcement in lines: what was changed, what it cost."""
    yield from (f"- {change}" for change in result.changes)
    for name, cost in result.cost.items():
        interval = result.cost_estimates.get(name)
        yield f"- cost: {name} {cost:.4g}" + (f" (of which {interval})" if interval is not None else "")
    yield f"- {result.status.value}: {result.message}"


def write(report: Any, folder: Path, name: str) -> Iterator[Path]:
    """Write a report as JSON and as Markdown."""
    assert isinstance(report, Report)  # noqa: S101 - enforce() of a specification gives reports
    for suffix, text in (("json", report.to_json()), ("md", report.to_markdown())):
        path = folder / f"triage-{name}.{suffix}"
        path.write_text(text, "utf-8")
        yield path
