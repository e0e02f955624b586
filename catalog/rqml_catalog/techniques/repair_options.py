"""Ways to make a model tell less of its records, each with how it is trained, ordered by the utility they lose.

Coarser answers keep the training; more regular parameters, earlier stops, a grid of the user's own and differential
privacy change it.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from rqml.errors import Signal, Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.dataset import Dataset
from rqml.subjects.estimator import fit_anew
from rqml.subjects.model import TrainedModel
from rqml_catalog.techniques.minimised import MinimisedFit, minimised
from rqml_catalog.techniques.private_refit import RELATION, private_refit
from rqml_catalog.techniques.record_pool import rows_of
from rqml_catalog.techniques.record_signals import Floats
from rqml_catalog.techniques.regularisation import regular_variants

Fit = Callable[[Dataset, int], Any]
"""Trains an estimator on these records under this seed."""

FOLDS = 3
EPSILONS = (10.0, 3.0, 1.0)
COARSE = ((1, 10**6, "its scores rounded to one decimal"), (0, 1, "labels only"))
"""Decimals, classes with a score, and how to say it; from mild to strong."""


@attrs.frozen
class Option:
    """One way to change a model.

    Attributes:
        change: what is different, in words.
        fit: trains it on any records, as its loss of utility and its shadows need it.
        finish: the changed model, from a seed.
    """

    change: str
    fit: Fit
    finish: Callable[[int], TrainedModel]

    @property
    def coarse(self) -> bool:
        """Whether only the answers are different."""
        return isinstance(self.fit, MinimisedFit)


@attrs.frozen
class VariantFit:
    """Trains a clone of an estimator on the features that the model takes."""

    model: TrainedModel
    estimator: Any

    def __call__(self, train: Dataset, seed: int) -> Any:
        """A new estimator fitted on `train`."""
        return fit_anew(self.estimator, seed, *self.model.arrays(train))


@attrs.frozen
class PrivateFit:
    """Trains the private counterpart of the model's estimator; the noise is repeatable, as shadows need it."""

    model: TrainedModel
    epsilon: float
    bounds: Mapping[str, tuple[float, float]]

    def __call__(self, train: Dataset, seed: int | None) -> Any:
        """A new private pipeline fitted on `train`; None as seed draws noise that nobody can repeat."""
        X, y = self.model.arrays(train)
        features = self.model.features
        return private_refit(
            self.model.estimator, X, y,
            epsilon=self.epsilon, bounds=self.bounds, features=features, random_state=seed,
        ).estimator  # fmt: skip


def options_for(
    model: TrainedModel,
    *,
    grid: Mapping[str, Sequence[Any]] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
) -> list[Option]:
    """Everything that may be tried on this model, from mild to strong within each kind.

    Args:
        model: a classifier.
        grid: values per parameter; all combinations are tried, as keyword arguments of the model's own `fit`, else
            as parameters of its estimator.
        bounds: (lowest, highest) of every feature, known without looking at the records; without it nothing private
            is tried.
    """
    tried = [*_of_grid(model, grid or {}), *_regular(model), *_private(model, bounds or {}), *coarser(model)]
    return list({option.change: option for option in tried}.values())


def coarser(model: TrainedModel, before: str = "") -> list[Option]:
    """Interfaces that tell less, from mild to strong; `before` says what was done to the model already."""
    options = []
    for decimals, scores, words in COARSE:
        coarse = minimised(model, decimals=decimals, scores=scores)
        change = f"{before}, and put" if before else "put"
        fit = MinimisedFit(model, decimals, scores)
        options.append(Option(f"{change} behind an interface that gives {words}", fit, lambda _, coarse=coarse: coarse))  # type: ignore[misc]
    return options


def least_loss_first(model: TrainedModel, options: Sequence[Option], run: Run) -> list[Option]:
    """Options by their cross-validated Brier score on the train records; of equally good ones the stronger first.

    A proper score counts what accuracy does not see: labels only keeps every label, and loses all confidence.
    """
    folds = _folds(model, run)
    stronger_first = options[::-1]
    lost = {o.change: _brier(model, o.fit, folds, run) for o in run.track(stronger_first, len(options), "options")}
    return sorted(stronger_first, key=lambda option: round(lost[option.change], 6))


