"""Repairs of a privacy budget: a private refit that is charged as it is made, and a ledger that is closed."""

from __future__ import annotations

import attrs

from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml.verdict import Repair
from rqml_catalog.techniques.private_refit import RELATION, counterpart_mechanisms, private_refit
from rqml_catalog.techniques.refits import accuracy_lost
from rqml_catalog.training.accounting.budget import Budget
from rqml_catalog.training.accounting.charge import Charge
from rqml_catalog.training.accounting.ledger import PrivacyLedger
from rqml_catalog.training.data_use import DataUse

LEAST = 0.01  # an epsilon below this leaves nothing to learn


def charged_refit(use: DataUse, budget: Budget, allowed: tuple[str, ...], run: Run) -> Repair:
    """The model's private counterpart, with all that this budget and the one on record leave; charged first.

    Noise is drawn from the operating system, never from the run's seed: who knows the seed could take it away.

    Raises:
        MissingSubject: bounds of features are missing.
        Unsupported: there is no counterpart, it is not allowed, or its claim does not hold under the relation.
        InsufficientEvidence: the budget leaves too little to learn anything.
    """
    model = use.model
    if model is None:
        raise MissingSubject("there is no model to train again")
    _check_allowed(model, budget.relation, allowed)
    ledger = PrivacyLedger(use.ledger)
    account = ledger.account(use.account)
    left = min(each.left_after(account.charges) for each in (budget, *account.budgets[-1:]))
    if left < LEAST:
        raise InsufficientEvidence(f"the budget leaves an epsilon of {left:.2g}, and at least {LEAST:g} is needed")
    X, y = model.arrays(model.train)
    refit = private_refit(
        model.estimator, X, y,
        epsilon=left, bounds=use.bounds, features=model.features, target=model.train.target or "",
    )  # fmt: skip
    trained = model.with_estimator(refit.estimator)
    repaired = attrs.evolve(use, model=trained)
    charge = Charge(mechanism=refit.mechanisms[-1], kind="fit", epsilon=left, model=repaired.released_model)

    def spend() -> None:
        ledger.spend(use.account, charge, epsilon=budget.epsilon, delta=budget.delta, method=budget.method)

    change = f"trained again by {', '.join(refit.mechanisms)} with epsilon {left:.3g} under {RELATION!r}"
    return Repair(repaired, changes=(change,), cost=_cost(model, trained, left, run), apply=spend)


def closed_use(use: DataUse) -> Repair:
    """The same use of data without its model, and with a ledger that refuses every further charge."""
    ledger = PrivacyLedger(use.ledger)
    changes = ["the ledger is closed for this data set"]
    changes += [] if use.model is None else ["the model is withdrawn"]
    return Repair(
        attrs.evolve(use, model=None),
        changes=tuple(changes),
        apply=lambda: ledger.close(use.account),
        contained="what was spent cannot be taken back, and nothing more is released",
    )


def _check_allowed(model: TrainedModel, relation: str, allowed: tuple[str, ...]) -> None:
    if model.fit is not None:
        raise Unsupported("this model is trained by a function of its own: make that private, and charge it")
    if relation == "add or remove":
        raise Unsupported(
            f"private training claims something under {RELATION!r} only (the number of records is public): ask for a "
            "budget under that relation"
        )
    foreign = set(counterpart_mechanisms(model.estimator)) - set(allowed)
    if foreign:
        raise Unsupported(f"the private counterpart is not among the allowed mechanisms: {', '.join(sorted(foreign))}")


def _cost(before: TrainedModel, after: TrainedModel, epsilon: float, run: Run) -> dict[str, float | Estimate]:
    if before.test is None or len(before.test) < 2:
        return {"epsilon": epsilon}
    if "rqml.LinearRegression" in counterpart_mechanisms(before.estimator):
        return {"epsilon": epsilon, "squared_error": _error_added(before, after, run.confidence)}
    return {"epsilon": epsilon, "accuracy": accuracy_lost(before, after, run.confidence)}


def _error_added(before: TrainedModel, after: TrainedModel, confidence: float) -> Estimate:
    """Mean squared error of the new model minus the old one's, as a share of the held-out target's variance."""
    import numpy as np

    X, y = before.arrays(before.test)  # type: ignore[arg-type]
    added = ((after.predict(X) - y) ** 2 - (before.predict(X) - y) ** 2) / (float(np.var(y)) or 1.0)
    error = float(added.std(ddof=1)) / len(added) ** 0.5
    return Estimate.mean(float(added.mean()), error, len(added), confidence=confidence, unit="share of variance")
