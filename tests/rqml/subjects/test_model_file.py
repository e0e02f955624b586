from __future__ import annotations

from pathlib import Path

import blake3
import pytest

from rqml.subjects.model_file import ModelFile


def test_a_path_is_a_file_and_a_str_never_is(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    file = ModelFile.coerce(path)
    assert file == ModelFile(str(path))  # type: ignore[arg-type]
    assert ModelFile.coerce(file) is file
    assert ModelFile.coerce(str(path)) is None
    assert ModelFile.coerce(3) is None
    assert (file.native(), file.describe()) == (path, "file model.joblib")


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    assert ModelFile(path).fingerprint() is None
    path.write_bytes(b"weights")
    digest = ModelFile(path).fingerprint()
    assert digest == f"blake3:{blake3.blake3(b'weights').hexdigest()}"
    other = tmp_path / "copy"
    other.write_bytes(b"weights")
    assert ModelFile(other).fingerprint() == digest
    path.write_bytes(b"other weights")
    assert ModelFile(path).fingerprint() != digest
    assert ModelFile(tmp_path).fingerprint() not in (None, digest)


def test_no_path_is_no_file() -> None:
    with pytest.raises(TypeError):
        ModelFile(None)  # type: ignore[arg-type]
