"""Candidates for a repaired model, from the least to the most costly, and what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from rqml.errors import Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.estimator import clone_with_seed
from rqml.subjects.model import TrainedModel
from rqml_catalog.techniques.minimised import minimised
from rqml_catalog.techniques.regularisation import Variant, regular_variants


@attrs.frozen
class Candidate:
    """A model that may be the repair.

    Attributes:
        model: with its new estimator.
        change: what is different, in words.
    """

    model: TrainedModel
    change: str


def labels_only(model: TrainedModel) -> Candidate:
    """The model behind an interface that gives labels only; its accuracy stays."""
    return Candidate(minimised(model, decimals=0, scores=1), "put behind an interface that gives labels only")


def most_accurate_first(model: TrainedModel, variants: Sequence[Variant], run: Run) -> list[Variant]:
    """Variants by cross-validated accuracy on the train records; of equally accurate ones the later comes first.

    Those that cannot be trained on two thirds of the records are left out.
    """
    strongest_first = [(variant, cross_validated(model, variant, run)) for variant in variants[::-1]]
    trainable = [pair for pair in strongest_first if np.isfinite(pair[1])]
    return [variant for variant, _ in sorted(trainable, key=lambda pair: -pair[1])]


def variants_of(model: TrainedModel) -> list[Variant]:
    """More and more regular variants.

    Raises:
        Unsupported: the model has a training function of its own, or no known way to be regularised.
    """
    if model.fit is not None:
        raise Unsupported(
            "this model is trained by a function of its own, which cannot be changed from here: regularise in it, "
            "train again and check"
        )
    return regular_variants(model.estimator)


def without_feature(model: TrainedModel, feature: str) -> Variant:
    """The estimator behind a step that holds a feature constant: it is taken, and ignored.

    A column that were missing would stop whatever names or counts columns, as a ColumnTransformer does.
    """
    from sklearn.base import clone
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    named = getattr(model.estimator, "feature_names_in_", None) is not None
    column = feature if named else list(model.features).index(feature)
    value = model.train.to_pandas([feature])[feature].mode().iloc[0]
    step = FunctionTransformer(held_constant, kw_args={"column": column, "value": value})
    return Variant(make_pipeline(step, clone(model.estimator)), f"{feature!r} left out")


def held_constant(X: Any, column: str | int, value: Any) -> Any:
    """X with this value throughout a column, which is named where X has names and numbered where not."""
    if hasattr(X, "assign"):
        return X.assign(**{str(column): value}).astype({column: X[column].dtype})
    blank = X.copy()
    blank[:, int(column)] = value
    return blank


def trained_anew(model: TrainedModel, variant: Variant, run: Run) -> Candidate:
    """The variant fitted on the train records."""
    X, y = model.arrays(model.train)
    fitted = clone_with_seed(variant.estimator, run.derive("refit").seed).fit(X, y)
    return Candidate(model.with_estimator(fitted), f"trained again with {variant.change}")


def cross_validated(model: TrainedModel, variant: Variant, run: Run) -> float:
    """Mean accuracy over three folds of the train records; NaN where a fold cannot be trained."""
    from joblib import parallel_config
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    X, y = model.arrays(model.train)
    seed = run.derive("cross-validation").seed
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    estimator = clone_with_seed(variant.estimator, seed)
    with parallel_config("threading", n_jobs=run.jobs):  # a process pool would take longer to start than this takes
        try:
            scores = cross_val_score(estimator, X, y, cv=folds, scoring="accuracy")
        except ValueError:  # of scikit-learn, where no fold can be trained
            return float("nan")
    return float(scores.mean())


def accuracy_lost(before: TrainedModel, after: TrainedModel, confidence: float) -> Estimate:
    """Share of held-out records that only the old model got right, minus those that only the new one does."""
    assert before.test is not None  # noqa: S101 - the attacks refuse models without held-out records
    X, y = before.arrays(before.test)
    lost = (before.predict(X) == y).astype(float) - (after.predict(X) == y).astype(float)
    error = float(lost.std(ddof=1)) / len(lost) ** 0.5
    return Estimate.mean(float(lost.mean()), error, len(lost), confidence=confidence, unit="accuracy")
