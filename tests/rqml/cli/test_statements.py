from __future__ import annotations

import json
import sys

import pytest

WAIVED = (
    "credit = Specification('credit', [EnoughRows(rows=9)], system=make(), owner='{owner}', "
    "waivers=[Waiver(requirement='TST-01', approver='Ann', justification='so', start='2020-01-01T00:00:00Z', "
    "expiry='{expiry}')])\n"
)
FEW = "credit = Specification('credit', [EnoughRows(trouble='few')], system=make(), owner='me')\n"
PLACE = ("--evidence", "e.sqlite")
VOUCH = ("--statement", "the room is locked", "--author", "Bob", "--approver", "Ann", "--until", "2999-12-31")


@pytest.fixture
def keys(cli):
    pytest.importorskip("cryptography")
    for name in ("ann", "eve"):
        cli.run("evidence", "keys", f"{name}.pem", f"{name}.pub")


def again(cli, *words):
    """As in a process of its own, whose code is read anew."""
    sys.modules.pop("checks", None)
    return cli.run(*words)


def listed(cli, *words):
    return json.loads(cli.run("evidence", "statements", *PLACE, "--format", "json", *words).out)


def attest(cli, *words):
    return cli.run("evidence", "attest", "TST-01", *VOUCH, *PLACE, *words)


def test_an_attestation_is_recorded_and_listed(cli):
    assert attest(cli).out.startswith("TST-01: attested until 2999-12-31 23:59 UTC, record 1\n")
    (entry,) = listed(cli)
    assert (entry["kind"], entry["requirement"], entry["state"]) == ("attestation", "TST-01", "in force")
    assert (entry["author"], entry["approver"], entry["signed"]) == ("Bob", "Ann", "no")
    assert entry["text"] == "the room is locked"
    assert "attestation" in cli.run("evidence", "statements", *PLACE).out
    assert cli.run("evidence", "verify", *PLACE).code == 0


def test_a_requirement_that_nobody_knows_is_told(cli):
    assert "knows TST-01: is it written right?" in attest(cli).out
    assert "written right" not in cli.run("evidence", "attest", "PII-02", *VOUCH, *PLACE).out
    again(
        cli, "check", cli.write("checks.py", "credit = Specification('credit', [EnoughRows()], system=make())"), *PLACE
    )
    assert "written right" not in attest(cli).out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--approver", " bob "), "approved by its own author"),
        (("--until", "2020-01-01"), "expires before it starts"),
        (("--until", "2999-01-01T10:00:00"), "is no moment"),
        (("--statement", " "), "statement in words"),
        (("--subject", "blake3:1", "--file", "e"), "give one of them"),
        (("--file", "nothing"), "there is no file or directory 'nothing'"),
    ],
)
def test_an_attestation_that_cannot_count_is_refused(cli, words, message):
    result = attest(cli, *words)
    assert result.code == 2
    assert message in result.err
    assert not (cli.folder / "e.sqlite").exists()


def test_an_expired_attestation_is_listed_as_such(cli):
    attest(cli, "--from", "2020-01-01", "--until", "2020-02-01")
    assert listed(cli)[0]["state"] == "expired"


@pytest.fixture
def few(cli):
    """What cannot be measured, and the gate on it."""
    file = cli.write("checks.py", FEW)
    cli.run("check", file, *PLACE)
    return lambda *words: again(cli, "gate", file, *PLACE, *words)


def test_an_attestation_stands_for_what_cannot_be_measured(cli, few):
    assert few().code == 3
    attest(cli)
    assert few().code == 0
    assert few("--author", "ann").code == 3, "its approver made what is released"


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "2020-01-01", "--until", "2020-02-01"),
        ("--from", "2998-01-01"),
        ("--subject", "blake3:1"),
        ("--specification", "other"),
    ],
)
def test_an_attestation_out_of_its_scope_or_time_counts_for_nothing(cli, few, words):
    attest(cli, *words)
    assert few().code == 3


def test_an_attestation_for_this_content_and_specification_counts(cli, few):
    record = json.loads(cli.run("evidence", "show", "1", *PLACE).out)
    attest(cli, "--subject", record["body"]["fingerprints"]["data"], "--specification", "credit")
    assert few().code == 0


def test_an_attestation_does_not_cover_a_failure(cli):
    file = cli.write("checks.py", FEW.replace("trouble='few'", "rows=9"))
    cli.run("check", file, *PLACE)
    attest(cli)
    assert again(cli, "gate", file, *PLACE).code == 1


def test_only_what_the_right_key_signed_counts_where_a_key_is_given(cli, few, keys):
    def gate():
        cli.run("evidence", "sign", "--key", "ann.pem", *PLACE)
        return few("--key", "ann.pub")

    attest(cli)
    assert gate().code == 3
    attest(cli, "--key", "eve.pem")
    assert gate().code == 3
    attest(cli, "--key", "ann.pem")
    assert gate().code == 0
    attest(cli, "--key", "eve.pem")
    assert gate().code == 0, "what another key signs takes nothing away"
    assert [entry["signed"] for entry in listed(cli, "--key", "ann.pub")].count("yes") == 1
    assert "not by these keys" in [entry["signed"] for entry in listed(cli, "--key", "ann.pub")]
    assert {entry["signed"] for entry in listed(cli)} == {"no", "yes, unverified"}


def test_the_variable_names_the_key(cli, keys, monkeypatch):
    monkeypatch.setenv("RQML_SIGNING_KEY", "ann.pem")
    attest(cli)
    assert listed(cli, "--key", "ann.pub")[0]["signed"] == "yes"


