"""TRN-02 and the bounds behind it: golden figures, level, power, and bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, Run
from rqml.errors import InvalidSubject, RqmlError
from rqml_catalog.scenarios.mechanisms import NoisySum, RandomisedResponse
from rqml_catalog.training import PrivacyAudit
from rqml_catalog.training.audit import bounds
from rqml_catalog.training.audit.canaries import epsilon_of_scores, hull
from rqml_catalog.training.audit.events import epsilon_of_events, lowest_bits
from rqml_catalog.training.audit.neighbours import check_neighbours
from rqml_catalog.training.audit.one_run import epsilon_of_guesses
from rqml_catalog.training.audit.power import ONE_RUN, REPEATED, power_of, runs_needed, smallest_shown, tolerable
from rqml_catalog.training.mechanism import Mechanism

RECORDS = np.zeros(20)
NEIGHBOUR = np.r_[1.0, np.zeros(19)]
GOLDEN = [  # canaries, distance of the means, one run, Clopper-Pearson, one run f-DP: jax_privacy 2.0.0
    (1000, 1, 1.459, 1.219, 1.960),
    (1000, 2, 2.878, 2.745, 4.318),
    (1000, 3, 3.544, 3.467, 5.508),
    (5000, 1, 1.248, 1.743, 2.348),
]


def test_golden_figures_of_jax_privacy():
    rng = np.random.default_rng(0)
    for m, mu, *expected in GOLDEN:
        inside, outside = rng.normal(mu, 1, m // 2), rng.normal(0, 1, m // 2)
        found = [
            epsilon_of_scores(inside, outside, method=method, delta=1e-5)
            for method in ("one run", "clopper-pearson", "one run, f-DP")
        ]
        assert found == pytest.approx(expected, abs=6e-4)


@given(n=st.integers(1, 200), data=st.data())
def test_clopper_pearson_bound_is_the_ratio_of_scipy_limits(n, data):
    hits, false_hits = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    low = binomtest(hits, n).proportion_ci(0.95, "exact").low
    high = binomtest(false_hits, n).proportion_ci(0.95, "exact").high
    expected = max(0.0, math.log(low / high)) if low > 0 else 0.0
    assert bounds.clopper_pearson(hits, n, false_hits, n, alpha=0.05, delta=0.0) == pytest.approx(expected, abs=1e-9)


@given(guesses=st.integers(2, 60), seed=st.integers(0, 99))
@settings(max_examples=30)
def test_more_correct_guesses_prove_no_less(guesses, seed):
    correct = int(np.random.default_rng(seed).integers(1, guesses))
    for bound in (bounds.one_run, bounds.one_run_f_dp):
        fewer = bound(200, guesses, correct, alpha=0.05, delta=1e-5)
        assert bound(200, guesses, correct + 1, alpha=0.05, delta=1e-5) >= fewer - 1e-5


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 4.0])
def test_gaussian_sigma_meets_its_delta_on_a_fine_grid(epsilon):
    sigma = bounds.gaussian_sigma(epsilon, 1e-3)
    x = np.linspace(-12 * sigma, 12 * sigma + 1, 2_000_001)
    density = np.exp(-0.5 * (x / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    shifted = np.exp(-0.5 * ((x - 1) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    delta = np.maximum(shifted - math.exp(epsilon) * density, 0).sum() * (x[1] - x[0])
    assert delta == pytest.approx(1e-3, rel=1e-4)


def test_hull_holds_the_corners_that_matter():
    cuts = hull(np.array([3.0, 2.0, 1.0]), np.array([2.5, 0.0, 0.5]))
    assert cuts[0][1:] == (3, 3)
    assert cuts[-1][1:] == (0, 0)
    assert (1.0, 3, 1) in cuts


@pytest.mark.parametrize(
    ("release", "epsilon"), [(NoisySum("laplace", 1.0), 1.0), (RandomisedResponse(0.75), math.log(3))]
)
def test_bounds_exceed_the_true_epsilon_no_more_often_than_allowed(release, epsilon):
    lows = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        first, second = (release.many(data[:3], rng, 1500) for data in (RECORDS, NEIGHBOUR))
        lows.append(epsilon_of_events(first.reshape(1500, -1), second.reshape(1500, -1), alpha=0.05, delta=0.0).low)
    too_high = int(np.sum(np.array(lows) > epsilon))
    assert binomtest(too_high, 200, 0.05, alternative="greater").pvalue > 0.01
    assert np.median(lows) > 0.6 * epsilon


def batched(batch, first=RECORDS, second=NEIGHBOUR, **changes):
    return Mechanism(lambda data, rng: batch(data, rng, 1)[0], first, second, batch=batch, **changes)


def laplace(scale, **changes):
    release = NoisySum("laplace", scale)
    return Mechanism(release, RECORDS, NEIGHBOUR, batch=release.many, **changes)


def test_without_a_batch_form_the_release_is_called_again_and_again():
    slow = Mechanism(NoisySum("laplace", 1 / 3), RECORDS, NEIGHBOUR)
    assert PrivacyAudit(runs=3000).check(slow).status is CheckStatus.FAIL


def test_a_vector_leak_no_single_coordinate_shows():
    """Each of 20 coordinates moves by .25 sd: alone about epsilon .5 at these counts, together above 1.5."""

    def batch(records, rng, n):
        return rng.normal(size=(n, 20)) + 0.25 * records.sum()

    mechanism = Mechanism(lambda records, rng: batch(records, rng, 1)[0], RECORDS, NEIGHBOUR, batch=batch)
    assert PrivacyAudit(epsilon=1.5, delta=1e-3).check(mechanism).status is CheckStatus.FAIL


def geometric_sum(records, rng, n):
    """Two-sided geometric noise: epsilon is 1."""
    share = 1.0 - math.exp(-1.0)
    return records.sum() + rng.geometric(share, n) - rng.geometric(share, n)


def exponential_choice(records, rng, n):
    """The record moves one vote from the first of three candidates to the last: epsilon is .58."""
    votes = np.array([3.0, 2.0, 1.0]) + records.sum() * np.array([-1.0, 0.0, 1.0])
    chances = np.exp(0.5 * votes)
    return rng.choice(3, size=n, p=chances / chances.sum())


def noise_on_each_of_five(records, rng, n):
    """The record moves all of five sums by 1: epsilon is 1, and .2 each."""
    return records.sum() + rng.laplace(0.0, 5.0, (n, 5))


def sampled_sum(records, rng, n):
    """A sum of a random fifth of the records, with noise for epsilon 2: log(1 + .2 (e^2 - 1)) together."""
    return (rng.random(n) < 0.2) * records.sum() + rng.laplace(0.0, 0.5, n)


def normal_sum(records, rng, n):
    return records.sum() + rng.normal(0.0, bounds.gaussian_sigma(1.0, 1e-3), n)


POWER = {  # mechanism, its delta, its epsilon, and the least share of it that 20,000 runs show
    "geometric": (geometric_sum, 0.0, 1.0, 0.85),
    "exponential": (
        exponential_choice,
        0.0,
        0.5 + math.log(np.exp([1.5, 1, 0.5]).sum() / np.exp([1, 1, 1]).sum()),
        0.6,
    ),
    "five sums": (noise_on_each_of_five, 0.0, 1.0, 0.45),
    "sample": (sampled_sum, 0.0, math.log1p(0.2 * math.expm1(2.0)), 0.65),
    "normal": (normal_sum, 1e-3, 1.0, 0.5),
}


@pytest.mark.parametrize("name", POWER)
def test_mechanisms_nobody_tuned_on_are_measured_near_their_epsilon_and_not_above(name):
    batch, delta, epsilon, share = POWER[name]
    mechanism = batched(batch)
    requirement = PrivacyAudit(epsilon=epsilon, delta=delta)
    lows = [requirement.check(mechanism, run=Run(seed=seed)).estimates["epsilon"].low for seed in range(5)]
    assert share * epsilon < np.median(lows) <= epsilon


@pytest.mark.parametrize(("snapped", "status"), [(False, CheckStatus.FAIL), (True, CheckStatus.PASS)])
def test_the_lowest_bits_of_plain_noise_give_the_records_away(snapped, status):
    def batch(records, rng, n):
        outputs = records.sum() + rng.laplace(0.0, 1.0, n)
        return np.round(outputs * 64) / 64 if snapped else outputs

    mechanism = Mechanism(lambda data, rng: batch(data, rng, 1)[0], RECORDS, NEIGHBOUR, batch=batch)
    assert PrivacyAudit(epsilon=1.0, floating_point=True).check(mechanism).status is status
    assert PrivacyAudit(epsilon=1.0).check(mechanism).status is CheckStatus.PASS


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_lowest_bits_are_those_of_the_exact_fraction(number):
    exponent = lowest_bits(np.array([[number]]))[0, 0]
    if number == 0:
        assert exponent == -1100
    else:
        numerator, denominator = number.as_integer_ratio()
        low = (numerator & -numerator).bit_length() - denominator.bit_length()
        assert exponent == low


def test_too_few_runs_are_no_evidence():
    result = PrivacyAudit(epsilon=5.0, runs=200).check(laplace(0.2))
    assert result.status is CheckStatus.INCOMPLETE
    assert result.reason is Reason.INSUFFICIENT_EVIDENCE
    assert "3,780 are needed" in result.message


def test_a_refuted_mechanism_is_contained_and_refuses():
    enforced = PrivacyAudit().enforce(laplace(1 / 3))
    assert enforced.status is EnforcementStatus.CONTAINED
    with pytest.raises(RqmlError, match="refused"):
        enforced.subject.release(RECORDS, None)
    assert enforced.rollback().release(RECORDS, np.random.default_rng(0)) is not None


def test_the_message_names_relation_bound_and_claim():
    message = PrivacyAudit().check(laplace(1 / 3)).message
    for word in ("'replace'", "epsilon = ", "[2.", "claimed 1"):
        assert word in message


@pytest.mark.parametrize("output", [math.nan, math.inf, "text", None], ids=["nan", "infinity", "text", "nothing"])
def test_outputs_that_are_no_finite_numbers_are_unsupported(output):
    result = PrivacyAudit(runs=100).check(Mechanism(lambda data, rng: output, RECORDS, NEIGHBOUR))
    assert result.status is CheckStatus.INCOMPLETE
    assert result.reason is Reason.UNSUPPORTED


def test_pairs_that_are_no_neighbours_are_refused():
    with pytest.raises(InvalidSubject, match="no neighbours"):
        Mechanism(NoisySum("laplace", 1.0), RECORDS, RECORDS[:-1])
    with pytest.raises(InvalidSubject, match="no neighbours"):
        laplace(1.0, relation="add or remove")
    Mechanism(NoisySum("laplace", 1.0), RECORDS, RECORDS[:-1], relation="add or remove")
    with pytest.raises(ValueError, match="relation"):
        laplace(1.0, relation="cousins")


def test_exact_release_is_found_at_any_claim_the_runs_can_prove():
    exact = Mechanism(lambda data, rng: float(data.sum()), RECORDS, NEIGHBOUR)
    assert PrivacyAudit(epsilon=4.0, runs=2000).check(exact, run=Run(seed=1)).status is CheckStatus.FAIL


def test_a_sum_of_squares_scaled_by_the_lower_bound_alone_leaks_far_more_than_it_claims():
    """The fault of diffprivlib's LinearRegression (issue 104): bounds (1, 10), sensitivity 1 instead of 99."""

    def batch(records, rng, n):
        return (records**2).sum() + rng.laplace(0.0, 1.0, n)

    low, high = np.full(20, 1.0), np.r_[10.0, np.full(19, 1.0)]
    faulty = Mechanism(lambda records, rng: batch(records, rng, 1)[0], low, high, batch=batch)
    result = PrivacyAudit(epsilon=1.0).check(faulty)
    assert result.status is CheckStatus.FAIL
    assert result.estimates["epsilon"].low > 7


