"""Whether a model's target is a class, as attacks on labels and scores need it."""

from __future__ import annotations

from rqml.errors import Unsupported
from rqml.subjects.model import TrainedModel


def check_classes(model: TrainedModel, what: str) -> None:
    """Refuse models of numbers.

    Args:
        model: with its train data.
        what: is measured on classes only, as the subject of a sentence.

    Raises:
        Unsupported: the target is a number to be estimated.
    """
    from sklearn.base import is_regressor
    from sklearn.utils.multiclass import type_of_target

    known = hasattr(model.estimator, "get_params")
    if (known and is_regressor(model.estimator)) or type_of_target(model.arrays(model.train)[1]) not in (
        "binary",
        "multiclass",
    ):
        raise Unsupported(f"the target is a number to be estimated: {what} is measured on classifiers only")
