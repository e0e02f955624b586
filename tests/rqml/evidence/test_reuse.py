"""A measurement is used again if, and only if, nothing that it depends on has changed."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.util
import itertools
import os
import sys
import time

import attrs
import pandas as pd
import pytest

from rqml import AllOf, Cost, Dataset, ModelFile, Reason, Run, Specification, System, Trace, derived
from rqml.errors import InvalidParameter
from rqml.evidence import file_digests, reuse
from rqml.evidence.code import code_digest
from rqml.evidence.file_digests import FileDigests
from rqml.evidence.impact import impact
from rqml.evidence.ledger import Ledger
from rqml.evidence.queries import held_at
from rqml.evidence.rules import other_rules
from rqml.temporal import Always, MeanWithin

MODULE = """
import time
import attrs
from helper import FACTOR
from rqml import *
from rqml.errors import InsufficientEvidence, NotApplicable

COUNTS = {}

def count(name):
    COUNTS[name] = COUNTS.get(name, 0) + 1

def meta(number, cost=Cost.COMMIT, severity=Severity.LOW, **more):
    return Meta(id=f"TOY-{number}", title="t", statement="s", remedy="r", stage=Stage.INGESTION, severity=severity,
                cost=cost, **more)

@attrs.frozen(kw_only=True)
class Rows(Requirement[Dataset]):
    meta = meta(41)
    rows: int = limit(default=2, stricter="higher")
    scale: int = 1
    policy: str = ""
    trouble: str = ""
    def measure(self, dataset, run):
        count(self.key)
        if self.trouble == "few":
            raise InsufficientEvidence("it needs 10 rows")
        if self.trouble == "na":
            raise NotApplicable("no")
        if self.trouble == "slow":
            time.sleep(0.05)
            run.check_deadline()
        if self.trouble == "crash":
            raise RuntimeError("no")
        return Measurement({"rows": Estimate.exact(len(dataset) * FACTOR * self.scale),
                            "share": Estimate.proportion(1, 20, confidence=run.confidence)},
                           {"rows": (1, 2)}, witness=object())
    def judge(self, measurement):
        if self.trouble == "witness" and measurement.witness is None:
            raise RuntimeError
        return at_least(measurement.estimates["rows"], self.rows, "rows")

@attrs.frozen(kw_only=True)
class Content(Requirement[ModelFile]):
    meta = meta(42, Cost.RELEASE, Severity.HIGH)
    def measure(self, file, run):
        count(self.key)
        return Measurement({"bytes": Estimate.exact(len(file.path.read_bytes()))})
    def judge(self, measurement):
        return at_least(measurement.estimates["bytes"], 1, "bytes")

@attrs.frozen(kw_only=True)
class Clock(Rows):
    meta = meta(43, volatile=True)

@attrs.frozen(kw_only=True)
class Whole(Requirement[System]):
    meta = meta(44)
    def measure(self, system, run):
        count(self.key)
        return Measurement({"parts": Estimate.exact(len(system.parts))})
    def judge(self, measurement):
        return at_least(measurement.estimates["parts"], 1, "parts")

@attrs.frozen(kw_only=True)
class Fitted(Requirement[TrainedModel]):
    meta = meta(45)
    def measure(self, model, run):
        count(self.key)
        return Measurement({"classes": Estimate.exact(len(model.estimator.classes_))})
    def judge(self, measurement):
        return at_least(measurement.estimates["classes"], 1, "classes")