@pytest.mark.parametrize("runs", [100, 250, 400])
def test_a_few_hundred_runs_pass_nothing_and_say_how_many_would(runs):
    result = PrivacyAudit(epsilon=1.0, runs=runs).check(laplace(1.0))
    assert result.reason is Reason.INSUFFICIENT_EVIDENCE, result.message
    needed = int(result.message.split("about ")[1].split(" are")[0].replace(",", ""))
    enough = PrivacyAudit(epsilon=1.0, runs=needed).check(laplace(1.0))
    assert enough.status is CheckStatus.PASS, enough.message
    assert "would have shown an epsilon of" in enough.message


@pytest.mark.parametrize("claim", [0.5, 1.0, 3.0])
def test_what_runs_are_said_to_show_they_show(claim):
    """Power, not level: Laplace noise of the smallest epsilon that must not stay hidden, in nine of ten audits."""
    counted = runs_needed(claim, alpha=0.05, delta=0.0)
    epsilon = smallest_shown(claim, counted, alpha=0.05, delta=0.0)
    assert claim < epsilon <= tolerable(claim) + 0.02
    refuted = 0
    for seed in range(3000, 3040):
        rng = np.random.default_rng(seed)
        sides = [rng.laplace(centre, 1.0 / epsilon, (2 * counted, 1)) for centre in (0.0, 1.0)]
        refuted += epsilon_of_events(*sides, alpha=0.05, delta=0.0).low > claim
    assert refuted >= 34


