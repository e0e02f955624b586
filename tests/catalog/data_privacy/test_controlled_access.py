"""ControlledAccess: modes, owners, links, roots, regions, marks of encryption; what is mended and what is refused."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path

import pytest

from rqml import CheckStatus, EnforcementStatus, Reason
from rqml.errors import InvalidParameter
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


CONTAINED = {
    "link": ({}, {"wide": 1, "link": "elsewhere"}),
    "unencrypted": ({"encrypted": True}, {"wide": 1, "plain": 2}),
    "root": ({"roots": ["no-such-root"]}, {"wide": 1}),
}


@pytest.mark.parametrize("fault", CONTAINED)
def test_what_cannot_be_mended_is_closed_named_and_can_be_opened_again(fault, tmp_path):
    policy, made = CONTAINED[fault]
    top = data_folders.folder(1, tmp_path, **made)
    before = modes(tmp_path)
    result = ControlledAccess(**policy).enforce(top)
    assert result.status is EnforcementStatus.CONTAINED
    assert f"yours to decide is ({fault}: " in result.message
    after = modes(tmp_path)
    assert all(after[name] & ~before[name] == 0 for name in before)
    assert set(ControlledAccess(**policy).check(top).details["by_fault"]) == {fault}
    closed = [top] if fault == "link" else [top / name for name in before if "part-0" in name]
    assert all(stat.S_IMODE(place.stat().st_mode) & 0o077 == 0 for place in closed)
    result.rollback()
    assert modes(tmp_path) == before


@pytest.mark.parametrize("policy", [{"regions": "eu"}, {"owners": ["4242", "4243"]}])
def test_what_closing_does_not_contain_is_refused_and_nothing_is_changed(policy, tmp_path):
    top = data_folders.folder(1, tmp_path, wide=1)
    before = modes(tmp_path)
    result = ControlledAccess(**policy).enforce(top)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "yours to decide" in result.message
    assert modes(tmp_path) == before


def test_a_group_that_nobody_may_give_away_loses_its_rights(tmp_path):
    top = data_folders.folder(1, tmp_path)
    result = ControlledAccess(groups=["4242", "4243"]).enforce(top)
    assert result.status is EnforcementStatus.CONTAINED
    assert all(mode & 0o077 == 0 for mode in modes(top).values())


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser may give files away")
def test_places_are_handed_over_where_the_policy_leaves_no_choice(tmp_path):
    top = data_folders.folder(1, tmp_path, wide=1)
    (top / "part-0.csv").chmod(0o4640)

    def access():
        return {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in [top, *top.iterdir()]}

    before = access()
    result = ControlledAccess(owners="4242", groups="4343").enforce(top)
    assert result.status is EnforcementStatus.SUCCESS
    assert {place[1:] for place in access().values()} == {(4242, 4343)}
    result.rollback()
    assert access() == before


@pytest.mark.parametrize("field", ["owners", "groups"])
def test_owners_and_groups_that_are_unknown_here_are_an_error_not_a_fault(field, tmp_path):
    top = data_folders.folder(2, tmp_path)
    for names in (["nobody-of-this-name"], [str(os.getuid()), "nobody-of-this-name"]):
        result = ControlledAccess(**{field: names}).check(top)
        assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.UNSUPPORTED)
        assert "'nobody-of-this-name' on this machine" in result.message


@pytest.mark.parametrize("field", ["owners", "groups"])
def test_owners_and_groups_by_number_or_name(field, tmp_path):
    top = data_folders.folder(2, tmp_path)
    number = os.getuid() if field == "owners" else top.stat().st_gid
    name = pwd.getpwuid(number).pw_name if field == "owners" else grp.getgrgid(number).gr_name
    assert ControlledAccess(**{field: [str(number)]}).check(top).passed
    assert ControlledAccess(**{field: name}).check(top).passed
    assert ControlledAccess(**{field: ["4242"]}).check(top).status is CheckStatus.FAIL


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


def test_what_a_given_link_leads_to_is_looked_at(tmp_path):
    top = data_folders.folder(5, tmp_path, wide=2)
    alias = tmp_path / "alias"
    alias.symlink_to(top)
    assert ControlledAccess().check(alias).details["by_fault"] == {"mode": 2}
    assert ControlledAccess().enforce(alias).status is EnforcementStatus.SUCCESS
    assert ControlledAccess().check(top).passed


def test_links_in_a_circle_or_to_nothing_outside_lead_out(tmp_path):
    top = data_folders.folder(6, tmp_path)
    (top / "one").symlink_to(top / "two")
    (top / "two").symlink_to(top / "one")
    (top / "gone").symlink_to(tmp_path / "gone")
    (top / "gone-within").symlink_to(top / "not-yet")
    result = ControlledAccess().check(top)
    assert result.status is CheckStatus.FAIL
    assert result.details["by_fault"] == {"link": 3}


@pytest.mark.parametrize(
    ("beginning", "encrypted"),
    [
        (b"age-encryption.org/v1\n", True),
        (b"Salted__12345678", True),
        (b"-----BEGIN PGP MESSAGE-----\n", True),
        (b"LUKS\xba\xbe\x00\x02", True),
        (b"PARE\x00", True),
        (b"PAR1\x00", False),
        (b"name,mail\n", False),
        (b"", False),
    ],
)
def test_marks_of_encryption(beginning, encrypted, tmp_path):
    path = tmp_path / "table"
    path.write_bytes(beginning)
    path.chmod(0o600)
    result = ControlledAccess(encrypted=True).check(path)
    assert result.status is (CheckStatus.PASS if encrypted else CheckStatus.FAIL)
    assert encrypted or result.details["by_fault"] == {"unencrypted": 1}


@pytest.mark.parametrize("mode", [0o641, 0o660, 0o4640, 0o2640, 0o1640])
def test_every_bit_beyond_the_mode_counts_and_is_taken_away(mode, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("x")
    path.chmod(mode)
    assert ControlledAccess().check(path).details["by_fault"] == {"mode": 1}
    assert ControlledAccess().enforce(path).status is EnforcementStatus.SUCCESS
    assert stat.S_IMODE(path.stat().st_mode) == mode & 0o640


@pytest.mark.parametrize("name", ["file_mode", "folder_mode"])
@pytest.mark.parametrize("decimal", [600, 640, 644, 700, 750, 755, 440])
def test_a_mode_in_decimal_digits_is_refused_with_the_octal_one(name, decimal):
    with pytest.raises(InvalidParameter, match=f"did you mean 0o{decimal}"):
        ControlledAccess(**{name: decimal})


def test_owners_keep_the_rights_that_data_need():
    ControlledAccess(file_mode=0o400, folder_mode=0o500)
    for wrong in ({"file_mode": 0o200}, {"folder_mode": 0o400}, {"file_mode": 0o440 | 0o007}):
        with pytest.raises(InvalidParameter):
            ControlledAccess(**wrong)
