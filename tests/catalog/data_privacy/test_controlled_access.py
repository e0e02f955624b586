"""ControlledAccess: modes, owners, links, roots, regions, marks of encryption; what is mended and what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from rqml import CheckStatus, EnforcementStatus, Reason
from rqml_catalog.data_privacy.access.data_files import DataFiles
from rqml_catalog.data_privacy.controlled_access import ControlledAccess
from rqml_catalog.scenarios import data_folders


def modes(top):
    return {path.name: stat.S_IMODE(path.lstat().st_mode) for path in top.rglob("*")}


@pytest.mark.parametrize("scenario", list(ControlledAccess.scenarios()), ids=lambda s: s.name)
def test_scenarios_get_their_verdict(scenario, tmp_path):
    for seed in range(5):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert scenario.requirement.check(scenario.build(seed, folder)).status is scenario.expected


def test_modes_are_narrowed_never_widened_and_can_be_given_back(tmp_path):
    top = data_folders.folder(1, tmp_path, wide=2)
    (top / "part-0.csv").chmod(0o400)
    before = modes(top)
    result = ControlledAccess().enforce(top)
    after = modes(top)
    assert result.status is EnforcementStatus.SUCCESS
    assert after["part-0.csv"] == 0o400
    assert all(after[name] == before[name] & 0o640 for name in before)
    result.rollback()
    assert modes(top) == before


def test_a_dry_run_touches_nothing(tmp_path):
    top = data_folders.folder(1, tmp_path, wide=2)
    before = modes(top)
    result = ControlledAccess().enforce(top, dry_run=True)
    assert "narrowed to 0640" in " ".join(result.changes)
    assert modes(top) == before


def test_what_modes_cannot_mend_is_refused_and_left_alone(tmp_path):
    top = data_folders.folder(1, tmp_path, wide=1, link="elsewhere")
    before = modes(top)
    result = ControlledAccess().enforce(top)
    assert result.status is not EnforcementStatus.SUCCESS
    assert "link: 1" in result.message
    assert modes(top) == before


@pytest.mark.parametrize("field", ["owners", "groups"])
def test_owners_and_groups_by_number_or_name(field, tmp_path):
    top = data_folders.folder(2, tmp_path)
    number = os.getuid() if field == "owners" else top.stat().st_gid
    assert ControlledAccess(**{field: [str(number)]}).check(top).passed
    assert ControlledAccess(**{field: ["nobody-of-this-name"]}).check(top).status is CheckStatus.FAIL


def test_roots_are_compared_with_links_resolved(tmp_path):
    top = data_folders.folder(3, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "alias").symlink_to(top)
    assert ControlledAccess(roots=[tmp_path / "data"]).check(top).passed
    assert ControlledAccess(roots=[other]).check(top).status is CheckStatus.FAIL
    assert ControlledAccess(roots=[other]).check(other / "alias").status is CheckStatus.FAIL


def test_a_region_must_be_stated_where_one_is_demanded(tmp_path):
    top = data_folders.folder(4, tmp_path)
    assert ControlledAccess(regions=["eu"]).check(DataFiles(top, region="eu")).passed
    assert ControlledAccess(regions=["eu"]).check(top).status is CheckStatus.FAIL


def test_nothing_there_is_incomplete():
    result = ControlledAccess().check(Path("no-such-folder"))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.MISSING_SUBJECT)