@given(claim=st.floats(0.0, 6.0), counted=st.integers(20, 50_000))
@settings(max_examples=25)
def test_more_runs_hide_no_more(claim, counted):
    for kind in (REPEATED, ONE_RUN):
        less = smallest_shown(claim, counted, alpha=0.05, delta=0.0, kind=kind)
        assert smallest_shown(claim, 4 * counted, alpha=0.05, delta=0.0, kind=kind) <= less + 0.02


def test_one_run_cannot_show_what_its_delta_hides():
    assert power_of(1.0, 1000, alpha=0.05, delta=0.01, canaries=True)[1] == "no number of canaries is enough"


def noisy_mean_of_gradients(sigma, clip=1.0):
    """DP-SGD in one step: canary gradients in directions of their own, scored by how far the sum moved along them."""

    def train(included, rng):
        gradients = 6.0 * np.eye(len(included))
        norms = np.linalg.norm(gradients, axis=1, keepdims=True)
        clipped = gradients * np.minimum(1.0, clip / norms)
        return included @ clipped + rng.normal(0.0, sigma, len(included))

    return train


def test_one_run_of_dp_sgd_tells_a_right_training_from_one_that_does_not_clip():
    sigma = bounds.gaussian_sigma(2.0, 1e-5)
    requirement = PrivacyAudit(epsilon=2.0, delta=1e-5)
    right = Mechanism.with_canaries(noisy_mean_of_gradients(sigma), 1000)
    wrong = Mechanism.with_canaries(noisy_mean_of_gradients(sigma, clip=9.0), 1000)
    for seed in range(5):
        passed, failed = (requirement.check(subject, run=Run(seed=seed)) for subject in (right, wrong))
        assert passed.status is CheckStatus.PASS, passed.message
        assert failed.status is CheckStatus.FAIL, failed.message
        assert "1,000 canaries" in passed.message
    few = Mechanism.with_canaries(noisy_mean_of_gradients(sigma), 30)
    assert "canaries would" in (message := requirement.check(few).message) or "are needed" in message
    assert requirement.enforce(wrong).status is EnforcementStatus.CONTAINED


