"""StructureUnchanged: the contract, its proof, and that each change is named where it is."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, EnforcementStatus
from rqml.errors import InvalidSubject
from rqml.testing import parametrize_with_checks, prove
from rqml_catalog.model_protection import Release, StructureUnchanged
from rqml_catalog.model_protection.structure import Part, differences, structure_of
from rqml_catalog.scenarios import approved_models as made

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


@parametrize_with_checks([StructureUnchanged])
def test_contract(check):
    check()


def test_proof():
    assert prove(StructureUnchanged, seeds=range(100, 104), enforce=True).misses == ()


def told(pair):
    model, approved = pair
    return [str(difference) for difference in differences(structure_of(approved), structure_of(model))]


def test_an_added_tree_is_named_and_nothing_behind_it():
    assert told(made.added_tree(1)) == ["added: estimators_[1] (sklearn.tree._classes.DecisionTreeClassifier)"]


def test_an_added_step_is_named():
    found = told(made.added_step(1))
    assert found == ["added: steps.tidy (sklearn.preprocessing._function_transformer.FunctionTransformer)"]


def test_a_lambda_is_named():
    (found,) = told(made.exchanged_function(0))
    assert found.startswith("replaced: steps.abs.func (function rqml_catalog.scenarios.approved_models.")
    assert "<lambda>" in found


def test_a_removed_and_a_moved_step_are_named():
    model, approved = made.pipeline(0)
    del model.steps[1]
    assert told((model, approved))[0].startswith("removed: steps.abs")
    model, approved = made.pipeline(0)
    model.steps.reverse()
    assert told((model, approved)) == ["reordered: steps (list)"]


def test_a_nudged_weight_is_found_where_it_is():
    assert told(made.nudged_weight(2)) == ["changed: steps.model.coef_ (numpy.ndarray)"]


def test_a_changed_parameter_of_a_step_is_named():
    model, approved = made.pipeline(0)
    model.set_params(model__C=7.0)
    assert told((model, approved)) == ["changed: steps.model.C (float)"]


def test_a_step_exchanged_for_another_of_the_same_name_is_named():
    model, approved = made.pipeline(0)
    model.steps[-1] = ("model", DecisionTreeClassifier())
    assert told((model, approved)) == ["replaced: steps.model (sklearn.tree._classes.DecisionTreeClassifier)"]


def test_a_lambda_with_another_body_of_the_same_name_is_named():
    before, after = (FunctionTransformer(function) for function in (lambda X: X, lambda X: X * 2))
    (found,) = told((after, before))
    assert found.startswith("changed: func (function ")


def test_a_method_put_in_place_of_predict_is_named():
    model, approved = made.forest(0)
    model.predict = lambda X: X
    (found,) = told((model, approved))
    assert found.startswith("added: predict (function ")


ENSEMBLES = [
    GradientBoostingRegressor(n_estimators=3),
    HistGradientBoostingClassifier(max_iter=3),
    VotingClassifier([("tree", DecisionTreeClassifier(max_depth=2)), ("line", LogisticRegression())]),
]


@pytest.mark.parametrize("model", ENSEMBLES, ids=lambda model: type(model).__name__)
def test_predicting_changes_nothing(model):
    model = model.fit(X, Y)
    before = structure_of(model)
    model.predict(X)
    assert differences(before, structure_of(copy.deepcopy(model))) == []


def test_a_nudge_deep_in_an_ensemble_is_found_in_its_member():
    model = GradientBoostingRegressor(n_estimators=3).fit(X, Y)
    other = copy.deepcopy(model)
    other.estimators_[1, 0].tree_.value[0, 0, 0] += 1e-9
    assert told((other, model)) == ["changed: estimators_[1].tree_ (sklearn.tree._tree.Tree)"]


class Layers:
    """As a torch module keeps its layers, without torch."""

    def __init__(self, layers):
        self._modules = layers

    def named_modules(self):
        return iter(())


def test_an_added_layer_is_named():
    before = Layers({"first": Layers({"w": np.ones(2)}), "last": Layers({"w": np.ones(3)})})
    after = copy.deepcopy(before)
    after._modules["hidden"] = Layers({"w": np.zeros(1)})
    (found,) = told((after, before))
    assert found.startswith("added: _modules.hidden")


parts = st.recursive(
    st.integers(0, 3), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner)
)


@given(old=parts, new=parts)
@settings(max_examples=150, deadline=None)
def test_differences_exactly_where_content_differs(old, new):
    before, after = structure_of([old, {}]), structure_of([new, {}])
    assert (not differences(before, after)) == (before.digest == after.digest)
    assert (before.digest == after.digest) == (repr(_sorted(old)) == repr(_sorted(new)))
    assert Part.from_json(before.to_json()) == before


def _sorted(value):
    """Dictionaries of scalars are one value, whose order means nothing; those of parts keep theirs."""
    if isinstance(value, dict) and all(isinstance(item, int) for item in value.values()):
        return dict(sorted(value.items()))
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def test_a_cycle_ends():
    model = LogisticRegression()
    model.me_ = [model]
    assert structure_of(model).digest


def test_names_of_parts_hold_no_values():
    model = LogisticRegression()
    model.seen_ = {"Ada Lovelace": [1], "b c": [2]}
    assert "Ada" not in structure_of(model).to_json()


def test_bad_records_are_refused():
    with pytest.raises(InvalidSubject, match="to_json"):
        Part.from_json("{}")
    with pytest.raises(InvalidSubject):
        Release(LogisticRegression(), 3)
    broken = Release(LogisticRegression(), "[]")
    assert StructureUnchanged().check(broken).status is CheckStatus.INCOMPLETE


def test_a_record_changed_below_its_root_does_not_match():
    approved = structure_of(made.forest(0)[0])
    forged = approved.to_json().replace(
        approved.children["estimators_"].children["1"].children["tree_"].digest, "0" * 64
    )
    assert Part.from_json(forged).digest != approved.digest


def test_what_cannot_be_restored_says_so():
    model, approved = made.nudged_weight(0)
    result = StructureUnchanged().enforce(Release(model, structure_of(approved).to_json()))
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "restore" in result.message
