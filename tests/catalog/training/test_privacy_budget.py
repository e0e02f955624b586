"""TRN-01: accounting against references and laws, a ledger that nobody overspends, private refits and bad input."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, EnforcementStatus, Reason
from rqml.errors import EvidenceError, InvalidParameter, InvalidSubject, MissingSubject, Unsupported
from rqml_catalog.scenarios.classifiers import trained
from rqml_catalog.techniques.private_refit import private_refit, to_unit_box
from rqml_catalog.training import DataUse, PrivacyBudget
from rqml_catalog.training.accounting.budget import Budget
from rqml_catalog.training.accounting.charge import Charge
from rqml_catalog.training.accounting.composition import NO_BOUND, epsilon_together, remaining
from rqml_catalog.training.accounting.ledger import BudgetExceeded, PrivacyLedger

TENTH = Charge(mechanism="laplace", epsilon=0.1)
DP_SGD = Charge(
    mechanism="gaussian", noise=1.1, sampling_rate=256 / 60000, count=60 * 234, relation="add or remove", kind="fit"
)


def test_dp_sgd_costs_what_the_reference_says():
    assert epsilon_together([DP_SGD], 1e-5, "rdp") == pytest.approx(2.594, abs=2e-3)


def test_privacy_loss_distributions_give_the_reference_figures():
    pytest.importorskip("dp_accounting", reason="dp-accounting is not installed")
    assert epsilon_together([DP_SGD], 1e-5, "pld") == pytest.approx(2.380, abs=1e-3)
    hundred = Charge(mechanism="laplace", noise=10.0, count=100)
    assert epsilon_together([hundred], 1e-6, "pld") == pytest.approx(4.693, abs=1e-3)


def test_without_dp_accounting_pld_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "dp_accounting.pld.privacy_loss_distribution", None)
    with pytest.raises(Unsupported, match="pip install"):
        epsilon_together([TENTH], 1e-6, "pld")


charges = st.lists(
    st.builds(
        Charge,
        mechanism=st.sampled_from(["laplace", "gaussian"]),
        noise=st.floats(0.5, 50.0),
        count=st.integers(1, 30),
    )
    | st.builds(Charge, mechanism=st.just("other"), epsilon=st.floats(0.0, 2.0), count=st.integers(1, 5)),
    min_size=1,
    max_size=4,
)


@given(charges=charges, more=charges)
@settings(max_examples=60)
def test_composition_is_bounded_by_basic_grows_and_forgets_the_order(charges, more):
    for method in ("basic", "rdp"):
        alone = epsilon_together(charges, 1e-6, method)
        assert alone <= epsilon_together(charges, 1e-6, "basic") + 1e-9
        assert alone == pytest.approx(epsilon_together(charges[::-1], 1e-6, method), rel=1e-9, abs=1e-9)
        if method == "rdp" and alone < epsilon_together(charges, 1e-6, "basic"):
            assert epsilon_together(charges + more, 1e-6, "rdp") >= alone - 1e-9


@given(scale=st.floats(0.3, 30.0))
@settings(max_examples=15)
def test_divergence_of_laplace_is_the_integral(scale):
    from rqml_catalog.training.accounting.renyi import ORDERS, renyi

    x = np.linspace(-60 * scale, 60 * scale + 1, 200_001)
    p, q = (np.exp(-np.abs(x - shift) / scale) / (2 * scale) for shift in (0.0, 1.0))
    index = int(np.searchsorted(ORDERS, 2.95))
    order = ORDERS[index]
    integral = np.log(np.sum((p / q) ** order * q) * (x[1] - x[0])) / (order - 1)
    assert renyi(Charge(mechanism="laplace", noise=scale))[index] == pytest.approx(integral, rel=2e-3, abs=1e-6)


@given(epsilon=st.floats(0.0, 20.0))
def test_divergence_of_a_pure_claim_stays_within_it_and_holds_that_of_laplace(epsilon):
    from rqml_catalog.training.accounting.renyi import renyi

    pure = renyi(Charge(mechanism="any", epsilon=epsilon))
    assert (pure <= epsilon + 1e-9).all()
    if epsilon > 0.01:
        assert (renyi(Charge(mechanism="laplace", noise=1 / epsilon)) <= pure + 1e-9).all()


def test_gaussian_noise_needs_a_delta():
    normal = Charge(mechanism="gaussian", noise=5.0)
    assert epsilon_together([normal], 0.0, "basic") == NO_BOUND
    assert epsilon_together([normal], 1e-5, "basic") < 2.0


@pytest.mark.parametrize(("method", "delta"), [("basic", 0.0), ("rdp", 0.0), ("rdp", 1e-6)])
@given(parts=st.integers(2, 40), each=st.sampled_from([0.1, 0.3, 1 / 3, 0.7, 1.1]))
@settings(max_examples=15, deadline=None)
def test_a_budget_buys_as_many_equal_parts_as_it_has_and_not_one_crumb_more(method, delta, parts, each):
    charge, budget = Charge(mechanism="any", epsilon=each), Budget(epsilon=each, delta=delta, method=method)
    exact = attrs.evolve(budget, epsilon=float(Fraction(repr(each)) * parts), relation="replace")
    assert not exact.exceeded_by([charge] * parts)
    if method == "basic":
        crumb = Charge(mechanism="any", epsilon=exact.epsilon * 2e-9)
        assert exact.exceeded_by([charge] * parts + [crumb])
        crumbs = [Charge(mechanism="any", epsilon=exact.epsilon * 5e-10)] * 3
        assert exact.exceeded_by([charge] * parts + crumbs)  # one by one, too


def test_three_tenths_fit_three_tenths(tmp_path):
    use = use_of(LogisticRegression(), tmp_path)
    ledger, use = PrivacyLedger(use.ledger), DataUse(use.dataset, use.ledger)
    for _ in range(3):
        ledger.spend(use.account, TENTH, epsilon=0.3, method="basic")
    assert PrivacyBudget(epsilon=0.3, method="basic").check(use).status is CheckStatus.PASS
    with pytest.raises(BudgetExceeded):
        ledger.spend(use.account, Charge(mechanism="laplace", epsilon=1e-6), epsilon=0.3, method="basic")


def test_what_no_epsilon_bounds_is_said_in_words(tmp_path):
    use = use_of(LogisticRegression(), tmp_path)
    ledger, use = PrivacyLedger(use.ledger), DataUse(use.dataset, use.ledger)
    normal = Charge(mechanism="gaussian", noise=5.0)
    with pytest.raises(BudgetExceeded, match=r"normal noise has an epsilon at a delta above 0 only"):
        ledger.spend(use.account, normal, epsilon=1.0)
    ledger.record(use.account, normal)
    result = PrivacyBudget(delta=0.0).check(use)
    assert result.status is CheckStatus.FAIL
    assert "normal noise has an epsilon at a delta above 0 only" in result.message
    ledger.record(use.account, Charge(mechanism="laplace", epsilon=0.1, delta=0.5))
    assert "deltas of the releases use up" in PrivacyBudget().check(use).message


@pytest.mark.parametrize("method", ["basic", "rdp"])
def test_what_remains_is_what_still_fits(method):
    spent = [Charge(mechanism="laplace", noise=20.0, count=10)]
    left = remaining(spent, 1.0, 1e-6, method)
    assert epsilon_together([*spent, Charge(mechanism="x", epsilon=left)], 1e-6, method) <= 1.0
    assert epsilon_together([*spent, Charge(mechanism="x", epsilon=left + 0.01)], 1e-6, method) > 1.0


def test_replacing_costs_twice_what_adding_does_and_same_label_claims_nothing_else():
    added = Charge(mechanism="x", epsilon=0.5, delta=1e-6, relation="add or remove")
    replaced = added.under("replace")
    assert replaced.epsilon == 1.0
    assert replaced.delta == pytest.approx((1 + math.e**0.5) * 1e-6)
    assert Charge(mechanism="x", epsilon=1.0, relation="replace, same label").under("replace") is None
    assert Charge(mechanism="x", epsilon=1.0).under("add or remove") is None
    assert DP_SGD.under("replace") is None
    assert Charge(mechanism="gaussian", noise=2.0, relation="add or remove").under("replace").noise == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"epsilon": 1.0, "noise": 1.0},
        {"epsilon": -1.0},
        {"epsilon": math.inf},
        {"epsilon": math.nan},
        {"noise": 1.0},
        {"epsilon": 1.0, "sampling_rate": 0.5},
        {"epsilon": 1.0, "count": 0},
        {"epsilon": 1.0, "delta": 1.0},
        {"epsilon": "1"},
        {"epsilon": 1.0, "count": 1.5},
        {"epsilon": 1.0, "count": True},
        {"epsilon": True},
        {"epsilon": 1.0, "delta": False},
    ],
)
def test_charges_that_mean_nothing_are_refused(wrong):
    with pytest.raises(InvalidParameter, match="Charge"):
        Charge(mechanism="home-made", **wrong)


SPENDER = """
import sys
from rqml_catalog.training.accounting.charge import Charge
from rqml_catalog.training.accounting.ledger import BudgetExceeded, PrivacyLedger
ledger, done = PrivacyLedger(sys.argv[1]), 0
for _ in range(12):
    try:
        ledger.spend("people", Charge(mechanism="laplace", epsilon=0.1), epsilon=float(sys.argv[2]), method="basic")
        done += 1
    except BudgetExceeded:
        pass