def test_guesses_claim_no_more_than_the_true_epsilon():
    """Randomised response on each canary, the worst case of the theorem."""
    too_high, right = 0, 1.0 / (1.0 + math.exp(-1.0))
    for seed in range(4000, 4200):
        rng = np.random.default_rng(seed)
        included = rng.random(300) < 0.5
        scores = np.where(rng.random(300) < right, included, ~included) + 1e-3 * rng.random(300)
        too_high += epsilon_of_guesses(scores, included, alpha=0.05, delta=0.0).low > 1.0
    assert binomtest(too_high, 200, 0.05, alternative="greater").pvalue > 0.01


@pytest.mark.parametrize(
    ("first", "second", "relation", "text"),
    [
        (RECORDS, RECORDS.copy(), "replace", "same records"),
        (RECORDS, np.ones(20), "replace", "20 records differ"),
        (np.arange(6.0), np.arange(1.0, 6.0) + 9, "add or remove", "records differ"),
        ((np.eye(3), np.arange(3)), (np.eye(3), np.arange(3)), "replace", "same records"),
        ([("a", 1), ("b", 2)], [("a", 3), ("b", 4)], "replace", "2 records differ"),
    ],
)
def test_pairs_that_differ_by_more_or_less_than_a_record_are_refused(first, second, relation, text):
    with pytest.raises(InvalidSubject, match=text):
        Mechanism(NoisySum("laplace", 1.0), first, second, relation=relation)


