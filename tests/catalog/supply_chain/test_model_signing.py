"""Signatures that model-signing 1.1.1 made with a P-256 key: read without that package, and as strictly as by it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml import CheckStatus, EnforcementStatus
from rqml_catalog.scenarios import signed_files
from rqml_catalog.supply_chain import SignedModel
from rqml_catalog.supply_chain.signing import envelope_in, opened, signed_in

pytest.importorskip("cryptography")

HERE = Path(__file__).parent / "model_signing"
PUBLIC = (HERE / "public.pem").read_text()
FILES = {
    "weights.bin": "weights one",
    "parts/0.bin": "part",
    "vocabulary.txt": "",
    "README.md": "read me",
    ".git/HEAD": "ref",
}


@pytest.fixture
def model(tmp_path):
    """The folder that was signed, with its signature over SHA-256 digests beside it."""
    for name, content in FILES.items():
        path = tmp_path / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    shutil.copy(HERE / "folder.sig", tmp_path / "model.sig")
    return tmp_path / "model"


def faults(path, **options):
    return SignedModel(keys=PUBLIC, **options).check(path).details["faults"]


@pytest.mark.parametrize("name", ["folder", "blake2", "blake3"])
def test_a_signed_folder_passes(model, name):
    rule = SignedModel(keys=PUBLIC, signature=str(HERE / f"{name}.sig"))
    assert rule.check(model).status is CheckStatus.PASS
    (model / "weights.bin").write_text("weights two")
    assert rule.check(model).details["faults"] == ["changed: weights.bin"]


def test_it_is_found_by_its_name(model):
    assert SignedModel(keys=PUBLIC).check(model).status is CheckStatus.PASS
    assert SignedModel(keys=signed_files.PUBLIC).check(model).details["faults"] == ["no-valid-signature"]


def test_a_single_file_has_the_name_that_it_has(model):
    shutil.copy(HERE / "file.sig", model / "weights.bin.sig")
    assert faults(model / "weights.bin") == []
    (model / "weights.bin").write_text("weights two")
    assert faults(model / "weights.bin") == ["changed: weights.bin"]


def test_each_way_to_tamper_is_named(model):
    (model / "parts" / "0.bin").rename(model / "parts" / "1.bin")
    (model / "vocabulary.txt").unlink()
    (model / "weights.bin").write_text("weights two")
    (model / "loader.py").write_text("print()")
    assert faults(model) == [
        "changed: weights.bin",
        "renamed: parts/0.bin to parts/1.bin",
        "missing: vocabulary.txt",
        "extra: loader.py",
    ]


def test_what_the_signer_left_out_is_not_covered_but_git_is_left_alone(model):
    assert faults(model, signature=str(HERE / "partly.sig")) == ["not-covered: README.md"]
    (model / "README.md").unlink()
    (model / ".git" / "index").write_text("more")
    assert faults(model, signature=str(HERE / "partly.sig")) == []


def test_a_signature_inside_the_folder_does_not_sign_itself(model):
    shutil.move(model.with_name("model.sig"), model / "model.sig")
    assert faults(model, signature="model/model.sig") == []
    assert faults(model) == ["unsigned"]


def test_our_own_signature_may_lie_inside_too(tmp_path):
    file = signed_files.unsigned(1, tmp_path)
    rule = SignedModel(keys=signed_files.PUBLIC, signing_key="key.pem", signature="model/own.dsse.json")
    assert rule.enforce(file).status is EnforcementStatus.SUCCESS
    assert rule.check(file).status is CheckStatus.PASS
    (file.path / "weights.bin").unlink()
    assert rule.check(file).details["faults"] == ["missing: weights.bin"]


def test_what_is_not_read_says_so(model):
    shards = SignedModel(keys=PUBLIC, signature=str(HERE / "shards.sig")).check(model)
    assert shards.status is CheckStatus.INCOMPLETE
    assert "file by file" in shards.message
    bundle = json.loads((HERE / "folder.sig").read_text())
    bundle["verificationMaterial"] = {"certificate": {"rawBytes": ""}, "tlogEntries": []}
    model.with_name("model.sig").write_text(json.dumps(bundle))
    identity = SignedModel(keys=PUBLIC).check(model)
    assert identity.status is CheckStatus.INCOMPLETE
    assert "model_signing sign key" in identity.message


def test_a_signature_of_another_tool_is_not_taken_for_one(model):
    model.with_name("model.sig").write_bytes(b"\x89\x01\x33\x04\x00\x01\x08\x00")
    assert faults(model) == ["unsigned"]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_changed_byte_of_a_bundle_is_believed(data):
    """Whatever is changed, it does not open, or it opens to the very files that were signed."""
    content = (HERE / "folder.sig").read_bytes()
    true = signed_in(opened(envelope_in(content), [PUBLIC]).payload, "model")
    changed = bytearray(content)
    changed[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = opened(envelope_in(bytes(changed)), [PUBLIC])
    assert found is None or signed_in(found.payload, "model") == true


def test_the_tool_itself_agrees(model, tmp_path):
    """Differential, where the package imports: it accepts exactly what we accept."""
    tool = pytest.importorskip("model_signing.verifying")
    key = tmp_path / "public.pem"
    key.write_text(PUBLIC)

    def accepted():
        try:
            tool.Config().use_elliptic_key_verifier(public_key=key).verify(model, tmp_path / "model.sig")
        except ValueError:
            return False
        return True

    assert accepted()
    for name in ("weights.bin", "extra.bin", "parts/0.bin"):
        before = (model / name).read_bytes() if (model / name).exists() else None
        (model / name).write_bytes(b"other")
        assert accepted() == (not faults(model)) is False
        (model / name).unlink() if before is None else (model / name).write_bytes(before)
    assert accepted() == (not faults(model)) is True
