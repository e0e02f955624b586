"""NoSecrets with detect-secrets: asked only where it is wanted, its findings told or counted, never its secrets."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from rqml import CheckStatus, EnforcementStatus
from rqml_catalog.supply_chain import NoSecrets

WORD = "correct horse battery"  # what our search does not see


class Collection(list):
    """As in detect-secrets: scans files into pairs of a name and a secret."""

    def scan_file(self, name):
        with Path(name).open() as file:
            for number, line in enumerate(file, 1):
                if WORD in line:
                    self.append((name, SimpleNamespace(line_number=number, type="Phrase", secret_value=WORD)))


@pytest.fixture
def installed(monkeypatch):
    """A stand-in for detect-secrets, with the part of its interface that is used."""
    package, settings = ModuleType("detect_secrets"), ModuleType("detect_secrets.settings")
    package.SecretsCollection, settings.default_settings = Collection, contextlib.nullcontext
    monkeypatch.setitem(sys.modules, "detect_secrets", package)
    monkeypatch.setitem(sys.modules, "detect_secrets.settings", settings)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "notes.txt").write_text(f"first\nthe phrase is {WORD}\n")
    return tmp_path


def test_it_is_asked_only_when_wanted(installed, project):
    result = NoSecrets().check(project)
    assert result.status is CheckStatus.PASS
    assert "second opinion" not in result.details


def test_it_can_be_told_or_counted(installed, project):
    told = NoSecrets(second_opinion="report").check(project)
    counted = NoSecrets(second_opinion="count").check(project)
    assert (told.status, counted.status) == (CheckStatus.PASS, CheckStatus.FAIL)
    place = {"path": "notes.txt", "where": "line 2", "kind": "Phrase (detect-secrets)", "removable": False}
    assert told.details["second opinion"] == counted.details["places"] == [place]
    assert WORD not in repr(told) + repr(counted)


def test_what_only_it_finds_is_not_taken_out(installed, project):
    result = NoSecrets(second_opinion="count").enforce(project)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert WORD in (project / "notes.txt").read_text()


def test_without_it_the_way_to_install_it_is_told(monkeypatch, project):
    monkeypatch.setitem(sys.modules, "detect_secrets", None)
    result = NoSecrets(second_opinion="report").check(project)
    assert result.status is CheckStatus.INCOMPLETE
    assert "rqml[second-opinion]" in result.message


def test_the_real_one_where_it_is_installed(tmp_path):
    pytest.importorskip("detect_secrets")
    (tmp_path / "a.py").write_text('password = "' + "correct" + 'horse"\nx = 1\n')
    result = NoSecrets(second_opinion="count").check(tmp_path)
    assert result.details["kinds"] == ["Secret Keyword (detect-secrets)"]
    assert result.details["places"][0]["where"] == "line 1"