def test_frames_and_tuples_of_columns_are_compared_by_record():
    import pandas as pd

    frame = pd.DataFrame({"age": [1.0, 2.0, np.nan], "name": ["a", "b", "c"]})
    Mechanism(len, frame, frame.assign(age=[1.0, 5.0, np.nan]))
    Mechanism(len, (frame.to_numpy(), [0, 1, 1]), (frame.to_numpy(), [0, 1, 0]))
    Mechanism(len, frame, frame[:2], relation="add or remove")
    with pytest.raises(InvalidSubject, match="same records"):
        Mechanism(len, frame, frame.copy())


X, Y = np.arange(10.0)[:, None], np.arange(10) % 2
TABLES = {
    "tuple": lambda X, y: (X, y),
    "list": lambda X, y: [X, y],
    "mapping": lambda X, y: {"X": X, "y": y},
    "lists": lambda X, y: (X.tolist(), y.tolist()),
    "data set": Dataset.from_arrays,
}
OTHER_X, TWO_X, OTHER_Y = X.copy(), X.copy(), Y.copy()
OTHER_X[3], TWO_X[3:5], OTHER_Y[3] = 77, 77, 0


@pytest.mark.parametrize("form", TABLES.values(), ids=TABLES)
def test_tables_of_any_form_are_compared_row_by_row(form):
    def pair(X_after, y_after, relation):
        return Mechanism(len, form(X, Y), form(X_after, y_after), relation=relation)

    pair(X[:-1], Y[:-1], "add or remove")
    pair(OTHER_X, Y, "replace")
    pair(OTHER_X, Y, "replace, same label")
    pair(OTHER_X, OTHER_Y, "replace")
    with pytest.raises(InvalidSubject, match="2 records differ"):
        pair(TWO_X, Y, "replace")
    with pytest.raises(InvalidSubject, match="has another label"):
        pair(X, OTHER_Y, "replace, same label")
    with pytest.raises(InvalidSubject, match="differ by 0"):
        pair(OTHER_X, Y, "add or remove")


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=8), st.data())
def test_records_are_compared_by_value_whatever_holds_them(values, data):
    import pandas as pd

    forms = [list, np.array, lambda v: np.array(v, float), lambda v: pd.DataFrame({"a": v}), pd.Series]
    first, second = data.draw(st.sampled_from(forms)), data.draw(st.sampled_from(forms))
    assume((first is forms[3]) == (second is forms[3]))  # a row of one cell is no cell
    with pytest.raises(InvalidSubject, match="same records"):
        check_neighbours(first(values), second(values), "replace")
    assert check_neighbours(first(values), second([*values[:-1], values[-1] + 0.5]), "replace")
    assert check_neighbours(first(values), second([*values, 0.5]), "add or remove")


