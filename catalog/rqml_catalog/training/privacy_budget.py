"""PrivacyBudget: all that was ever released of a data set stays within one privacy budget."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from math import inf
from pathlib import Path
from typing import Any, ClassVar

import attrs
from attrs import validators as v

from rqml import (
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
    all_of,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence
from rqml_catalog.training.data_use import DataUse

ALLOWED = (
    "laplace",
    "gaussian",
    "randomised response",
    "diffprivlib.LogisticRegression",
    "diffprivlib.GaussianNB",
    "diffprivlib.DecisionTreeClassifier",
    "diffprivlib.RandomForestClassifier",
    "diffprivlib.StandardScaler",
    "diffprivlib.PCA",
    "rqml.LinearRegression",
)


_NUMBER: Any = v.and_(v.instance_of((int, float)), v.not_(v.instance_of(bool)))


def _tuple(value: Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@attrs.frozen(kw_only=True)
class PrivacyBudget(Requirement[DataUse]):
    """Everything that was released of a data set is private together.

    Requires:
        All fits, queries and releases in the ledger of a data set compose to at most `epsilon` at `delta` under
        `relation`, and to no more than the budget that the ledger has on record; each used an allowed mechanism; and
        the model at hand, if any, is one of them.
    Why:
        Each private release costs a little, and their sum is what an attacker sees. A model or table that was released
        outside the accounts voids every promise.
    Measured:
        The charges of the data set's ledger are composed (see `method`). Counted beside: charges whose claim does not
        hold under `relation`, charges by mechanisms that are not allowed, a model that no charge names, and whether the
        budget on record is exceeded. That one came with the first charge, and holds for every process; set_budget() of
        the ledger replaces it, with a reason that stays on record. A total may be a billionth above a budget, which is
        what sums of floating point are off by.
    Enforced:
        A model without a charge is trained again by its private counterpart (diffprivlib, with corrections) with what
        the budget leaves, which is charged in the same breath; bounds of the numbers and categories must be given.
        Where the budget is spent, nothing undoes it: the model is withdrawn and the ledger closed, so that nothing more
        is released. A rollback gives the old model back, but not the budget: the new model has been seen by then.
    False alarms:
        A data set that gained a row has another fingerprint and starts anew; name it by `key` to account for all its
        versions together.
    Blind spots:
        What was released without a charge, and mechanisms that leak more than they claim (TRN-02 audits those).
        "pld" is exact for charges that were fixed beforehand; choose "rdp" where they depend on earlier answers.
    References:
        Mironov, arXiv 1702.07476 and 1908.10530. Canonne et al., arXiv 2004.00010. Koskela et al., arXiv 1906.03049.

    Args:
        epsilon: largest epsilon of all releases together, > 0 and finite.
        delta: of the budget, in [0, 1); Gaussian noise needs more than 0.
        relation: neighbouring data sets that must be hard to tell apart.
        method: composition, "basic", "rdp" or "pld" (needs dp-accounting).
        mechanisms: names of the allowed mechanisms.
    """

    meta = Meta(
        id="TRN-01",
        title="privacy budget",
        statement="All releases of the data set have an epsilon of at most {epsilon} together (delta {delta}, "
        "{relation} one record).",
        remedy="release nothing more of these data, and train models privately within the budget, as enforce() does",
        stage=Stage.TRAINING,
        severity=Severity.CRITICAL,
        references=("AML.T0024.000", "ML04", "NISTAML.033", "GDPR 25", "GDPR 32"),
        cost=Cost.COMMIT,
    )

    excuses: ClassVar = {
        "rollback_restores_everything": "a ledger is never rewritten: what was spent stays spent, and a closed ledger "
        "stays closed, or rolling back would buy new releases"
    }

    epsilon: float = limit(default=1.0, stricter="lower", validator=v.and_(_NUMBER, v.gt(0.0), v.lt(inf)))
    delta: float = attrs.field(default=1e-6, validator=v.and_(_NUMBER, v.ge(0.0), v.lt(1.0)))
    relation: str = attrs.field(default="replace", validator=v.in_(("replace", "replace, same label", "add or remove")))
    method: str = attrs.field(default="rdp", validator=v.in_(("basic", "rdp", "pld")))
    mechanisms: tuple[str, ...] = attrs.field(
        default=ALLOWED, converter=_tuple, validator=v.deep_iterable(v.instance_of(str))
    )

    def measure(self, use: DataUse, run: Run) -> Measurement:
        """Compose the ledger, and count what is outside of it."""
        from rqml_catalog.training.accounting.composition import NO_BOUND, epsilon_together, without_bound
        from rqml_catalog.training.accounting.ledger import PrivacyLedger

        _check_rows(use)
        account = PrivacyLedger(use.ledger).account(use.account)
        charges = account.charges
        if not charges and use.model is None:
            raise InsufficientEvidence("no release of this data set is recorded: at least 1 is needed to judge")
        under = [charge.under(self.relation) for charge in charges]
        covered = [charge for charge in under if charge is not None]
        foreign = sorted({charge.mechanism for charge in charges} - set(self.mechanisms))
        known = {charge.model for charge in charges}
        counts = {
            "claims_under_other_relations": len(under) - len(covered),
            "foreign_mechanisms": len(foreign),
            "models_without_charge": int(use.model is not None and use.released_model not in known),
            "exceeded_budgets_on_record": sum(b.exceeded_by(charges) for b in account.budgets[-1:]),
        }
        spent = epsilon_together(covered, self.delta, self.method)
        estimates = {"epsilon": Estimate.exact(spent, n=len(charges))}
        estimates |= {name: Estimate.exact(count, n=len(charges)) for name, count in counts.items()}
        details = {"relation": self.relation, "charges": len(charges), "foreign_mechanisms": foreign}
        details["without_bound"] = without_bound(covered, self.delta) if spent >= NO_BOUND else ""
        details["budgets_on_record"] = [attrs.asdict(budget) for budget in account.budgets]
        return Measurement(estimates, details)

    def judge(self, measurement: Measurement) -> Judgement:
        """What was spent against the budget, and no exception to the accounts."""
        from rqml_catalog.training.accounting.composition import allowed

        found, relation = measurement.estimates, measurement.details["relation"]
        spent = at_most(found["epsilon"], allowed(self.epsilon), f"epsilon under {relation!r}")
        if measurement.details["without_bound"]:
            spent = attrs.evolve(spent, message=f"epsilon under {relation!r} is {measurement.details['without_bound']}")
        return all_of(
            spent,
            at_most(found["claims_under_other_relations"], 0, f"charges that claim nothing under {relation!r}"),
            at_most(found["foreign_mechanisms"], 0, "mechanisms that are not allowed"),
            at_most(found["models_without_charge"], 0, "models without a charge"),
            at_most(found["exceeded_budgets_on_record"], 0, "budgets on record that are exceeded"),
        )

    def repair(self, use: DataUse, run: Run) -> Repair:
        """The model trained again with what is left; or nothing more of these data."""
        from rqml_catalog.training.accounting.budget import Budget
        from rqml_catalog.training.accounting.refit import charged_refit, closed_use

        counts = self.measure(use, run).estimates
        alone = {name for name, count in counts.items() if name != "epsilon" and count.value > 0}
        if alone == {"models_without_charge"} and counts["epsilon"].value < self.epsilon:
            own = Budget(epsilon=self.epsilon, delta=self.delta, relation=self.relation, method=self.method)
            return charged_refit(use, own, self.mechanisms, run)
        return closed_use(use)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Ledgers within and beyond their budget, and models inside and outside of the accounts."""
        tenth = {"mechanism": "laplace", "epsilon": 0.1}
        needs = "" if importlib.util.find_spec("diffprivlib") else "private training needs rqml[dp] (diffprivlib)"
        yield satisfied("a few queries", cls(), _spent(tenth | {"count": 4}))
        yield satisfied(
            "noise accounted by divergence",
            cls(epsilon=5.0),
            _spent({"mechanism": "laplace", "noise": 10.0, "count": 80}),
        )
        yield satisfied("a model with its charge", cls(), _with_model(charged=True))
        yield violated("too many queries", cls(method="basic"), _spent(tenth | {"count": 18}))
        yield violated("a mechanism nobody knows", cls(), _spent({"mechanism": "home-made noise", "epsilon": 0.1}))
        yield violated("a claim for records of one label", cls(), _spent(tenth | {"relation": "replace, same label"}))
        yield violated("a model outside of the accounts", cls(), _with_model(charged=False), unrepairable=needs)


