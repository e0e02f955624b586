"""Seeded classifiers that memorise their records, and some that cannot: builders for membership inference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rqml.subjects.model import TrainedModel
from rqml_catalog.scenarios.classifiers import trained


def forest(trees: int, leaf: int) -> Callable[[int, Path], TrainedModel]:
    """A forest with leaves of at least so many records, on labels of which 40 % are noise."""

    def build(seed: int, _: Path) -> TrainedModel:
        from sklearn.ensemble import RandomForestClassifier

        return trained(RandomForestClassifier(trees, min_samples_leaf=leaf), 350, seed, label_noise=0.4)

    return build


def linear(seed: int, _: Path) -> TrainedModel:
    """A logistic regression of five features."""
    from sklearn.linear_model import LogisticRegression

    return trained(LogisticRegression(), 400, seed)


def noisier_held_out(seed: int, _: Path) -> TrainedModel:
    """A tree that memorises nothing, with held-out records whose labels are noisier than the train records'."""
    from sklearn.tree import DecisionTreeClassifier

    return trained(DecisionTreeClassifier(min_samples_leaf=50), 400, seed, label_noise=0.0, held_out_noise=0.6)


def neighbours(seed: int, _: Path) -> TrainedModel:
    """Weighted neighbours in a pipeline: each train record is its own nearest one."""
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    weighted = make_pipeline(StandardScaler(), KNeighborsClassifier(15, weights="distance"))
    return trained(weighted, 300, seed, label_noise=0.2)
