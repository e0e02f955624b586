"""Reports of scans: machines can read them, whatever the paths are called."""

from __future__ import annotations

import io
import json
import zipfile
from xml.etree import ElementTree

import pytest

from rqml_catalog.supply_chain.scan_reports import exit_code, ignored_patterns, to_json, to_junit, to_sarif, to_text
from rqml_catalog.supply_chain.serialization import scan_bytes

SCANS = [
    scan_bytes(b"\x80\x02N.", path="a.pkl"),
    scan_bytes(b"\x80\x02cos\ngetcwd\nq\x00)Rq\x01.", path="odd \x07 & <name>\ud800.pkl"),
    scan_bytes(b"", path="empty"),
]


def test_many_files_that_say_the_same_are_one_line_unless_they_fail():
    few = [scan_bytes(b"\x80\x02N.", path=f"{place}.pkl") for place in range(20)]
    assert to_text(few).count("PASS  ") == 20
    many = [scan_bytes(content, path=f"{place}.pkl") for content in (b"\x80\x02N.", b"") for place in range(21)]
    bad = [scan_bytes(b"\x80\x02cos\ngetcwd\nq\x00)Rq\x01.", path=f"{place}.bad") for place in range(21)]
    lines = to_text([*many, *bad]).splitlines()
    assert lines[0] == "PASS        21 files, first 0.pkl"
    assert lines[1] == "INCOMPLETE  21 files, first 0.pkl"
    assert sum(line.startswith("FAIL ") for line in lines) == 21
    assert lines[-1] == "63 files: 21 PASS, 21 FAIL, 21 INCOMPLETE"


def test_json_has_the_stable_keys():
    entries = json.loads(to_json(SCANS))
    assert [entry["status"] for entry in entries] == ["PASS", "FAIL", "INCOMPLETE"]
    assert "os.getcwd" in entries[1]["reasons"][0]


def test_sarif_names_the_technique_and_its_offset():
    (run,) = json.loads(to_sarif(SCANS))["runs"]
    first = run["results"][0]
    assert (first["ruleId"], first["level"]) == ("unlisted-global", "error")
    assert first["locations"][0]["physicalLocation"]["region"]["byteOffset"] == 2


def closed(required, **properties):
    """The JSON schema of an object with these properties and no others."""
    return {"type": "object", "required": required.split(), "properties": properties, "additionalProperties": False}


TEXT, WHOLE = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0}
PLACE = closed(
    "artifactLocation",
    artifactLocation=closed("uri", uri={"type": "string", "format": "uri-reference"}),
    region=closed("byteOffset", byteOffset=WHOLE),
)
LOCATION = closed(
    "physicalLocation",
    physicalLocation=PLACE,
    logicalLocations={"type": "array", "items": closed("name", name=TEXT, kind=TEXT)},
)
RESULT = closed(
    "ruleId level message locations",
    ruleId=TEXT,
    level={"enum": ["none", "note", "warning", "error"]},
    message=closed("text", text=TEXT),
    locations={"type": "array", "items": LOCATION, "minItems": 1},
)
DRIVER = closed(
    "name rules", name=TEXT, version=TEXT, rules={"type": "array", "items": closed("id", id=TEXT), "uniqueItems": True}
)
RUN = closed(
    "tool invocations results",
    tool=closed("driver", driver=DRIVER),
    invocations={"type": "array", "items": closed("executionSuccessful", executionSuccessful={"type": "boolean"})},
    results={"type": "array", "items": RESULT},
)
SARIF = closed(  # the part of the schema of SARIF 2.1.0 that is used
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "items": RUN},
)


def test_sarif_has_its_schema_for_any_path_and_member():
    jsonschema = pytest.importorskip("jsonschema")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("inner \x07.pkl", b"\x80\x02cos\ngetcwd\nq\x00)Rq\x01.")
    scans = [*SCANS, scan_bytes(file.getvalue(), path="/an absolute/place#1?.zip")]
    log = json.loads(to_sarif(scans))
    jsonschema.validate(log, SARIF, format_checker=jsonschema.FormatChecker())
    (run,) = log["runs"]
    assert {result["ruleId"] for result in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert places[0]["artifactLocation"]["uri"] == "odd%20%07%20%26%20%3Cname%3E%ED%A0%80.pkl"
    assert places[-1] == {
        "artifactLocation": {"uri": "file:///an%20absolute/place%231%3F.zip"}
    }  # no offset of a member


def test_sarif_of_nothing_is_sarif():
    jsonschema = pytest.importorskip("jsonschema")
    for scans in ([], SCANS[:1]):
        jsonschema.validate(json.loads(to_sarif(scans)), SARIF)


def test_junit_is_well_formed_for_odd_paths():
    suite = ElementTree.fromstring(to_junit(SCANS).encode("utf-8"))
    assert (suite.get("failures"), suite.get("errors"), len(suite)) == ("1", "1", 3)
    assert (suite.tag, suite.keys()) == ("testsuite", ["name", "tests", "failures", "errors"])
    for case in suite:
        assert (case.tag, case.keys()) == ("testcase", ["classname", "name"])
        assert all(told.tag in ("failure", "error") and told.get("message") for told in case)


def test_exit_codes():
    assert [exit_code(SCANS[:1]), exit_code(SCANS), exit_code(SCANS[2:]), exit_code([])] == [0, 1, 3, 3]


def test_ignore_files(tmp_path):
    (tmp_path / ".rqmlignore").write_text("# comment\n*.csv\n\ncache/\n")
    assert ignored_patterns(tmp_path) == ("# comment", "*.csv", "", "cache/")
    assert ignored_patterns(tmp_path / "none") == ()
