"""TrainedModel: a fitted estimator with the data it was trained and is tested on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from rqml.errors import InvalidSubject, Unsupported
from rqml.subjects.dataset import Dataset
from rqml.subjects.estimator import fit_anew, labels_of
from rqml.subjects.subject import Subject


def _dataset(value: Any) -> Any:
    return value if value is None else Dataset.coerce(value) or value


@attrs.frozen(eq=False)
class TrainedModel(Subject):
    """A fitted estimator, its data, and how to train it again.

    Attributes:
        estimator: any object with `predict_proba` or `predict`, better both; fitted.
        train: the records it was fitted on, with a target.
        test: held-out records of the same columns, or None.
        fit: `fit(train, seed) -> estimator` trains one anew; default: a scikit-learn clone of `estimator`, else
            its class called with what its constructor was given, fitted with all random states set from the seed.
        name: what to call it in reports.

    Raises:
        InvalidSubject: the estimator cannot predict, or train and test do not fit together.
    """

    estimator: Any = attrs.field(repr=False)
    train: Dataset = attrs.field(converter=_dataset, repr=False)
    test: Dataset | None = attrs.field(default=None, converter=_dataset, repr=False)
    fit: Callable[[Dataset, int], Any] | None = attrs.field(default=None, repr=False)
    name: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check that the parts fit each other."""
        if not any(callable(getattr(self.estimator, name, None)) for name in ("predict", "predict_proba")):
            raise InvalidSubject(
                "a trained model needs an estimator with predict_proba(X) or predict(X), got "
                f"{type(self.estimator).__name__}"
            )
        if not isinstance(self.train, Dataset) or not isinstance(self.test, Dataset | None):
            raise InvalidSubject("train and test must be Datasets (or frames); test may be None")
        if self.fit is not None and not callable(self.fit):
            raise InvalidSubject("fit must be a function fit(train: Dataset, seed: int) -> estimator")
        target = self.train.target
        if self.test is not None and target is not None and target not in self.test.columns:
            raise InvalidSubject(f"the test data lack the target column {target!r}")

    def obstacle(self) -> str:
        """That of its data."""
        return self.train.obstacle() or (self.test.obstacle() if self.test is not None else "")

    @property
    def features(self) -> tuple[str, ...]:
        """Columns the estimator takes: those it was fitted with if it knows them, else those of the train data."""
        known = getattr(self.estimator, "feature_names_in_", None)
        return self.train.features if known is None else tuple(str(name) for name in known)

    def arrays(self, data: Dataset) -> tuple[Any, Any]:
        """The features this estimator takes, shape (rows, features), and the target, shape (rows,), of `data`.

        Raises:
            InvalidSubject: a feature or the target is missing in `data`.
        """
        target = self.train.target
        if target is None:
            raise InvalidSubject("the train data have no target: name its column by Dataset(..., target=...)")
        missing = [name for name in (*self.features, target) if name not in data.columns]
        if missing:
            raise InvalidSubject(f"the model needs columns that these data lack: {', '.join(missing)}")
        frame = data.to_pandas([*self.features, target])
        X = frame[list(self.features)]
        takes_names = getattr(self.estimator, "feature_names_in_", None) is not None
        return (X if takes_names else X.to_numpy()), frame[target].to_numpy()

    def predict(self, X: Any) -> Any:
        """Labels of shape (rows,).

        Raises:
            InvalidSubject: the estimator is not fitted.
        """
        return _of_fitted(lambda asked: labels_of(self.estimator, asked, self._classes()), X)

    def predict_proba(self, X: Any) -> Any:
        """Class probabilities of shape (rows, classes).

        Raises:
            Unsupported: the estimator gives no probabilities.
            InvalidSubject: it is not fitted.
        """
        if not callable(getattr(self.estimator, "predict_proba", None)):
            raise Unsupported(f"{type(self.estimator).__name__} has no predict_proba; wrap it to give probabilities")
        return _of_fitted(self.estimator.predict_proba, X)

    def refit(self, train: Dataset, seed: int) -> Any:
        """A new estimator fitted on `train`, with all randomness from `seed`.

        Raises:
            Unsupported: there is neither `fit` nor an estimator that can be made anew; or `fit` returns none.
        """
        if self.fit is None:
            return fit_anew(self.estimator, seed, *self.arrays(train))
        fitted = self.fit(train, seed)
        if not any(callable(getattr(fitted, name, None)) for name in ("predict", "predict_proba")):
            raise Unsupported(
                f"fit(train, seed) must return a fitted estimator, and returned a {type(fitted).__name__}"
            )
        return fitted

    def _classes(self) -> Any:
        import numpy as np

        return np.unique(self.arrays(self.train)[1]) if self.train.target is not None else ()

    def with_estimator(
        self,
        estimator: Any,
        *,
        train: Dataset | None = None,
        fit: Callable[[Dataset, int], Any] | None = None,
    ) -> TrainedModel:
        """The same model with another estimator, and where given other train data or way of training."""
        return attrs.evolve(self, estimator=estimator, train=train or self.train, fit=fit or self.fit)

    def fingerprint(self) -> str | None:
        """Digest of the estimator and its data; None if the data cannot be digested."""
        from rqml.evidence.fingerprint import fingerprint_estimator, fingerprint_value

        train = self.train.fingerprint()
        test = "" if self.test is None else self.test.fingerprint()
        if train is None or test is None:
            return None
        return fingerprint_value({"estimator": fingerprint_estimator(self.estimator), "train": train, "test": test})

    def describe(self) -> str:
        """Name, or class of the estimator."""
        return self.name or f"model {type(self.estimator).__name__}"


def _of_fitted(method: Callable[[Any], Any], X: Any) -> Any:
    try:
        return method(X)
    except Exception as error:
        if type(error).__name__ != "NotFittedError":  # by name: its class would cost the import of scikit-learn
            raise
        raise InvalidSubject("the estimator is not fitted: call its fit(X, y) before TrainedModel(...)") from None
