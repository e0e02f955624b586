"""SpecialCategoryProxy: the features that are kept do not tell protected attributes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml.verdict import Assurance
from rqml_catalog.scenarios import telling_tables


@attrs.frozen(kw_only=True)
class SpecialCategoryProxy(Requirement[Dataset]):
    """Protected attributes cannot be told from the kept features much better than by chance.

    Requires:
        A Dataset with roles={"protected": columns}; groups of fewer than 30 records are left aside.
    Why:
        A district or a first name stands for origin or religion: leaving out the protected column alone does not keep
        a model from treating its groups differently.
    Measured:
        For each protected attribute the balanced accuracy of a boosted tree model on held-out records, beyond chance
        (0: guessing, 1: knowing), with a normal interval. Numbers are cut into quartiles.
    Enforced:
        The features that tell most are left out, one at a time, until the attribute is not told any more.
    False alarms:
        Features that must tell, such as a diagnosis that only women have: raise the limit for them knowingly.
    Blind spots:
        A PASS is empirical: another model may tell more. The protected columns themselves are taken as not kept.
    References:
        GDPR Art. 9; AI Act Art. 10; Feldman et al., Certifying and removing disparate impact, KDD 2015, section 4.

    Args:
        max_advantage: largest balanced accuracy beyond chance, in (0, 1).
    """

    meta = Meta(
        id="PII-08",
        title="no proxies of special categories",
        statement="Protected attributes are told from the other features by at most {max_advantage} beyond chance.",
        remedy="leave out or coarsen the features that stand for them: enforce() leaves them out",
        stage=Stage.INGESTION,
        severity=Severity.HIGH,
        references=("AISVS-v1.0-C1.3.3", "AI Act 10(5)", "GDPR 9"),
        cost=Cost.RELEASE,
    )

    max_advantage: float = limit(
        default=0.2, stricter="lower", validator=v.and_(v.instance_of((int, float)), v.gt(0), v.lt(1))
    )

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """How far beyond chance each protected attribute is told."""
        from rqml_catalog.data_privacy.usefulness.proxies import advantage

        estimates = {}
        features = self._features(dataset)
        for name, X, group in self._attributes(dataset, features):
            seed = run.derive("proxy", name).seed
            value, low, high = advantage(X, group, seed=seed, confidence=run.confidence)
            estimates[f"advantage[{name}]"] = Estimate.interval(
                value, low, high, confidence=run.confidence, n=len(group), unit="beyond chance"
            )
        return Measurement(estimates=estimates, details={"features": len(features)}, assurance=Assurance.EMPIRICAL)

    def judge(self, measurement: Measurement) -> Judgement:
        """Every advantage against the limit."""
        return all_of(*(at_most(e, self.max_advantage, name) for name, e in measurement.estimates.items()))

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Leave out the most telling feature until every upper bound is within the limit."""
        from rqml_catalog.data_privacy.usefulness.proxies import advantage, strongest

        dropped: list[str] = []
        for name in _protected(dataset):
            while True:
                features = [feature for feature in self._features(dataset) if feature not in dropped]
                if not features:
                    raise Unsupported(f"every feature tells {name!r}: none would be left")
                _, X, group = next(a for a in self._attributes(dataset, features) if a[0] == name)
                seed = run.derive("search", name, len(features)).seed
                _, _, high = advantage(X, group, seed=seed, confidence=run.confidence)
                if high <= self.max_advantage:
                    break
                dropped.append(features[strongest(X, group, seed=seed)])
                run.check_deadline()
        kept = dataset.with_frame(dataset.narwhals().drop(dropped).to_native())
        changes = tuple(f"feature {name!r} left out" for name in dropped)
        return Repair(subject=kept, changes=changes, cost={"columns_lost": float(len(dropped))})

    def _features(self, dataset: Dataset) -> list[str]:
        protected = _protected(dataset)
        return [feature for feature in dataset.features if feature not in protected]

    def _attributes(self, dataset: Dataset, features: list[str]) -> Iterable[tuple[str, Any, Any]]:
        """Name, features as numbers and groups of each protected attribute, rare groups left out."""
        from rqml_catalog.data_privacy.usefulness.encoding import encoded
        from rqml_catalog.data_privacy.usefulness.proxies import groups

        protected = _protected(dataset)
        if not features:
            raise InsufficientEvidence("no feature is kept beside the protected attributes")
        frame = dataset.to_pandas([*features, *protected])
        X = encoded(frame[features])
        for name in protected:
            group = groups(frame[name])
            known = group >= 0
            if len(set(group[known].tolist())) < 2:
                raise InsufficientEvidence(f"{name!r} has fewer than two groups of 30 records")
            yield name, X[known], group[known]

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Tables in which a district tells the origin half to two thirds, or 1.5 to 2 times, as well as allowed."""
        usual, lenient = cls(), cls(max_advantage=0.4)
        make = telling_tables.with_proxy
        yield satisfied("no proxy", usual, lambda seed, _: make(seed, 0.0))
        yield satisfied("weak proxy", usual, lambda seed, _: make(seed, 0.1))
        yield satisfied("proxy within a wider limit", lenient, lambda seed, _: make(seed, 0.27))
        yield violated("proxy half beyond", usual, lambda seed, _: make(seed, 0.3))
        yield violated("proxy twice the limit", usual, lambda seed, _: make(seed, 0.4))
        yield violated("strong proxy", lenient, lambda seed, _: make(seed, 0.6))


def _protected(dataset: Dataset) -> tuple[str, ...]:
    role = dataset.roles.get("protected", ())
    if not role:
        raise MissingSubject("no protected attribute is named: give it by Dataset(..., roles={'protected': column})")
    return (role,) if isinstance(role, str) else tuple(role)