"""

_names = itertools.count()


class Lab:
    """A requirement module in a file of its own, a system, and a ledger."""

    def __init__(self, folder):
        self.folder = folder
        self.ledger = folder / "evidence.sqlite"
        self.file = folder / "model.bin"
        self.file.write_bytes(b"model")
        self.frame = pd.DataFrame({"a": [1, 2, 3]})
        self.roles = {}
        (folder / "helper.py").write_text("FACTOR = 1\n")
        self.load(MODULE)

    def load(self, source=None):
        """(Re)load the module as another process would."""
        path = self.folder / "lab_module.py"
        if source is not None:
            path.write_text(source)
        from rqml.evidence import code

        code._closure.cache_clear()
        sys.modules.pop("helper", None)
        spec = importlib.util.spec_from_file_location("lab_module", path)
        self.module = importlib.util.module_from_spec(spec)
        sys.modules["lab_module"] = self.module
        sys.path.insert(0, str(self.folder))
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
        try:
            spec.loader.exec_module(self.module)
        finally:
            sys.path.remove(str(self.folder))
            sys.dont_write_bytecode = before

    def age_files(self):
        old = time.time() - 1000
        os.utime(self.file, (old, old))

    def check(self, *requirements, run=None, **more):
        """The report, and the keys of what was measured."""
        self.module.COUNTS.clear()
        system = System("lab", table=Dataset(self.frame.copy(), **self.roles), file=ModelFile(self.file))
        wanted = requirements or (self.module.Rows(), self.module.Content())
        report = Specification("spec", list(wanted)).check(system, ledger=self.ledger, run=run or Run(), **more)
        return report, set(self.module.COUNTS)


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield Lab(tmp_path)
    for name in ("lab_module", "helper"):
        sys.modules.pop(name, None)


BOTH = {"TOY-41", "TOY-42"}


def test_what_is_unchanged_is_not_measured_again_and_the_report_says_so(lab):
    first, measured = lab.check()
    assert measured == BOTH
    assert [result.reused for result in first.results] == [None, None]
    again, measured = lab.check()
    assert measured == set()
    for before, after in zip(first.results, again.results, strict=True):
        assert (after.status, after.message, after.estimates) == (before.status, before.message, before.estimates)
        assert after.details == before.details
        assert after.reused
    assert any("2 of 2 verdicts rest on measurements made earlier" in note for note in again.notes)
    assert '"reused": "20' in again.to_json()
    assert len(list(Ledger(lab.ledger).records())) == 4
    assert Ledger(lab.ledger).verify().intact


def cell(lab):
    lab.frame.loc[1, "a"] = 7


def file_byte(lab):
    lab.file.write_bytes(b"mOdel")


def column_name(lab):
    lab.frame = lab.frame.rename(columns={"a": "b"})


def row_order(lab):
    lab.frame = lab.frame.iloc[::-1]


def role(lab):
    lab.roles = {"sensitive": ["a"]}


def new_column(lab):
    lab.frame["b"] = 0


def column_type(lab):
    lab.frame = lab.frame.astype("float64")


def categories(lab):
    lab.frame["a"] = pd.Categorical(lab.frame["a"], categories=[1, 2, 3])
    lab.check()
    lab.frame["a"] = lab.frame["a"].cat.add_categories([4])


def column_order(lab):
    lab.frame["b"] = 0
    lab.check()
    lab.frame = lab.frame[["b", "a"]]


def class_version(lab):
    lab.patch.setattr(lab.module.Rows, "meta", attrs.evolve(lab.module.Rows.meta, version=2))


def helper_code(lab):
    (lab.folder / "helper.py").write_text("FACTOR = 1  # as before\n")
    lab.load()


def class_code(lab):
    lab.load(MODULE.replace("len(system.parts)", "len(system.parts) + 0"))


def package(lab):
    versions = dict(reuse.package_versions()) | {"numpy": "0.0"}
    lab.patch.setattr(reuse, "package_versions", lambda: versions)


def patched_method(lab):
    original = lab.module.Rows.measure

    def measure(self, dataset, run):
        dataset = dataset.with_frame(dataset.frame)
        return original(self, dataset, run)

    lab.patch.setattr(lab.module.Rows, "measure", measure)


@pytest.mark.parametrize(
    ("change", "voided"),
    [
        (cell, {"TOY-41"}),
        (column_name, {"TOY-41"}),
        (new_column, {"TOY-41"}),
        (row_order, {"TOY-41"}),
        (role, {"TOY-41"}),
        (column_type, {"TOY-41"}),
        (column_order, {"TOY-41"}),
        (categories, {"TOY-41"}),
        (class_version, {"TOY-41"}),
        (file_byte, {"TOY-42"}),
        (helper_code, BOTH),  # both classes stand in the module that imports it
        (class_code, BOTH),
        (package, BOTH),
        (patched_method, {"TOY-41"}),
    ],
)
def test_a_change_voids_exactly_what_depends_on_it(lab, monkeypatch, change, voided):
    lab.patch = monkeypatch
    lab.age_files()
    lab.check()
    assert lab.check()[1] == set()
    change(lab)
    assert lab.check()[1] == voided
    assert lab.check()[1] == set(), "and what was measured anew is on record again"


def touched(lab):
    os.utime(lab.file)


def other_index(lab):
    lab.frame.index = [7, 8, 9]


def renamed_file(lab):
    lab.file = lab.file.rename(lab.folder / "other.bin")


def foreign_package(lab):
    (lab.folder / "unrelated.py").write_text("FACTOR = 2\n")


@pytest.mark.parametrize("change", [touched, other_index, renamed_file, foreign_package])
def test_what_nothing_depends_on_voids_nothing(lab, change):
    lab.check()
    change(lab)
    assert lab.check()[1] == set()


@pytest.mark.parametrize("run", [Run(seed=1), Run(confidence=0.9)], ids=["seed", "confidence"])
def test_seed_and_confidence_void_all(lab, run):
    lab.check()
    assert lab.check(run=run)[1] == BOTH
    assert lab.check(run=run)[1] == set()
    assert lab.check()[1] == set(), "and the earlier ones still hold"


def test_a_parameter_voids_its_own_verdict_only(lab):
    rows, content = lab.module.Rows, lab.module.Content()
    lab.check(rows(), content)
    assert lab.check(rows(scale=2), content)[1] == {"TOY-41"}
    assert lab.check(rows(rows=3), content)[1] == {"TOY-41"}
    assert lab.check(rows(), content)[1] == set()
    assert lab.check(rows(), rows(label="other", scale=4))[1] == {"other"}


def test_a_clock_that_goes_backwards_uses_nothing_of_the_future(lab):
    now = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    lab.check(now=now)
    assert lab.check(now=now)[1] == set()
    assert lab.check(now=now - dt.timedelta(seconds=1))[1] == BOTH
    assert lab.check(now=now)[1] == set()


@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
def test_time_limits_and_what_is_used_again(lab, hard):
    """A worker process measures where the limit is hard; what it found is used again all the same."""
    sys.path.insert(0, str(lab.folder))  # where the worker finds the module; the fixture takes it out again
    run = Run(timeout=60, hard=hard)
    first, _ = lab.check(run=run)
    assert [result.status.value for result in first.results] == ["PASS", "PASS"]
    again, measured = lab.check(run=run)
    assert measured == set()
    assert all(result.reused for result in again.results)
    assert all(result.reused for result in lab.check(run=Run())[0].results), "a limit is no input"
    cell(lab)
    assert [bool(result.reused) for result in lab.check(run=run)[0].results] == [False, True]


def test_what_ran_out_of_time_is_measured_again(lab):
    requirement = lab.module.Rows(trouble="slow")
    assert lab.check(requirement, run=Run(timeout=0.01))[0].results[0].reason is Reason.TIMEOUT
    assert lab.check(requirement, run=Run(timeout=60))[1] == {"TOY-41"}
    assert lab.check(requirement, run=Run(timeout=0.01))[0].results[0].reused, "what is known needs no time"


def test_many_threads_measure_each_thing_once(lab):
    labels = [lab.module.Rows(label=f"r{number}", scale=number + 1) for number in range(12)]
    report, measured = lab.check(*labels, jobs=6)
    assert len(measured) == 12
    again, measured = lab.check(*labels, jobs=6)
    assert measured == set()
    for before, after in zip(report.results, again.results, strict=True):
        assert (after.label, after.estimates) == (before.label, before.estimates)


def test_a_file_that_a_parameter_names_is_an_input(lab):
    policy = lab.folder / "policy.toml"
    policy.write_text("a")
    requirement = lab.module.Rows(policy=str(policy))
    lab.check(requirement)
    assert lab.check(requirement)[1] == set()
    policy.write_text("b")
    assert lab.check(requirement)[1] == {"TOY-41"}
    assert list(reuse.files_in([{"a": [policy]}, "x" * 9999, "\0", 3])) == [policy]


def test_a_model_is_an_input(lab):
    from sklearn.linear_model import LogisticRegression

    from rqml import TrainedModel

    data = Dataset(pd.DataFrame({"a": [0.0, 1, 2, 3], "y": [0, 0, 1, 1]}), target="y")

    def check(C):
        estimator = LogisticRegression(C=C).fit(*data.arrays())
        lab.module.COUNTS.clear()
        model = TrainedModel(estimator, train=data, test=data)
        Specification("s", [lab.module.Fitted()]).check(System("m", model=model), ledger=lab.ledger)
        return set(lab.module.COUNTS)

    assert [check(C) for C in (1.0, 1.0, 2.0, 2.0)] == [{"TOY-45"}, set(), {"TOY-45"}, set()]


def test_time_to_live(lab):
    lab.check()
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=29)
    assert lab.check(now=later)[1] == set()
    assert lab.check(now=later, max_age=dt.timedelta(days=28))[1] == BOTH
    assert lab.check(now=later + dt.timedelta(days=2))[1] == set(), "they have just been measured"
    assert lab.check(now=later + dt.timedelta(days=90))[1] == BOTH


@pytest.mark.parametrize("wrong", [dt.timedelta(days=-1), 30, "30"])
def test_a_time_to_live_that_makes_no_sense_is_refused(lab, wrong):
    with pytest.raises(InvalidParameter, match="max_age is a timedelta"):
        lab.check(max_age=wrong)


@pytest.mark.parametrize("place", ["", " ", "."])
def test_a_place_that_is_no_ledger_leaves_the_verdicts_and_a_note(lab, place):
    lab.ledger = place
    report, measured = lab.check()
    assert measured == BOTH
    assert any("is no ledger" in note for note in report.notes)


@pytest.mark.parametrize("trouble", ["few", "na"])
def test_that_there_was_nothing_to_measure_is_used_again(lab, trouble):
    requirement = lab.module.Rows(trouble=trouble)
    before = lab.check(requirement)[0].results[0]
    after, measured = lab.check(requirement)
    assert measured == set()
    assert (after.results[0].status, after.results[0].reason) == (before.status, before.reason)


@pytest.mark.parametrize("trouble", ["crash", "witness"])
def test_crashes_and_what_cannot_be_restored_are_measured_again(lab, trouble):
    requirement = lab.module.Rows(trouble=trouble)
    lab.check(requirement)
    assert lab.check(requirement)[1] == {"TOY-41"}


def test_volatile_requirements_lazy_frames_and_derived_systems_are_measured_each_time(lab):
    assert [lab.check(lab.module.Clock())[1] for _ in range(2)] == [{"TOY-43"}] * 2
    assert [lab.check(lab.module.Whole())[1] for _ in range(2)] == [{"TOY-44"}, set()]
    for _ in range(2):
        lab.module.COUNTS.clear()
        system = System("d", a=Dataset(lab.frame), b=derived(lambda a: a, "a"))
        Specification("s", [lab.module.Whole(), lab.module.Rows().on("b")]).check(system, ledger=lab.ledger)
        expected = {"TOY-44", "TOY-41"} if not _ else {"TOY-44"}
        assert set(lab.module.COUNTS) >= {"TOY-44"}
        assert set(lab.module.COUNTS) <= expected


def test_composites_use_their_parts_again(lab):
    both = AllOf(lab.module.Rows(), lab.module.Content(), label="both")
    assert lab.check(both)[1] == BOTH
    report, measured = lab.check(both)
    assert measured == set()
    assert all(part.reused for part in report.results[0].parts)
    file_byte(lab)
    assert lab.check(both)[1] == {"TOY-42"}


def test_reuse_can_be_switched_off(lab):
    lab.check()
    assert lab.check(reuse=False)[1] == BOTH


def test_threads_and_time_limits_use_it_too(lab):
    lab.check(jobs=2)
    assert lab.check(jobs=2)[1] == set()


def test_evidence_that_was_changed_is_not_used(lab):
    import contextlib
    import sqlite3

    lab.check()
    with contextlib.closing(sqlite3.connect(lab.ledger)) as connection, connection:
        for value in (3, 5):
            done = f"""UPDATE record SET line = replace(line, '"value":{value}', '"value":9')"""
            assert connection.execute(done).rowcount == 2
    assert not Ledger(lab.ledger).verify().intact
    report, measured = lab.check()
    assert measured == BOTH
    assert report.results[0].estimates["rows"].value == 3


def test_imported_evidence_is_not_used(lab, tmp_path):
    from rqml.evidence.jsonl import export_file, import_file

    lab.check()
    export_file(Ledger(lab.ledger), tmp_path / "o.jsonl")
    lab.ledger = tmp_path / "other.sqlite"
    import_file(Ledger(lab.ledger), tmp_path / "o.jsonl")
    assert lab.check()[1] == BOTH


def test_a_damaged_ledger_costs_no_verdict(lab):
    lab.ledger.write_bytes(b"damaged" * 1000)
    report, measured = lab.check()
    assert measured == BOTH
    assert report.exit_code == 0
    assert any("could not be written" in note for note in report.notes)
    lab.ledger = "://"
    assert any("could not be written" in note for note in lab.check()[0].notes)


# Files that look unchanged


def test_unchanged_files_are_not_read_again_unless_paranoid(lab, monkeypatch):
    from rqml.evidence import _files

    reads = []
    read = _files._read
    monkeypatch.setattr(_files, "_read", lambda path: reads.append(path) or read(path))
    monkeypatch.setattr(file_digests, "_SETTLED_NS", -(10**18))
    content = lab.module.Content()
    lab.check(content)
    reads.clear()
    lab.check(content)
    assert reads == []
    lab.check(content, paranoid=True)
    assert reads
    reads.clear()
    file_byte(lab)
    assert lab.check(content)[1] == {"TOY-42"}
    assert reads


def test_a_file_changed_just_now_is_read_again(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"a")
    digests = FileDigests(tmp_path / "d" / "files.sqlite")
    assert [digests.digest(path, lambda p: p.read_bytes()) for _ in range(2)] == [b"a", b"a"]
    assert digests._known == {}


def test_digests_of_files_last_and_notice_what_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(file_digests, "_SETTLED_NS", -(10**18))
    path = tmp_path / "f"
    path.write_bytes(b"a")
    kept = tmp_path / "d" / "files.sqlite"
    reads = []

    def read(file):
        reads.append(file)
        return file.read_bytes()

    assert FileDigests(kept).digest(path, read) == b"a"
    assert FileDigests(kept).digest(path, read) == b"a"
    assert len(reads) == 1
    before = path.stat()
    path.write_bytes(b"b")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert FileDigests(kept).digest(path, read) == b"b", "the time of the inode's change cannot be set back"
    kept.write_bytes(b"damaged" * 1000)
    assert FileDigests(kept).digest(path, read) == b"b"
    import pickle

    assert pickle.loads(pickle.dumps(FileDigests(kept))).path == kept
    assert FileDigests(None).digest(path, read) == b"b"


def test_a_file_changed_while_it_is_read_is_not_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(file_digests, "_SETTLED_NS", -(10**18))
    path = tmp_path / "f"
    path.write_bytes(b"a")
    digests = FileDigests(None)
    digests.digest(path, lambda p: p.write_bytes(b"bb") and b"a")
    assert digests._known == {}


# Tiers and budgets


def test_a_tier_judges_what_costs_at_most_that_and_says_what_it_left_out(lab):
    report, measured = lab.check(tier=Cost.COMMIT)
    assert measured == {"TOY-41"}
    assert [result.requirement for result in report.results] == ["TOY-41"]
    assert "not judged, since they cost more than commit: TOY-42" in report.notes
    report, measured = lab.check(tier=Cost.RELEASE)
    assert len(report.results) == 2
    assert lab.check(lab.module.Content(), tier=Cost.INLINE)[0].exit_code == 3


def test_a_tier_keeps_what_is_needed(lab):
    report, _ = lab.check(lab.module.Content(), lab.module.Rows(needs="TOY-42"), tier=Cost.COMMIT)
    assert len(report.results) == 2


def test_a_budget_measures_what_matters_most_first(lab):
    order = []
    report, _ = lab.check(budget=60, reuse=False)
    assert report.exit_code == 0
    lab.module.count = order.append
    lab.check(budget=60, reuse=False)
    assert order == ["TOY-42", "TOY-41"]
    order.clear()
    lab.check(reuse=False)
    assert order == ["TOY-41", "TOY-42"], "without a budget cheap ones come first"


def test_a_spent_budget_uses_what_still_holds_and_calls_the_rest_stale(lab):
    report, measured = lab.check(budget=1e-9)
    assert measured == set()
    assert {result.reason for result in report.results} == {Reason.STALE}
    assert report.exit_code == 3
    lab.check()
    cell(lab)
    report, measured = lab.check(budget=1e-9)
    assert measured == set()
    assert [(r.status.value, r.reason) for r in report.results] == [("INCOMPLETE", Reason.STALE), ("PASS", None)]


# The digest of code


def test_code_without_sources_has_no_digest(monkeypatch):
    from rqml import Requirement

    cls = type("Made", (Requirement,), {"__module__": "nowhere"})
    monkeypatch.setitem(sys.modules, "nowhere", type(sys)("nowhere"))
    assert code_digest(cls) is None


def test_code_reaches_the_technique_and_not_the_other_families():
    from rqml.evidence.code import _sources
    from rqml_catalog.data_privacy import KAnonymity

    assert code_digest(KAnonymity) == code_digest(KAnonymity)
    files = _sources(KAnonymity.__module__)
    assert "data_privacy/k_anonymity.py" in files
    assert "data_privacy/anonymity/" in files
    assert "supply_chain" not in files
    assert "l_diversity.py" not in files


ASKING = """
import functools, threading
import helper
from rqml import *
from rqml.temporal import *
LIMIT, TABLE, LOCK = 5, {"low": 0}, threading.Lock()
UNRELATED = 1
def bound(): return LIMIT
class Called:
    low = 0
    def __call__(self, event): return event["x"] > self.low
    @property
    def limit(self): return 5
