"""Looks at names of methods in the state of honest classes, which fetch them and call them with data.

scikit-learn checks where users give them that they are methods of prediction, not where pickles do: of an object of
pandas they could be any of its methods, those that run expressions or write files among them.
"""

from __future__ import annotations

from typing import Any

from rqml_catalog.supply_chain.serialization.indices import Check
from rqml_catalog.supply_chain.serialization.values import Instance, NeedsDetail, Opaque, fields_of

METHODS = frozenset(
    {
        "auto", "default", "decision_function", "predict", "predict_log_proba", "predict_proba", "score_samples",
        "transform",
    }
)  # fmt: skip
_FIELDS = ("_response_method", "response_method", "stack_method", "stack_method_")


def _named_methods(instance: Instance) -> str | None:
    """Scorers, thresholds and stacks: each method that their state names is one of prediction."""
    state = fields_of(instance)
    for field in _FIELDS:
        value: Any = state.get(field)
        if isinstance(value, Opaque):
            raise NeedsDetail
        for name in value if isinstance(value, list | tuple) else (value,):
            if isinstance(name, Opaque):
                raise NeedsDetail
            if name is not None and not (type(name) is str and name in METHODS):
                return "it names a method that predicts nothing"
    return None


_CLASSES = """
    sklearn.ensemble._stacking.StackingClassifier sklearn.ensemble._stacking.StackingRegressor
    sklearn.metrics._scorer._BaseScorer sklearn.metrics._scorer._Scorer
    sklearn.model_selection._classification_threshold.FixedThresholdClassifier
    sklearn.model_selection._classification_threshold.TunedThresholdClassifierCV
    sklearn.model_selection._classification_threshold._CurveScorer sklearn.metrics._scorer._CurveScorer
"""
CHECKS: dict[str, Check] = dict.fromkeys(_CLASSES.split(), _named_methods)
"""The check of a class by its path; each says what is wrong, or None."""
