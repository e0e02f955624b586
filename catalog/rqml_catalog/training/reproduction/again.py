"""Training a second time from the manifest, and comparing what comes out."""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence, Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.dataset import Dataset
from rqml.subjects.model import TrainedModel
from rqml_catalog.training.recorded_training import RecordedTraining
from rqml_catalog.training.reproduction.elsewhere import digests_elsewhere
from rqml_catalog.training.reproduction.manifest import RANDOM
from rqml_catalog.training.reproduction.randomness import pinned, unseeded_steps
from rqml_catalog.training.reproduction.sources import sources_of
from rqml_catalog.training.reproduction.watching import Watch, watched

Floats = npt.NDArray[np.float64]


class Reproduction(NamedTuple):
    """What several further trainings gave.

    Attributes:
        changed: trainings whose model is not byte for byte the recorded one.
        trainings: how many there were.
        difference: the largest difference of the metric to the recorded model's (a paired comparison of records).
        unseeded: uses of randomness that no seed decides, with function and line.
        suspected: clocks that were read and threads that were started, with function and line.
        steps: steps of a pipeline that came out different, first the first.
        attributes: attributes of a model without steps that did.
        inputs: what is different from the manifest here and now.
        unmeasured: what was not looked at, and why; or "".
        compared_on: which records the metric is of.
    """

    changed: int
    trainings: int
    difference: Estimate
    unseeded: list[str]
    suspected: list[str]
    steps: list[str]
    attributes: list[str]
    inputs: list[str]
    unmeasured: str
    compared_on: str


def train_again(recorded: RecordedTraining, trainings: int, run: Run) -> Reproduction:
    """Train from the manifest's seed and data; all randomness that the seed does not decide is another each time.

    Raises:
        Unsupported: the model cannot be trained again, or not digested.
        InsufficientEvidence: there are no records to compare on.
    """
    from rqml.evidence.fingerprint import fingerprint_estimator

    model, manifest = recorded.model, recorded.manifest
    if not len(model.train):
        raise InsufficientEvidence("there are no train records: at least 1 is needed to train again")
    watch = Watch([], [])
    steps: list[str] = []
    attributes: list[str] = []
    differences = []
    changed = 0
    before = fingerprint_estimator(model.estimator)
    for number in run.track(range(trainings), trainings, "trainings"):
        with pinned(run.derive("again", number).seed, threads=manifest.threads), watched(watch, model.fit):
            try:
                again = model.refit(model.train, manifest.seed)
            except (ValueError, TypeError, AttributeError, RuntimeError) as error:
                raise Unsupported(f"the training fails when it is done again ({type(error).__name__})") from error
        if fingerprint_estimator(again) == before:
            continue
        changed += 1
        steps = steps or _steps_that_differ(model.estimator, again)
        attributes = attributes or _attributes_that_differ(model.estimator, again)
        watch.found.extend(step for step in unseeded_steps(again) if step not in watch.found)
        differences.append(_difference(model, model.with_estimator(again), run.confidence))
    sources, unmeasured = sources_of(model.fit), ""
    if sources.hashed and not changed and manifest.hash_seed == RANDOM:
        changed, unmeasured = _changed_elsewhere(recorded, before, trainings, run)
        watch.found.extend(f"{source} (PYTHONHASHSEED)" for source in sources.hashed if changed)
        differences += [Estimate.exact(1.0, n=changed)] if changed else []
    watch.suspected.extend(sources.suspected)
    largest = max(differences, key=lambda estimate: estimate.high, default=Estimate.exact(0.0, n=trainings))
    inputs = manifest.changes(model.train.fingerprint() or "")
    where = "train records (no held-out ones are given)" if _compared_on(model) is model.train else "held-out records"
    return Reproduction(changed, trainings, largest, *watch, steps, attributes, inputs, unmeasured, where)


def _changed_elsewhere(recorded: RecordedTraining, before: str, trainings: int, run: Run) -> tuple[int, str]:
    """How many models come out different where sets have another order; or why that is not known."""
    try:
        digests = digests_elsewhere(recorded, trainings, run)
    except Unsupported as reason:
        return 0, f"the order of sets, which the training uses, was not changed, and may decide: {reason}"
    return sum(digest != before for digest in digests), ""


@attrs.frozen
class PinnedFit:
    """Trains as before, in one thread, with all randomness of numpy and Python decided by the seed.

    Attributes:
        model: the model whose training is used.
    """

    model: TrainedModel

    def __call__(self, train: Dataset, seed: int) -> object:
        """A new estimator fitted on `train`."""
        with pinned(seed):
            return self.model.refit(train, seed)


def pinned_training(recorded: RecordedTraining) -> RecordedTraining:
    """The same training with its randomness pinned, done once and recorded."""
    model = recorded.model
    fit = PinnedFit(model)
    again = RecordedTraining.record(model.with_estimator(model.estimator, fit=fit), recorded.manifest.seed)
    return attrs.evolve(again, manifest=attrs.evolve(again.manifest, threads=1), name=recorded.name)


def _steps_that_differ(before: object, after: object) -> list[str]:
    pairs = zip(getattr(before, "steps", ()), getattr(after, "steps", ()), strict=False)
    return [f"step {name!r}" for (name, old), (_, new) in pairs if _differ(old, new)]


def _attributes_that_differ(before: object, after: object) -> list[str]:
    if hasattr(before, "steps"):
        return []
    olds, news = (getattr(model, "__dict__", {}) for model in (before, after))
    return [f"attribute {name!r}" for name, old in olds.items() if _differ(old, news.get(name))]


def _differ(old: object, new: object) -> bool:
    from rqml.evidence.fingerprint import fingerprint_estimator

    return fingerprint_estimator(old) != fingerprint_estimator(new)


def _compared_on(model: TrainedModel) -> Dataset:
    return model.test if model.test is not None and len(model.test) > 1 else model.train


def _difference(before: TrainedModel, after: TrainedModel, confidence: float) -> Estimate:
    """Absolute difference of accuracy, or of squared error as a share of the target's variance for numbers."""
    X, y = before.arrays(_compared_on(before))
    lost = _quality(before, X, y) - _quality(after, X, y)
    error = float(lost.std(ddof=1)) / len(lost) ** 0.5
    signed = Estimate.mean(float(lost.mean()), error, len(lost), confidence=confidence)
    half, value = signed.high - signed.value, abs(signed.value)
    return Estimate.interval(value, max(0.0, value - half), value + half, confidence=confidence, n=len(lost))


def _quality(model: TrainedModel, X: object, y: npt.NDArray[np.generic]) -> Floats:
    predicted = np.asarray(model.predict(X))
    if y.dtype.kind == "f" and len(np.unique(y)) > 20:
        spread = float(np.var(y.astype(float))) or 1.0
        return np.asarray(-((predicted - y) ** 2) / spread, dtype=float)
    return np.asarray(predicted == y, dtype=float)
