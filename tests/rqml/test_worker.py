"""Hard time-outs: the measurement runs in a process of its own, which is really gone when its time is up."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import ModuleType

import attrs
import pytest

from rqml.run import Run
from rqml.verdict import CheckStatus, Reason

MODULE = """
    import os, subprocess, sys, time
    import attrs
    from rqml.errors import InsufficientEvidence
    from rqml.estimate import Estimate
    from rqml.judge import at_least
    from rqml.meta import Meta, Severity, Stage, limit
    from rqml.requirement import Requirement
    from rqml.subjects.subject import Subject
    from rqml.verdict import Measurement

    @attrs.frozen
    class Folder(Subject):
        path: str
        extra: object = None

        def fingerprint(self):
            return self.path

    @attrs.frozen(kw_only=True)
    class Behaves(Requirement[Folder]):
        meta = Meta(id="WRK-01", title="t", statement="It behaves.", remedy="wait", stage=Stage.SERVING,
                    severity=Severity.LOW)
        how: str = "well"

        def measure(self, subject, run):
            assert run.deadline is not None and not run.hard
            with open(os.path.join(subject.path, "pid"), "w") as stream:
                stream.write(str(os.getpid()))
            if self.how == "hangs":
                child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
                with open(os.path.join(subject.path, "child"), "w") as stream:
                    stream.write(str(child.pid))
                while True:
                    time.sleep(0.01)
            if self.how == "dies":
                os._exit(3)
            if self.how == "lacks":
                raise InsufficientEvidence("7 rows")
            if self.how == "crashes":
                raise ValueError("jane.doe@example.org")
            if self.how == "times out":
                raise TimeoutError("its own")
            if self.how == "type error":
                raise TypeError("wrong")
            return Measurement({"pid": Estimate.exact(os.getpid())}, witness=lambda: 1)

        def judge(self, measurement):
            assert measurement.witness is None
            return at_least(measurement.estimates["pid"], 1, "pid")
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    folder = tmp_path_factory.mktemp("module")
    (folder / "worker_toys.py").write_text(textwrap.dedent(MODULE))
    sys.path.insert(0, str(folder))
    yield importlib.import_module("worker_toys")
    sys.path.remove(str(folder))


def alive(pid: int) -> bool:
    """True for a process that still runs (a zombie does not)."""
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc").exists():
        return status.exists() and status.read_text().rpartition(")")[2].split()[0] not in "ZX"
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True, check=False).returncode == 0


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def test_nothing_runs_on_after_a_hard_time_out(work: ModuleType, tmp_path: Path) -> None:
    started = time.monotonic()
    result = work.Behaves(how="hangs").check(work.Folder(str(tmp_path)), run=Run(timeout=1.5, hard=True))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.TIMEOUT)
    assert "longer than 1.5 s and was stopped" in result.message
    assert time.monotonic() - started < 30
    for name in ("pid", "child"):
        pid = int((tmp_path / name).read_text())
        assert pid != os.getpid()
        assert gone(pid)


def test_a_measurement_in_time_comes_back_without_its_witness(work: ModuleType, tmp_path: Path) -> None:
    result = work.Behaves().check(work.Folder(str(tmp_path)), run=Run(timeout=60, hard=True))
    assert result.passed
    pid = int(result.estimates["pid"].value)
    assert pid == int((tmp_path / "pid").read_text()) != os.getpid()
    assert gone(pid)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("lacks", Reason.INSUFFICIENT_EVIDENCE),
        ("crashes", Reason.ERROR),
        ("dies", Reason.ERROR),
        ("times out", Reason.TIMEOUT),
        ("type error", Reason.ERROR),
    ],
)
def test_what_goes_wrong_in_the_worker_is_a_verdict(work: ModuleType, tmp_path: Path, how: str, reason: Reason) -> None:
    result = work.Behaves(how=how).check(work.Folder(str(tmp_path)), run=Run(timeout=60, hard=True))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, reason)
    assert "jane" not in result.to_json()
    assert "was stopped" not in result.message


def test_what_cannot_be_sent_is_unsupported(work: ModuleType, tmp_path: Path) -> None:
    subject = work.Folder(str(tmp_path), extra=threading.Lock())
    result = work.Behaves().check(subject, run=Run(timeout=60, hard=True))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.UNSUPPORTED)
    assert "Run(hard=False)" in result.message


def test_without_a_time_out_nothing_is_sent_away(work: ModuleType, tmp_path: Path) -> None:
    result = work.Behaves().check(work.Folder(str(tmp_path)), run=attrs.evolve(Run(hard=True), deadline=1e12))
    assert result.cause is not None  # the toy insists on a soft run, so it was called here
    assert isinstance(result.cause, AssertionError)
