"""CompleteAIBOM: the contract, its proof, and what a bill says."""

from __future__ import annotations

import copy
import hashlib
import json
from importlib import metadata

import attrs
import pytest

from rqml import CheckStatus, EnforcementStatus
from rqml.testing import parametrize_with_checks, prove
from rqml_catalog.scenarios import billed_models as made
from rqml_catalog.supply_chain import Artefact, CompleteAIBOM
from rqml_catalog.supply_chain.bill import faults_of, is_valid, libraries

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


def told(artefact):
    return CompleteAIBOM().check(artefact).details["faults"]


def test_a_library_that_was_updated_is_named(artefact, bill, monkeypatch):
    real = libraries._library

    def updated(name):
        library = real(name)
        return attrs.evolve(library, version="99.0", record="0" * 64) if library.name == "numpy" else library

    monkeypatch.setattr(libraries, "_library", updated)
    assert told(artefact) == [
        "differs: library:numpy.properties.rqml:record:sha256.value",
        "differs: library:numpy.purl",
        "differs: library:numpy.version",
    ]


def test_data_that_changed_in_one_cell_are_named(artefact, bill):
    train = artefact.model.train
    frame = train.frame.copy()
    frame.iloc[0, 0] += 1
    other = attrs.evolve(artefact, model=attrs.evolve(artefact.model, train=train.with_frame(frame)))
    assert told(other) == ["differs: data:train.data.train.contents.properties.rqml:fingerprint.value"]


def test_a_parameter_that_changed_is_named(artefact, bill):
    artefact.model.estimator.set_params(logisticregression__C=3.0)
    place = "differs: model.modelCard.properties.rqml:parameter:"
    assert told(artefact) == [f"{place}logisticregression__C.value", f"{place}steps.value"]


def test_another_model_file_and_a_component_left_out_are_named(artefact, bill):
    artefact.path.write_bytes(artefact.path.read_bytes() + b"\n")
    bill["components"] = [entry for entry in bill["components"] if entry["name"] != "scipy"]
    bill["dependencies"][0]["dependsOn"].remove("library:scipy")
    artefact.bill.write_text(json.dumps(bill))
    assert told(artefact) == ["differs: model.hashes", "missing: library:scipy"]


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
