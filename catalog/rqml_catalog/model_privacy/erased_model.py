"""ErasedModel: a model that should have forgotten some records, with those records."""

from __future__ import annotations

import attrs

from rqml.errors import InvalidSubject
from rqml.subjects.dataset import Dataset
from rqml.subjects.model import TrainedModel
from rqml.subjects.subject import Subject


@attrs.frozen(eq=False)
class ErasedModel(Subject):
    """A model and the records it should not remember.

    Attributes:
        model: its train records are those that were kept; its test records were never seen.
        erased: records that it was once trained on and should have forgotten.
        name: what to call it in reports.
    """

    model: TrainedModel = attrs.field(repr=False)
    erased: Dataset = attrs.field(repr=False)
    name: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check that the parts fit each other."""
        if not isinstance(self.model, TrainedModel) or not isinstance(self.erased, Dataset):
            raise InvalidSubject("an erasure needs a TrainedModel and the Dataset of the erased records")
        missing = [name for name in self.model.train.columns if name not in self.erased.columns]
        if missing:
            raise InvalidSubject(f"the erased records lack columns of the train data: {', '.join(missing)}")

    def fingerprint(self) -> str | None:
        """Digest of model and erased records."""
        from rqml.evidence.fingerprint import fingerprint_value

        model, erased = self.model.fingerprint(), self.erased.fingerprint()
        return None if None in (model, erased) else fingerprint_value({"model": model, "erased": erased})

    def describe(self) -> str:
        """Name, or the model's."""
        return self.name or f"{self.model.describe()} after an erasure"
