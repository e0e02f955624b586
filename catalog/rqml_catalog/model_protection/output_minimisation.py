"""OutputMinimisation: a model answers with no more than its users need."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from attrs import validators as v

from rqml import (
    Assurance,
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    TrainedModel,
    all_of,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence

_COUNT = v.and_(v.instance_of(int), v.ge(0))


@attrs.frozen(kw_only=True)
class OutputMinimisation(Requirement[TrainedModel]):
    """A model answers with few scores, of few decimals, and through no other channel.

    Requires:
        Every answer holds at most `max_scores` class scores of at most `max_decimals` decimals, and the model offers at
        most `max_channels` methods that say more than that (margins, leaves, neighbours).
    Why:
        Exact scores are what extraction, inversion and membership attacks feed on; few users need them.
    Measured:
        The model is asked about all its records; scores and decimals of what really comes back from predict and
        predict_proba (arrays, frames, mappings, texts or JSON) are counted, and the other methods that its object
        offers. Whatever number is no known class is a score; one above 1 has the decimals of the share that it stands
        for (873465 those of .873465). Answers of other kinds, or not one for each record, are INCOMPLETE.
    Enforced:
        The model is put behind an interface that keeps the labels, gives the most probable scores rounded, and has no
        other method; what is trained anew stays behind it. The cost is the mean change of the scores.
    False alarms:
        A forest of ten trees has scores of one decimal by nature, and passes without being wrapped.
    Blind spots:
        Only recorded records are asked; a model may answer others in more detail. Whoever holds the object in memory
        reaches what is inside. Labels alone still allow extraction (see MDL-01).
    References:
        Tramèr et al., arXiv 1609.02943, section 7.

    Args:
        max_decimals: largest number of decimals of a score.
        max_scores: largest number of scores other than 0 in an answer.
        max_channels: largest number of methods that say more than labels and probabilities.
    """

    meta = Meta(
        id="MDL-02",
        title="minimal outputs",
        statement="An answer holds at most {max_scores} scores of {max_decimals} decimals, and {max_channels} other "
        "methods say more.",
        remedy="put the model behind an interface that says less, as enforce() does",
        stage=Stage.SERVING,
        severity=Severity.MEDIUM,
        references=("AML.T0024", "AML.M0002", "ML05", "NISTAML.031"),
        cost=Cost.COMMIT,
    )

    max_decimals: int = limit(default=2, stricter="lower", validator=_COUNT)
    max_scores: int = limit(default=1, stricter="lower", validator=v.and_(v.instance_of(int), v.ge(1)))
    max_channels: int = limit(default=0, stricter="lower", validator=_COUNT)

    def measure(self, model: TrainedModel, run: Run) -> Measurement:
        """Ask about every record, and count what comes back."""
        from rqml_catalog.techniques.classes_only import check_classes
        from rqml_catalog.techniques.minimised import open_channels

        asked = _records(model)
        if not len(asked):
            raise InsufficientEvidence("there are no records to ask the model about: at least 1 is needed")
        check_classes(model, "a minimal answer")
        channels = open_channels(model.estimator)
        counts = _answered(model, asked) | {"channels": len(channels)}
        estimates = {name: Estimate.exact(count, n=len(asked)) for name, count in counts.items()}
        return Measurement(estimates, {"channels": channels, "records_asked": len(asked)}, Assurance.EMPIRICAL)

    def judge(self, measurement: Measurement) -> Judgement:
        """Each count against its limit."""
        found = measurement.estimates
        return all_of(
            at_most(found["decimals"], self.max_decimals, "decimals"),
            at_most(found["scores"], self.max_scores, "scores"),
            at_most(found["channels"], self.max_channels, "channels"),
        )

    def repair(self, model: TrainedModel, run: Run) -> Repair:
        """The model behind an interface within the limits."""
        from rqml_catalog.techniques.answers import score_matrix
        from rqml_catalog.techniques.minimised import minimised

        wrapped = minimised(model, decimals=self.max_decimals, scores=self.max_scores)
        cost: dict[str, float] = {"accuracy": 0.0}
        if callable(getattr(model.estimator, "predict_proba", None)):
            asked = _records(model)
            before = score_matrix(model.estimator.predict_proba(asked), wrapped.estimator.classes_)
            cost["score_change"] = float(abs(wrapped.predict_proba(asked) - before).mean())
        change = f"answers hold at most {self.max_scores} scores of {self.max_decimals} decimals"
        return Repair(wrapped, changes=(change, "all other methods are closed"), cost=cost)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Models of several kinds, bare and behind an interface."""
        yield satisfied("labels only", cls(max_decimals=0), _wrapped(decimals=0, scores=1))
        yield satisfied("best score, one decimal", cls(), _wrapped(decimals=1, scores=1))
        yield satisfied("two scores are allowed", cls(max_scores=2), _wrapped(decimals=2, scores=2))
        yield violated("all scores", cls(), _wrapped(decimals=2, scores=3))
        yield violated("three decimals", cls(), _wrapped(decimals=3, scores=1))
        yield violated("bare model", cls(), _bare)


def _records(model: TrainedModel) -> Any:
    return model.arrays(model.train if model.test is None else model.test)[0]


def _answered(model: TrainedModel, asked: Any) -> dict[str, int]:
    """The most scores of an answer, and the most decimals of a score, of predict and of predict_proba."""
    import numpy as np

    from rqml_catalog.techniques.answers import one_each, scores_in
    from rqml_catalog.techniques.minimised import decimals_needed

    classes = np.unique(model.arrays(model.train)[1]).tolist()
    given: list[list[float]] = []
    if callable(getattr(model.estimator, "predict", None)):
        given += [scores_in(answer, classes) for answer in one_each(model.estimator.predict(asked), len(asked))]
    if callable(getattr(model.estimator, "predict_proba", None)):
        answers = one_each(model.estimator.predict_proba(asked), len(asked))
        given += [scores_in((answer,), classes) for answer in answers]  # a number alone is a score here, no label
    scores = np.array([score for answer in given for score in answer] or [0.0])
    return {"decimals": decimals_needed(scores), "scores": max(map(len, given), default=0)}


def _bare(seed: int, _: Path) -> TrainedModel:
    from sklearn.linear_model import LogisticRegression

    from rqml_catalog.scenarios.classifiers import trained

    return trained(LogisticRegression(), 120, seed, classes=3)


def _wrapped(decimals: int, scores: int) -> Any:
    def build(seed: int, folder: Path) -> TrainedModel:
        from rqml_catalog.techniques.minimised import minimised

        return minimised(_bare(seed, folder), decimals=decimals, scores=scores)

    return build
