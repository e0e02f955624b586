"""TRN-03: what differs is found and named, what is pinned stays pinned, and bad input."""

from __future__ import annotations

import datetime
import functools
import os
import random
import secrets
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from random import sample

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng, permutation
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LinearRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, KFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, Run, TrainedModel
from rqml.errors import InvalidSubject
from rqml_catalog.scenarios.careless_training import carelessly_trained
from rqml_catalog.scenarios.classifiers import noisy_classes, trained
from rqml_catalog.training import RecordedTraining, ReproducibleTraining, TrainingManifest
from rqml_catalog.training.reproduction.again import pinned_training
from rqml_catalog.training.reproduction.randomness import pinned
from rqml_catalog.training.reproduction.sources import sources_of
from rqml_catalog.training.reproduction.watching import Watch, watched


@pytest.mark.parametrize(
    ("step", "named"),
    [
        ("generator", r"default_rng\(\) without a seed in shuffle_by_generator\(\), careless_training.py line"),
        ("global", r"numpy.random.permutation\(\) of the global generator .* in shuffle_by_numpy\(\)"),
        ("python", r"random.shuffle\(\) of the global generator .* in shuffle_by_python\(\)"),
        ("estimator", "random_state=None of RandomForestClassifier"),
    ],
)
def test_the_unseeded_step_is_named_and_pinned(step, named):
    recorded = RecordedTraining.record(carelessly_trained(step, 0), 0)
    requirement = ReproducibleTraining()
    result = requirement.check(recorded)
    assert result.status is CheckStatus.FAIL
    assert __import__("re").search(named, result.message), result.message
    enforced = requirement.enforce(recorded)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert requirement.check(enforced.subject, run=Run(seed=99)).passed
    assert enforced.subject.manifest.threads == 1


def test_a_step_of_a_pipeline_that_differs_is_named():
    base = trained(RandomForestClassifier(3), 100, 0)

    def fit(train, seed):
        return make_pipeline(StandardScaler(), RandomForestClassifier(3)).fit(*train.arrays())

    model = TrainedModel(fit(base.train, 0), base.train, base.test, fit=fit)
    message = ReproducibleTraining().check(RecordedTraining.record(model, 0)).message
    assert "step 'randomforestclassifier' comes out different" in message
    assert "random_state=None in step 'randomforestclassifier'" in message
    assert "standardscaler" not in message


def test_the_systems_entropy_is_named_and_cannot_be_pinned():
    def fit(train, seed):
        noise = int.from_bytes(os.urandom(4), "little")
        return RandomForestClassifier(3, random_state=noise).fit(*train.arrays())

    base = trained(RandomForestClassifier(3), 100, 0)
    recorded = RecordedTraining.record(TrainedModel(base.estimator, base.train, base.test, fit=fit), 0)
    assert "os.urandom() in fit()" in ReproducibleTraining().check(recorded).message
    assert ReproducibleTraining().enforce(recorded).status is EnforcementStatus.FAILURE


def test_a_changed_order_of_rows_is_found_and_named():
    recorded = RecordedTraining.record(trained(RandomForestClassifier(3), 100, 0), 0)
    train = recorded.model.train
    turned = TrainedModel(recorded.model.estimator, train.with_frame(train.frame[::-1]), recorded.model.test)
    message = ReproducibleTraining().check(RecordedTraining(turned, recorded.manifest)).message
    assert "the order of their rows" in message


def test_changed_versions_are_told():
    manifest = TrainingManifest.of(0, "digest")
    older = TrainingManifest.from_json(manifest.to_json().replace(manifest.versions["numpy"], "1.0.1"))
    assert f"numpy was 1.0.1, is {manifest.versions['numpy']}" in older.changes("digest")
    assert manifest.changes("digest") == []
    assert TrainingManifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seed": -1, "data": "", "threads": 1}'])
def test_texts_that_are_no_manifest_are_refused(text):
    with pytest.raises((InvalidSubject, ValueError), match=r"manifest|>= 0"):
        TrainingManifest.from_json(text)


