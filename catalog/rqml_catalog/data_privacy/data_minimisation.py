"""DataMinimisation: every feature that is kept is shown to be of use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Dataset,
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
    all_of,
    at_least,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml_catalog.scenarios import telling_tables

if TYPE_CHECKING:
    from rqml_catalog.data_privacy.usefulness.heldout import Help

_FEWEST_ROWS = 100
_ROUNDS = 5


@attrs.frozen(kw_only=True)
class DataMinimisation(Requirement[Dataset]):
    """Every feature helps to predict the target on held-out records, by at least a given amount.

    Requires:
        A Dataset with a target and at least 100 rows.
    Why:
        What a model does not need may not be collected; needless columns identify people and overfit.
    Measured:
        For each feature, how much the held-out loss of a boosted tree model grows when the feature is shuffled, as a
        share of the loss of knowing nothing; the mean over all records, cross-fitted in three folds, with Student's
        interval. The verdict and its message widen the intervals so that they hold together (Bonferroni over the
        features); the estimates each hold at the confidence they state.
        Targets of more than 20 different numbers or moments are measured by squared error, others as classes by log
        loss; classes of fewer than six records count as one.
    Enforced:
        Features whose use is not shown are left out, weakest first, until the use of all others is shown.
    False alarms:
        Features that serve another purpose than this target: take them out of the table or into `identifiers`.
    Blind spots:
        Of two features that tell the same, neither looks needless to a model that uses both; nor does a feature that
        other models would do without.
    References:
        Breiman, Random forests, 2001, section 10; GDPR Art. 5(1)(c).

    Args:
        min_gain: smallest use of a feature (share of the loss of knowing nothing, 0 to 1).
    """

    meta = Meta(
        id="PII-04",
        title="data minimisation",
        statement="Shuffling any feature makes held-out predictions worse by {min_gain} of the loss at least.",
        remedy="leave out the features named: enforce() does it",
        stage=Stage.INGESTION,
        severity=Severity.MEDIUM,
        references=("AISVS-v1.0-C1.1.1", "GDPR 5(1)c"),
        cost=Cost.RELEASE,
    )

    min_gain: float = limit(
        default=0.01, stricter="higher", validator=v.and_(v.instance_of((int, float)), v.gt(0), v.lt(1))
    )

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """What each feature helps, with intervals."""
        helps, loss = self._helps(dataset, run.derive("minimisation").seed)
        return Measurement(
            estimates={
                f"gain[{name}]": Estimate.mean(
                    h.mean, h.standard_error, h.n, confidence=run.confidence, unit="of the loss"
                )
                for name, h in helps.items()
            },
            details={"features": len(helps), "loss": loss},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """Each gain against the limit, at a confidence that holds for all features together."""
        features = measurement.estimates
        joint = {
            name: estimate.at(1 - (1 - estimate.confidence) / len(features)) for name, estimate in features.items()
        }
        verdict = all_of(*(at_least(estimate, self.min_gain, name) for name, estimate in joint.items()))
        each = next(iter(joint.values())).confidence
        together = f"intervals at a confidence of {each:.4g} each, so that all {len(joint)} hold together"
        return attrs.evolve(verdict, message=f"{verdict.message} ({together})")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Leave out features until the use of each that is left is shown."""
        kept, dropped = dataset, list[str]()
        first = last = 0.0
        for attempt in range(_ROUNDS):
            helps, last = self._helps(kept, run.derive("search", attempt).seed)
            first = first if attempt else last
            margin = 3.0
            weak = [name for name, h in helps.items() if h.mean - margin * h.standard_error < self.min_gain]
            if not weak:
                break
            if len(weak) == len(helps):
                raise Unsupported("no feature can be shown to be of use; collect more records or other features")
            dropped += weak
            kept = dataset.with_frame(dataset.narwhals().drop(dropped).to_native())
        return Repair(
            subject=kept,
            changes=tuple(f"feature {name!r} left out" for name in dropped),
            cost={"prediction_loss": last - first, "columns_lost": float(len(dropped))},
        )

    def _helps(self, dataset: Dataset, seed: int) -> tuple[dict[str, Help], float]:
        from rqml_catalog.data_privacy.usefulness.encoding import encoded, outcome
        from rqml_catalog.data_privacy.usefulness.heldout import help_of_each, losses

        if dataset.target is None:
            raise MissingSubject("no target is named: give it by Dataset(..., target=column)")
        frame = dataset.to_pandas([*dataset.features, dataset.target]).dropna(subset=[dataset.target])
        if len(frame) < _FEWEST_ROWS or not dataset.features:
            raise InsufficientEvidence(
                f"{len(frame)} rows with a target: at least {_FEWEST_ROWS} and a feature are needed"
            )
        y, classes = outcome(frame[dataset.target])
        if len(set(y.tolist())) < 2:
            raise InsufficientEvidence("the target has one value only: nothing can be of use to predict it")
        full, shuffled = losses(encoded(frame[list(dataset.features)]), y, classes=classes, seed=seed)
        return dict(zip(dataset.features, help_of_each(full, shuffled), strict=True)), float(full.mean())

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Tables whose features all matter; tables with one or several features of noise."""
        usual, lenient = cls(min_gain=0.03), cls(min_gain=0.02)
        make = telling_tables.with_features
        yield satisfied("two features that matter", usual, lambda seed, _: make(seed, 2, 0))
        yield satisfied("three features that matter", usual, lambda seed, _: make(seed, 3, 0))
        yield satisfied("one feature", lenient, lambda seed, _: make(seed, 1, 0))
        yield violated("one of noise", usual, lambda seed, _: make(seed, 2, 1))
        yield violated("two of noise", usual, lambda seed, _: make(seed, 3, 2))
        yield violated("mostly noise", lenient, lambda seed, _: make(seed, 1, 3))
