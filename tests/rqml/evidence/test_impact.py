"""An update of the catalog or of a taxonomy calls exactly the verdicts into question that it concerns."""

from __future__ import annotations

import attrs
import pytest

from rqml import AllOf, Requirement, Specification, at_least
from rqml.evidence.impact import impact
from rqml.evidence.ledger import Ledger
from rqml.taxonomy import resolve, shipped
from rqml_catalog.data_privacy import KAnonymity


def updated(cls, **meta):
    """The class as another release has it."""
    return type(cls.__name__, (cls,), {"meta": attrs.evolve(cls.meta, **meta), "__module__": cls.__module__})


@pytest.fixture
def recorded(tmp_path, min_rows, table):
    """Verdicts of a toy, of an AllOf with it in, and of one of the catalog; and the classes as they were."""
    other = updated(min_rows, id="TOY-32", references=("AML.T0010.003", "GDPR 25"))
    requirements = [min_rows(label="alone"), AllOf(min_rows(), other(), label="both"), KAnonymity(k=2)]
    Specification("spec", requirements).check(table, ledger=tmp_path / "e.sqlite")
    classes = {"TOY-31": min_rows, "TOY-32": other, "PII-02": KAnonymity}
    return Ledger(tmp_path / "e.sqlite"), classes


def reasons(ledger, classes):
    return {renewal.verdict.key: renewal.reasons for renewal in impact(ledger, classes)}


def test_without_an_update_nothing_must_be_renewed(recorded):
    assert reasons(*recorded) == {}


def test_a_new_version(recorded, min_rows):
    ledger, classes = recorded
    found = reasons(ledger, classes | {"TOY-31": updated(min_rows, version=2)})
    why = "TOY-31 was judged as version 1, and is version 2"
    assert found == {"alone": (why,), "both": (why,)}


def test_other_code(recorded, monkeypatch):
    ledger, classes = recorded

    def judge(self, measurement):
        return at_least(measurement.estimates["rows"], 0, "rows")

    monkeypatch.setattr(classes["TOY-32"], "judge", judge, raising=False)
    assert reasons(ledger, classes) == {"both": ("the code of TOY-32 is another",)}


def test_a_class_that_is_gone(recorded):
    ledger, classes = recorded
    del classes["PII-02"]
    assert reasons(ledger, classes) == {"PII-02": ("PII-02 is in no catalog that is installed",)}


def test_other_references(recorded):
    ledger, classes = recorded
    changed = classes | {"TOY-32": updated(classes["TOY-32"], references=("GDPR 25", "GDPR 32"))}
    monkey = reasons(ledger, changed)["both"]
    assert "it no longer speaks to AML.T0010.003" in monkey
    assert "it speaks to GDPR 32, too" in monkey


def test_an_id_that_the_taxonomy_removed(recorded, monkeypatch):
    ledger, classes = recorded
    left = {id_: one for id_, one in shipped._shipped().items() if id_ != "AML.T0010.003"}
    monkeypatch.setattr(shipped, "_shipped", lambda: left)
    assert reasons(ledger, classes) == {"both": ("AML.T0010.003 is in no taxonomy any more",)}


def test_an_id_that_a_newer_release_gave_up(recorded, monkeypatch):
    from rqml.evidence import impact as module

    ledger, classes = recorded
    known = dict(shipped._shipped())
    known["AML.T0010.003"] = attrs.evolve(resolve("AML.T0010.003"), until="2026.09", successor="AML.T0999")
    monkeypatch.setattr(shipped, "_shipped", lambda: known)
    assert reasons(ledger, classes) == {}, "it was known to be given up when it was judged"
    monkeypatch.setattr(module, "ATLAS_RELEASE", "2027.01")
    assert reasons(ledger, classes) == {"both": ("AML.T0010.003 was given up for AML.T0999",)}


def test_the_installed_catalogs_count_by_default(recorded):
    ledger, _ = recorded
    assert {renewal.verdict.key for renewal in impact(ledger)} == {"alone", "both"}, "no catalog has the toys"


def test_a_renewed_verdict_is_no_longer_called_into_question(recorded, min_rows, table):
    ledger, classes = recorded
    newer = updated(min_rows, version=2)
    Specification("spec", [newer(label="alone")]).check(table, ledger=ledger)
    assert set(reasons(ledger, classes | {"TOY-31": newer})) == {"both"}
    assert issubclass(newer, Requirement)
