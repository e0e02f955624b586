"""More regular variants of a scikit-learn estimator, from mild to strong, inside Pipelines too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from rqml.errors import Unsupported

Ladder = Callable[[Any], list[Any]]
"""Values of a parameter, from mild to strong, that regularise more than the present one."""


class Variant(NamedTuple):
    """An unfitted estimator and what was changed in it, in words."""

    estimator: Any
    change: str


def _above(*steps: float) -> Ladder:
    return lambda now: [step for step in steps if now is None or not isinstance(now, int | float) or step > now]


def _below(*steps: float) -> Ladder:
    return lambda now: [step for step in steps if now is None or step < now]


def _times(*factors: float) -> Ladder:
    return lambda now: [now * factor for factor in factors] if isinstance(now, int | float) and now > 0 else []


LADDERS: dict[str, dict[str, Ladder]] = {
    "forest": {"min_samples_leaf": _above(3, 6, 12, 25, 50, 100)},
    "tree": {"min_samples_leaf": _above(3, 6, 12, 25, 50, 100)},
    "boosting": {"max_iter": _below(60, 40, 25, 15, 10, 6), "min_samples_leaf": _above(20, 30, 40, 60, 80, 120)},
    "stages": {"n_estimators": _below(60, 40, 25, 15, 10, 6), "min_samples_leaf": _above(5, 10, 20, 40, 60, 100)},
    "margin": {"C": _times(0.3, 0.1, 0.03, 0.01, 0.003, 0.001)},
    "network": {"max_iter": _below(60, 40, 25, 15, 10, 6), "alpha": _times(10, 100, 1e3, 1e4, 1e5, 1e6)},
    "penalty": {"alpha": _times(10, 100, 1e3, 1e4, 1e5, 1e6)},
    "neighbours": {"n_neighbors": _above(9, 15, 25, 41, 61, 101), "weights": lambda _: ["uniform"] * 6},
}
"""Kind of estimator -> its parameters that regularise. All parameters of a kind move together, rung by rung."""

KINDS = {
    "RandomForestClassifier": "forest",
    "ExtraTreesClassifier": "forest",
    "DecisionTreeClassifier": "tree",
    "ExtraTreeClassifier": "tree",
    "HistGradientBoostingClassifier": "boosting",
    "GradientBoostingClassifier": "stages",
    "LogisticRegression": "margin",
    "SVC": "margin",
    "LinearSVC": "margin",
    "RidgeClassifier": "penalty",
    "SGDClassifier": "penalty",
    "MLPClassifier": "network",
    "KNeighborsClassifier": "neighbours",
}


def regular_variants(estimator: Any) -> list[Variant]:
    """Clones of the estimator that regularise more and more.

    Args:
        estimator: one of KINDS, or a Pipeline or other composite with one of them as a nested parameter.

    Raises:
        Unsupported: nothing in it has a known way to be regularised.
    """
    from sklearn.base import clone

    ladders = dict(_ladders(estimator))
    if not any(ladders.values()):
        raise Unsupported(
            f"no more regular variant of {type(estimator).__name__} is known: choose one yourself, train it again, and "
            "check it"
        )
    present = estimator.get_params(deep=True)
    variants: list[Variant] = []
    for rung in range(max(map(len, ladders.values()))):
        settings = {name: values[min(rung, len(values) - 1)] for name, values in ladders.items() if values}
        changed = {name: value for name, value in settings.items() if value != present[name]}
        change = ", ".join(f"{name} from {present[name]} to {value:g}" if isinstance(value, float | int) else
                           f"{name} to {value}" for name, value in changed.items())  # fmt: skip
        variants.append(Variant(clone(estimator).set_params(**settings), change))
    return variants


def _ladders(estimator: Any) -> Iterator[tuple[str, list[Any]]]:
    """(full parameter name, values from mild to strong) of all estimators of a known kind within this one."""
    if not callable(getattr(estimator, "get_params", None)):
        return
    present = estimator.get_params(deep=True)
    parts = {"": estimator} | {f"{name}__": part for name, part in present.items() if hasattr(part, "get_params")}
    for prefix, part in parts.items():
        for parameter, ladder in LADDERS.get(KINDS.get(type(part).__name__, ""), {}).items():
            yield prefix + parameter, ladder(part.get_params(deep=False)[parameter])
