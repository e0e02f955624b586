"""RecordedTraining: a model with the manifest of its training, from which it should come about again."""

from __future__ import annotations

import attrs

from rqml.errors import InvalidSubject
from rqml.subjects.model import TrainedModel
from rqml.subjects.subject import Subject
from rqml_catalog.training.reproduction.manifest import TrainingManifest


@attrs.frozen(eq=False)
class RecordedTraining(Subject):
    """What was trained, and from what.

    Attributes:
        model: the model as it was trained; its `fit(train, seed)` is the training, or a scikit-learn clone.
        manifest: what the training depended on.
        name: what to call it in reports.
    """

    model: TrainedModel = attrs.field(repr=False)
    manifest: TrainingManifest
    name: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check that the parts are what they should be."""
        if not isinstance(self.model, TrainedModel) or not isinstance(self.manifest, TrainingManifest):
            raise InvalidSubject("a recorded training needs a TrainedModel and a TrainingManifest")

    @classmethod
    def record(cls, model: TrainedModel, seed: int) -> RecordedTraining:
        """Train the model anew under `seed`, and write down what that depended on.

        Raises:
            InvalidSubject: no model, no seed, or train data that cannot be digested.
        """
        if not isinstance(model, TrainedModel) or type(seed) is not int or seed < 0:
            raise InvalidSubject("recording takes a TrainedModel and a whole number as seed, at least 0")
        data = model.train.fingerprint()
        if data is None:
            raise InvalidSubject("the train data cannot be digested: load them into a frame first")
        trained = model.with_estimator(model.refit(model.train, seed))
        return cls(trained, TrainingManifest.of(seed, data))

    def fingerprint(self) -> str | None:
        """Digest of model and manifest."""
        from rqml.evidence.fingerprint import fingerprint_value

        model = self.model.fingerprint()
        return None if model is None else fingerprint_value({"model": model, "manifest": self.manifest.to_json()})

    def describe(self) -> str:
        """Name, or the model's."""
        return self.name or f"training of {self.model.describe()}"