def test_a_tolerance_is_judged_by_the_interval():
    """The training is unseeded on purpose, so the limits come from what was measured."""
    with pinned(0):
        recorded = RecordedTraining.record(carelessly_trained("generator", 0), 0)
    measurement = ReproducibleTraining().measure(recorded, Run())
    difference = measurement.estimates["difference"]
    assert ReproducibleTraining(max_difference=difference.high).judge(measurement).status is CheckStatus.PASS
    inside = (max(difference.low, 0.0) + difference.high) / 2
    undecided = ReproducibleTraining(max_difference=inside).judge(measurement)
    assert undecided.status is CheckStatus.INCOMPLETE
    assert undecided.reason is Reason.INSUFFICIENT_EVIDENCE


def test_regressions_are_compared_by_squared_error():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    train = Dataset.from_arrays(X, X[:, 0] + rng.normal(size=200))

    def fit(train, seed):
        features, y = train.arrays()
        rows = np.random.default_rng().permutation(200)[:150]
        return LinearRegression().fit(features.iloc[rows], y[rows])

    model = TrainedModel(fit(train, 0), train, fit=fit)
    result = ReproducibleTraining(max_difference=0.2).check(RecordedTraining.record(model, 0))
    assert result.status is CheckStatus.PASS
    assert 0 < result.estimates["difference"].high < 0.2


def test_a_training_that_fails_the_second_time_is_unsupported():
    calls = []

    def fit(train, seed):
        calls.append(seed)
        if len(calls) > 1:
            raise ValueError("file is gone")
        return RandomForestClassifier(3, random_state=0).fit(*train.arrays())

    base = trained(RandomForestClassifier(3), 100, 0)
    recorded = RecordedTraining.record(TrainedModel(base.estimator, base.train, base.test, fit=fit), 0)
    assert ReproducibleTraining().check(recorded).reason is Reason.UNSUPPORTED


@given(seed=st.integers(0, 2**40))
@settings(max_examples=20)
def test_pinned_randomness_follows_from_the_seed_and_leaves_no_trace(seed):
    def draw():
        return random.random(), np.random.random(), np.random.default_rng().random(), np.random.default_rng().random()

    before, make = random.getstate(), np.random.default_rng
    with pinned(seed):
        first = draw()
    with pinned(seed):
        second = draw()
    assert first == second
    assert first[2] != first[3]
    assert random.getstate() == before
    assert np.random.default_rng is make


def tree_on(train, order, seed=0):
    X, y = train.arrays()
    rows = np.asarray(order)[:75]
    return DecisionTreeClassifier(random_state=seed).fit(X.iloc[rows], y[rows])


HELD = np.random.default_rng()


def imported_maker(train, seed):
    return tree_on(train, default_rng().permutation(150))


def imported_numpy_draw(train, seed):
    return tree_on(train, permutation(150))


def uncommon_numpy_draw(train, seed):
    return tree_on(train, np.random.standard_exponential(150).argsort())


def imported_python_draw(train, seed):
    return tree_on(train, sample(range(150), 150))


def python_generator(train, seed):
    return tree_on(train, random.Random().sample(range(150), 150))


def reseeded_by_nothing(train, seed):
    random.seed()
    return tree_on(train, random.sample(range(150), 150))


def system_random(train, seed):
    return tree_on(train, random.SystemRandom().sample(range(150), 150))


def secret_bits(train, seed):
    return tree_on(train, np.argsort([secrets.randbits(40) for _ in range(150)]))


def unique_names(train, seed):
    return tree_on(train, np.argsort([uuid.uuid4().int for _ in range(150)]))


def held_generator(train, seed):
    return tree_on(train, HELD.permutation(150))


def split_without_state(train, seed):
    X, y = train.arrays()
    X, _, y, _ = train_test_split(X, y)
    return DecisionTreeClassifier(random_state=seed).fit(X, y)


def sampled_frame(train, seed):
    return tree_on(train, train.to_pandas()["x0"].sample(frac=1).index)


