"""SignedModel: the contract, its proof, and the laws of envelopes and digests."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml import CheckStatus, EnforcementStatus, ModelFile
from rqml.errors import InvalidParameter
from rqml.testing import parametrize_with_checks, prove
from rqml_catalog.scenarios import signed_files
from rqml_catalog.supply_chain import SignedModel
from rqml_catalog.supply_chain.signing import (
    contents_of,
    faults_of,
    key_id,
    new_key_pair,
    opened,
    sealed,
    signed_in,
    statement_of,
)

pytest.importorskip("cryptography")


@parametrize_with_checks([SignedModel])
def test_contract(check):
    check()


def test_proof():
    assert prove(SignedModel, seeds=range(100, 106)).misses == ()


@pytest.fixture(scope="module", params=["ed25519", "p256"])
def keys(request, tmp_path_factory):
    """Private PEM bytes and public PEM text."""
    private = tmp_path_factory.mktemp("keys") / "private.pem"
    public = new_key_pair(private, algorithm=request.param)
    assert private.stat().st_mode & 0o777 == 0o600
    return private.read_bytes(), public


def test_what_is_sealed_opens_with_its_key_only(keys):
    private, public = keys
    assert opened(sealed(b"{}", private), [*signed_files.PUBLIC, public]).payload == b"{}"
    assert opened(sealed(b"{}", private), [public]).key == key_id(public)
    assert opened(sealed(b"{}", private), signed_files.PUBLIC) is None
    assert opened(sealed(b"{}", private), []) is None


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_changed_byte_of_an_envelope_is_believed(keys, data):
    """Whatever is changed, it does not open, or it opens to the very payload that was signed."""
    private, public = keys
    envelope = bytearray(sealed(b'{"subject": []}', private))
    place = data.draw(st.integers(0, 500)) % len(envelope)
    envelope[place] = data.draw(st.integers(0, 255))
    found = opened(bytes(envelope), [public])
    assert found is None or found.payload == b'{"subject": []}'


@given(st.binary(max_size=200))
def test_any_bytes_are_borne(content):
    assert opened(content, signed_files.PUBLIC) is None


def test_a_payload_of_another_type_is_refused(keys):
    private, public = keys
    value = json.loads(sealed(b"{}", private))
    assert opened(json.dumps({**value, "payloadType": "text/plain"}).encode(), [public]) is None


def test_another_implementation_reads_our_envelopes(keys):
    """securesystemslib is the reference implementation of DSSE in Python."""
    dsse = pytest.importorskip("securesystemslib.dsse")
    signer = pytest.importorskip("securesystemslib.signer")
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    private, public = keys
    value = json.loads(sealed(b"{}", private))
    key = signer.SSlibKey.from_crypto(
        serialization.load_pem_public_key(public.encode()), value["signatures"][0]["keyid"]
    )
    for entry in value["signatures"]:
        entry["sig"] = base64.b64decode(entry["sig"]).hex()
    signatures = {entry["keyid"]: signer.Signature.from_dict(entry) for entry in value["signatures"]}
    envelope = dsse.Envelope(base64.b64decode(value["payload"]), value["payloadType"], signatures)
    assert envelope.verify([key], 1)


names = st.sampled_from(["a", "b", "deep/c", "deep/d", "e é"])
trees = st.dictionaries(names, st.binary(max_size=3), min_size=1)


@given(before=trees, after=trees)
@settings(max_examples=60, deadline=None)
def test_faults_exactly_where_trees_differ(tmp_path_factory, before, after):
    def planted(tree):
        root = tmp_path_factory.mktemp("tree")
        for name, content in tree.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(content)
        return contents_of(root)

    faults = faults_of(signed_in(statement_of(planted(before)), "tree"), planted(after))
    assert (not faults) == (before == after)
    told = " ".join(map(str, faults))
    assert all(name in told for name in before.keys() ^ after.keys())
    assert all(f"changed: {name}" in told for name in before.keys() & after.keys() if before[name] != after[name])


def test_links_are_no_content(tmp_path):
    file = signed_files.signed_folder(1, tmp_path)
    (file.path / "link").symlink_to(file.path / "weights.bin")
    (file.path / "loop").symlink_to(file.path)
    found = SignedModel(keys=signed_files.PUBLIC).check(file)
    assert found.details["faults"] == ["not-a-file: link", "not-a-file: loop"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"payload": "e30="}'])
def test_what_is_no_envelope_is_named(tmp_path, content):
    file = signed_files.signed_folder(1, tmp_path)
    place = tmp_path / f"{file.path.name}.dsse.json"
    place.write_bytes(content)
    assert SignedModel(keys=signed_files.PUBLIC).check(file).details["faults"] == [f"not-an-envelope: {place.name}"]


def test_a_folder_may_be_moved_with_its_signature_and_a_file_keeps_its_name(tmp_path):
    for made, status in ((signed_files.signed_folder, CheckStatus.PASS), (signed_files.signed_file, CheckStatus.FAIL)):
        folder = tmp_path / made.__name__
        folder.mkdir()
        old = made(1, folder).path
        new = old.rename(folder / "other")
        (folder / f"{old.name}.dsse.json").rename(folder / "other.dsse.json")
        assert SignedModel(keys=signed_files.PUBLIC).check(ModelFile(new)).status is status


def test_what_has_changed_is_not_signed_again(tmp_path):
    file = signed_files.changed(1, tmp_path)
    result = SignedModel(keys=signed_files.PUBLIC, signing_key="key.pem").enforce(file)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "changed: weights.bin" in result.message


def test_signing_with_a_key_that_is_not_allowed_is_rolled_back(tmp_path):
    file = signed_files.unsigned(1, tmp_path)
    result = SignedModel(keys=signed_files.PUBLIC[1:], signing_key="key.pem").enforce(file)
    assert result.status is EnforcementStatus.FAILURE
    assert not (tmp_path / "model.dsse.json").exists()


def test_bad_keys_are_named_but_never_shown(tmp_path):
    file = signed_files.unsigned(1, tmp_path)
    private = (tmp_path / "key.pem").read_text()
    with pytest.raises(ValueError, match="BEGIN PUBLIC KEY") as refused:
        SignedModel(keys=private)
    assert private[30:60] not in str(refused.value)
    with pytest.raises(InvalidParameter):
        opened(b"", ["-----BEGIN PUBLIC KEY-----\nnothing"])
    assert SignedModel().check(file).status is CheckStatus.INCOMPLETE
    assert SignedModel(keys=signed_files.PUBLIC).check(ModelFile(tmp_path / "none")).status is CheckStatus.INCOMPLETE


def test_what_cannot_be_read_is_no_pass(tmp_path, monkeypatch):
    file = signed_files.signed_folder(1, tmp_path)
    real = Path.open

    def refusing(path, *rest, **named):
        if path.name == "weights.bin":
            raise PermissionError(13, "Permission denied")
        return real(path, *rest, **named)

    monkeypatch.setattr(Path, "open", refusing)
    result = SignedModel(keys=signed_files.PUBLIC).check(file)
    assert result.status is CheckStatus.INCOMPLETE
    assert "weights.bin cannot be read (Permission denied)" in result.message


def test_a_pipe_in_the_folder_is_named_and_not_waited_for(tmp_path):
    file = signed_files.signed_folder(1, tmp_path)
    os.mkfifo(file.path / "pipe")
    assert SignedModel(keys=signed_files.PUBLIC).check(file).details["faults"] == ["not-a-file: pipe"]
