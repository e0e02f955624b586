"""What an attribute attacker knows of a record, and what the model answers for each value it might hide."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence, MissingSubject, NotApplicable
from rqml.run import Run
from rqml.subjects.dataset import Dataset
from rqml.subjects.model import TrainedModel
from rqml_catalog.techniques.record_pool import FEWEST_RECORDS, record_pool, target_signals
from rqml_catalog.techniques.record_signals import Floats

MOST_VALUES = 10
BANDS = 3  # a number is guessed to a third of its range in the population
MOST_RECORDS = 2000


class Side(NamedTuple):
    """Records whose attribute is hidden from the attacker.

    Attributes:
        known: (n, d) numbers of the other features and the label.
        answers: (n, v) the model's probability of the true label, were the attribute each of its v values; (n, classes)
            probabilities where the model does not take the attribute.
        hidden: (n,) index of the value, or of the band, that is to be guessed.
    """

    known: Floats
    answers: Floats
    hidden: npt.NDArray[np.intp]


def sides(model: TrainedModel, attribute: str, run: Run) -> tuple[Side, Side]:
    """The attacker's own records (held out) and the records under attack (trained on).

    Raises:
        MissingSubject: no held-out records, or the attribute is no column of the data.
        NotApplicable: the attribute is the target.
        InsufficientEvidence: too few records, or an attribute with one value only.
    """
    if attribute not in model.train.columns or (model.test is not None and attribute not in model.test.columns):
        raise MissingSubject(f"the data have no column {attribute!r}: name one of their columns as the attribute")
    if attribute == model.train.target:
        raise NotApplicable(f"{attribute!r} is what the model predicts, not what it could give away")
    pool = record_pool(model)
    assert model.test is not None  # noqa: S101 - record_pool has refused models without held-out records
    own, attacked = _at_most(model.test, run), _at_most(model.train, run)
    codes, values = _coded(own, attacked, attribute)
    target_signals(model, pool)  # refuses models that cannot answer
    classes = getattr(model.estimator, "classes_", np.unique(pool.y[pool.members]))
    known = _known(model, own, attacked, attribute)
    parts = []
    for data, code, numbers in zip((own, attacked), codes, known, strict=True):
        parts.append(Side(numbers, _answers(model, data, attribute, values, np.asarray(classes)), code))
    return parts[0], parts[1]


def _at_most(data: Dataset, run: Run) -> Dataset:
    from rqml_catalog.techniques.record_pool import rows_of

    n = len(data)
    if n < FEWEST_RECORDS:
        raise InsufficientEvidence(f"{n} records are too few: at least {FEWEST_RECORDS} are needed on each side")
    return data if n <= MOST_RECORDS else rows_of(data, np.sort(run.rng("records").permutation(n)[:MOST_RECORDS]))


def _coded(own: Dataset, attacked: Dataset, attribute: str) -> tuple[list[npt.NDArray[np.intp]], list[Any]]:
    """Indices of values (or bands) on both sides, and the value that stands for each."""
    import pandas as pd

    columns = [data.to_pandas([attribute])[attribute] for data in (own, attacked)]
    both = pd.concat(columns, ignore_index=True)
    if both.isna().any():
        raise InsufficientEvidence(f"{attribute!r} has missing values: leave those records out")
    if pd.api.types.is_numeric_dtype(both) and both.nunique() > MOST_VALUES:
        edges = np.unique(columns[0].quantile(np.arange(1, BANDS) / BANDS))
        codes = [np.searchsorted(edges, column.to_numpy(), side="right") for column in columns]
        values: list[Any] = [columns[0][codes[0] == band].median() for band in range(len(edges) + 1)]
    else:
        values = sorted(both.unique().tolist(), key=str)[:MOST_VALUES]
        table = {value: index for index, value in enumerate(values)}
        codes = [column.map(table).fillna(len(values) - 1).to_numpy(dtype=np.intp) for column in columns]
    if len(np.unique(codes[0])) < 2:
        raise InsufficientEvidence(f"{attribute!r} has one value only among the held-out records: nothing to infer")
    return codes, values


def _known(model: TrainedModel, own: Dataset, attacked: Dataset, attribute: str) -> tuple[Floats, Floats]:
    import pandas as pd

    target = model.train.target
    names = [name for name in (*model.features, target) if name != attribute and name is not None]
    frame = pd.concat([data.to_pandas(names) for data in (own, attacked)], ignore_index=True)
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in names]
    columns = [
        frame[name].to_numpy(dtype=float) if number else pd.factorize(frame[name])[0].astype(float)
        for name, number in zip(names, numeric, strict=True)
    ]
    table = np.nan_to_num(np.column_stack(columns))
    return table[: len(own)], table[len(own) :]


def _answers(
    model: TrainedModel, data: Dataset, attribute: str, values: list[Any], classes: npt.NDArray[Any]
) -> Floats:
    X, y = model.arrays(data)
    if attribute not in model.features:
        return _probabilities(model, X, classes)
    column = list(model.features).index(attribute)
    mine = np.asarray(y)[:, None] == classes[None, :]
    answers = []
    for value in values:
        asked = X.copy()
        if hasattr(asked, "iloc"):
            asked = asked.assign(**{attribute: value}).astype({attribute: X[attribute].dtype})
        else:
            asked[:, column] = value
        answers.append((_probabilities(model, asked, classes) * mine).sum(axis=1))
    return np.column_stack(answers)


def _probabilities(model: TrainedModel, X: Any, classes: npt.NDArray[Any]) -> Floats:
    """(n, classes) of the model; certainty about the label where it gives no probabilities."""
    if callable(getattr(model.estimator, "predict_proba", None)):
        return np.asarray(model.predict_proba(X), dtype=float)
    labels = np.asarray(model.predict(X))
    return np.asarray(labels[:, None] == classes[None, :], dtype=float)