def nested_estimator(train, seed):
    votes = [("a", DecisionTreeClassifier(max_features=1, random_state=seed)), ("b", SGDClassifier())]
    return VotingClassifier(votes).fit(*train.arrays())


def seed_from_the_clock(train, seed):
    return tree_on(train, default_rng(time.perf_counter_ns()).permutation(150))


def old_style_generator(train, seed):
    return tree_on(train, np.random.RandomState().permutation(150))


def seed_from_the_date(train, seed):
    now = datetime.datetime.now(datetime.UTC)
    return tree_on(train, default_rng(now.microsecond + 10**6 * now.second).permutation(150))


def bare_bit_generator(train, seed):
    return tree_on(train, np.random.Generator(np.random.PCG64()).permutation(150))


def system_bytes(train, seed):
    return tree_on(train, default_rng(int.from_bytes(os.getrandom(4), "big")).permutation(150))


def device(train, seed):
    with Path("/dev/urandom").open("rb") as entropy:
        return tree_on(train, default_rng(int.from_bytes(entropy.read(4), "big")).permutation(150))


def order_of_threads(train, seed):
    order = []
    threads = [threading.Thread(target=order.append, args=(row,)) for row in HELD.permutation(150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tree_on(train, order)


PLANTED = {
    imported_maker: "default_rng() without a seed in imported_maker()",
    imported_numpy_draw: "numpy.random.permutation() of the global generator that nobody seeded in imported_numpy",
    uncommon_numpy_draw: "numpy.random.standard_exponential() of the global generator",
    imported_python_draw: "random.sample() of the global generator that nobody seeded in imported_python_draw()",
    python_generator: "random.Random() without a seed in python_generator()",
    reseeded_by_nothing: "random.sample() of the global generator that nobody seeded",
    system_random: "random.SystemRandom or secrets in system_random()",
    secret_bits: "random.SystemRandom or secrets in",
    unique_names: "uuid.uuid4() in",
    held_generator: "a draw from the generator 'HELD', which was made before the training",
    split_without_state: "random_state=None in split_without_state()",
    sampled_frame: "numpy.random.choice() of the global generator that nobody seeded in sampled_frame()",
    nested_estimator: "random_state=None in step 'b'",
    seed_from_the_clock: "perhaps the clock, time.perf_counter_ns(), is read in seed_from_the_clock()",
    seed_from_the_date: "perhaps the clock, now(), is read in seed_from_the_date()",
    old_style_generator: "numpy.random.RandomState() without a seed in old_style_generator()",
    bare_bit_generator: "numpy.random.PCG64() without a seed in bare_bit_generator()",
    system_bytes: "os.getrandom() in system_bytes()",
    device: "perhaps the system's entropy, /dev/urandom, is read in device()",
}


def recorded_training(fit):
    train, test = (Dataset.from_arrays(*noisy_classes(150, side, label_noise=0.3), target="outcome") for side in (0, 1))
    return RecordedTraining.record(TrainedModel(fit(train, 5), train, test, fit=fit), seed=5)


@pytest.mark.parametrize("fit", PLANTED, ids=lambda fit: fit.__name__)
def test_each_way_to_take_randomness_is_named(fit):
    result = ReproducibleTraining().check(recorded_training(fit), run=Run(seed=1))
    assert result.status is CheckStatus.FAIL
    assert PLANTED[fit] in result.message


@pytest.mark.parametrize(
    "fit", [imported_maker, imported_numpy_draw, python_generator, split_without_state, old_style_generator]
)
def test_what_numpy_and_python_draw_can_be_pinned(fit):
    assert ReproducibleTraining().enforce(recorded_training(fit)).status is EnforcementStatus.SUCCESS


def test_threads_that_are_started_are_suspects():
    watch = Watch([], [])
    with watched(watch):
        order_of_threads(recorded_training(seeded_maker).model.train, 0)
    assert any("a thread is started in order_of_threads()" in suspect for suspect in watch.suspected)


def seeded_maker(train, seed):
    return tree_on(train, default_rng(seed).permutation(150))


def seeded_old_style(train, seed):
    return tree_on(train, np.random.RandomState(seed).permutation(150))


def seeded_python(train, seed):
    return tree_on(train, random.Random(seed).sample(range(150), 150))


def seeded_globals(train, seed):
    np.random.seed(seed)
    random.seed(seed)
    return tree_on(train, permutation(150)[sample(range(150), 150)])


def seeded_search(train, seed):
    folds = KFold(3, shuffle=True, random_state=seed)
    forest = RandomForestClassifier(3, random_state=seed, n_jobs=2)
    return GridSearchCV(forest, {"max_depth": [1, 3]}, cv=folds).fit(*train.arrays()).best_estimator_


def timed_and_named(train, seed):
    started, _ = time.perf_counter(), uuid.uuid4()
    model = seeded_maker(train, seed)
    assert time.perf_counter() >= started
    return model


@pytest.mark.parametrize(
    "fit", [seeded_maker, seeded_old_style, seeded_python, seeded_globals, seeded_search, timed_and_named]
)
def test_seeded_trainings_pass_and_name_nobody(fit):
    result = ReproducibleTraining().check(recorded_training(fit), run=Run(seed=1))
    assert result.status is CheckStatus.PASS
    assert fit is timed_and_named or result.details["unseeded"] == []
    assert "perhaps" not in result.message


def test_doors_are_closed_again_even_if_the_training_fails():
    doors = [np.random.default_rng, np.random.permutation, random.shuffle, os.urandom, time.time, random.Random.seed]
    with pytest.raises(ZeroDivisionError), watched(Watch([], []), imported_maker):
        raise ZeroDivisionError
    after = [np.random.default_rng, np.random.permutation, random.shuffle, os.urandom, time.time, random.Random.seed]
    assert all(old is new for old, new in zip(doors, after, strict=True))
    assert default_rng is np.random.default_rng
    assert permutation is np.random.permutation


def test_seeded_randomness_is_not_accused():
    watch = Watch([], [])
    with watched(watch):
        np.random.default_rng(3).random()
        np.random.seed(0)
        np.random.permutation(4)
        random.seed(1)
        random.shuffle([1, 2])
    assert watch.found == []


@pytest.fixture
def hash_seed_is_random(monkeypatch):
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)


@pytest.mark.usefixtures("hash_seed_is_random")
def test_the_order_of_a_set_is_found_by_another_process_and_named():
    recorded = RecordedTraining.record(carelessly_trained("set", 0), 0)
    result = ReproducibleTraining(trainings=1).check(recorded)
    assert result.status is CheckStatus.FAIL, result.message
    assert "the order of a set in order_by_set(), careless_training.py line" in result.message
    assert "(PYTHONHASHSEED)" in result.message
    pinned_fit = pinned_training(recorded).model.fit
    assert sources_of(pinned_fit).hashed == sources_of(recorded.model.fit).hashed  # looked at after a repair too


def test_a_fixed_hash_seed_on_record_needs_no_other_process(monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    recorded = RecordedTraining.record(carelessly_trained("set", 0), 0)
    monkeypatch.setattr("subprocess.run", None)
    assert ReproducibleTraining(trainings=1).check(recorded).status is CheckStatus.PASS


@pytest.mark.usefixtures("hash_seed_is_random")
def test_where_no_other_process_can_train_nothing_passes():
    lock = threading.Lock()

    def fit(train, seed):
        with lock:
            return DecisionTreeClassifier(max_depth=len({1, 2})).fit(*train.arrays())

    result = ReproducibleTraining().check(recorded_training(fit))
    assert result.status is CheckStatus.INCOMPLETE
    assert "the order of sets, which the training uses, was not changed" in result.message
    assert "PYTHONHASHSEED" in result.message


SCRIPT = """
import attrs
import numpy as np
from rqml import Dataset, TrainedModel
from rqml_catalog.training import RecordedTraining, ReproducibleTraining
from sklearn.preprocessing import FunctionTransformer
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

def tree(train, order):
    X, y = (part[order[:40]] for part in map(np.asarray, train.arrays()))
    return make_pipeline(FunctionTransformer(lambda X: X), DecisionTreeClassifier(random_state=0)).fit(X, y)

def of_a_set(train, seed):
    return tree(train, [int(name) for name in {str(row) for row in range(80)}])

def sorted_set(train, seed):
    return tree(train, sorted({row for row in range(80)}))

def held(order):
    return lambda train, seed: order(train, seed)

rng = np.random.default_rng(0)
train = Dataset.from_arrays(rng.normal(size=(80, 3)), rng.integers(0, 2, 80))
for fit in (lambda train, seed: of_a_set(train, seed), held(sorted_set)):
    recorded = RecordedTraining.record(TrainedModel(fit(train, 0), train, fit=fit), 0)
    print(ReproducibleTraining(trainings=1).check(recorded).status.name)
"""


@pytest.mark.usefixtures("hash_seed_is_random")
def test_functions_of_a_script_lambdas_and_closures_are_done_by_another_process(tmp_path):
    script = tmp_path / "script.py"  # without a main guard: it must not run again
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, "-W", "ignore", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["FAIL", "PASS"]


def test_a_difference_says_on_which_records_it_was_measured():
    recorded = recorded_training(imported_maker)
    model = recorded.model
    for test, text in ((model.test, "on held-out records"), (None, "on train records (no held-out ones are given)")):
        changed = attrs.evolve(recorded, model=attrs.evolve(model, test=test))
        assert text in ReproducibleTraining(max_difference=1.0).check(changed).message


@pytest.mark.usefixtures("hash_seed_is_random")
@pytest.mark.parametrize("fit", [seeded_maker, seeded_search, None])
def test_trainings_without_sets_need_no_other_process(fit, monkeypatch):
    monkeypatch.setattr("subprocess.run", None)
    recorded = recorded_training(fit) if fit else RecordedTraining.record(trained(RandomForestClassifier(3), 90, 0), 0)
    assert ReproducibleTraining().check(recorded).status is CheckStatus.PASS


NAMES = {"b", "a"}


def by_name(values):
    return sorted(values)


class Trainer:
    def __init__(self, order):
        self.order = order

    def __call__(self, train, seed):
        return tree_on(train, self.order(train))


def test_sets_are_found_in_helpers_objects_and_globals():
    def hidden(train):
        return hash("x")

    assert sources_of(Trainer(hidden)).hashed == [
        f"hash() in hidden(), {__file__.rpartition('/')[2]} line {hidden.__code__.co_firstlineno + 1}"
    ]
    assert sources_of(lambda train, seed: by_name(NAMES)).hashed
    assert sources_of(lambda train, seed: by_name(["a"])) == ([], [])
    assert sources_of(functools.partial(hidden, None)).hashed
    assert sources_of(None) == ([], [])


def test_makers_still_make_and_know_their_objects():
    with pinned(0), watched(watch := Watch([], [])):
        state = np.random.RandomState(3)
        assert isinstance(state, np.random.RandomState)
        assert isinstance(np.random.PCG64(seed=2), np.random.PCG64)
        assert issubclass(type(state), np.random.RandomState)
        assert np.random.Generator(np.random.SFC64(1)).random() < 1
    assert watch.found == []


def test_what_differs_is_named_where_nothing_else_is():
    recorded = recorded_training(seeded_whole_search)
    message = ReproducibleTraining().check(recorded).message
    assert "attribute 'refit_time_' comes out different" in message


def seeded_whole_search(train, seed):
    return GridSearchCV(DecisionTreeClassifier(random_state=seed), {"max_depth": [1, 3]}, cv=3).fit(*train.arrays())


@pytest.mark.parametrize(("model", "seed"), [(5, 0), (None, "a"), (None, -1), (None, True)])
def test_what_cannot_be_recorded_is_refused(model, seed):
    model = model or trained(DecisionTreeClassifier(), 50, 0)
    with pytest.raises(InvalidSubject, match="TrainedModel and a whole number"):
        RecordedTraining.record(model, seed)
