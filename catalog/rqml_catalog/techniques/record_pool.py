"""The pool of a trained model's members and non-members, checked to be fit for an inference attack."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml.run import Run
from rqml.subjects.dataset import Dataset
from rqml.subjects.model import TrainedModel
from rqml_catalog.techniques.classes_only import check_classes
from rqml_catalog.techniques.overlap import on_both_sides, refuse_overlap
from rqml_catalog.techniques.record_signals import Bools, Floats, Signals, record_signals
from rqml_catalog.techniques.shadow_models import Shadows, balanced_halves, train_shadows
from rqml_catalog.techniques.shadow_store import kept_or_trained, training_key

FEWEST_RECORDS = 50


class RecordPool(NamedTuple):
    """Train and test records of a model, in this order.

    Attributes:
        data: all records, n rows, in the library of the train data.
        X: what the estimator takes, n rows.
        y: (n,) true classes.
        members: (n,) True for the train records.
        numbers: (n, d) numbers that describe the records, the class last: other types as codes, missing and infinite
            values as NaN.
        shared: (n,) True for the records that are on both sides, whatever their class (see `overlap`).
    """

    data: Dataset
    X: Any
    y: npt.NDArray[Any]
    members: Bools
    numbers: Floats
    shared: Bools

    def telling_rows(self, fewest: int) -> npt.NDArray[np.intp]:
        """Rows whose membership can be told: those that are on one side only.

        A test record that is a train record too is no non-member, so both are set aside. Where fewer than `fewest` test
        records would be left, as in tables of a few categories, all rows count.
        """
        own = ~self.shared
        return np.flatnonzero(own if (own & ~self.members).sum() >= fewest else np.ones(len(own)))


def record_pool(model: TrainedModel) -> RecordPool:
    """The records of a classifier, or a Signal that says why they cannot be used.

    Raises:
        MissingSubject: no held-out records, or no target.
        InsufficientEvidence: fewer than 50 records on a side, one class only, or test records that are train records.
        Unsupported: a target that is not a class.
    """
    if model.test is None:
        raise MissingSubject("there are no held-out records: give TrainedModel(..., test=Dataset)")
    if model.train.target is None:
        raise MissingSubject("the train data name no target: give Dataset(..., target=column)")
    _check_size(len(model.train), "train")
    _check_size(len(model.test), "test")
    data = _joined(model.train, model.test, [*dict.fromkeys((*model.features, model.train.target))])
    X, y = model.arrays(data)
    members = np.arange(len(y)) < len(model.train)
    _check_target(model, y, members)
    numbers = _numbers(data)
    shared = on_both_sides(numbers[:, :-1], members)
    refuse_overlap(numbers[:, :-1], members, shared)
    return RecordPool(data, X, y, members, numbers, shared)


def target_signals(model: TrainedModel, pool: RecordPool) -> Signals:
    """What the model answers on the pool.

    Raises:
        Unsupported: it cannot answer; the text gives the likely reason.
    """
    try:
        return record_signals(model.estimator, pool.X, pool.y, classes=np.unique(pool.y[pool.members]))
    except (ValueError, TypeError, AttributeError, RuntimeError) as error:
        raise Unsupported(
            f"{type(model.estimator).__name__} cannot answer on its own records ({type(error).__name__})"
            f"{_missing_values_hint(pool.X)}; is it fitted, and on these columns?"
        ) from error


def shadows_of(model: TrainedModel, pool: RecordPool, n_models: int, run: Run) -> Shadows:
    """Shadow models of this model's training, trained once per run for all who ask for as many.

    With RQML_SHADOWS set to a folder, what they answer is kept there for later runs (see `shadow_store`).

    Raises:
        ShadowTrainingFailed: the training fails on half of the pool.
        Unsupported: the model cannot be trained again.
    """
    classes, seed = np.unique(pool.y[pool.members]), run.derive("shadow models").seed

    def train_and_query(rows: npt.NDArray[np.intp], fit_seed: int) -> Signals:
        estimator = model.refit(rows_of(pool.data, rows), fit_seed)
        return record_signals(estimator, pool.X, pool.y, classes=classes)

    def tell(done: int, total: int) -> None:
        run.check_deadline()
        if run.progress is not None:
            run.progress(done, total, "shadow models")

    def train() -> Shadows:
        return train_shadows(train_and_query, pool.y, n_models=n_models, seed=seed, n_jobs=run.jobs, progress=tell)

    def find() -> Shadows:
        return kept_or_trained(
            training_key(model, pool.data, pool.X), pool.y, n_models=n_models, seed=seed, train=train
        )

    return run.once(model, ("shadow models", n_models, seed), find)


def ignores_its_records(model: TrainedModel, pool: RecordPool, run: Run) -> bool:
    """Whether trainings under one seed on two halves that share no record answer alike on all records.

    They do where `fit` gives a model that it kept, or trains on records of its own. Constant answers do not count.
    """
    classes, seed = np.unique(pool.y[pool.members]), run.derive("refits that should differ").seed
    one, other = (
        record_signals(model.refit(rows_of(pool.data, np.flatnonzero(half)), seed), pool.X, pool.y, classes=classes)
        for half in balanced_halves(pool.y, 2, seed)
    )
    return np.array_equal(one.log_odds, other.log_odds) and len(np.unique(one.log_odds)) > len(np.unique(pool.y))


def rows_of(data: Dataset, rows: npt.NDArray[np.intp]) -> Dataset:
    """These rows, with the same roles, in the same library."""
    import narwhals as nw

    frame = nw.from_native(data.frame, eager_only=True)
    return data.with_frame(nw.to_native(frame[np.asarray(rows).tolist()]))


def numbers_of(*parts: Dataset, columns: list[str]) -> list[Floats]:
    """Per data set its (n, d) numbers that describe the records, equal for equal values whatever their types."""
    whole = parts[0]
    for part in parts[1:]:
        whole = _joined(whole, part, columns)
    return np.split(_numbers(whole), np.cumsum([len(part) for part in parts])[:-1])


def _numbers(data: Dataset) -> Floats:
    return np.column_stack([_as_numbers(column) for _, column in data.to_pandas().items()])


def _as_numbers(column: Any) -> Floats:
    """(n,) the numbers that a column holds, be it as texts, else a code for each value; NaN where it holds nothing."""
    import pandas as pd

    kind = column.dtype
    texts = isinstance(kind, pd.CategoricalDtype) or pd.api.types.is_object_dtype(kind) or kind == "string"
    if texts or pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
        read = pd.to_numeric(column.astype(object) if texts else column, errors="coerce")
        if read.isna().sum() == column.isna().sum():
            numbers = np.asarray(read.to_numpy(dtype=float, na_value=np.nan))
            return np.where(np.isinf(numbers), np.nan, numbers)
    return np.asarray(pd.factorize(column)[0], dtype=float)


def _joined(train: Dataset, test: Dataset, columns: list[str]) -> Dataset:
    import narwhals as nw

    parts = [_eager(data.narwhals().select(columns)) for data in (train, test)]
    if parts[0].implementation is not parts[1].implementation or parts[0].schema != parts[1].schema:
        parts = [nw.from_native(part.to_pandas(), eager_only=True) for part in parts]
    return train.with_frame(nw.to_native(nw.concat(parts, how="vertical")))


def _eager(frame: Any) -> Any:
    import narwhals as nw

    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


def _check_size(n: int, side: str) -> None:
    if n < FEWEST_RECORDS:
        raise InsufficientEvidence(
            f"{n} {side} records are too few for an inference attack: at least {FEWEST_RECORDS} are needed"
        )


def _check_target(model: TrainedModel, y: npt.NDArray[Any], members: Bools) -> None:
    import pandas as pd

    if pd.isna(y).any():
        raise InsufficientEvidence("the target has missing values: label those records or leave them out")
    check_classes(model, "an attack of this kind")
    if len(np.unique(y[members])) < 2:
        raise InsufficientEvidence("the train records are all of one class: at least two are needed")


def _missing_values_hint(X: Any) -> str:
    import pandas as pd

    frame = pd.DataFrame(X)
    numbers = frame.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)
    return (
        "; the features hold missing or infinite values"
        if frame.isna().any(axis=None) or np.isinf(numbers).any()
        else ""
    )
