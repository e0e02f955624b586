"""Which change is chosen: the first whose mean over several seeds resists, be a single seed lucky or not."""

from __future__ import annotations

import pytest
from sklearn.tree import DecisionTreeClassifier

from rqml import Estimate, Measurement, Run
from rqml_catalog.model_privacy.membership import refit
from rqml_catalog.scenarios.classifiers import trained
from rqml_catalog.techniques.repair_options import Option

LIMIT = 0.25


@pytest.fixture
def chosen(monkeypatch):
    """The change that is chosen when options, in this order, are recognised as often as told under each seed."""
    monkeypatch.setattr(refit, "least_loss_first", lambda _, options, run: list(options))
    monkeypatch.setattr(refit, "_quick_tpr", lambda *_: None)
    model = trained(DecisionTreeClassifier(), 60, 0)

    def choose(shares, behind_interfaces=0.6):
        queues = {name: list(each) for name, each in shares.items()}
        of = {}

        def option(name):
            changed = model.with_estimator(model.estimator)
            of[id(changed)] = (name, changed)
            return Option(name, lambda *_: None, lambda _: changed)

        def attack(changed, _):
            share = queues[of[id(changed)][0]].pop(0) if id(changed) in of else behind_interfaces
            return Measurement({"tpr": Estimate.proportion(round(share * 300), 300)}, {})

        found = refit.least_costly_change(
            model,
            [option(name) for name in shares],
            attack=attack,
            resists=lambda measured: measured.estimates["tpr"].high <= LIMIT,
            at_fpr=0.1,
            max_tpr=LIMIT,
            run=Run(seed=0),
        )
        return found.words, {name: len(shares[name]) - len(left) for name, left in queues.items()}

    return choose


def test_one_unlucky_seed_does_not_drive_it_to_a_far_more_regular_model(chosen):
    words, attacks = chosen({"mild": (0.22, 0.17, 0.16), "strong": (0.05, 0.05, 0.05)})
    assert words == "mild"
    assert attacks == {"mild": 3, "strong": 0}


def test_one_lucky_seed_is_not_enough(chosen):
    words, _ = chosen({"mild": (0.15, 0.24, 0.25), "strong": (0.1, 0.1, 0.1)})
    assert words == "strong"


def test_what_is_beyond_the_limit_at_once_is_attacked_once(chosen):
    _, attacks = chosen({"useless": (0.5, 0.5, 0.5), "strong": (0.1, 0.1, 0.1)})
    assert attacks == {"useless": 1, "strong": 3}


def test_where_nothing_resists_the_least_leaking_is_taken(chosen):
    words, _ = chosen({"worse": (0.5, 0.5, 0.5), "better": (0.4, 0.4, 0.4)})
    assert words == "better"


def test_where_no_single_option_resists_refits_are_put_behind_interfaces(chosen):
    words, attacks = chosen({"mild": (0.5,), "strong": (0.4,)}, behind_interfaces=0.1)
    assert words.startswith("mild, and put behind an interface")
    assert attacks == {"mild": 1, "strong": 1}
