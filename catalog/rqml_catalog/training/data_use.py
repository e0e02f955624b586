"""DataUse: a data set, the ledger of all that was released of it, and a model that was trained on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from rqml.errors import InvalidSubject
from rqml.subjects.dataset import Dataset
from rqml.subjects.model import TrainedModel
from rqml.subjects.subject import Subject


def _bounds(value: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    try:
        found = {str(name): (float(low), float(high)) for name, (low, high) in value.items()}
    except (TypeError, ValueError, AttributeError):
        raise InvalidSubject("bounds are given as {column: (lowest, highest)}") from None
    for name, (low, high) in found.items():
        if not -math.inf < low < high < math.inf:
            raise InvalidSubject(f"the bounds of {name!r} need lowest < highest, both finite")
    return found


def _path(value: Any) -> Path:
    try:
        return Path(getattr(value, "path", value))
    except TypeError:
        raise InvalidSubject("the ledger is given as the path of its file, or as a PrivacyLedger") from None


@attrs.frozen(eq=False)
class DataUse(Subject):
    """What became of a data set.

    Attributes:
        dataset: the records.
        ledger: the PrivacyLedger, or the path of its file.
        model: a model trained on the records that is to be released, or None.
        bounds: lowest and highest possible value of each feature, known without looking at the records.
        key: under which the ledger knows the data set; default: its fingerprint.
        name: what to call it in reports.

    Raises:
        InvalidSubject: a part is of the wrong type, bounds are empty or endless intervals, or the model has other train
            data.
    """

    dataset: Dataset = attrs.field(repr=False)
    ledger: Path = attrs.field(converter=_path)
    model: TrainedModel | None = attrs.field(default=None, repr=False)
    bounds: Mapping[str, tuple[float, float]] = attrs.field(factory=dict, converter=_bounds, kw_only=True)
    key: str = attrs.field(default="", kw_only=True)
    name: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check that the parts fit each other."""
        if not isinstance(self.dataset, Dataset) or not isinstance(self.model, TrainedModel | None):
            raise InvalidSubject("a use of data needs a Dataset, and a TrainedModel or None")
        if self.model is not None and self.model.train.fingerprint() != self.dataset.fingerprint():
            raise InvalidSubject("the model was trained on other data: give the data set that it was trained on")

    @property
    def account(self) -> str:
        """What the ledger calls the data set.

        Raises:
            InvalidSubject: the data have no fingerprint and no key.
        """
        account = self.key or self.dataset.fingerprint()
        if account is None:
            raise InvalidSubject("these data cannot be digested: name them by DataUse(..., key=...)")
        return account

    @property
    def released_model(self) -> str:
        """Digest of the model's estimator; empty without a model."""
        from rqml.evidence.fingerprint import fingerprint_estimator

        return "" if self.model is None else fingerprint_estimator(self.model.estimator)

    def fingerprint(self) -> str | None:
        """Digest of data, model, bounds, and what the ledger knows."""
        from rqml.evidence.fingerprint import fingerprint_value
        from rqml_catalog.training.accounting.ledger import PrivacyLedger

        known = repr(PrivacyLedger(self.ledger).account(self.account))
        parts = {"account": self.account, "model": self.released_model, "known": known}
        return fingerprint_value(parts | {"bounds": repr(sorted(self.bounds.items()))})

    def describe(self) -> str:
        """Name, or kind."""
        return self.name or "use of a data set"
