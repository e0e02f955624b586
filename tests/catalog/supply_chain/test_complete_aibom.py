"""CompleteAIBOM: the contract, its proof, and what a bill says."""

from __future__ import annotations

import copy
import hashlib
import json
from importlib import metadata

import pytest

from rqml import CheckStatus, EnforcementStatus
from rqml.testing import parametrize_with_checks, prove
from rqml_catalog.scenarios import billed_models as made
from rqml_catalog.supply_chain import Artefact, CompleteAIBOM
from rqml_catalog.supply_chain.bill import faults_of, is_valid

pytest.importorskip("cyclonedx.validation.json")


@parametrize_with_checks([CompleteAIBOM])
def test_contract(check):
    check()


def test_proof():
    assert prove(CompleteAIBOM, seeds=range(100, 104), enforce=True).misses == ()


@pytest.fixture
def artefact(tmp_path):
    return Artefact(*made.stored(1, tmp_path), use_cases=made.USES, limitations=made.LIMITATIONS)


@pytest.fixture
def bill(artefact):
    assert CompleteAIBOM().enforce(artefact).status is EnforcementStatus.SUCCESS
    return json.loads(artefact.bill.read_text())


def test_it_says_what_is_there(artefact, bill):
    model = bill["metadata"]["component"]
    assert model["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(artefact.path.read_bytes()).hexdigest()}]
    assert model["modelCard"]["modelParameters"]["task"] == "classification"
    parameters = {p["name"]: p["value"] for p in model["modelCard"]["properties"]}
    assert parameters["rqml:parameter:logisticregression__C"] == "2.0"
    versions = {c["name"]: c["version"] for c in bill["components"] if c["type"] == "library"}
    assert {"scikit-learn", "numpy", "scipy", "joblib", "threadpoolctl"} <= versions.keys()
    assert all(metadata.version(name) == version for name, version in versions.items())
    assert "pytest" not in versions


def test_it_is_strictly_valid_and_the_validator_can_refuse(bill):
    assert is_valid(json.dumps(bill))
    assert not is_valid(json.dumps(bill | {"unheard of": 1}))
    assert not is_valid("{")


def leaves(value, path=()):
    """The paths of all that a bill says, other than the words of people."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("considerations", "bomFormat", "specVersion", "version", "dependencies"):
                yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, place))
    else:
        yield path


def test_each_single_lie_is_found(bill):
    """Whatever is changed in a true bill, the comparison finds a fault."""
    assert faults_of(bill, bill) == []
    for path in leaves(bill):
        lie = copy.deepcopy(bill)
        inner = lie
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = "a lie"
        assert faults_of(lie, bill), path


def test_an_invented_parameter_or_component_is_found(bill):
    lie = copy.deepcopy(bill)
    lie["metadata"]["component"]["modelCard"]["properties"].append({"name": "rqml:parameter:secret", "value": "1"})
    lie["components"].append({"type": "library", "bom-ref": "library:left-pad", "name": "left-pad"})
    assert sorted(fault.kind for fault in faults_of(lie, bill)) == ["differs", "not-there"]


def test_words_of_people_are_kept_when_it_is_made_anew(artefact, bill):
    bill["metadata"]["component"]["modelCard"]["considerations"]["technicalLimitations"] = ["written by hand"]
    bill["metadata"]["component"]["hashes"][0]["content"] = "0" * 64
    artefact.bill.write_text(json.dumps(bill))
    silent = Artefact(artefact.path, artefact.model)
    assert CompleteAIBOM().enforce(silent).status is EnforcementStatus.SUCCESS
    assert "written by hand" in artefact.bill.read_text()


def test_no_model_file_is_incomplete(artefact):
    artefact.path.unlink()
    assert CompleteAIBOM().check(artefact).status is CheckStatus.INCOMPLETE
