"""NoSecrets: the contract, its proof, and that no verdict repeats what it found."""

from __future__ import annotations

import pytest

from rqml import CheckStatus, EnforcementStatus
from rqml.testing import parametrize_with_checks, prove
from rqml_catalog.scenarios import secret_files
from rqml_catalog.supply_chain import NoSecrets


@parametrize_with_checks([NoSecrets])
def test_contract(check):
    check()


def test_proof():
    assert prove(NoSecrets, seeds=range(100, 120)).misses == ()


def test_the_verdict_does_not_repeat_the_secret(tmp_path):
    file = secret_files.secret_in_environment(1, tmp_path)
    secret = (file.path / ".env").read_text().splitlines()[1].partition("=")[2]
    result = NoSecrets().check(file)
    assert result.status is CheckStatus.FAIL
    assert secret not in repr(result)
    assert result.details["places"][0]["where"] == "line 2"


def test_redaction_keeps_the_rest_and_rolls_back(tmp_path):
    file = secret_files.secret_in_source(4, tmp_path)
    before = (file.path / "train.py").read_text()
    result = NoSecrets().enforce(file)
    assert result.status is EnforcementStatus.SUCCESS
    after = (file.path / "train.py").read_text()
    assert "[removed " in after
    assert after.splitlines()[:-1] == before.splitlines()[:-1]
    result.rollback()
    assert (file.path / "train.py").read_text() == before


@pytest.mark.parametrize(
    "line", ["token = tokenizer(text)", "password: ${DB_PASSWORD}", "secret = None", "pwd = getpass()"]
)
def test_reads_and_placeholders_are_no_secrets(tmp_path, line):
    (tmp_path / "a.py").write_text(line)
    assert NoSecrets().check(tmp_path).status is CheckStatus.PASS