def test_sparse_matrices_are_compared_by_row():
    from scipy.sparse import csr_matrix

    assert check_neighbours(csr_matrix(X), csr_matrix(OTHER_X), "replace")
    with pytest.raises(InvalidSubject, match="2 records differ"):
        check_neighbours(csr_matrix(X), csr_matrix(TWO_X), "replace")


class Opaque:
    pass


@pytest.mark.parametrize(
    ("first", "second"),
    [(0, 1), ({"a": 1}, {"b": [1]}), ([Opaque()], [Opaque()]), ([X[:, 0], X[:, 0]], [TWO_X[:, 0], X[:, 0]])],
)
def test_what_is_not_understood_is_taken_at_its_word_and_the_details_say_so(first, second):
    mechanism = Mechanism(lambda data, rng: rng.laplace(), first, second)
    assert "not verified" in PrivacyAudit(runs=100).check(mechanism).details["neighbours"]
    assert PrivacyAudit(runs=100).check(laplace(1.0)).details["neighbours"] == "verified"


def whole(records, rng, n):
    return records.sum() + rng.laplace(0.0, 1.0, n)


def test_a_batch_form_that_is_another_mechanism_is_refused():
    leaking = NoisySum("laplace", 1 / 3)
    for batch in (whole, lambda data, rng, n: whole(data, rng, 2 * n), lambda data, rng, n: np.zeros((n, 2))):
        result = PrivacyAudit(runs=4000).check(Mechanism(leaking, RECORDS, NEIGHBOUR, batch=batch))
        assert result.status is CheckStatus.INCOMPLETE
        assert "batch(dataset, rng, n)" in result.message


def test_a_release_that_changes_its_data_is_refused():
    def release(records, rng):
        records += rng.normal(size=len(records))
        return records.sum()

    result = PrivacyAudit(runs=1000).check(Mechanism(release, RECORDS.copy(), NEIGHBOUR.copy()))
    assert "work on a copy" in result.message


def test_a_release_without_noise_is_named():
    def release(records, rng):
        return records.sum() + np.random.default_rng(0).laplace()

    result = PrivacyAudit(runs=1000).check(Mechanism(release, RECORDS, NEIGHBOUR))
    assert result.status is CheckStatus.FAIL
    assert "adds no noise from rng" in result.message


def test_noise_of_another_source_is_told():
    elsewhere = np.random.default_rng(5)
    result = PrivacyAudit(runs=1000).check(
        Mechanism(lambda data, rng: data.sum() + elsewhere.laplace(), RECORDS, NEIGHBOUR)
    )
    assert result.status is CheckStatus.PASS
    assert "does not all come from rng" in result.message


@pytest.mark.parametrize(
    ("release", "text"),
    [
        (lambda data, rng: rng.random(int(rng.integers(1, 3))), "differ in length"),
        (lambda data, rng: rng.random(1 + int(data.sum())), "must be of one length"),
        (lambda data, rng: "1.5", "not text"),
        (lambda data, rng: 1.0 + 2.0j, "complex"),
        (lambda data, rng: 1 / 0, "fails .ZeroDivisionError"),
    ],
)
def test_outputs_that_cannot_be_compared_say_why(release, text):
    result = PrivacyAudit(runs=100).check(Mechanism(release, RECORDS, NEIGHBOUR))
    assert result.reason is Reason.UNSUPPORTED
    assert __import__("re").search(text, result.message), result.message


@pytest.mark.parametrize(
    "wrong",
    [{"epsilon": value} for value in (-1.0, math.nan, math.inf, "1")]
    + [{"delta": value} for value in (-0.1, 1.0, math.nan, "0")]
    + [{"runs": value} for value in (10, 1000.0, "many")],
)
def test_claims_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=f"PrivacyAudit: {next(iter(wrong))}"):
        PrivacyAudit(**wrong)