def _check_rows(use: DataUse) -> None:
    if not len(use.dataset):
        raise InsufficientEvidence("the data set has no records: at least 1 is needed")


def _spent(charge: dict[str, Any]) -> Any:
    def build(seed: int, folder: Path) -> DataUse:
        from rqml_catalog.training.accounting.charge import Charge
        from rqml_catalog.training.accounting.ledger import PrivacyLedger

        use = DataUse(_model(seed).train, folder / "privacy.sqlite")
        PrivacyLedger(use.ledger).record(use.account, Charge(**charge), at=0.0)
        return use

    return build


def _with_model(charged: bool) -> Any:
    def build(seed: int, folder: Path) -> DataUse:
        from rqml_catalog.training.accounting.charge import Charge
        from rqml_catalog.training.accounting.ledger import PrivacyLedger

        model = _model(seed)
        bounds = dict.fromkeys(model.features, (-4.0, 4.0))
        use = DataUse(model.train, folder / "privacy.sqlite", model, bounds=bounds)
        if charged:
            fit = Charge(mechanism="diffprivlib.LogisticRegression", kind="fit", epsilon=0.6, model=use.released_model)
            PrivacyLedger(use.ledger).record(use.account, fit, at=0.0)
        return use

    return build


def _model(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    from rqml_catalog.scenarios.classifiers import trained

    return trained(LogisticRegression(), 120, seed)
