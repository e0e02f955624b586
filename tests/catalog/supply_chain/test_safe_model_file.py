"""SafeModelFile: the contract, its proof, and what its enforcement does to files."""

from __future__ import annotations

import pickle

import pytest

from rqml import CheckStatus, EnforcementStatus, ModelFile
from rqml.testing import parametrize_with_checks, prove
from rqml_catalog.scenarios import model_files
from rqml_catalog.supply_chain import SafeModelFile


@parametrize_with_checks([SafeModelFile])
def test_contract(check):
    check()


def test_proof():
    assert prove(SafeModelFile, seeds=range(4)).misses == ()


def test_quarantine_contains_and_rolls_back(tmp_path):
    file = model_files.hidden_call(3, tmp_path)
    content = file.path.read_bytes()
    result = SafeModelFile().enforce(file)
    assert result.status is EnforcementStatus.CONTAINED
    assert not file.path.exists()
    result.rollback()
    assert file.path.read_bytes() == content


def test_conversion_makes_a_callable_format_pass(tmp_path):
    pytest.importorskip("skops")
    file = model_files.pickled_forest(1, tmp_path)
    requirement = SafeModelFile(callable_formats=0, convert="skops")
    assert requirement.check(file).status is CheckStatus.FAIL
    assert requirement.enforce(file).status is EnforcementStatus.SUCCESS
    assert requirement.check(file).status is CheckStatus.PASS


def test_what_is_delivered_again_goes_into_quarantine_again(tmp_path):
    file = model_files.hidden_call(3, tmp_path)
    content = file.path.read_bytes()
    results = []
    for _ in range(3):
        file.path.write_bytes(content)
        results.append(SafeModelFile().enforce(file))
        assert results[-1].status is EnforcementStatus.CONTAINED
        assert not file.path.exists()
    assert len(list((tmp_path / ".rqml-quarantine").glob("*.json"))) == 3
    results[-1].rollback()
    assert file.path.read_bytes() == content
    assert len(list((tmp_path / ".rqml-quarantine").glob("*.json"))) == 2


def test_a_folder_in_place_of_a_file_is_never_a_pass(tmp_path):
    (tmp_path / "clean.pkl").write_bytes(pickle.dumps({"weights": [1.0, 2.0]}))
    result = SafeModelFile().check(ModelFile(tmp_path))
    assert result.status is CheckStatus.INCOMPLETE and "is a folder" in result.message
    assert SafeModelFile(folder=True).check(ModelFile(tmp_path)).passed
