import io
import json

import pytest
from rich.console import Console

from rqml import EnforcementStatus
from rqml_catalog.case_studies import triage


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """The folder the demo wrote into, what it printed, and its exit code."""
    folder, out = tmp_path_factory.mktemp("triage"), io.StringIO()
    code = triage.main(folder, Console(file=out, width=120))
    return folder, out.getvalue(), code


def verdicts(folder, name):
    report = json.loads((folder / f"triage-{name}.json").read_text("utf-8"))
    return {result["label"] or result["requirement"]: result for result in report["results"]}


def test_three_faults_are_found(story):
    folder, _, _ = story
    found = {key: result["status"] for key, result in verdicts(folder, "before").items()}
    assert found == {"PII-02": "FAIL", "PRV-01": "FAIL", "own file": "PASS", "partner's file": "FAIL"}


def test_they_are_repaired_or_contained(story):
    folder, printed, code = story
    after = verdicts(folder, "after")
    assert code == 0 and "CONTAINED" in printed
    assert all(after[key]["status"] == "PASS" for key in ("PII-02", "PRV-01", "own file"))
    assert after["PII-02"]["estimates"]["k"]["value"] >= 5
    assert not (folder / "partner.pkl").exists()
    assert list((folder / ".rqml-quarantine").iterdir())


def test_the_payload_never_ran(story):
    _, printed, _ = story
    assert "payload in the partner's model ran" not in printed


def test_the_reports_are_where_it_says(story):
    folder, printed, _ = story
    flat = printed.replace("\n", "")
    for name in ("before.json", "before.md", "after.json", "after.md"):
        assert str(folder / f"triage-{name}") in flat


def test_the_model_was_trained_again_on_the_repaired_table(tmp_path):
    clinic = triage.system(tmp_path)
    result = triage.specification().enforce(clinic)
    assert result.status is EnforcementStatus.CONTAINED
    repaired = result.subject["model"].train.frame
    published = result.subject["patients"].frame.loc[repaired.index]
    assert repaired[list(triage.QUASI_IDENTIFIERS)].equals(published[list(triage.QUASI_IDENTIFIERS)])
    result.rollback()
    assert (tmp_path / "partner.pkl").exists()
