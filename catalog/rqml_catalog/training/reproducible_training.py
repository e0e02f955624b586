"""ReproducibleTraining: training again from the record of a training gives the same model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from attrs import validators as v

from rqml import (
    CheckStatus,
    Cost,
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
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml_catalog.training.recorded_training import RecordedTraining

_OR_FIX = "(or sort the sets, or record the training under a fixed PYTHONHASHSEED)"
MOST_PARTS = 3  # that a message names


@attrs.frozen(kw_only=True)
class ReproducibleTraining(Requirement[RecordedTraining]):
    """A second training from the manifest gives the same model.

    Requires:
        Each of `trainings` further trainings from the recorded seed and data gives the recorded model byte for byte,
        or one whose metric differs by at most `max_difference`.
    Why:
        What cannot be trained again cannot be checked: a tampered model, a poisoned step or a wrong claim about the
        data would never be noticed.
    Measured:
        The training is done again under the manifest's seed and number of threads, while all randomness that the seed
        does not decide is drawn anew each time. Models are compared by digest; where they differ, by the accuracy (or
        the relative squared error) on held-out records, or the train records where there are none. Calls for unseeded
        randomness are named by function and line, estimators without a random state and parts of the model that came
        out different by name. Where the code of the training uses sets or hash(), whose order PYTHONHASHSEED decides,
        it is done by other processes too, with another one each (INCOMPLETE where none can); a manifest with a fixed
        PYTHONHASHSEED needs none of that.
    Enforced:
        The training is wrapped: one thread, and numpy's and Python's randomness decided by the seed; it is done once
        and recorded anew. Where the operating system's entropy is asked directly, or the order of a set decides, that
        is not enough: sort the set.
    False alarms:
        A model that holds a time stamp or a path differs in bytes each time; allow a difference, or drop it.
    Blind spots:
        Other machines and library versions (changed ones are listed in the details). Sets inside of libraries. GPU
        kernels are not named, though their effect is found; clocks, threads and the order of files are named as
        suspects only.
    References:
        Pineau et al., "Improving reproducibility in machine learning research" (arXiv 2003.12206).

    Args:
        max_difference: largest difference of the metric, in [0, 1]; 0 asks for identical bytes.
        trainings: number of further trainings.
    """

    meta = Meta(
        id="TRN-03",
        title="reproducible training",
        statement="Training again from the manifest gives the same model, or one whose metric differs by at most "
        "{max_difference}.",
        remedy="give every source of randomness a seed and fix the number of threads, as enforce() does",
        stage=Stage.TRAINING,
        severity=Severity.MEDIUM,
        references=("AML.M0014", "ML10"),
        cost=Cost.COMMIT,
    )

    max_difference: float = limit(default=0.0, stricter="lower", validator=v.and_(v.ge(0.0), v.le(1.0)))
    trainings: int = attrs.field(default=2, validator=v.and_(v.instance_of(int), v.ge(1)))

    def measure(self, recorded: RecordedTraining, run: Run) -> Measurement:
        """Train again, and compare."""
        from rqml_catalog.training.reproduction.again import train_again

        found = train_again(recorded, self.trainings, run)
        changed = Estimate.exact(found.changed, n=found.trainings, unit="trainings")
        details = {
            "unseeded": found.unseeded,
            "suspected": found.suspected,
            "steps_that_differ": found.steps,
            "attributes_that_differ": found.attributes,
            "changed_since_the_manifest": found.inputs,
            "unmeasured": found.unmeasured,
            "compared_on": found.compared_on,
        }
        return Measurement({"changed_trainings": changed, "difference": found.difference}, details)

    def judge(self, measurement: Measurement) -> Judgement:
        """Identical bytes, or a difference within the limit; with the culprits by name."""
        changed, difference = measurement.estimates["changed_trainings"], measurement.estimates["difference"]
        details = measurement.details
        if changed.value == 0 or self.max_difference == 0:
            judgement = at_most(changed, 0, "trainings that gave another model")
        else:
            judgement = at_most(
                difference, self.max_difference, f"difference of the metric on {details['compared_on']}"
            )
        if details["unmeasured"]:
            return Judgement(CheckStatus.INCOMPLETE, f"{details['unmeasured']} {_OR_FIX}", Reason.UNSUPPORTED)
        if changed.value == 0:
            return judgement
        named = [*details["unseeded"], *details["changed_since_the_manifest"]]
        suspects = [] if named else [f"perhaps {suspect}" for suspect in details["suspected"]]
        parts = details["steps_that_differ"] or ([] if named else details["attributes_that_differ"])
        different = [f"{part} comes out different" for part in parts[:MOST_PARTS]]
        culprits = "; ".join([*named, *suspects, *different])
        if not culprits:
            return judgement
        text = f"{judgement.message} (max_difference {self.max_difference:g}): {culprits}"
        return attrs.evolve(judgement, message=text)

    def repair(self, recorded: RecordedTraining, run: Run) -> Repair:
        """The training with its randomness pinned."""
        from rqml_catalog.training.reproduction.again import pinned_training

        changes = (
            "one thread, and all randomness of numpy and Python decided by the seed",
            "trained and recorded anew",
        )
        return Repair(pinned_training(recorded), changes=changes)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Trainings that a seed decides, and trainings with one step that it does not."""
        yield satisfied("cloned forest", cls(), _cloned)
        yield satisfied("seeded shuffling", cls(), _own("seeded"))
        yield satisfied("unseeded, but hardly different", cls(max_difference=0.3), _own("generator"))
        yield violated("a generator without a seed", cls(), _own("generator"))
        yield violated("numpy's global generator", cls(), _own("global"))
        yield violated("a forest without random state", cls(), _own("estimator"))
        yield violated("Python's global generator", cls(), _own("python"))


def _cloned(seed: int, _: Path) -> RecordedTraining:
    from sklearn.ensemble import RandomForestClassifier

    from rqml_catalog.scenarios.classifiers import trained

    return RecordedTraining.record(trained(RandomForestClassifier(5), 120, seed), seed)


def _own(step: str) -> Any:
    def build(seed: int, _: Path) -> RecordedTraining:
        from rqml_catalog.scenarios.careless_training import carelessly_trained
        from rqml_catalog.training.reproduction.randomness import pinned

        with pinned(seed):
            return RecordedTraining.record(carelessly_trained(step, seed), seed)

    return build