class Held:
    def asks(self, event): return event["x"] < LIMIT
PREDICATES = {
    "reads": lambda event: event["x"] < LIMIT,
    "calls": lambda event: event["x"] < bound(),
    "nested": lambda event: all(x < LIMIT for x in [event["x"]]),
    "module": lambda event: event["x"] < 5 * helper.FACTOR,
    "container": lambda event: event["x"] > TABLE["low"],
    "instance": Called(),
    "partial": functools.partial(lambda low, event: event["x"] < LIMIT, 0),
    "method": Held().asks,
}
def locked(event):
    with LOCK:
        return event["x"] < LIMIT
def number(event): return event["x"] / 5 * LIMIT
"""

EDITS = [
    *((name, "LIMIT", 1) for name in ("reads", "calls", "nested", "partial", "method")),
    ("calls", "bound", lambda: 1),
    ("container", "TABLE", {"low": 9}),
    ("instance", "Called.low", 9),
    ("instance", "Called.__call__", lambda self, event: False),
    ("module", "helper.FACTOR", 0),
]


def asking(tmp_path, source=ASKING):
    lab = Lab(tmp_path)
    lab.load(source)
    return lab.module


def put(monkeypatch, module, name, value):
    *path, last = name.split(".")
    monkeypatch.setattr(functools.reduce(getattr, path, module), last, value)


@pytest.mark.parametrize(("predicate", "name", "value"), EDITS)
def test_what_a_function_reads_or_calls_is_an_input(tmp_path, monkeypatch, predicate, name, value):
    """Used again if nothing changed; measured, and no longer restored or released, if what it reads did."""
    module = asking(tmp_path)
    asked = module.PREDICATES[predicate]
    log = System("S", log=Trace([{"time": 1, "x": 3}]))
    first = [Specification("s", [Always(asked)]).check(log, ledger=tmp_path / "e").results[0] for _ in range(2)]
    assert [(one.status.name, one.reused is not None) for one in first] == [("PASS", False), ("PASS", True)]
    state = Always(asked).monitor().state()
    body = next(iter(held_at(Ledger(tmp_path / "e")))).record.body
    put(monkeypatch, module, "UNRELATED", 2)
    assert other_rules(body, Always(asked)) == ""
    Always(asked).monitor().restore(state)
    put(monkeypatch, module, name, value)
    assert "other parameters" in other_rules(body, Always(asked))
    with pytest.raises(InvalidParameter, match="another pattern"):
        Always(asked).monitor().restore(state)
    after = Specification("s", [Always(asked)]).check(log, ledger=tmp_path / "e").results[0]
    assert (after.status.name, after.reused) == ("FAIL", None)


def test_what_a_quantity_reads_is_an_input(tmp_path, monkeypatch):
    module = asking(tmp_path)
    one = MeanWithin(module.number, window=10, at_most=4).parameters
    assert one == MeanWithin(module.number, window=10, at_most=4).parameters
    put(monkeypatch, module, "LIMIT", 50)
    assert one != MeanWithin(module.number, window=10, at_most=4).parameters


def test_what_reads_something_that_cannot_be_told_is_measured_each_time(tmp_path):
    asked = Always(asking(tmp_path).locked)
    log = System("S", log=Trace([{"time": 1, "x": 3}]))
    for _ in range(2):
        assert Specification("s", [asked]).check(log, ledger=tmp_path / "e").results[0].reused is None


def test_a_requirement_that_a_pattern_asks_counts_as_a_part(lab, monkeypatch):
    """Its code, its version and whether it is volatile are part of the pattern's rules."""
    log = System("S", log=Trace([{"time": 1, "subject": lab.frame}]))

    def look(asked):
        return Specification("s", [asked]).check(log, ledger=lab.ledger).results[0]

    assert [look(Always(lab.module.Rows())).reused is None for _ in range(2)] == [True, False]
    assert [look(Always(AllOf(lab.module.Clock()))).reused for _ in range(2)] == [None, None]
    look(Always(lab.module.Rows()))
    body = next(v.record.body for v in held_at(Ledger(lab.ledger)) if "TOY-41" in v.record.body["requirements"])
    assert body["sources"]["TOY-41"] == code_digest(lab.module.Rows)
    assert other_rules(body, Always(lab.module.Rows())) == ""
    lab.load(MODULE.replace("len(dataset) *", "0 * len(dataset) *"))
    assert other_rules(body, Always(lab.module.Rows()))
    renewals = impact(Ledger(lab.ledger), {"TOY-41": lab.module.Rows, Always.meta.id: Always})
    assert any("the code of TOY-41 is another" in renewal.reasons for renewal in renewals)
    after = look(Always(lab.module.Rows()))
    assert (after.status.name, after.reused) == ("FAIL", None)