def brier_lost(before: TrainedModel, after: TrainedModel, confidence: float) -> Estimate:
    """Mean rise of the Brier score on held-out records, with the interval of a paired comparison."""
    assert before.test is not None  # noqa: S101 - the attacks refuse models without held-out records
    X, y = before.arrays(before.test)
    lost = _scores(after.estimator, X, y, _classes(before)) - _scores(before.estimator, X, y, _classes(before))
    error = float(lost.std(ddof=1)) / len(lost) ** 0.5
    return Estimate.mean(float(lost.mean()), error, len(lost), confidence=confidence, unit="Brier score")


def _of_grid(model: TrainedModel, grid: Mapping[str, Sequence[Any]]) -> Iterator[Option]:
    from sklearn.model_selection import ParameterGrid

    for setting in ParameterGrid({name: list(values) for name, values in grid.items()}) if grid else ():
        change = "trained again with " + ", ".join(f"{name} = {value}" for name, value in setting.items())
        if model.fit is not None:
            fit: Fit = functools.partial(model.fit, **setting)
            yield Option(change, fit, functools.partial(_finish_own, model, fit))
        else:
            yield _refit(model, _with_parameters(model.estimator, setting), change)


def _finish_own(model: TrainedModel, fit: Fit, seed: int) -> TrainedModel:
    return model.with_estimator(fit(model.train, seed), fit=fit)


def _with_parameters(estimator: Any, setting: Mapping[str, Any]) -> Any:
    from sklearn.base import clone

    try:
        return clone(estimator).set_params(**setting)
    except (ValueError, TypeError, AttributeError):
        raise Unsupported(
            f"{type(estimator).__name__} does not take the parameters of the grid ({', '.join(setting)}): name those "
            "that its get_params() lists, or give TrainedModel(..., fit=function) with these keyword arguments"
        ) from None


def _regular(model: TrainedModel) -> Iterator[Option]:
    if model.fit is None:
        with contextlib.suppress(Unsupported):  # of an unknown kind: other options are left
            for variant in regular_variants(model.estimator):
                yield _refit(model, variant.estimator, f"trained again with {variant.change}")


def _refit(model: TrainedModel, estimator: Any, change: str) -> Option:
    fit = VariantFit(model, estimator)
    return Option(change, fit, lambda seed: model.with_estimator(fit(model.train, seed)))


def _private(model: TrainedModel, bounds: Mapping[str, tuple[float, float]]) -> Iterator[Option]:
    for epsilon in EPSILONS if bounds and model.fit is None else ():
        fit = PrivateFit(model, epsilon, bounds)
        change = f"trained again with differential privacy: epsilon {epsilon:g}, relation {RELATION!r}"
        yield Option(change, fit, functools.partial(_finish_private, model, fit))


def _finish_private(model: TrainedModel, fit: PrivateFit, _: int) -> TrainedModel:
    return model.with_estimator(fit(model.train, None), fit=fit)


def _folds(model: TrainedModel, run: Run) -> list[tuple[Any, Any]]:
    from sklearn.model_selection import StratifiedKFold

    _, y = model.arrays(model.train)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=run.derive("folds").seed)
    return list(splitter.split(np.zeros(len(y)), y))


def _brier(model: TrainedModel, fit: Fit, folds: Sequence[tuple[Any, Any]], run: Run) -> float:
    """Mean over folds; infinite where one cannot be trained."""
    X, y = model.arrays(model.train)
    seed, found = run.derive("cross-validation").seed, []
    for kept, left in folds:
        try:
            estimator = fit(rows_of(model.train, kept), seed)
            rows = X.iloc[left] if hasattr(X, "iloc") else X[left]
            found.append(_scores(estimator, rows, y[left], _classes(model)).mean())
        except (ValueError, TypeError, RuntimeError, Signal):
            return float("inf")
    return float(np.mean(found))


def _classes(model: TrainedModel) -> Any:
    return np.unique(model.arrays(model.train)[1])


def _scores(estimator: Any, X: Any, y: Any, classes: Any) -> Floats:
    """(n,) squared distance of the scores from the true class; labels count as scores of 0 and 1."""
    if callable(getattr(estimator, "predict_proba", None)):
        columns = np.asarray(getattr(estimator, "classes_", classes))
        scores = np.asarray(estimator.predict_proba(X), dtype=float)
    else:
        columns = np.asarray(classes)
        scores = (np.asarray(estimator.predict(X))[:, None] == columns[None, :]).astype(float)
    truth = (np.asarray(y)[:, None] == columns[None, :]).astype(float)
    return np.asarray(((scores - truth) ** 2).sum(axis=1))
