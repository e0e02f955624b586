"""A classifier that answers with less: fewer scores, fewer decimals, no other channel."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from rqml.subjects.dataset import Dataset
from rqml.subjects.estimator import labels_of
from rqml.subjects.model import TrainedModel
from rqml_catalog.techniques.answers import plain_labels, score_matrix

Floats = npt.NDArray[np.float64]

CHANNELS = ("decision_function", "predict_log_proba", "kneighbors", "kneighbors_graph", "apply", "decision_path",
            "leaf_index", "staged_predict_proba", "staged_decision_function", "score_samples", "transform")  # fmt: skip
"""Methods of scikit-learn classifiers that say more of a record than its class and probabilities."""
TELLING = ("predict_", "explain", "staged_", "decision_")
"""How the names of methods begin that say more."""


@attrs.frozen(eq=False)
class MinimisedClassifier:
    """A fitted classifier behind an interface that gives labels and coarse scores only.

    Attributes:
        inner: the fitted classifier; its labels stay as they are.
        decimals: decimals of the scores; 0 gives one-hot labels, and so does a classifier of labels.
        scores: how many classes get a score, the most probable ones; the others get 0.
        known_classes: what the columns stand for where the inner classifier does not say.
    """

    inner: Any
    decimals: int
    scores: int
    known_classes: Any = None

    @property
    def classes_(self) -> Any:
        """The classes, in the order of the columns of `predict_proba`."""
        return getattr(self.inner, "classes_", self.known_classes)

    @property
    def feature_names_in_(self) -> Any:
        """The names of the features, if the inner classifier knows them."""
        return self.inner.feature_names_in_

    def predict(self, X: Any) -> Any:
        """Labels, shape (n,), unchanged; of answers that hold more, the labels only."""
        return plain_labels(labels_of(self.inner, X, self.known_classes), self.classes_)

    def predict_proba(self, X: Any) -> Floats:
        """Coarse scores, shape (n, classes); rows need not add up to 1."""
        if self.decimals == 0 or not callable(getattr(self.inner, "predict_proba", None)):
            winners = np.asarray(self.predict(X))[:, None] == np.asarray(self.classes_)[None, :]
            return np.asarray(winners, dtype=np.float64)
        probabilities = score_matrix(self.inner.predict_proba(X), self.classes_)
        weakest_kept = -np.sort(-probabilities, axis=1)[:, [min(self.scores, probabilities.shape[1]) - 1]]
        kept = np.where(probabilities >= weakest_kept, probabilities, 0.0)
        # Ties with the weakest would give one score too many: keep the first of them.
        ranks = np.argsort(np.argsort(-kept, axis=1, kind="stable"), axis=1)
        return np.asarray(np.round(np.where(ranks < self.scores, kept, 0.0), self.decimals))


@attrs.frozen
class MinimisedFit:
    """Trains as before and puts the result behind the same interface.

    Attributes:
        model: the model whose training is used.
        decimals: as in MinimisedClassifier.
        scores: as in MinimisedClassifier.
    """

    model: TrainedModel
    decimals: int
    scores: int

    def __call__(self, train: Dataset, seed: int) -> MinimisedClassifier:
        """A new estimator fitted on `train`, minimised."""
        return MinimisedClassifier(self.model.refit(train, seed), self.decimals, self.scores, _classes(self.model))


def minimised(model: TrainedModel, *, decimals: int, scores: int) -> TrainedModel:
    """The model behind an interface of so many decimals and scores; trained again, it stays behind it."""
    wrapped = MinimisedClassifier(model.estimator, decimals, scores, _classes(model))
    return model.with_estimator(wrapped, fit=MinimisedFit(model, decimals, scores))


def _classes(model: TrainedModel) -> Any:
    return None if model.train.target is None else np.unique(model.arrays(model.train)[1])


def decimals_needed(scores: Floats, most: int = 17) -> int:
    """The smallest number of decimals, up to `most`, that writes every score without loss (to 1e-15).

    A score above 1 is a share of the next power of ten: 87 says as much as .87, and 873465 as .873465.
    """
    values = np.unique(np.abs(scores))
    powers = np.ceil(np.log10(values, where=values > 1.0, out=np.zeros(len(values))))
    values = values / 10.0**powers
    for decimals in range(most):
        values = values[np.abs(np.round(values, decimals) - values) > 1e-15]
        if not len(values):
            return decimals
    return most


def open_channels(estimator: Any) -> list[str]:
    """Methods that say more than labels and probabilities, those of other libraries included."""
    own = [name for name in dir(estimator) if name.startswith(TELLING) and name not in ("predict_proba", *CHANNELS)]
    return [name for name in (*CHANNELS, *own) if callable(getattr(estimator, name, None))]