def waived(cli, owner="me", expiry="2999-01-01T00:00:00Z"):
    return cli.write("checks.py", WAIVED.format(owner=owner, expiry=expiry))


def test_a_waiver_that_is_used_leaves_one_record_with_approver_scope_and_expiry(cli):
    file = waived(cli)
    for _ in range(3):
        assert again(cli, "check", file, *PLACE).code == 0
    (entry,) = listed(cli)
    assert (entry["kind"], entry["author"], entry["approver"]) == ("waiver", "me", "Ann")
    assert (entry["specification"], entry["until"]) == ("credit", "2999-01-01T00:00:00+00:00")
    assert cli.run("evidence", "verify", *PLACE).code == 0


def test_another_waiver_is_another_record(cli):
    again(cli, "check", waived(cli), *PLACE)
    again(cli, "check", waived(cli, expiry="2999-01-02T00:00:00Z"), *PLACE)
    assert [entry["until"][:10] for entry in listed(cli)] == ["2999-01-01", "2999-01-02"]


def test_an_expired_waiver_covers_nothing_and_is_not_recorded(cli):
    assert again(cli, "check", waived(cli, expiry="2020-02-01T00:00:00Z"), *PLACE).code == 1
    assert listed(cli) == []


def test_a_waiver_approved_by_the_owner_covers_nothing_and_is_not_recorded(cli):
    result = again(cli, "check", waived(cli, owner="ann"), *PLACE)
    assert result.code == 1
    assert "approved by its own author, and covers nothing" in result.out
    assert listed(cli) == []


def test_an_approver_signs_the_waivers_of_a_file(cli, keys):
    file = waived(cli)
    again(cli, "check", file, *PLACE)
    cli.run("evidence", "sign", "--key", "ann.pem", *PLACE)
    result = again(cli, "gate", file, *PLACE, "--key", "ann.pub")
    assert result.code == 1
    assert "its waiver is not signed by any of the keys given" in result.out
    assert "approved by its own author" in again(cli, "evidence", "approve", file, "--author", "Ann", *PLACE).err
    approve = ("evidence", "approve", file, "--author", "Bob", "--key", "ann.pem", *PLACE)
    assert "TST-01: the waiver is record 3, signed" in again(cli, *approve).out
    assert again(cli, *approve).out == "", "it is on record already"
    assert again(cli, "gate", file, *PLACE, "--key", "ann.pub").code == 0
    assert cli.run("evidence", "verify", *PLACE, "--key", "ann.pub").code == 0
    cli.run("evidence", "export", "o.jsonl", *PLACE)
    assert cli.run("evidence", "verify", "o.jsonl", "--key", "ann.pub").code == 0


def test_a_file_without_waivers_is_said(cli):
    assert "holds no waiver" in cli.run("evidence", "approve", cli.write("c.py", FEW), "--author", "x", *PLACE).out


def test_a_check_signs_the_waivers_it_records_where_a_key_is_configured(cli, keys, monkeypatch):
    monkeypatch.setenv("RQML_SIGNING_KEY", "ann.pem")
    again(cli, "check", waived(cli), *PLACE)
    assert listed(cli, "--key", "ann.pub")[0]["signed"] == "yes"
    monkeypatch.setenv("RQML_SIGNING_KEY", "nothing.pem")
    result = again(cli, "check", waived(cli, expiry="2999-01-02T00:00:00Z"), *PLACE)
    assert "is not on record: nothing.pem is no Ed25519 private key" in " ".join(result.out.split())


def test_a_statement_whose_content_does_not_fit_its_signature_is_found(cli, keys):
    """Somebody who may write the ledger moves a signature to another statement."""
    from rqml.evidence.jsonl import export_file, verify_file
    from rqml.evidence.ledger import Ledger
    from rqml.evidence.record import Entry
    from rqml.evidence.signing import PublicKeys
    from rqml.evidence.statements import digest_of

    attest(cli, "--key", "ann.pem")
    ledger = Ledger(cli.folder / "e.sqlite")
    (record,) = ledger.records()
    body = dict(record.body)
    content = {**body["attestation"], "expiry": "3999-01-01T00:00:00+00:00"}
    forged = {**body, "attestation": content, "statement": digest_of("attestation", "", content)}
    ledger.append([Entry("attestation", "TST-01", forged)])
    ledger.sign(cli.folder / "ann.pem")
    public = PublicKeys([cli.folder / "ann.pub"])
    assert [(f.number, "signature of the attestation" in f.message) for f in ledger.verify(keys=public).faults] == [
        (2, True)
    ]
    export_file(ledger, cli.folder / "o.jsonl")
    (fault,) = verify_file(cli.folder / "o.jsonl", keys=public).faults
    assert fault.line == 3


@pytest.mark.parametrize("moved", [{"key": "TST-01"}, {"statement": "sha256:0"}, {"attestation": {}}, {"signature": 5}])
def test_a_signed_statement_cannot_be_filed_as_another(cli, few, keys, moved):
    """What is signed for one requirement does not speak for another, whatever the record around it says."""
    from rqml.evidence.ledger import Ledger
    from rqml.evidence.record import Entry

    cli.run("evidence", "attest", "OTHER", *VOUCH, *PLACE, "--key", "ann.pem")
    ledger = Ledger(cli.folder / "e.sqlite")
    (record,) = ledger.records(kind="attestation")
    cli.run("evidence", "sign", "--key", "ann.pem", *PLACE)
    assert few("--key", "ann.pub").code == 3
    body = {**record.body, **moved}
    ledger.append([Entry("attestation", body["key"], body)])
    result = few("--key", "ann.pub")
    assert result.code == 1
    assert "filed as another" in result.out or "does not say" in result.out
    assert few().code == 1