print(done)
"""


@pytest.mark.parametrize("second", ["1.0", "50.0"], ids=["the same budget", "a larger budget"])
def test_two_processes_do_not_overspend_whatever_budget_the_second_one_brings(tmp_path, second):
    ledger = PrivacyLedger(tmp_path / "ledger.sqlite")
    ledger.set_budget("people", Budget(epsilon=1.0, method="basic"))
    command = [sys.executable, "-c", SPENDER, str(ledger.path)]
    both = [subprocess.Popen([*command, own], stdout=subprocess.PIPE, text=True) for own in ("1.0", second)]
    done = [int(process.communicate(timeout=60)[0]) for process in both]
    assert sum(done) in (9, 10)  # ten times .1 is a hair above 1 in binary
    assert len(ledger.charges("people")) == sum(done)
    assert epsilon_together(ledger.charges("people"), 0.0, "basic") <= 1.0


def test_the_first_charge_writes_its_budget_down_and_raising_it_leaves_a_record(tmp_path):
    ledger = PrivacyLedger(tmp_path / "ledger.sqlite")
    assert ledger.budget("people") is None
    ledger.spend("people", TENTH, epsilon=0.25, method="basic")
    assert ledger.budget("people").epsilon == 0.25
    ledger.spend("people", TENTH, epsilon=9.0, method="basic")  # fits the one on record too
    with pytest.raises(BudgetExceeded, match=r"above the budget on record of 0\.25"):
        ledger.spend("people", TENTH, epsilon=9.0, method="basic")
    with pytest.raises(InvalidParameter, match="needs a reason"):
        ledger.set_budget("people", Budget(epsilon=9.0, method="basic"))
    ledger.set_budget("people", Budget(epsilon=9.0, method="basic", reason="ethics board, 3 May"))
    ledger.spend("people", TENTH, epsilon=9.0, method="basic")
    assert [(b.epsilon, bool(b.reason)) for b in ledger.account("people").budgets] == [(0.25, True), (9.0, True)]
    with pytest.raises(BudgetExceeded, match=r"above the budget of 0\.3"):
        ledger.spend("people", TENTH, epsilon=0.3, method="basic")


def test_a_refused_first_charge_sets_no_budget(tmp_path):
    ledger = PrivacyLedger(tmp_path / "ledger.sqlite")
    with pytest.raises(BudgetExceeded):
        ledger.spend("people", TENTH, epsilon=0.05)
    assert ledger.budget("people") is None


def test_a_larger_requirement_neither_refits_nor_passes_beyond_the_budget_on_record(tmp_path):
    use = use_of(LogisticRegression(), tmp_path)
    ledger = PrivacyLedger(use.ledger)
    ledger.set_budget(use.account, Budget(epsilon=1.0))
    ledger.record(use.account, Charge(mechanism="laplace", epsilon=0.995))
    refit = PrivacyBudget(epsilon=50.0).enforce(use)
    assert refit.status is EnforcementStatus.INCOMPLETE
    assert "the budget leaves" in refit.message
    ledger.record(use.account, TENTH)
    bare = DataUse(use.dataset, use.ledger)
    result = PrivacyBudget(epsilon=50.0).check(bare)
    assert result.status is CheckStatus.FAIL
    assert "budgets on record that are exceeded" in result.message
    assert result.details["budgets_on_record"][0]["epsilon"] == 1.0


def test_a_refused_charge_leaves_no_trace(tmp_path):
    ledger = PrivacyLedger(tmp_path / "new" / "ledger.sqlite")
    assert ledger.spend("a", TENTH, epsilon=0.15, method="basic") == 0.1
    with pytest.raises(BudgetExceeded, match=r"above the budget of 0\.15"):
        ledger.spend("a", TENTH, epsilon=0.15, method="basic")
    assert ledger.charges("a") == (TENTH,)
    assert ledger.charges("b") == ()
    assert ledger.spend("b", TENTH, epsilon=0.15, method="basic") == 0.1


def test_a_charge_without_a_claim_under_the_relation_blocks_the_budget(tmp_path):
    ledger = PrivacyLedger(tmp_path / "ledger.sqlite")
    ledger.record("a", Charge(mechanism="x", epsilon=0.1, relation="replace, same label"))
    with pytest.raises(BudgetExceeded):
        ledger.spend("a", TENTH, epsilon=10.0)


def test_a_file_that_is_no_ledger_is_no_empty_ledger(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_text("not a database, but long enough to be looked at " * 50)
    with pytest.raises(EvidenceError, match="cannot be read"):
        PrivacyLedger(path).charges("a")
    with pytest.raises(EvidenceError, match="nothing may be released"):
        PrivacyLedger(path).record("a", TENTH)
    use = DataUse(trained(LogisticRegression(), 60, 0).train, path)
    assert PrivacyBudget().check(use).status is CheckStatus.INCOMPLETE


def test_an_entry_that_others_wrote_is_found(tmp_path):
    import sqlite3

    ledger = PrivacyLedger(tmp_path / "ledger.sqlite")
    ledger.record("a", TENTH)
    with sqlite3.connect(ledger.path) as connection:
        connection.execute('UPDATE charge SET body = \'{"mechanism": "x", "epsilon": -5}\'')
    with pytest.raises(EvidenceError, match="changed by others"):
        ledger.charges("a")


def test_an_entry_of_a_newer_version_is_not_passed_over(tmp_path):
    import sqlite3

    ledger = PrivacyLedger(tmp_path / "ledger.sqlite")
    ledger.record("a", TENTH)
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("UPDATE charge SET body = json_set(body, '$.curve', 'tight')")
    with pytest.raises(EvidenceError, match="newer rqml"):
        ledger.spend("a", TENTH, epsilon=10.0)


def test_a_ledger_that_cannot_be_written_lets_nothing_be_released(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "ledger.sqlite"):
        with pytest.raises(EvidenceError, match="nothing may be released"):
            PrivacyLedger(path).spend("a", TENTH, epsilon=10.0)


def use_of(estimator, tmp_path, *, bounds=True, rows=400):
    model = trained(estimator, rows, 0, label_noise=0.0)
    box = dict.fromkeys(model.features, (-4.0, 4.0)) if bounds else {}
    return DataUse(model.train, tmp_path / "ledger.sqlite", model, bounds=box)


def test_a_spent_budget_closes_the_ledger_for_good(tmp_path):
    use = use_of(LogisticRegression(), tmp_path)
    PrivacyLedger(use.ledger).record(use.account, Charge(mechanism="laplace", epsilon=2.0))
    planned = PrivacyBudget().enforce(use, dry_run=True)
    assert not PrivacyLedger(use.ledger).is_closed(use.account)
    assert planned.changes
    enforced = PrivacyBudget().enforce(use)
    assert enforced.status is EnforcementStatus.CONTAINED
    assert enforced.subject.model is None
    enforced.rollback()
    with pytest.raises(BudgetExceeded, match="closed"):
        PrivacyLedger(use.ledger).spend(use.account, TENTH, epsilon=100.0)


def test_nothing_recorded_is_no_evidence(tmp_path):
    use = DataUse(trained(LogisticRegression(), 60, 0).train, tmp_path / "ledger.sqlite")
    result = PrivacyBudget().check(use)
    assert result.reason is Reason.INSUFFICIENT_EVIDENCE
    assert not use.ledger.exists()


def test_a_key_accounts_for_all_versions_of_the_data(tmp_path):
    first, second = (trained(LogisticRegression(), 60, seed).train for seed in (0, 1))
    ledger = PrivacyLedger(tmp_path / "ledger.sqlite")
    ledger.record("people", Charge(mechanism="laplace", epsilon=2.0))
    for data in (first, second):
        assert PrivacyBudget().check(DataUse(data, ledger.path, key="people")).status is CheckStatus.FAIL


def test_parts_that_do_not_fit_are_refused(tmp_path):
    model, other = (trained(LogisticRegression(), 60, seed) for seed in (0, 1))
    with pytest.raises(InvalidSubject, match="trained on other data"):
        DataUse(model.train, tmp_path / "l", other)
    with pytest.raises(InvalidSubject, match="lowest < highest"):
        DataUse(model.train, tmp_path / "l", bounds={"age": (1, 1)})
    for endless in ((0, math.inf), (-math.inf, 0), (math.nan, 1)):
        with pytest.raises(InvalidSubject, match="both finite"):
            DataUse(model.train, tmp_path / "l", bounds={"age": endless})
    with pytest.raises(InvalidSubject, match="path of its file"):
        DataUse(model.train, None)
    assert DataUse(model.train, PrivacyLedger(tmp_path / "l")).ledger == tmp_path / "l"
    with pytest.raises(InvalidSubject, match="bounds are given as"):
        DataUse(model.train, tmp_path / "l", bounds={"age": 3})


@given(value=st.floats(-1e6, 1e6), low=st.floats(-100, 99))
def test_unit_box_holds_whatever_comes(value, low):
    unit = to_unit_box([[value]], np.array([low]), np.array([100.0]))[0, 0]
    assert -1.0 <= unit <= 1.0
    if low <= value <= 100.0:
        assert unit == pytest.approx(2 * (value - low) / (100.0 - low) - 1.0)


@pytest.mark.parametrize("estimator", [SVC(), Ridge(), make_pipeline(StandardScaler(), SVC())], ids=repr)
def test_what_has_no_counterpart_that_holds_is_unsupported(estimator):
    X, y = np.zeros((60, 2)), np.arange(60) % 2
    with pytest.raises(Unsupported, match="counterpart"):
        private_refit(estimator, X, y, epsilon=1.0, bounds={"a": (0, 1), "b": (0, 1)}, features=["a", "b"])


def test_bounds_are_never_taken_from_the_records(tmp_path):
    with pytest.raises(MissingSubject, match="have none: b"):
        private_refit(
            GaussianNB(), np.zeros((60, 2)), np.arange(60) % 2, epsilon=1.0, bounds={"a": (0, 1)}, features="ab"
        )
    enforced = PrivacyBudget().enforce(use_of(LogisticRegression(), tmp_path, bounds=False))
    assert enforced.status is EnforcementStatus.INCOMPLETE
    assert "bounds of every feature" in enforced.message


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_missing_values_are_unsupported(bad):
    X = np.zeros((60, 1))
    X[3] = bad
    with pytest.raises(Unsupported, match="missing or infinite"):
        private_refit(GaussianNB(), X, np.arange(60) % 2, epsilon=1.0, bounds={"a": (0, 1)}, features=["a"])


PRIVATE = {
    "logistic": (LogisticRegression(), 0.75),
    "naive Bayes": (GaussianNB(), 0.6),
    "tree": (DecisionTreeClassifier(), 0.4),
    "forest": (RandomForestClassifier(), 0.4),
    "given scale": (make_pipeline(MinMaxScaler(), LogisticRegression()), 0.75),
    "scaled": (make_pipeline(StandardScaler(), LogisticRegression()), 0.5),
    "components": (make_pipeline(PCA(4), LogisticRegression()), 0.4),
}


@pytest.mark.parametrize("name", PRIVATE)
def test_enforce_trains_the_counterpart_and_charges_it(name, tmp_path):
    pytest.importorskip("diffprivlib", reason="diffprivlib is not installed (rqml[dp])")
    estimator, least = PRIVATE[name]
    use = use_of(estimator, tmp_path, rows=3000)
    requirement = PrivacyBudget(epsilon=4.0)
    enforced = requirement.enforce(use)
    assert enforced.status is EnforcementStatus.SUCCESS, enforced.message
    (charge,) = PrivacyLedger(use.ledger).charges(use.account)
    assert charge.relation == "replace"
    assert 3.9 < charge.epsilon <= 4.0
    X, y = use.model.arrays(use.model.test)
    assert np.mean(enforced.subject.model.predict(X) == y) > least
    assert requirement.check(enforced.subject).passed
    assert requirement.enforce(use).status is not EnforcementStatus.SUCCESS  # nothing is left


def test_two_refits_draw_different_noise(tmp_path):
    pytest.importorskip("diffprivlib", reason="diffprivlib is not installed (rqml[dp])")
    coefficients = []
    for name in "ab":
        enforced = PrivacyBudget().enforce(use_of(LogisticRegression(), tmp_path / name))
        coefficients.append(enforced.subject.model.estimator[-1].coef_)
    assert not np.allclose(*coefficients)


@pytest.mark.parametrize(
    ("epsilon", "delta"),
    [(math.nan, 0.0), (math.inf, 0.0), (-1.0, 0.0), (1.0, math.nan), (1.0, 2.0), ("1", 0.0), (1.0, "0"), (None, 0.0)],
)
def test_a_budget_that_is_no_number_buys_nothing(tmp_path, epsilon, delta):
    ledger = PrivacyLedger(tmp_path / "budget.sqlite")
    with pytest.raises(InvalidParameter, match="finite epsilon"):
        ledger.spend("d", Charge(mechanism="laplace", epsilon=40.0), epsilon=epsilon, delta=delta, method="basic")
    assert ledger.spend("d", Charge(mechanism="laplace", epsilon=1.0), epsilon=1.0, method="basic") == 1.0


@pytest.mark.parametrize(
    "wrong", [{"epsilon": value} for value in ("1", math.inf, math.nan, 0, True)] + [{"delta": "0"}]
)
def test_requirements_of_no_budget_are_refused(wrong):
    with pytest.raises(InvalidParameter, match=f"PrivacyBudget: {next(iter(wrong))}"):
        PrivacyBudget(**wrong)
