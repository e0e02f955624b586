"""SandboxedLoad: the contract, its proof, and that the watch can be neither deceived nor left."""

from __future__ import annotations

import _posixshmem
import _posixsubprocess
import ctypes
import fcntl
import gc
import importlib
import os
import pickle
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import syslog
import tempfile
import termios
import time

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rqml import CheckStatus, EnforcementStatus
from rqml.testing import parametrize_with_checks, prove
from rqml_catalog.scenarios import loaded_files as made
from rqml_catalog.scenarios.loaded_files import Calls
from rqml_catalog.supply_chain import SandboxedLoad
from rqml_catalog.supply_chain.sandbox import Bounds, load_watched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


@parametrize_with_checks([SandboxedLoad])
def test_contract(check):
    check()


def test_proof():
    assert prove(SandboxedLoad, seeds=range(100, 105), enforce=True).misses == ()


def watched(place, *content, loader="pickle", seconds=5, **options):
    path = place / "file.pkl"
    path.write_bytes(pickle.dumps(content))
    return load_watched(path, loader=loader, bounds=Bounds(512, seconds), **options)


@pytest.mark.parametrize(
    "call",
    [
        Calls(os.system, "true"),
        Calls(subprocess.check_output, ["true"]),
        Calls(os.posix_spawn, "/bin/true", ["true"], {}),
        Calls(os.execv, "/bin/true", ["true"]),
        Calls(eval, "1"),
        Calls(exec, "1"),
        Calls(ctypes.CDLL, None),
        Calls(socket.create_connection, ("127.0.0.1", 9)),
        Calls(socket.gethostbyname, "localhost"),
        Calls(syslog.syslog, "made"),
        Calls(fcntl.ioctl, 0, termios.TIOCSTI, b"x"),
        Calls(sqlite3.connect, "made.db"),
        Calls(tempfile.mkstemp),
        Calls(shutil.rmtree, "/nowhere"),
        Calls(os.unlink, "/nowhere"),
        Calls(os.symlink, "/nowhere", "made"),
        Calls(os.fork),
        Calls(os.kill, 2**22 + 5, 0),
        Calls(os.putenv, "A", "b"),
        Calls(os.chmod, "/nowhere", 0o600),
        Calls(os.rename, "/nowhere", "/elsewhere"),
        Calls(compile, "1", "made", "eval"),
        Calls(sys.addaudithook, print),
        Calls(gc.get_objects),
        Calls(sys._getframe, 0),
        Calls(os.mkfifo, "made"),
        Calls(os.memfd_create, "made"),
        Calls(os.pidfd_open, 1),
        Calls(os.nice, 1),
        Calls(_posixshmem.shm_open, "/made", os.O_CREAT | os.O_RDWR),
        Calls(_posixsubprocess.fork_exec, [b"true"], [b"/bin/true"]),
        Calls(resource.setrlimit, resource.RLIMIT_AS, (-1, -1)),
        Calls(importlib.import_module, "_xxsubinterpreters"),
        Calls(importlib.import_module, "readline"),
    ],
    ids=lambda call: call.__reduce__()[0].__name__,
)
def test_what_a_file_may_not_do(tmp_path, call):
    assert watched(tmp_path, call).outcome == "forbidden"


def test_nothing_has_happened(tmp_path):
    for seed in range(6):
        made.writes_a_file(seed, tmp_path)
        assert load_watched(tmp_path / "model.bin", loader="pickle", bounds=Bounds(512, 5)).outcome == "forbidden"
    assert [path.name for path in tmp_path.iterdir()] == ["model.bin"]


@pytest.mark.parametrize("descriptor", [1, 3, 4])
def test_a_file_cannot_write_its_own_report(tmp_path, descriptor):
    forged = b'\n{"outcome": "loaded", "event": "dict"}\n'
    first = watched(tmp_path, Calls(os.write, descriptor, forged), Calls(os._exit, 0))
    assert first.outcome in ("ended", "error")


def test_writing_is_allowed_in_its_folder_only(tmp_path):
    inside, beside = tmp_path / "in", tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(tmp_path)
    assert watched(tmp_path, Calls(os.mkdir, str(inside / "a")), folder=inside).outcome == "loaded"
    for path in (beside, inside / ".." / "b", inside / "link" / "c"):
        assert watched(tmp_path, Calls(os.mkdir, str(path)), folder=inside).outcome == "forbidden"


def test_the_environment_is_empty(tmp_path, monkeypatch):
    monkeypatch.setenv("RQML_TEST_WORD", "x")
    assert watched(tmp_path, Calls(float, Calls(os.getenv, "OMP_NUM_THREADS"))).outcome == "loaded"
    assert watched(tmp_path, Calls(float, Calls(os.getenv, "RQML_TEST_WORD"))).event == "TypeError"


def test_endless_work_ends(tmp_path):
    started = time.monotonic()
    assert watched(tmp_path, Calls(pow, 7, 10**9), seconds=1).outcome == "resources"
    assert time.monotonic() - started < 15


def test_honest_models_load(tmp_path):
    X = np.random.default_rng(0).normal(size=(40, 3))
    model = make_pipeline(StandardScaler(), RandomForestClassifier(3)).fit(X, X[:, 0] > 0)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(model))
    joblib.dump(model, tmp_path / "b.joblib", compress=3)
    for name in ("a.pkl", "b.joblib"):
        assert SandboxedLoad().check(tmp_path / name).status is CheckStatus.PASS


def test_a_planted_loader_is_caught(tmp_path, monkeypatch):
    (tmp_path / "their_loader.py").write_text("import socket\n\ndef load(path):\n    return socket.socket()\n")
    monkeypatch.syspath_prepend(tmp_path)
    file = made.parameters(1, tmp_path)
    result = SandboxedLoad(loader="their_loader:load").check(file)
    assert result.status is CheckStatus.FAIL
    assert "socket" in result.message
    assert SandboxedLoad(loader="their_lodaer:load").check(file).status is CheckStatus.INCOMPLETE


def test_a_broken_file_is_incomplete(tmp_path):
    for content in (b"", b"\x80\x04"):
        (tmp_path / "a.pkl").write_bytes(content)
        assert SandboxedLoad().check(tmp_path / "a.pkl").status is CheckStatus.INCOMPLETE
    assert SandboxedLoad().check(tmp_path / "none").status is CheckStatus.INCOMPLETE


def test_enforcement_contains_and_rolls_back(tmp_path):
    file = made.opens_a_socket(1, tmp_path)
    result = SandboxedLoad().enforce(file)
    assert result.status is EnforcementStatus.CONTAINED
    assert not file.path.exists()
    result.rollback()
    assert file.path.exists()
