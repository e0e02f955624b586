"""Files as they come: missing, locked, endless, empty, huge; loading, quarantine and conversion."""

from __future__ import annotations

import json
import os
import pickle
import struct
import time

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from rqml.errors import InvalidSubject
from rqml_catalog.supply_chain.serialization import (
    Limits,
    Status,
    UnsafeModelFile,
    load,
    quarantine,
    scan_bytes,
    scan_file,
    scan_path,
    worst,
)

X = np.random.default_rng(0).normal(size=(30, 3))
MODEL = LogisticRegression().fit(X, X[:, 0] > 0)


def test_a_pipe_is_refused_at_once(tmp_path):
    pipe = tmp_path / "model.pkl"
    os.mkfifo(pipe)
    begin = time.monotonic()
    scan = scan_file(pipe)
    assert (scan.status, scan.findings[0].technique) == (Status.INCOMPLETE, "not-a-file")
    assert time.monotonic() - begin < 1


@pytest.mark.parametrize(
    ("content", "status", "technique"),
    [
        (b"", Status.INCOMPLETE, "empty"),
        (b"no format that anyone knows", Status.INCOMPLETE, "unknown-content"),
        (pickle.dumps(MODEL)[:-9], Status.FAIL, "frame-overrun"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), Status.INCOMPLETE, "format-not-examined"),
    ],
)
def test_odd_content_has_a_reason(tmp_path, content, status, technique):
    path = tmp_path / "odd \u00e9\n'name.pkl"
    path.write_bytes(content)
    scan = scan_file(path)
    assert (scan.status, scan.findings[0].technique) == (status, technique)


def test_missing_and_locked_files_have_a_reason(tmp_path):
    assert "cannot be opened" in scan_file(tmp_path / "none").reasons[0]
    assert scan_file("a\0b").status is Status.INCOMPLETE
    locked = tmp_path / "locked"
    locked.write_bytes(pickle.dumps(1))
    locked.chmod(0)
    expected = Status.PASS if os.access(locked, os.R_OK) else Status.INCOMPLETE  # root reads everything
    assert scan_file(locked).status is expected


def test_a_sparse_file_is_refused_without_reading_it(tmp_path):
    path = tmp_path / "sparse.pkl"
    with path.open("wb") as file:
        file.write(b"\x80\x04")
        file.truncate(10 << 30)
    begin = time.monotonic()
    assert scan_file(path).findings[0].technique == "sparse-file"
    assert time.monotonic() - begin < 1


def test_links_that_loop_end(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(MODEL))
    scans = scan_path(tmp_path)
    assert {scan.path.rpartition("/")[2] for scan in scans} == {"model.pkl", "self"}
    assert worst(scans) is Status.INCOMPLETE
    assert worst(scan_path(tmp_path, ignored=("self",))) is Status.PASS


def test_an_empty_folder_is_no_pass(tmp_path):
    assert scan_path(tmp_path)[0].status is Status.INCOMPLETE


def test_a_compressed_bomb_stops_at_the_budget():
    import gzip

    content = gzip.compress(bytes(30_000_000))
    scan = scan_bytes(content, limits=Limits(expanded=1_000_000))
    assert scan.findings[0].technique == "expansion-bomb"


def test_big_arrays_are_crossed_not_read():
    array = np.zeros(20_000_000)
    for content in (pickle.dumps({"a": array, "b": 1}, 4), pickle.dumps([array, MODEL], 5)):
        begin = time.perf_counter()
        assert scan_bytes(content).status is Status.PASS
        assert time.perf_counter() - begin < 0.5


def test_load_gives_what_was_saved(tmp_path):
    for number, write in enumerate((pickle.dump, joblib.dump)):
        path = tmp_path / f"model{number}"
        with path.open("wb") as file:
            write(MODEL, file)
        assert np.array_equal(load(path).coef_, MODEL.coef_)
    np.savez(tmp_path / "arrays.npz", X=X)
    assert np.array_equal(load(tmp_path / "arrays.npz")["X"], X)


def test_load_refuses_what_the_scan_refuses(tmp_path, malicious):
    path = tmp_path / "model.pkl"
    path.write_bytes(malicious["call in an estimator"])
    with pytest.raises(UnsafeModelFile, match=r"platform\.node") as caught:
        load(path)
    assert caught.value.scan.status is Status.FAIL
    with pytest.raises(UnsafeModelFile):
        load(tmp_path / "missing")


def test_quarantine_moves_and_restores(tmp_path, malicious):
    path = tmp_path / "model.pkl"
    path.write_bytes(malicious["joblib"])
    path.chmod(0o640)
    kept = quarantine(path, scan_file(path))
    assert not path.exists()
    assert kept.place.read_bytes() == malicious["joblib"]
    record = json.loads(kept.record.read_text())
    assert record["name"] == "model.pkl"
    assert "platform.node" in record["reasons"][0]
    kept.restore()
    kept.restore()
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (malicious["joblib"], 0o640)
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InvalidSubject):
        quarantine(tmp_path / "missing", scan_bytes(b""))


def test_a_newer_file_is_not_overwritten_by_restoring(tmp_path, malicious):
    path = tmp_path / "model.pkl"
    path.write_bytes(malicious["joblib"])
    kept = quarantine(path, scan_file(path))
    path.write_bytes(b"delivered since")
    with pytest.raises(InvalidSubject, match="delivered again"):
        kept.restore()
    assert path.read_bytes() == b"delivered since"
    assert kept.place.exists()
    assert kept.record.exists()
    path.unlink()
    kept.restore()
    assert path.read_bytes() == malicious["joblib"]


def test_conversion_keeps_the_model(tmp_path):
    pytest.importorskip("skops")
    from rqml_catalog.supply_chain.serialization import replace_content, skops_bytes

    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(MODEL))
    replace_content(path, skops_bytes(path))
    scan = scan_file(path)
    assert (scan.status, scan.format, scan.can_call) == (Status.PASS, "skops", False)
    assert np.array_equal(load(path).coef_, MODEL.coef_)


def test_safetensors_are_recognised():
    header = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    scan = scan_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    assert (scan.status, scan.format, scan.can_call) == (Status.PASS, "safetensors", False)


@pytest.mark.parametrize(("content", "kind"), [(b'{"a": [1]}', "json"), (b"a;b\n1;2\n", "csv")])
def test_plain_data_is_recognised(content, kind):
    assert (scan_bytes(content).status, scan_bytes(content).format) == (Status.PASS, kind)
